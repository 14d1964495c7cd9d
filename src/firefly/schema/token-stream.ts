// The tokens of a source, one at a time, for parsers that look one token ahead; and the means to say what is wrong with
// the token at hand. A rule that fails reports why and yields undefined, and so do the rules that asked for it.

import { Lexer, type Token } from "./lexer.ts";
import type { Source, Span } from "./problem.ts";
import type { SyntaxName } from "./syntax.ts";

export class TokenStream {
  readonly source: Source;
  readonly #lexer: Lexer;
  #token: Token;
  #end = 0;

  constructor(source: Source) {
    this.source = source;
    this.#lexer = new Lexer(source.text);
    this.#token = this.#lexer.next();
  }

  /** The token at hand: the next to be taken. */
  get token(): Token {
    return this.#token;
  }

  /** Where the token before it ended. */
  get end(): number {
    return this.#end;
  }

  get isAtEnd(): boolean {
    return this.#token.kind === "end";
  }

  /** Whether the token is this word or sign (and not a text that reads like it). */
  is(text: string): boolean {
    return this.#token.text === text && (this.#token.kind === "name" || this.#token.kind === "punctuation");
  }

  /** Whether the token stands on a later line than the one before it. */
  get startsLine(): boolean {
    return this.source.text.slice(this.#end, this.#token.start).includes("\n");
  }

  advance(): Token {
    const token = this.#token;
    this.#end = token.end;
    this.#token = this.#lexer.next();
    return token;
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  expect(text: string, hint: string): boolean {
    if (this.take(text)) return true;
    this.fail(`expected "${text}", got ${this.shown}`, hint);
    return false;
  }

  /** A name, which `what` says the meaning of. */
  name(what: string, hint: string): SyntaxName | undefined {
    const { kind, start, end, text } = this.#token;
    if (kind !== "name") return this.fail(`expected ${what}, got ${this.shown}`, hint);
    this.advance();
    return { text, start, end };
  }

  /** The text of the token, which is one. */
  text(): SyntaxName {
    const { start, end, text, flaw } = this.advance();
    if (flaw !== undefined) this.fail(flaw, 'write plain characters between two "', { start, end });
    return { text, start, end };
  }

  /** The token, for messages. */
  get shown(): string {
    const { kind, text } = this.#token;
    if (kind === "end") return "the end of the file";
    if (kind === "text") return "a text";
    return `"${(text.length > 20 ? `${text.slice(0, 20)}...` : text).toWellFormed()}"`;
  }

  /** Reports at the token at hand or at a span, and yields what a failed rule yields. */
  fail(message: string, hint: string, span: Span = this.#token): undefined {
    this.source.report(span, message, hint);
    return undefined;
  }
}
