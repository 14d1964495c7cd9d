// Files on their way into a drive by the page: a folder with all that is in it, hundreds at once, and one that goes on where it
// was after the page was loaded anew; and hundreds that are deleted, and are back.

import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { axeFaults } from "./axe.ts";
import { PageSession } from "./page-session.ts";

const manyFiles = 200;
const patience = { timeout: 120_000, interval: 200 };

let session: PageSession;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-uploads-"));
  session = await PageSession.start();
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function choose(item: string, path: string): Promise<void> {
  const choosing = session.page.waitForEvent("filechooser");
  await session.page.getByRole("button", { name: "Add" }).click();
  await session.page.getByRole("menuitem", { name: item }).click();
  await (await choosing).setFiles(path);
}

async function closeTray(): Promise<void> {
  await session.page.getByRole("region", { name: "Uploads" }).getByRole("button", { name: "Close" }).click();
}

test("a folder is uploaded with all that is in it", async () => {
  const { page, drive } = session;
  await mkdir(join(folder, "trip/day one"), { recursive: true });
  await writeFile(join(folder, "trip/notes.txt"), "notes");
  await writeFile(join(folder, "trip/day one/ü.txt"), "one");
  await session.visit("#/files/Home");
  await choose("Upload a folder", join(folder, "trip"));
  await page.getByText("2 files uploaded").waitFor();
  expect(await session.textAt("trip/notes.txt")).toBe("notes");
  expect(await session.textAt("trip/day one/ü.txt")).toBe("one");
  expect((await drive.totals("trip")).files).toBe(2);
  await closeTray();
});

test("a file that is chosen again goes on where it was when the page was left", { timeout: 120_000 }, async () => {
  const { page, drive } = session;
  const content = Buffer.alloc(48_000_000);
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  const path = join(folder, "large.bin");
  await writeFile(path, content);
  await session.visit("#/files/Home");
  await choose("Upload files", path);
  const bar = page.getByRole("progressbar", { name: "Upload of large.bin" });
  const percent = async () => Number(await bar.getAttribute("aria-valuenow"));
  await expect.poll(percent, { timeout: 60_000, interval: 20 }).toBeGreaterThan(40);
  // It asks whether one means it.
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await page.getByRole("button", { name: "Add" }).waitFor();
  await choose("Upload files", path);
  await page.getByText(/were there already/).waitFor();
  await page.getByText("1 file uploaded").waitFor({ timeout: 60_000 });
  expect((await drive.stat("large.bin")).sizeBytes).toBe(content.length);
  const { bytes } = await drive.read("large.bin", 30_000_000, 1_000_000);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(content.subarray(30_000_000, 31_000_000))).toBe(true);
  await closeTray();
});

test("what was broken off is told after the page was left, gone on with, or discarded", {
  timeout: 120_000,
}, async () => {
  const { page, drive } = session;
  const paths = ["film.bin", "other.bin"].map((name) => join(folder, name));
  for (const path of paths) {
    await writeFile(path, Buffer.alloc(3_000_000, path));
    const { mtimeMs } = await stat(path);
    const key = `3000000-${Math.floor(mtimeMs)}-${basename(path)}`;
    const upload = await drive.upload(`kept/${basename(path)}`, 3_000_000, key);
    await upload.write(0, givenText("x".repeat(1_000_000)));
  }
  await (await drive.upload("kept/by-put.iso", 100, "0123abcd")).state();
  await page.reload();
  const tray = page.getByRole("region", { name: /broken off/ });
  await tray.getByText("3 uploads were broken off").waitFor({ timeout: 30_000 });
  expect(await tray.getByText("1.00 MB of 3.00 MB are there").count()).toBe(2);
  expect(await tray.getByRole("button", { name: /^Choose again: / }).count()).toBe(2);
  expect(await axeFaults(page, "uploads that were broken off")).toEqual([]);

  const goOn = async (name: string, path: string): Promise<void> => {
    const choosing = page.waitForEvent("filechooser");
    await tray.getByRole("button", { name: `Choose again: ${name}` }).press("Enter");
    await (await choosing).setFiles(path);
  };
  await goOn("film.bin", paths[1] as string);
  await page.getByText("This is another file").waitFor();
  await goOn("film.bin", paths[0] as string);
  await page.getByText("1 file uploaded").waitFor({ timeout: 60_000 });
  await tray.getByText("2 uploads were broken off").waitFor();
  expect((await drive.stat("kept/film.bin")).sizeBytes).toBe(3_000_000);
  for (const name of ["other.bin", "by-put.iso"]) {
    await tray.getByRole("button", { name: `Discard ${name}` }).click();
    await tray.getByRole("button", { name: `Discard ${name}` }).waitFor({ state: "detached" });
  }
  expect(await session.host.node.drives().uploads()).toEqual([]);
  await tray.waitFor({ state: "detached" });
  await closeTray();
});

test("all that is on its way is stopped at once, and what was done stays", { timeout: 120_000 }, async () => {
  const { page, drive } = session;
  await mkdir(join(folder, "stopped"));
  for (let i = 0; i < 300; i++) await writeFile(join(folder, "stopped", `${i}.txt`), `file ${i}`);
  await session.visit("#/files/Home");
  await choose("Upload a folder", join(folder, "stopped"));
  const tray = page.getByRole("region", { name: "Uploads" });
  const bar = tray.getByRole("progressbar", { name: "All uploads" });
  await expect
    .poll(async () => Number(await bar.getAttribute("aria-valuenow")), { timeout: 60_000 })
    .toBeGreaterThan(2);
  await tray.getByRole("button", { name: "Stop all" }).press("Enter");
  await page.getByText(/\d+ files? uploaded/).waitFor();
  const { files } = await drive.totals("stopped");
  expect(files).toBeGreaterThan(0);
  expect(files).toBeLessThan(300);
  await closeTray();
});

test("hundreds of small files are dropped at once, and deleted, and back", { timeout: 300_000 }, async () => {
  const { page, drive } = session;
  await drive.makeFolder("many");
  await session.visit("#/files/Home/many");
  await page.getByText("Nothing in here yet").waitFor();
  const begun = performance.now();
  await page.evaluate(`{
    const transfer = new DataTransfer();
    for (let i = 0; i < ${manyFiles}; i++) transfer.items.add(new File(["file " + i], "f" + String(i).padStart(4, "0") + ".txt"));
    document.querySelector(".drop-area").dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: transfer }));
  }`);
  await expect.poll(async () => (await drive.totals("many")).files, patience).toBe(manyFiles);
  console.log(`${manyFiles} small files were there after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  await page.getByText(`${manyFiles.toLocaleString("en")} files uploaded`).waitFor();
  expect(await session.textAt("many/f0121.txt")).toBe("file 121");
  await closeTray();

  await page.getByText(`${manyFiles.toLocaleString("en")} items`).waitFor();
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Nothing in here yet").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await drive.totals("many")).files, patience).toBe(manyFiles);
  await page
    .getByText(`${manyFiles.toLocaleString("en")} items`)
    .first()
    .waitFor({ timeout: 60_000 });
});
