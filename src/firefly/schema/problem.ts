// What is wrong with a source, for the person who wrote it: where, what, and what to do about it.

import { schemaLimits } from "#base/limits.ts";

export interface Span {
  /** UTF-16 units from the start of the source. */
  readonly start: number;
  readonly end: number;
}

export interface Problem {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  /** The source line with a caret under the place. */
  readonly excerpt: string;
}

/** Columns of source shown at most: a generated line may be a megabyte long. */
const excerptColumns = 100;

/** One source and what was found wrong with it. Keeps the first `schemaLimits.problems` and counts the rest. */
export class Source {
  readonly path: string;
  readonly text: string;
  readonly problems: Problem[] = [];
  omitted = 0;
  #lineStarts: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Whether more problems would only be counted: then suggestions are not worth computing. */
  get full(): boolean {
    return this.problems.length >= schemaLimits.problems;
  }

  report(span: Span, message: string, hint: string): void {
    if (this.full) {
      this.omitted++;
      return;
    }
    const { line, column } = this.position(span.start);
    this.problems.push({ path: this.path, line, column, message, hint, excerpt: this.#excerpt(line, span) });
  }

  position(offset: number): { line: number; column: number } {
    const starts = (this.#lineStarts ??= lineStartsOf(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  }

  #excerpt(line: number, span: Span): string {
    const starts = this.#lineStarts ?? [0];
    const lineStart = starts[line - 1] as number;
    const lineEnd = starts[line] ?? this.text.length;
    const from = Math.max(lineStart, span.start - Math.floor(excerptColumns / 2));
    const shown = printable(this.text.slice(from, Math.min(lineEnd, from + excerptColumns))).trimEnd();
    const cut = from > lineStart ? "..." : "";
    const gutter = String(line);
    const indent = cut.length + span.start - from;
    const carets = Math.max(1, Math.min(span.end - span.start, cut.length + shown.length - indent));
    return `${gutter} | ${cut}${shown}\n${" ".repeat(gutter.length)} | ${" ".repeat(indent)}${"^".repeat(carets)}`;
  }
}

/** The problem as a terminal shows it: several lines, without one at the end. */
export function showProblem(problem: Problem): string {
  const excerpt = problem.excerpt
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  const place = `${problem.path}:${problem.line}:${problem.column}`;
  return `${place}: ${problem.message}\n${excerpt}\n  ${problem.hint}`;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]/g;

/** One column for each unit, so that the caret stands right; nothing that would move a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[\t\r\n]/g, " ").replace(unprintable, "?");
}

/** The candidate that `name` is most likely a misspelling of; undefined if none is near. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = name.length < 4 ? 2 : 3;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance || candidate.length > 40) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's: how many letters must be put in, left out or replaced. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
