// How a page comes to be a device of the user, stays one, and is put out; and how it goes on when its node was away.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { PageComplaints } from "./page-complaints.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

let host: PageDaemon;
let browser: Browser;
const complaints = new PageComplaints();

beforeAll(async () => {
  host = await startPageDaemon();
  browser = await startChromium();
  await host.node.drives().create("Home");
});

afterAll(async () => {
  await browser.close();
  await host[Symbol.asyncDispose]();
});

afterEach(() => expect(complaints.unexplained).toEqual([]));

/** Another browser, as far as a page can tell. */
async function newBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.on("page", (page) => complaints.watch(page));
  return context;
}

/** A page of another browser, until the test is over. */
async function strangePage(): Promise<Page> {
  const context = await newBrowser();
  onTestFinished(() => context.close());
  return context.newPage();
}

const visit = (page: Page, hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
const isOpen = (page: Page) => page.getByRole("heading", { name: "Files" }).waitFor();
const file = (page: Page, name: string) => page.getByRole("gridcell", { name, exact: false }).getByRole("link");

async function tabs(): Promise<string[]> {
  const { devices } = await host.node.user().info();
  return devices.filter(({ role, revoked }) => role === "tab" && !revoked).map(({ id }) => id);
}

describe("a browser that has come by a link", () => {
  let context: BrowserContext;
  let page: Page;
  let link: string;
  let origin: string;
  let before: string[];

  beforeAll(async () => {
    link = await host.link(allRights);
    ({ origin } = new URL(link));
    context = await newBrowser();
    page = await context.newPage();
    await page.goto(link);
    await isOpen(page);
    before = await tabs();
  });

  afterAll(() => context.close());

  test("is a device of the user, and the same one after a reload; the link serves nobody else", async () => {
    expect(page.url()).not.toContain("join");
    expect(before.length).toBe(1);
    await page.reload();
    await isOpen(page);
    expect(await tabs()).toEqual(before);
    const other = await strangePage();
    await other.goto(link);
    await other.getByRole("heading", { name: "This link does not work" }).waitFor();
    expect(await tabs()).toEqual(before);
  });

  test("is the same device when its page was closed and is opened again, and needs no link", async () => {
    await page.close();
    page = await context.newPage();
    await page.goto(`${origin}/`);
    await isOpen(page);
    expect(await tabs()).toEqual(before);
  });

  test("lets in a second page of its own, as a device of its own; one of another browser is not", async () => {
    const second = await context.newPage();
    await second.goto(`${origin}/`);
    await isOpen(second);
    expect((await tabs()).length).toBe(before.length + 1);
    const other = await strangePage();
    await other.goto(`${origin}/`);
    await other.getByRole("heading", { name: "This browser is new here" }).waitFor();
    expect((await tabs()).length).toBe(before.length + 1);
    await second.close();
  });
});

test("without a link there is nothing to see, but what to do", async () => {
  const page = await strangePage();
  const { local } = await host.node.pages().info();
  await page.goto(local[0] ?? "");
  await page.getByRole("heading", { name: "This browser is new here" }).waitFor();
  await page.getByText("glow page", { exact: true }).waitFor();
  // And what was made is put into the address bar of that page.
  await page.goto(await host.link(allRights));
  await isOpen(page);
});

test("who is dismissed is out at once", async () => {
  const page = await strangePage();
  await page.goto(await host.link(allRights));
  await isOpen(page);
  await visit(page, "#/files/Home");
  await page.getByRole("heading", { name: "Home" }).waitFor();
  const pages = host.node.pages();
  const [visitor] = (await pages.visitors()).toReversed().filter(({ opened }) => opened);
  await pages.dismiss(visitor?.id ?? "");
  await page.getByRole("heading", { name: "This browser was put out" }).waitFor();
});

test("a link for reading gives no buttons to write", async () => {
  const drive = await host.node.drives().open("Home");
  await drive.write("for-readers.txt", givenText("look"));
  const page = await strangePage();
  await page.goto(await host.link(["read"]));
  await isOpen(page);
  await visit(page, "#/files/Home/for-readers.txt");
  await page.locator(".cm-content").getByText("look").waitFor();
  expect(await page.getByRole("button", { name: "Save" }).count()).toBe(0);
  await visit(page, "#/files/Home");
  await file(page, "for-readers.txt").waitFor();
  expect(await page.getByRole("button", { name: "Add" }).count()).toBe(0);
  await visit(page, "#/devices");
  await page.getByRole("heading", { name: "All devices" }).waitFor();
  expect(await page.getByRole("button", { name: "Add a device" }).count()).toBe(0);
});

test("a page shows that its node is away, and goes on by itself when it is back, uploads too", async () => {
  const page = await strangePage();
  await using own = await startPageDaemon();
  await own.node.drives().create("Home");
  await page.goto(await own.link(allRights));
  await isOpen(page);
  await visit(page, "#/files/Home");
  await page.getByText("Nothing in here yet").waitFor();
  const { port, origin } = new URL(page.url());
  complaints.expectAway(origin);
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("menuitem", { name: "Upload files" }).click();
  const content = Buffer.alloc(40_000_000, "glow");
  // By its path: so much does not go through the wire that drives the browser.
  const path = join(own.home, "large.bin");
  await writeFile(path, content);
  await (await choosing).setFiles(path);
  await page.getByRole("progressbar", { name: "Upload of large.bin" }).waitFor();
  await own.daemon.stop();
  await page.getByText("does not answer.").waitFor();
  await using again = await startPageDaemon({ home: own.home, port: Number(port) });
  await page.getByText("does not answer.").waitFor({ state: "detached" });
  await page.getByText("1 file uploaded").waitFor();
  expect(await again.node.pages().visitors()).toMatchObject([{ rights: allRights, opened: true }]);
  const reopened = await again.node.drives().open("Home");
  expect((await reopened.stat("large.bin")).sizeBytes).toBe(content.length);
  await file(page, "large.bin").waitFor();
});
