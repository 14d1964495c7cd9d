// The page of a guest in Chromium, over plain HTTP under a name that is no secure context, as in a real local network.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { axeFaults } from "./axe.ts";
import { PageComplaints } from "./page-complaints.ts";
import { type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

const interfaces = () => [
  { name: "eth0", addresses: [{ family: "ipv4", address: "127.0.0.2", cidr: "127.0.0.2/8" } as const] },
];

let daemon: PageDaemon;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: PageComplaints;

beforeAll(async () => {
  daemon = await startPageDaemon({ interfaces, names: ["attic.local"] });
  browser = await startChromium({ args: ["--host-resolver-rules=MAP attic.local 127.0.0.2"] });
  const drives = daemon.node.drives();
  await drives.create("Home");
  const home = await drives.open("Home");
  await home.write("Holiday/beach.txt", givenText("sand"), { parents: true });
  await home.write("secret.txt", givenText("secret"));
  await daemon.node.settings().set({ pageGuests: true });
  await vi.waitUntil(async () => (await daemon.node.pages().info()).guests?.length === 1, { timeout: 30_000 });
});

afterAll(async () => {
  await browser.close();
  await daemon[Symbol.asyncDispose]();
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  complaints = new PageComplaints();
  complaints.watch(page);
  return async () => {
    await context.close();
    expect(complaints.unexplained).toEqual([]);
  };
});

async function link(write = false): Promise<{ readonly url: string; readonly id: string }> {
  const places = [{ drive: "Home", path: "Holiday" }];
  const { url, id = "" } = await daemon.node.pages().guest({ places, write, lifetimeSeconds: 3600 });
  return { url: url.replace("127.0.0.2", "attic.local"), id };
}

async function open(write = false): Promise<string> {
  const { url, id } = await link(write);
  await page.goto(url);
  await page.getByRole("heading", { name: "Files" }).waitFor();
  return id;
}

const holiday = () => page.getByRole("main").getByRole("link", { name: /Holiday/ });

test("a link opens its folder, says that others can read along, and shows nothing else", async () => {
  await open();
  expect(await page.evaluate("isSecureContext")).toBe(false);
  expect(page.url()).not.toContain("guest=");
  await page.getByText("You are a guest of Ada until").waitFor();
  await page.getByText("others in this network can read along").waitFor();
  expect(await page.getByRole("link", { name: "Devices" }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "New drive" }).count()).toBe(0);
  await holiday().click();
  await page.getByRole("gridcell", { name: "beach.txt" }).getByRole("link").click();
  await page.locator(".cm-content, pre").getByText("sand").waitFor();
  // What would only be refused is not offered.
  expect(await page.getByRole("button", { name: "History" }).count()).toBe(0);
  await page.getByRole("button", { name: "Actions for beach.txt" }).click();
  await page.getByRole("menuitem", { name: "Download" }).waitFor();
  expect(await page.getByRole("menuitem", { name: "History" }).count()).toBe(0);
  await page.keyboard.press("Escape");
  expect(await page.getByRole("link", { name: /Trash/ }).count()).toBe(0);
});

test("a reload and another page of the browser are the same guest; another browser is refused, and told why", async () => {
  const { url } = await link();
  await page.goto(url);
  await holiday().waitFor();
  await page.reload();
  await holiday().waitFor();
  const again = await context.newPage();
  await again.goto(new URL("/", url).href);
  await again
    .getByRole("main")
    .getByRole("link", { name: /Holiday/ })
    .waitFor();
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(url);
  await stranger.getByText("This link was used already").waitFor();
  await stranger.goto(new URL("/", url).href);
  await stranger.getByRole("heading", { name: "Nothing is open here" }).waitFor();
  await other.close();
});

test("who may write edits a text that shows at the node", async () => {
  await open(true);
  await page.evaluate("location.hash = '#/files/Holiday/beach.txt'");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("sea");
  await page.keyboard.press("Control+s");
  const home = await daemon.node.drives().open("Home");
  await expect.poll(async () => (await home.stat("Holiday/beach.txt")).sizeBytes).toBe(3);
  await home.write("Holiday/beach.txt", givenText("sand"));
});

test("a guest who is put out is told so, and one who leaves leaves nothing", async () => {
  const id = await open();
  await daemon.node.pages().dismiss(id);
  await page.getByText("What you were given here was taken back").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Nothing is open here" }).waitFor();
  const second = await open();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("heading", { name: "Nothing is open here" }).waitFor();
  expect(await page.evaluate("localStorage.getItem('glow guest')")).toBeNull();
  const ids = async () => (await daemon.node.pages().visitors()).map((visitor) => visitor.id);
  await expect.poll(ids).not.toContain(second);
});

test.each([
  ["light", 1280],
  ["dark", 390],
] as const)("axe finds nothing serious in %s at %d px", async (colorScheme, width) => {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: 800 });
  const id = await open(true);
  const found = await axeFaults(page, "files");
  await page.evaluate("location.hash = '#/files/Holiday'");
  await page.getByRole("gridcell", { name: "beach.txt" }).getByRole("link").waitFor();
  found.push(...(await axeFaults(page, "folder")));
  await daemon.node.pages().dismiss(id);
  await page.getByRole("heading", { name: "You are not let in" }).waitFor();
  found.push(...(await axeFaults(page, "put out")));
  expect(found).toEqual([]);
});
