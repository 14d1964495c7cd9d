// Pictures of every view, dialog and notice of the page, in both colour schemes, at the width of a phone and of a desk, for people
// to look at: `node test/runtime/web/shots.ts FOLDER [views|notices|devices|readme] [390|1280]`. The page has to be built
// (`npm run build`).

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { GlowError } from "#base/errors.ts";
import type { Drive } from "#interfaces/generated/drive.ts";
import { givenBytes, givenText } from "../../scenarios/node/given-bytes.ts";
import { NodeInterface } from "#interfaces/generated/node.ts";
import { BuiltFolder } from "./built-folder.ts";
import { pdf } from "./paper.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

const [folder = "shots", onlyPart, onlyWidth] = process.argv.slice(2);
const schemes = ["light", "dark"] as const;
const widths = [390, 1280].filter((each) => onlyWidth === undefined || `${each}` === onlyWidth);
const wants = (part: "views" | "notices" | "devices" | "readme"): boolean =>
  onlyPart === undefined || onlyPart === part;

const longName = `${"minutes of the general meeting of the society for the preservation of ".repeat(2)}old machines.txt`;
const code = `// Counts the words of a text.\nexport function wordsOf(text: string): number {\n  return text.split(/\\s+/).filter(Boolean).length;\n}\n`;

await mkdir(folder, { recursive: true });
const media = await mkdtemp(join(tmpdir(), "glow-shots-"));
const browser = await startChromium({ args: ["--host-resolver-rules=MAP attic.local 127.0.0.2"] });
try {
  if (wants("views") || wants("devices")) {
    await using host = await startPageDaemon();
    await empty(host, browser);
    await fill(host);
    if (wants("views")) for (const width of widths) await everyView(host, browser, width);
    if (wants("devices")) await manyDevices(host, browser);
  }
  if (wants("notices")) await everyNotice(browser);
  if (wants("readme")) await readmeConflict(browser);
} finally {
  await browser.close();
  await rm(media, { recursive: true });
}

async function empty(of: PageDaemon, by: Browser): Promise<void> {
  const page = await openPage(by);
  await page.goto((await of.node.pages().info()).local[0] ?? "");
  await page.getByRole("heading", { name: "This browser is new here" }).waitFor();
  await shootAll(page, "stranger");
  const link = await of.link(allRights);
  await page.goto(link);
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await shootAll(page, "no-drives");
  await page.context().close();
  const late = await openPage(by);
  await late.goto(link);
  await late.getByRole("heading", { name: "This link does not work" }).waitFor();
  await shootAll(late, "used-link");
  await late.context().close();
}

/** README's conflict.png: a file that two machines have changed. */
async function readmeConflict(by: Browser): Promise<void> {
  await using desk = await startPageDaemon();
  await using laptop = await startPageDaemon();
  await desk.node.settings().set({ name: "Desk computer" });
  await laptop.node.settings().set({ name: "Laptop" });
  await laptop.node.user().join((await desk.node.user().invite("device", 600)).code);
  for (const name of ["Home", "Work"]) await desk.node.drives().create(name);
  const page = await openPage(by);
  await page.goto(await desk.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const here = await desk.node.drives().open("Home");
  const path = "Letters/Party list.txt";
  const { version = "" } = await here.write(path, givenText("Anna\nBen\n"), { parents: true });
  while (!(await hasFile(laptop, path))) await page.waitForTimeout(50);
  await here.write(path, givenText("Anna\nBen\nCarla\n"), { replaces: [version] });
  const there = await laptop.node.drives().open("Home");
  await there.write(path, givenText("Anna\nBen\nDavid and Eva\n"), { replaces: [version] });
  await page.evaluate(`location.hash = ${JSON.stringify(`#/files/Home/${path}`)}`);
  await page.getByRole("button", { name: "Compare the versions" }).click();
  await page.getByText("On another device too").waitFor();
  await page.getByText("Keep this one").nth(1).waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, "conflict.png") });
  await page.context().close();
}

async function hasFile({ node }: PageDaemon, path: string): Promise<boolean> {
  try {
    await (await node.drives().open("Home")).stat(path);
    return true;
  } catch (error) {
    if (GlowError.from(error, "shots.look").kind === "not-found") return false;
    throw error;
  }
}

/** What shows when something is not as usual: the node away, or of another build; put out; a guest, and one without a network. */
async function everyNotice(by: Browser): Promise<void> {
  await using built = await BuiltFolder.copy();
  const interfaces = () => [
    { name: "eth0", addresses: [{ family: "ipv4", address: "127.0.0.2", cidr: "127.0.0.2/8" } as const] },
  ];
  const host = await startPageDaemon({ folder: built.path, interfaces, names: ["attic.local"] });
  await host.node.drives().create("Home");
  const home = await host.node.drives().open("Home");
  for (const name of ["beach.txt", "hotel.txt"])
    await home.write(`Holiday/${name}`, givenText(name), { parents: true });
  await host.node.settings().set({ pageGuests: true });
  const guest = await openPage(by);
  while (((await host.node.pages().info()).guests ?? []).length === 0) await guest.waitForTimeout(50);
  const { url } = await host.node.pages().guest({
    places: [{ drive: "Home", path: "Holiday" }],
    write: true,
    lifetimeSeconds: 3600,
  });
  await guest.goto(url.replace("127.0.0.2", "attic.local"));
  await guest.getByText("You are a guest").waitFor();
  await shootAll(guest, "guest");
  const page = await openPage(by);
  await page.goto(await host.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await built.rebuild();
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByText("Glow was updated").waitFor();
  await shootAll(page, "updated");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const other = await openPage(by);
  await other.goto(await host.link(allRights));
  await other.getByRole("heading", { name: "Files" }).waitFor();
  const tabs = (await host.node.pages().visitors()).filter(({ opened, places }) => opened && places === undefined);
  await host.node.pages().dismiss(tabs.at(-1)?.id ?? "");
  await other.getByRole("heading", { name: "This browser was put out" }).waitFor();
  await shootAll(other, "put-out");
  await host.daemon.stop();
  await page.getByText("does not answer").waitFor();
  await shootAll(page, "away");
  await guest.context().setOffline(true);
  await guest.getByText("This device is offline").waitFor();
  await shootAll(guest, "guest-offline");
  await page.reload();
  await page.getByRole("heading", { name: "The node does not answer" }).waitFor();
  await shootAll(page, "away-opened");
  for (const each of [page, guest, other]) await each.context().close();
  await built.replaceInScripts(NodeInterface.hash, NodeInterface.hash.replace(/.{4}$/, "0000"));
  await using changed = await startPageDaemon({ folder: built.path });
  const strange = await openPage(by);
  await strange.goto(await changed.link(allRights));
  await strange.getByRole("heading", { name: "This page is of another version" }).waitFor();
  await shootAll(strange, "other-version");
  await strange.context().close();
  await host[Symbol.asyncDispose]();
}

async function fill({ node }: PageDaemon): Promise<void> {
  const drives = node.drives();
  for (const name of ["Home", "Photos", "Films and recordings of the last ten years", "Empty", "Old"]) {
    await drives.create(name);
  }
  await drives.hold("Films and recordings of the last ten years", "names");
  const home = await drives.open("Home");
  const write = (drive: Drive, path: string, text: string, replaces?: string[]) =>
    drive.write(path, givenText(text), { parents: true, ...(replaces && { replaces }) });
  await write(await drives.open("Old"), "a.txt", "old");
  await drives.remove("Old");
  for (const name of ["Letters", "Taxes 2026", "Recipes"]) await write(home, `${name}/a.txt`, name);
  for (const text of ["Dear Bob,\n", "Dear Bob,\nhow are you?\n", "Dear Bob,\nhow are you?\nI am well.\n"]) {
    await write(home, "letter.txt", text);
  }
  await write(home, "words.ts", code);
  await write(home, longName, "short");
  await write(home, "backup.tar.gz", "no preview".repeat(9000));
  const first = await write(home, "plan.md", "# Plan\n");
  for (const text of ["# Plan\n\n1. The kitchen\n", "# Plan\n\n1. The garden\n2. The roof\n"]) {
    await write(home, "plan.md", text, [first.version ?? ""]);
  }
  await home.write("letter.pdf", givenBytes([pdf("Dear Bob, how are you?")]));
  await write(home, "gone.txt", "gone");
  await write(home, `${"a very long name of something that was removed ".repeat(3)}.txt`, "gone");
  await home.remove(["gone.txt", `${"a very long name of something that was removed ".repeat(3)}.txt`]);
  const photos = await drives.open("Photos");
  for (const [i, source] of ["mandelbrot", "testsrc2", "rgbtestsrc", "gradients", "smptehdbars"].entries()) {
    await photos.write(
      `picture ${i + 1}.png`,
      givenBytes([made(`${source}.png`, ["-f", "lavfi", "-i", `${source}=size=960x640`, "-frames:v", "1"])]),
    );
  }
  const film = ["-f", "lavfi", "-i", "testsrc2=size=960x540:rate=24:duration=5"];
  await photos.write("holiday.webm", givenBytes([made("a.webm", [...film, "-c:v", "libvpx", "-b:v", "1M"])]));
  await photos.write("song.wav", givenBytes([made("a.wav", ["-f", "lavfi", "-i", "sine=duration=20"])]));
}

function made(name: string, words: readonly string[]): Uint8Array {
  const path = join(media, name);
  execFileSync("ffmpeg", ["-y", "-loglevel", "error", ...words, path]);
  return execFileSync("cat", [path], { maxBuffer: 100_000_000 });
}

async function everyView(of: PageDaemon, by: Browser, width: number): Promise<void> {
  const page = await openPage(by, width);
  await page.goto(await of.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const at = async (name: string, hash: string, then?: () => Promise<unknown>): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(400);
    try {
      await then?.();
      await page.waitForTimeout(350);
    } catch (error) {
      console.log(`${name}: ${String(error).split("\n")[0]}`);
    }
    await shootAll(page, name, [width]);
    await page.keyboard.press("Escape");
    await page.waitForTimeout(250);
  };
  const button = (name: string | RegExp) => page.getByRole("button", { name }).first().click();
  const item = (name: string) => page.getByRole("menuitem", { name }).click();
  await at("drives", "#/files");
  await at("drive-menu", "#/files", () => button("Actions for Home"));
  await at("drive-remove", "#/files", async () => {
    await button("Actions for Photos");
    await item("Remove");
  });
  await at("drive-new", "#/files", () => button("New drive"));
  await at("drives-removed", "#/files", () => page.getByText("1 removed drive").click());
  await at("folder", "#/files/Home");
  await at("folder-chosen", "#/files/Home", async () => {
    for (const box of (await page.getByRole("checkbox").all()).slice(1, 4)) await box.check();
  });
  await at("folder-empty", "#/files/Empty");
  await at("folder-add", "#/files/Home", () => button("Add"));
  await at("file-menu", "#/files/Home", () => button("Actions for letter.txt"));
  await at("rename", "#/files/Home", async () => {
    await button("Actions for letter.txt");
    await item("Rename");
  });
  await at("move", "#/files/Home", async () => {
    await button("Actions for letter.txt");
    await item("Move to");
  });
  await at("grid", "#/files/Photos", () => button("Show as grid"));
  await at("text", "#/files/Home/words.ts");
  await at("sort-menu", "#/files/Home", () => button("Sort"));
  await at("delete-undo", "#/files/Home", async () => {
    await button("Actions for words.ts");
    await item("Delete");
    await page.getByRole("button", { name: "Undo" }).waitFor();
  });
  await at("undone", "#/files/Home", () => button("Undo"));
  await at("text-history", "#/files/Home/letter.txt", async () => {
    await page.getByRole("button", { name: /Actions for/ }).click();
    await item("History");
    await page.locator(".history-row").nth(1).click();
  });
  await at("conflict", "#/files/Home/plan.md", () => button("Compare the versions"));
  await at("no-preview", "#/files/Home/backup.tar.gz");
  await at("picture", "#/files/Photos/picture 1.png");
  await at("video", "#/files/Photos/holiday.webm");
  await at("pdf", "#/files/Home/letter.pdf", () => page.waitForTimeout(6000));
  await at("audio", "#/files/Photos/song.wav");
  await at("missing", "#/files/Home/nothing here.txt");
  await at("no-drive", "#/files/Nowhere");
  await at("trash", "#/trash/Home");
  await at("trash-empty", "#/trash/Empty");
  await at("devices-few", "#/devices");
  await at("device-open", "#/devices", () => page.locator(".device button").first().click());
  await at("invite", "#/devices", () => button("Add a device"));
  await at("invite-browser", "#/devices", async () => {
    await button("Add a device");
    await page.getByText("A browser", { exact: true }).click();
  });
  await at("device-menu", "#/devices", () => button(/^Actions for/));
  await at("device-out", "#/devices", async () => {
    await page
      .getByRole("button", { name: /^Actions for/ })
      .nth(1)
      .click();
    await item("Put out");
  });
  await at("activity", "#/activity");
  await page.context().close();
}

/** Each a tab, let in by a link. */
async function manyDevices(of: PageDaemon, by: Browser): Promise<void> {
  const pages: Page[] = [];
  while (pages.length < 11) {
    const page = await openPage(by, 800);
    await page.goto(await of.link(allRights));
    await page.getByRole("heading", { name: "Files" }).waitFor();
    pages.push(page);
    if (pages.length !== 2 && pages.length !== 11) continue;
    const [first] = pages as [Page];
    await first.evaluate("location.hash = '#/devices'");
    await shootAll(first, `devices-${pages.length + 1}`);
  }
}

async function openPage(by: Browser, width = 1280): Promise<Page> {
  const viewport = { width, height: width < 600 ? 844 : 800 };
  const context = await by.newContext({ viewport, reducedMotion: "reduce" });
  // Machines that take pictures may be busy with other things.
  context.setDefaultTimeout(120_000);
  return context.newPage();
}

/** As it is, in both colour schemes. */
async function shootAll(page: Page, name: string, at: readonly number[] = widths): Promise<void> {
  for (const width of at) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
    }
  }
}
