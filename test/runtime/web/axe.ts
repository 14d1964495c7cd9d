// What axe holds for serious on a page that is open.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

const path = join(import.meta.dirname, "../../../node_modules/axe-core/axe.min.js");

/** Colours are those that the browser asks for, and what fades in is there: what has begun by the next frame. */
const settled = `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const { dataset } = document.documentElement;
  const isWanted = () => dataset.mantineColorScheme === (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  while ("mantineColorScheme" in dataset && !isWanted()) await frame();
  await frame();
  await frame();
  const ends = ({ effect }) => effect.getComputedTiming().endTime !== Infinity;
  await Promise.all(document.getAnimations().filter(ends).map(({ finished }) => finished.catch(() => undefined)));
})()`;

/** `place` is for the report. */
export async function axeFaults(page: Page, place: string): Promise<string[]> {
  await page.evaluate(settled);
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(await readFile(path, "utf8"));
  const { violations } = await page.evaluate<Found>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${place} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
