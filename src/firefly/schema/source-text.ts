// TypeScript under construction, laid out as the formatter would: generated files are read and reviewed like others.

import type { Documented } from "./schema.ts";

const width = 120;

export class SourceText {
  readonly #lines: string[] = [];
  #indent = "";

  /** One line, or none for an empty text after an empty line. */
  line(text = ""): void {
    if (text === "" && (this.#lines.length === 0 || this.#lines.at(-1) === "")) return;
    this.#lines.push(text === "" ? "" : this.#indent + text);
  }

  /** `open`, what `body` writes one step further in, and `close`; on one line if that is nothing. */
  block(open: string, body: () => void, close = "}"): void {
    this.line(open);
    const count = this.#lines.length;
    this.indented(body);
    if (this.#lines.length === count) this.#lines[count - 1] += close;
    else this.line(close);
  }

  indented(body: () => void): void {
    const indent = this.#indent;
    this.#indent += "  ";
    body();
    this.#indent = indent;
  }

  /** `head` (an if or a for) and the one statement it is about: behind it if it fits, else below. */
  under(head: string, statement: string): void {
    if (this.fits(`${head} ${statement}`)) return this.line(`${head} ${statement}`);
    this.line(head);
    this.indented(() => this.line(statement));
  }

  /** `before`, the items with commas, and `after`: on one line if they fit, else an item a line. */
  list(before: string, items: readonly string[], after: string, trailing = ","): void {
    const whole = `${before}${items.join(", ")}${after}`;
    if (this.fits(whole) || items.length === 0) return this.line(whole);
    this.line(before.trimEnd());
    this.indented(() => {
      for (const [index, item] of items.entries()) this.line(item + (index < items.length - 1 ? "," : trailing));
    });
    this.line(after.trimStart());
  }

  fits(text: string): boolean {
    return this.#indent.length + text.length <= width;
  }

  /** A doc comment of a text and tags, if there are any. */
  documentation(text: string | undefined, tags: readonly string[]): void {
    // No comment can hold its own end; the parser never yields one.
    const lines = [...(text === undefined ? [] : text.split("\n")), ...tags].map((line) =>
      line.replaceAll("*/", "* /"),
    );
    const [only] = lines;
    if (only === undefined) return;
    if (lines.length === 1 && this.fits(`/** ${only} */`)) return this.line(`/** ${only} */`);
    this.line("/**");
    for (const line of lines) this.line(` * ${line}`.trimEnd());
    this.line(" */");
  }

  toString(): string {
    return `${this.#lines.join("\n").trim()}\n`;
  }
}

/** The tags that a deprecation is written by. */
export function deprecation({ deprecated }: Documented): readonly string[] {
  return deprecated === undefined ? [] : [`@deprecated ${deprecated}`.trimEnd()];
}
