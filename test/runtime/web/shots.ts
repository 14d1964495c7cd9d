// Pictures of every view and dialog of the page, in both colour schemes, at the width of a phone and of a desk, for people to
// look at: `node test/runtime/web/shots.ts FOLDER [light|dark] [390|1280]`. The page has to be built (`npm run build`).

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Drive } from "#interfaces/generated/drive.ts";
import { givenBytes, givenText } from "../../scenarios/node/given-bytes.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

const [folder = "shots", onlyScheme, onlyWidth] = process.argv.slice(2);
const schemes = (["light", "dark"] as const).filter((each) => onlyScheme === undefined || each === onlyScheme);
const widths = [390, 1280].filter((each) => onlyWidth === undefined || `${each}` === onlyWidth);

const longName = `${"minutes of the general meeting of the society for the preservation of ".repeat(2)}old machines.txt`;
const code = `// Counts the words of a text.\nexport function wordsOf(text: string): number {\n  return text.split(/\\s+/).filter(Boolean).length;\n}\n`;

await mkdir(folder, { recursive: true });
const media = await mkdtemp(join(tmpdir(), "glow-shots-"));
await using host = await startPageDaemon();
const browser = await startChromium();
try {
  await empty(host, browser);
  await fill(host);
  for (const scheme of schemes) for (const width of widths) await everyView(host, browser, scheme, width);
  await manyDevices(host, browser);
} finally {
  await browser.close();
  await rm(media, { recursive: true });
}

async function empty(of: PageDaemon, by: Browser): Promise<void> {
  for (const scheme of schemes) {
    for (const width of widths) {
      const page = await openPage(by, scheme, width);
      await page.goto((await of.node.pages().info()).local[0] ?? "");
      await page.getByRole("heading", { name: "This browser is new here" }).waitFor();
      await shoot(page, "stranger", scheme, width);
      await page.goto(await of.link(allRights));
      await page.getByRole("heading", { name: "Files" }).waitFor();
      await shoot(page, "no-drives", scheme, width);
      await page.context().close();
    }
  }
}

async function fill({ node }: PageDaemon): Promise<void> {
  const drives = node.drives();
  for (const name of ["Home", "Photos", "Films and recordings of the last ten years", "Empty", "Old"]) {
    await drives.create(name);
  }
  await drives.hold("Films and recordings of the last ten years", "names");
  await drives.remove("Old");
  const home = await drives.open("Home");
  const write = (drive: Drive, path: string, text: string, replaces?: string[]) =>
    drive.write(path, givenText(text), { parents: true, ...(replaces && { replaces }) });
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

async function everyView(of: PageDaemon, by: Browser, scheme: "light" | "dark", width: number): Promise<void> {
  const page = await openPage(by, scheme, width);
  await page.goto(await of.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const take = (name: string) => shoot(page, name, scheme, width);
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
    await take(name);
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
  await at("text-history", "#/files/Home/letter.txt", async () => {
    await page.getByRole("button", { name: /Actions for/ }).click();
    await item("History");
    await page.locator(".history-row").nth(1).click();
  });
  await at("conflict", "#/files/Home/plan.md", () => button("Compare the versions"));
  await at("no-preview", "#/files/Home/backup.tar.gz");
  await at("picture", "#/files/Photos/picture 1.png");
  await at("video", "#/files/Photos/holiday.webm");
  await at("audio", "#/files/Photos/song.wav");
  await at("missing", "#/files/Home/nothing here.txt");
  await at("no-drive", "#/files/Nowhere");
  await at("trash", "#/trash/Home");
  await at("trash-empty", "#/trash/Empty");
  await at("devices-few", "#/devices");
  await at("device-open", "#/devices", () => page.locator(".device button").first().click());
  await at("invite", "#/devices", () => button("Add a device"));
  await at("activity", "#/activity");
  await page.context().close();
}

/** Each a tab, let in by a link. */
async function manyDevices(of: PageDaemon, by: Browser): Promise<void> {
  const pages: Page[] = [];
  while (pages.length < 11) {
    const page = await openPage(by, "light", 800);
    await page.goto(await of.link(allRights));
    await page.getByRole("heading", { name: "Files" }).waitFor();
    pages.push(page);
    if (pages.length !== 2 && pages.length !== 11) continue;
    for (const scheme of schemes) {
      for (const width of widths) {
        const [first] = pages as [Page];
        await first.setViewportSize({ width, height: width < 600 ? 844 : 800 });
        await first.emulateMedia({ colorScheme: scheme });
        await first.evaluate("location.hash = '#/devices'");
        await first.waitForTimeout(800);
        await shoot(first, `devices-${pages.length + 1}`, scheme, width);
      }
    }
  }
}

async function openPage(by: Browser, colorScheme: "light" | "dark", width: number): Promise<Page> {
  const viewport = { width, height: width < 600 ? 844 : 800 };
  const context = await by.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  context.setDefaultTimeout(120_000);
  return context.newPage();
}

async function shoot(page: Page, name: string, scheme: string, width: number): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`) });
}
