// A page that stays open while it is built anew under a running daemon: it says so, and a reload takes the new one.

import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NodeInterface } from "#interfaces/generated/node.ts";
import { builtPage } from "#platform/nodejs/site-folder.ts";
import { axeFaults } from "./axe.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

let folder: string;
let daemon: PageDaemon;
let browser: Browser;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-built-"));
  await cp(await builtPage(), folder, { recursive: true });
  daemon = await startPageDaemon({ folder });
  browser = await startChromium();
});

afterEach(async () => {
  await browser.close();
  await daemon[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Other names for all that has a hash in its name, as a build gives them to what has changed. */
async function rebuild(): Promise<void> {
  const assets = join(folder, "assets");
  const document = join(folder, "index.html");
  const text = await readFile(document, "utf8");
  await rm(document);
  expect((await fetch(`${await origin()}/`)).status).toBe(503);
  const entry = /assets\/(index-[\w-]+\.js)/.exec(text)?.[1] ?? "";
  for (const name of await readdir(assets)) {
    if (name.startsWith(entry)) await rename(join(assets, name), join(assets, name.replace("index-", "index-new-")));
  }
  await writeFile(document, text.replaceAll(entry, entry.replace("index-", "index-new-")));
}

async function origin(): Promise<string> {
  const { local } = await daemon.node.pages().info();
  return new URL(local[0] ?? "").origin;
}

test("a page that is older than what the server has says so, and goes on after a reload", async () => {
  const page = await browser.newPage();
  await page.goto(await daemon.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const before = await (await fetch(`${await origin()}/build`)).text();
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await rebuild();
  expect(await (await fetch(`${await origin()}/build`)).text()).not.toBe(before);
  expect(await page.getByText("Glow was updated").count()).toBe(0);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByText("Glow was updated").waitFor();
  expect(await axeFaults(page, "updated")).toEqual([]);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByText("Glow was updated").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Files" }).waitFor();
  expect(await page.locator("script[src*='index-new-']").count()).toBe(1);
});

/** As if it were made for another version of the daemon, though it is the one that the daemon has. */
async function makeOther(): Promise<void> {
  const assets = join(folder, "assets");
  for (const name of await readdir(assets)) {
    if (!name.endsWith(".js")) continue;
    const text = await readFile(join(assets, name), "utf8");
    if (!text.includes(NodeInterface.hash)) continue;
    await rm(join(assets, `${name}.gz`), { force: true });
    await writeFile(
      join(assets, name),
      text.replaceAll(NodeInterface.hash, NodeInterface.hash.replace(/.{4}$/, "0000")),
    );
  }
}

test("a page that does not understand its daemon says that it is of another version, not that nobody is there", async () => {
  await daemon[Symbol.asyncDispose]();
  await makeOther();
  daemon = await startPageDaemon({ folder });
  const page = await browser.newPage();
  await page.goto(await daemon.link(allRights));
  await page.getByRole("heading", { name: "This page is of another version" }).waitFor();
  expect(await page.getByText("does not answer").count()).toBe(0);
  expect(await axeFaults(page, "other version")).toEqual([]);
  await page.getByRole("button", { name: "Reload" }).waitFor();
});
