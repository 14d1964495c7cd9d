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

/** `place` is for the report. */
export async function axeFaults(page: Page, place: string): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(await readFile(path, "utf8"));
  const { violations } = await page.evaluate<Found>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${place} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
