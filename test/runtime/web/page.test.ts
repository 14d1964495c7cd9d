// The page as a person uses it: built, served by a daemon, opened in Chromium. What is done in it is seen at the node, and the
// other way round. All of it in one page, as somebody has it open for hours: each test goes where it has to do, and leaves
// nothing open.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Drive } from "#interfaces/generated/drive.ts";
import { givenBytes } from "../../scenarios/node/given-bytes.ts";
import { axeFaults } from "./axe.ts";
import { allRights, type PageDaemon } from "./page-daemon.ts";
import { PageSession } from "./page-session.ts";

let session: PageSession;
let host: PageDaemon;
let page: PageSession["page"];
let drive: Drive;

beforeAll(async () => {
  session = await PageSession.start();
  ({ host, page, drive } = session);
});

afterAll(() => session[Symbol.asyncDispose]());

afterEach(() => expect(session.complaints.unexplained).toEqual([]));

const visit = (hash: string) => session.visit(hash);
const write = (path: string, text: string, replaces?: string[]) => session.write(path, text, replaces);
const textAt = (path: string) => session.textAt(path);

async function isThere(path: string): Promise<boolean> {
  try {
    await drive.stat(path);
    return true;
  } catch (error) {
    if (error instanceof GlowError && error.kind === "not-found") return false;
    throw error;
  }
}

const file = (name: string) => page.getByRole("gridcell", { name, exact: false }).getByRole("link");

async function closeDialog(): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

describe("files", () => {
  test("a folder shows what is in it, and what changes in it, as it changes", async () => {
    await write("Live/one.txt", "1");
    await visit("#/files/Home/Live");
    await file("one.txt").waitFor();
    await write("Live/two.txt", "2");
    await file("two.txt").waitFor();
    await drive.remove(["Live/one.txt"]);
    await file("one.txt").waitFor({ state: "detached" });
  });

  test("very many files are a list of which only what is in sight is made", async () => {
    await drive.makeFolder("Many");
    const names = Array.from({ length: 300 }, (_, i) => `Many/f${String(i).padStart(5, "0")}.txt`);
    await Promise.all(names.map((name) => write(name, "")));
    await visit("#/files/Home/Many");
    await page.getByText("300 items").waitFor();
    expect(await page.getByRole("row").count()).toBeLessThan(80);
    await file("f00000.txt").focus();
    await page.keyboard.press("End");
    await file("f00299.txt").waitFor();
    await page.keyboard.press("Home");
    await file("f00000.txt").waitFor();
  });

  test("files that are chosen are uploaded, whole", async () => {
    await drive.makeFolder("Uploads");
    await visit("#/files/Home/Uploads");
    // By their paths: so much does not go through the wire that drives the browser.
    const [large, empty] = [join(host.home, "large.bin"), join(host.home, "empty.txt")];
    await writeFile(large, Buffer.alloc(20_000_000, 7));
    await writeFile(empty, "");
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("menuitem", { name: "Upload files" }).click();
    await (await choosing).setFiles([large, empty]);
    await page.getByText("2 files uploaded").waitFor();
    expect((await drive.stat("Uploads/large.bin")).sizeBytes).toBe(20_000_000);
    expect((await drive.stat("Uploads/empty.txt")).sizeBytes).toBe(0);
    await file("large.bin").waitFor();
    await page.getByRole("region", { name: "Uploads" }).getByRole("button", { name: "Close" }).click();
  });

  test("renaming, moving, deleting and undoing that", async () => {
    await write("Desk/draft.txt", "words");
    await drive.makeFolder("Desk/Done");
    await visit("#/files/Home/Desk");
    await page.getByRole("button", { name: "Actions for draft.txt" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "New name" }).fill("final.txt");
    await page.getByRole("button", { name: "Rename" }).click();
    await file("final.txt").waitFor();
    expect(await textAt("Desk/final.txt")).toBe("words");

    await page.getByRole("checkbox", { name: "Choose final.txt" }).check();
    await page.getByRole("button", { name: "Move", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Move here" }).click();
    await file("final.txt").waitFor({ state: "detached" });
    expect(await textAt("Desk/Done/final.txt")).toBe("words");

    await visit("#/files/Home/Desk/Done");
    await file("final.txt").focus();
    await page.keyboard.press("Delete");
    await file("final.txt").waitFor({ state: "detached" });
    expect(await isThere("Desk/Done/final.txt")).toBe(false);
    await page.getByRole("button", { name: "Undo" }).click();
    await file("final.txt").waitFor();
    expect(await textAt("Desk/Done/final.txt")).toBe("words");
  });

  test("a name that is taken or is none is refused in its place", async () => {
    await write("Names/a.txt", "a");
    await write("Names/b.txt", "b");
    await visit("#/files/Home/Names");
    await page.getByRole("button", { name: "Actions for a.txt" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    const box = page.getByRole("textbox", { name: "New name" });
    for (const [name, fault] of [
      ["x/y", "A name has no slash in it."],
      ["", "Give it a name."],
    ] as const) {
      await box.fill(name);
      await page.getByRole("button", { name: "Rename" }).click();
      await page.getByText(fault).waitFor();
    }
    await box.fill("b.txt");
    await page.getByRole("button", { name: "Rename" }).click();
    await expect.poll(() => box.getAttribute("aria-invalid")).toBe("true");
    expect(await textAt("Names/a.txt")).toBe("a");
    expect(await textAt("Names/b.txt")).toBe("b");
    await closeDialog();
  });

  test("what was deleted lies in the trash, and comes back from there", async () => {
    await write("gone.txt", "back again");
    await drive.remove(["gone.txt"]);
    await visit("#/trash/Home");
    await page.getByRole("button", { name: "Put back gone.txt" }).click();
    await expect.poll(() => isThere("gone.txt")).toBe(true);
    expect(await textAt("gone.txt")).toBe("back again");
  });

  test("a download is the file", async () => {
    await write("save me.html", "<script>alert(1)</script>");
    await visit("#/files/Home");
    await page.getByRole("button", { name: "Actions for save me.html" }).click();
    const downloading = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "Download" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("save me.html");
    expect(await readFile(await download.path(), "utf8")).toBe("<script>alert(1)</script>");
  });
});

describe("one file", () => {
  test("a text is edited and saved, and what others write shows", async () => {
    await write("letter.txt", "Dear Bob");
    await visit("#/files/Home/letter.txt");
    const area = page.locator(".cm-content");
    await area.getByText("Dear Bob").waitFor();
    await area.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(", how are you?");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved", { exact: true }).waitFor();
    await expect.poll(() => textAt("letter.txt")).toBe("Dear Bob, how are you?");
    await write("letter.txt", "Dear Bob, never mind.");
    await area.getByText("never mind").waitFor();
  });

  test("what two write at once is both kept, shows as a conflict, and is settled by choosing", async () => {
    const first = await write("plan.txt", "first");
    await visit("#/files/Home/plan.txt");
    const area = page.locator(".cm-content");
    await area.getByText("first").waitFor();
    await area.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("mine");
    await write("plan.txt", "theirs", [first ?? ""]);
    await page.getByText("changed elsewhere while you were typing").waitFor();
    await page.getByRole("button", { name: "Keep both" }).click();
    await page.getByText("Changed in 2 places at once").waitFor();
    expect((await drive.stat("plan.txt")).versions).toBe(2);
    await page.getByRole("button", { name: "Compare the versions" }).click();
    const theirs = page.locator(".conflict-version").filter({ hasText: "theirs" });
    await page.locator(".conflict-version").filter({ hasText: "mine" }).waitFor();
    await theirs.getByRole("button", { name: "Keep this one" }).click();
    await expect.poll(async () => (await drive.stat("plan.txt")).versions).toBe(1);
    expect(await textAt("plan.txt")).toBe("theirs");
  });

  test("its history shows what it was, and gives it back", async () => {
    for (const text of ["one", "two", "three"]) await write("diary.txt", text);
    await visit("#/files/Home/diary.txt");
    await page.getByRole("button", { name: "History" }).first().click();
    const items = page.locator(".history-item");
    await expect.poll(() => items.count()).toBe(3);
    await items.nth(2).getByRole("button").first().click();
    await items.nth(2).getByText("one", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Restore this version" }).click();
    await expect.poll(() => textAt("diary.txt")).toBe("one");
    await page.locator(".cm-content").getByText("one").waitFor();
    await closeDialog();
  });

  test("a picture shows, and a page of somebody else's in a drive is not run", async () => {
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP8z8DAwMDAxAAACggBATT8qAkAAAAASUVORK5CYII=",
      "base64",
    );
    await drive.write("dot.png", givenBytes([png]));
    await write("evil.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    await visit("#/files/Home/dot.png");
    const image = page.getByRole("img", { name: "dot.png" });
    await image.waitFor();
    await expect
      .poll(() => image.evaluate((element: unknown) => (element as { naturalWidth: number }).naturalWidth))
      .toBe(2);
    const { path } = await host.node.pages().content("Home", "evil.svg");
    const answer = await page.request.get(new URL(path, page.url()).href);
    expect(answer.headers()["content-type"]).toBe("application/octet-stream");
    expect(answer.headers()["content-disposition"]).toContain("attachment");
    expect(answer.headers()["content-security-policy"]).toContain("sandbox");
  });
});

/** Of an audio element, what is needed. */
interface Player {
  readonly duration: number;
  currentTime: number;
  addEventListener(type: "seeked", listener: () => void, options: { readonly once: true }): void;
}

test("a recording plays, and seeking fetches what is asked for", async () => {
  await drive.write("hour.wav", givenBytes([silentWave(20 * 60)]));
  await visit("#/files/Home/hour.wav");
  const audio = page.locator("audio");
  await audio.waitFor();
  await expect.poll(() => audio.evaluate((element: unknown) => (element as Player).duration)).toBe(20 * 60);
  const ranges: (string | undefined)[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/content/")) ranges.push(request.headers()["range"]);
  });
  await audio.evaluate(async (element: unknown) => {
    const player = element as Player;
    const seeked = new Promise<void>((resolve) => player.addEventListener("seeked", resolve, { once: true }));
    player.currentTime = 19 * 60;
    await seeked;
  });
  expect(await audio.evaluate((element: unknown) => (element as Player).currentTime)).toBe(19 * 60);
  expect(ranges.length).toBeGreaterThan(0);
  for (const range of ranges) expect(Number(/bytes=(\d+)-/.exec(range ?? "")?.[1])).toBeGreaterThan(10_000_000);
});

/** 8000 samples a second, of 16 bits. */
function silentWave(seconds: number): Uint8Array {
  const dataBytes = seconds * 16_000;
  const bytes = new Uint8Array(44 + dataBytes);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(Buffer.from(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 16_000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  return bytes;
}

describe("devices and activity", () => {
  test("the tab and the node are in the picture, and the way between them is measured", async () => {
    await visit("#/devices");
    await page.getByRole("button", { name: /this node$/ }).waitFor();
    const tab = page.locator(".device").filter({ hasText: "This browser" });
    await tab.getByRole("button").first().click();
    await tab.getByText("there and back").waitFor();
  });

  test("an invitation is a code that the node knows, and a device is put out after a question", async () => {
    const context = await session.browser.newContext();
    const visitor = await context.newPage();
    await visitor.goto(await host.link(allRights));
    await visitor.getByRole("heading", { name: "Files" }).waitFor();
    await context.close();
    await visit("#/devices");
    await page.getByRole("button", { name: "Add a device" }).click();
    await page.getByRole("img", { name: "The invitation as a QR code" }).waitFor();
    const command = await page.locator(".invite-code").textContent();
    expect(command).toMatch(/^glow join glow1[0-9a-z]{100,}$/);
    expect(
      (await host.node.user().invitations()).some(({ role, state }) => role === "device" && state === "open"),
    ).toBe(true);
    await closeDialog();
    const count = async () => (await host.node.user().info()).devices.filter(({ revoked }) => revoked).length;
    const before = await count();
    const other = page.locator(".device").filter({ hasNotText: "This browser" }).filter({ hasText: "Browser" }).first();
    await other.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Put out" }).click();
    await page.getByRole("button", { name: "Put it out" }).click();
    await expect.poll(count).toBe(before + 1);
  });

  test("the log comes as it is written", async () => {
    await visit("#/activity");
    await page.getByRole("log").getByText("started").waitFor();
    host.daemon.log.info("test", "a line that was written just now");
    await page.getByRole("log").getByText("a line that was written just now").waitFor();
  });
});

describe("for everybody", () => {
  /** Where, and what is there when all is: one may still see the place before for a while. */
  const places: readonly [string, () => Locator][] = [
    ["#/files/Home/both.txt", () => page.getByText("Changed in 2 places at once")],
    ["#/files", () => page.getByRole("heading", { name: "Files", level: 1 })],
    ["#/files/Home", () => file("both.txt")],
    ["#/files/Home/letter.txt", () => page.locator(".cm-content").getByText("Dear Bob")],
    ["#/trash/Home", () => page.getByRole("heading", { name: "Trash", level: 1 })],
    ["#/devices", () => page.getByRole("heading", { name: "All devices" })],
    ["#/activity", () => page.getByRole("log").getByText("started")],
  ];

  // Colours know of no width, and places of no colour: each of both once.
  test.each([
    ["light", 1280],
    ["dark", 390],
  ] as const)("axe finds nothing serious in %s at %d px", async (colorScheme, width) => {
    await write("letter.txt", "Dear Bob");
    const first = await write("both.txt", `${colorScheme} ${width}`);
    for (const text of ["mine", "yours"]) await write("both.txt", text, [first ?? ""]);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    const found: string[] = [];
    for (const [place, shown] of places) {
      await visit(place);
      await shown().waitFor();
      await page.locator("[aria-label=Loading]").first().waitFor({ state: "detached" });
      found.push(...(await axeFaults(page, place)));
    }
    expect(found).toEqual([]);
  });
});
