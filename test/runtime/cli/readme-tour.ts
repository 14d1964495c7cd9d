// The tour of README.md: what is to be typed, and what that prints. A block of `sh` is typed; a block of `text` behind it is all
// that is printed. There `…` in a line stands for any text, and a line of it alone for any lines.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface TourStep {
  readonly typed: string;
  readonly shown?: string;
}

export const checkout = join(import.meta.dirname, "../../..");

/** The steps under one heading, in their order. */
export async function tourSteps(heading: string): Promise<TourStep[]> {
  const text = await readFile(join(checkout, "README.md"), "utf8");
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`);
  const steps: TourStep[] = [];
  for (const [, kind, content = ""] of section.matchAll(/^```(\w*)\n([^]*?)^```$/gm)) {
    const last = steps.at(-1);
    if (kind === "sh") steps.push({ typed: content });
    else if (kind === "text" && last !== undefined && last.shown === undefined)
      steps[steps.length - 1] = { ...last, shown: content };
    else throw new Error(`README.md has a block of "${kind}" in its tour that nothing explains:\n${content}`);
  }
  return steps;
}

/** Whether it only looks: what it looks for may take a moment, so it is typed until it shows. */
export function isLook({ typed }: TourStep): boolean {
  return typed
    .trimEnd()
    .split("\n")
    .every((line) => /^(cat|(glow|two) (ls|cat|nodes|history|conflicts))( [\w~./-]+)*$/.test(line));
}

/** What was printed has to match all of it. */
export function shownPattern(shown: string): RegExp {
  const lines = shown
    .trimEnd()
    .split("\n")
    .map((line) => (line === "…" ? "(?:.*\\n)*" : `${line.split("…").map(escaped).join(".*")}\\n`));
  return new RegExp(`^${lines.join("")}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
