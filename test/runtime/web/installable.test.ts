// The page as a thing that is installed: what Chromium finds in its manifest, and that it opens while its node is away, of the
// build that there was last.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { BuiltFolder } from "./built-folder.ts";
import { PageComplaints } from "./page-complaints.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: PageComplaints;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(() => browser.close());

beforeEach(async () => {
  complaints = new PageComplaints();
  context = await browser.newContext({ viewport: { width: 390, height: 800 } });
  // A page may take long to open on a busy machine.
  context.setDefaultTimeout(50_000);
  page = await newPage();
});

afterEach(async () => {
  await context.close();
  expect(complaints.unexplained).toEqual([]);
});

async function newPage(): Promise<Page> {
  const made = await context.newPage();
  complaints.watch(made);
  return made;
}

/** Until the browser keeps the page. Every node here ends before its page does. */
async function open(daemon: PageDaemon): Promise<void> {
  const link = await daemon.link(allRights);
  complaints.expectAway(new URL(link).origin);
  await page.goto(link);
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
}

async function kept(): Promise<string[]> {
  const paths = `caches.keys().then(async (names) => {
    const opened = await Promise.all(names.map((name) => caches.open(name)));
    const requests = await Promise.all(opened.map((cache) => cache.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname).sort();
  })`;
  return page.evaluate<string[]>(paths);
}

const portOf = () => Number(new URL(page.url()).port);

interface Manifest {
  readonly start_url: string;
  readonly scope: string;
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly type: string }[];
}

test("Chromium finds nothing in the way of installing it, and its icons are what the manifest says", async () => {
  await using daemon = await startPageDaemon();
  await open(daemon);
  const devtools = await context.newCDPSession(page);
  const { url, errors, data = "" } = await devtools.send("Page.getAppManifest");
  expect(new URL(url).pathname).toBe("/manifest.webmanifest");
  expect(errors).toEqual([]);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // Contexts of a test are like private windows, which install nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const answer = await page.request.get(url);
  expect(answer.headers()["content-type"]).toBe("application/manifest+json");
  const { icons, start_url, scope } = JSON.parse(data) as Manifest;
  expect([start_url, scope]).toEqual(["/", "/"]);
  for (const { src, sizes, type } of icons) {
    expect((await page.request.get(new URL(src, url).href)).headers()["content-type"]).toBe(type);
    if (sizes === "any") continue;
    const decode = `(async (image) => { image.src = ${JSON.stringify(src)}; await image.decode(); return image.naturalWidth + "x" + image.naturalHeight; })(new Image())`;
    expect(await page.evaluate(decode)).toBe(sizes);
  }
});

test("it opens while its node is away, says so, and goes on when the node is there again", async () => {
  const daemon = await startPageDaemon();
  const { home } = daemon;
  await open(daemon);
  await daemon.daemon.stop();
  await page.reload();
  await page.getByRole("heading", { name: "The node does not answer" }).waitFor();
  // With the style sheets that its nonce lets in.
  const nonces = `[...document.querySelectorAll("head style")].every(({ sheet }) => sheet !== null)`;
  expect(await page.evaluate(nonces)).toBe(true);
  const drawn = `[...document.images].map(({ naturalWidth }) => naturalWidth > 0)`;
  expect(await page.evaluate(drawn)).toEqual([true]);
  await using again = await startPageDaemon({ home, port: portOf() });
  await page.getByRole("heading", { name: "Files" }).waitFor();
  expect(await again.node.pages().visitors()).toMatchObject([{ opened: true }]);
  await daemon[Symbol.asyncDispose]();
});

test("it keeps the document and the files of its build, and nothing of what a node says or has", async () => {
  await using daemon = await startPageDaemon();
  await open(daemon);
  await page.reload();
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.evaluate("fetch('/build').then((answer) => answer.text())");
  const paths = await kept();
  expect(paths).toContain("/");
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.filter((path) => !["/", "/icon.svg"].includes(path) && !path.startsWith("/assets/"))).toEqual([]);
});

/** Browsers look for a new worker, and start it, when they have time. */
const patience = { timeout: 30_000 };

test("a new build comes with a reload, and is what is kept once the pages of the one before are closed", async () => {
  await using folder = await BuiltFolder.copy();
  const daemon = await startPageDaemon({ folder: folder.path });
  await open(daemon);
  await page.reload();
  await page.getByRole("heading", { name: "Files" }).waitFor();
  const isNew = async () => (await page.locator("script[src*='index-new-']").count()) === 1;
  expect(await isNew()).toBe(false);
  await folder.rebuild();
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByText("Glow was updated").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Files" }).waitFor();
  expect(await isNew()).toBe(true);
  const { origin } = new URL(page.url());
  const waits = "navigator.serviceWorker.getRegistration().then((it) => it.waiting !== null)";
  await vi.waitUntil(() => page.evaluate(waits), patience);
  // Both: the page of before might need its own.
  expect((await kept()).filter((path) => path === "/").length).toBe(2);
  await daemon.daemon.stop();
  // When the last page is closed the browser notices in its own time; one that is opened before is of the old build.
  await vi.waitUntil(async () => {
    await page.close();
    page = await newPage();
    await page.goto(`${origin}/`);
    await page.getByRole("heading", { name: "The node does not answer" }).waitFor();
    return (await kept()).filter((path) => path === "/").length === 1 && (await isNew());
  }, patience);
  await daemon[Symbol.asyncDispose]();
});

test("a guest's page keeps nothing, where the browser would let it, too", async () => {
  const address = { family: "ipv4", address: "127.0.0.2", cidr: "127.0.0.2/8" } as const;
  await using daemon = await startPageDaemon({ interfaces: () => [{ name: "eth0", addresses: [address] }] });
  await daemon.node.drives().create("Home");
  await daemon.node.settings().set({ pageGuests: true });
  await expect.poll(async () => (await daemon.node.pages().info()).guests?.length).toBe(1);
  const places = [{ drive: "Home", path: "" }];
  const { url } = await daemon.node.pages().guest({ places, write: false, lifetimeSeconds: 3600 });
  complaints.expectAway(new URL(url).origin);
  await page.goto(url);
  await page.getByText("You are a guest of Ada until").waitFor();
  expect(await page.evaluate("isSecureContext")).toBe(true);
  expect(await page.evaluate("navigator.serviceWorker.getRegistrations().then(({ length }) => length)")).toBe(0);
  expect((await page.request.get(new URL("/worker.js", url).href)).status()).toBe(404);
});
