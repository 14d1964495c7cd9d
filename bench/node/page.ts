// How soon a browser shows the page: from the navigation to the first paint, and until it is a node that lists its drives.
// Cold is a browser that has nothing of it; warm is the same tab once more. Beside it a page of one line, from a bare server.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/chromium.mjs";
import { runGlow, startGlow } from "./programs.ts";

export type PageSample = Readonly<Record<"coldPaintMs" | "coldReadyMs" | "warmPaintMs" | "warmReadyMs", number>>;

const heading = { name: "Files" };

/** A fresh browser at the page of a fresh node. */
export async function measurePage(home: string): Promise<PageSample> {
  const node = await startGlow(home);
  try {
    await runGlow(home, "drives", "create", "bench");
    const { url } = JSON.parse(await runGlow(home, "page", "--json")) as { url: string };
    return await inBrowser(url);
  } finally {
    await node.stop();
  }
}

/** The same with a page that has nothing but this heading. */
export async function measureBarePage(): Promise<PageSample> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(`<!doctype html><title>-</title><h1>${heading.name}</h1>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await inBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function inBrowser(url: string): Promise<PageSample> {
  const executablePath = findChromium();
  const browser: Browser = await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    const context: BrowserContext = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const [coldPaintMs, coldReadyMs] = await shown(page, () => page.goto(url));
    const [warmPaintMs, warmReadyMs] = await shown(page, () => page.reload());
    return { coldPaintMs, coldReadyMs, warmPaintMs, warmReadyMs };
  } finally {
    await browser.close();
  }
}

async function shown(page: Page, open: () => Promise<unknown>): Promise<[number, number]> {
  await open();
  await page.getByRole("heading", heading).first().waitFor();
  // By the page's own clock, which runs from the navigation on.
  const readyMs = await page.evaluate<number>("performance.now()");
  const paintMs = await page.evaluate<number>('performance.getEntriesByName("first-contentful-paint")[0].startTime');
  return [paintMs, readyMs];
}
