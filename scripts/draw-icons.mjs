// Draws the icons of the installed page from src/web/public/icon.svg, beside it, with Chromium: `node scripts/draw-icons.mjs`.
// For whoever has changed the drawing; what it makes is kept in the repository.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";

const folder = join(import.meta.dirname, "../src/web/public");
const drawing = await readFile(join(folder, "icon.svg"), "utf8");
/** Systems cut it to a shape of their own: it has no corners, and all that matters lies in the middle. */
const bleeding = drawing.replace(' rx="112"', "");

const executablePath = findChromium();
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ["--no-sandbox", "--disable-gpu"],
});
for (const [name, size, svg] of /** @type {const} */ ([
  ["icon-192.png", 192, drawing],
  ["icon-512.png", 512, drawing],
  ["icon-maskable-192.png", 192, bleeding],
  ["icon-maskable-512.png", 512, bleeding],
])) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
  await page.screenshot({ path: join(folder, name), omitBackground: true });
  await page.close();
}
await browser.close();
