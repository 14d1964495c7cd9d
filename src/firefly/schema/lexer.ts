// Cuts a source into tokens, one at a time. Comments and white space are passed over; a doc comment is kept with the
// token behind it. Any text at all gives a sequence of tokens: what the language has no use for becomes `unknown`.

import type { Span } from "./problem.ts";

export type TokenKind = "name" | "text" | "number" | "punctuation" | "unknown" | "end";

export interface Token extends Span {
  readonly kind: TokenKind;
  /** The source of the token; for `text` what stands between the quotes. */
  readonly text: string;
  /** The doc comment in front of it, with its `/**`. */
  readonly comment: Span | undefined;
  /** Set if the token is not whole: a text or comment without an end, an escape in a text. */
  readonly flaw?: string;
}

const isNameStart = /[A-Za-z_$]/;
const name = /[A-Za-z0-9_$]*/y;
const number = /[0-9][A-Za-z0-9_.]*/y;
const space = /[ \t\r\n\f\v\u00a0\ufeff]*/y;
const doubleQuoted = /[^"\n\r]*/y;
const singleQuoted = /[^'\n\r]*/y;
/** A run of whatever the language does not know, so that a megabyte of it is one token and one problem. */
const unknown = /[^\s\w$"'`/{}()[\]<>;:,.?=|&*+\-@]+/y;

export class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    const skipped = this.#skip();
    const start = this.#at;
    const text = this.#text;
    if (skipped.flaw !== undefined)
      return { kind: "end", start, end: start, text: "", comment: undefined, flaw: skipped.flaw };
    const comment = skipped.comment;
    const first = text[start];
    if (first === undefined) return { kind: "end", start, end: start, text: "", comment };
    if (isNameStart.test(first)) return this.#token("name", this.#match(name), comment);
    if (first >= "0" && first <= "9") return this.#token("number", this.#match(number), comment);
    if (first === '"' || first === "'") return this.#quoted(first, comment);
    if (text.startsWith("=>", start) || text.startsWith("...", start)) {
      return this.#token("punctuation", first === "=" ? 2 : 3, comment);
    }
    const run = this.#match(unknown);
    return run > 0 ? this.#token("unknown", run, comment) : this.#token("punctuation", 1, comment);
  }

  #token(kind: TokenKind, length: number, comment: Span | undefined): Token {
    const start = this.#at;
    this.#at += length;
    return { kind, start, end: this.#at, text: this.#text.slice(start, this.#at), comment };
  }

  /** How many characters from here on match; the pattern is sticky. */
  #match(pattern: RegExp, from: number = this.#at): number {
    pattern.lastIndex = from;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #quoted(quote: string, comment: Span | undefined): Token {
    const start = this.#at;
    const length = this.#match(quote === '"' ? doubleQuoted : singleQuoted, start + 1);
    const text = this.#text.slice(start + 1, start + 1 + length);
    const closed = this.#text[start + 1 + length] === quote;
    this.#at = start + 1 + length + (closed ? 1 : 0);
    const token: Token = { kind: "text", start, end: this.#at, text, comment };
    if (!closed) return { ...token, flaw: `the text has no closing ${quote}` };
    return text.includes("\\") ? { ...token, flaw: "a text cannot hold \\" } : token;
  }

  /** Passes over white space and comments; the last doc comment counts. */
  #skip(): { comment?: Span; flaw?: string } {
    const text = this.#text;
    let comment: Span | undefined;
    for (;;) {
      this.#at += this.#match(space);
      if (text.startsWith("//", this.#at)) {
        const end = text.indexOf("\n", this.#at);
        this.#at = end === -1 ? text.length : end;
      } else if (text.startsWith("/*", this.#at)) {
        const end = text.indexOf("*/", this.#at + 2);
        if (end === -1) return { flaw: "the comment has no closing */" };
        // `/**/` is an empty comment, no doc comment.
        if (text[this.#at + 2] === "*" && end > this.#at + 2) comment = { start: this.#at, end: end + 2 };
        this.#at = end + 2;
      } else {
        return comment === undefined ? {} : { comment };
      }
    }
  }
}
