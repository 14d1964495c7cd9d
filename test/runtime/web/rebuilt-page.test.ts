// A page that stays open while it is built anew under a running daemon: it says so, and a reload takes the new one.

import type { Browser } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NodeInterface } from "#interfaces/generated/node.ts";
import { axeFaults } from "./axe.ts";
import { BuiltFolder } from "./built-folder.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

let folder: BuiltFolder;
let daemon: PageDaemon;
let browser: Browser;

beforeEach(async () => {
  folder = await BuiltFolder.copy();
  daemon = await startPageDaemon({ folder: folder.path });
  browser = await startChromium();
});

afterEach(async () => {
  await browser.close();
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function origin(): Promise<string> {
  const { local } = await daemon.node.pages().info();
  return new URL(local[0] ?? "").origin;
}

test("a page that is older than what the server has says so, and goes on after a reload", async () => {
  const page = await browser.newPage();
  await page.goto(await daemon.link(allRights));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const before = await (await fetch(`${await origin()}/build`)).text();
  const asked = page.waitForResponse((response) => response.url().endsWith("/build"));
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await asked;
  // Before it is rebuilt: an answer that is late tells of what is there by then.
  expect(await page.getByText("Glow was updated").count()).toBe(0);
  await folder.rebuild(async () => {
    expect((await fetch(`${await origin()}/`)).status).toBe(503);
  });
  expect(await (await fetch(`${await origin()}/build`)).text()).not.toBe(before);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByText("Glow was updated").waitFor();
  expect(await axeFaults(page, "updated")).toEqual([]);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByText("Glow was updated").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Files" }).waitFor();
  expect(await page.locator("script[src*='index-new-']").count()).toBe(1);
});

test("a page that does not understand its daemon says that it is of another version, not that nobody is there", async () => {
  await daemon[Symbol.asyncDispose]();
  // As if the page were made for another version of the daemon, though it is the one that the daemon has.
  await folder.replaceInScripts(NodeInterface.hash, NodeInterface.hash.replace(/.{4}$/, "0000"));
  daemon = await startPageDaemon({ folder: folder.path });
  const page = await browser.newPage();
  await page.goto(await daemon.link(allRights));
  await page.getByRole("heading", { name: "This page is of another version" }).waitFor();
  expect(await page.getByText("does not answer").count()).toBe(0);
  expect(await axeFaults(page, "other version")).toEqual([]);
  await page.getByRole("button", { name: "Reload" }).waitFor();
});
