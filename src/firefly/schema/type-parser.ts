// Types as they are written: `Name`, `Map<Key, Value>`, `Type[]`, `Type | null`. Whether a name means something is for
// the linker to say.

import { schemaLimits } from "#base/limits.ts";
import type { SyntaxType } from "./syntax.ts";
import type { TokenStream } from "./token-stream.ts";

export class TypeParser {
  readonly #tokens: TokenStream;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
  }

  parse(depth = 0): SyntaxType | undefined {
    const start = this.#tokens.token.start;
    if (depth > schemaLimits.depth) {
      return this.#tokens.fail(
        `a type nested deeper than ${schemaLimits.depth} levels`,
        "declare its parts as interfaces of their own",
      );
    }
    let type = this.#postfix(depth);
    while (type !== undefined && this.#tokens.is("|")) {
      this.#tokens.advance();
      const other = this.#postfix(depth);
      if (other === undefined) return undefined;
      const nulls = [type, other].filter((part) => part.kind === "name" && part.name === "null");
      const value = nulls[0] === other ? type : other;
      if (nulls.length !== 1 || value.kind === "nullable") {
        const hint = "a type may be joined with null only: declare a union, `export type Name = { kind: ... } | ...`";
        return this.#tokens.fail("a union where none can be", hint, { start, end: this.#tokens.end });
      }
      type = { kind: "nullable", value, start, end: this.#tokens.end };
    }
    return type;
  }

  #postfix(depth: number): SyntaxType | undefined {
    const start = this.#tokens.token.start;
    let type = this.#primary(depth);
    for (let level = depth + 1; type !== undefined && this.#tokens.is("["); level++) {
      this.#tokens.advance();
      if (!this.#tokens.is("]")) return this.#tokens.fail("there are no indexed types", "a list is `Type[]`");
      this.#tokens.advance();
      if (level > schemaLimits.depth)
        return this.#tokens.fail(`a type nested deeper than ${schemaLimits.depth} levels`, "declare its parts");
      type = { kind: "list", item: type, start, end: this.#tokens.end };
    }
    return type;
  }

  #primary(depth: number): SyntaxType | undefined {
    const { start, end, text, kind } = this.#tokens.token;
    if (kind === "text") return { kind: "literal", text: this.#tokens.text().text, start, end };
    if (this.#tokens.take("(")) {
      const inner = this.parse(depth + 1);
      if (inner === undefined) return undefined;
      if (this.#tokens.is(",") || this.#tokens.is(":") || this.#tokens.is("=>"))
        return this.#tokens.fail("there are no function types", "declare an interface with a method");
      return this.#tokens.expect(")", "close the bracket") ? { ...inner, start, end: this.#tokens.end } : undefined;
    }
    if (this.#tokens.is("{"))
      return this.#tokens.fail(
        "there are no types without a name",
        "declare `export interface Name { ... }` and use Name",
      );
    if (this.#tokens.is("["))
      return this.#tokens.fail("there are no tuples", "declare an interface with a field for each part");
    if (kind !== "name")
      return this.#tokens.fail(
        `expected a type, got ${this.#tokens.shown}`,
        "write a type: `string`, `Name`, `Type[]`",
      );
    this.#tokens.advance();
    if (this.#tokens.token.kind === "name" && !this.#tokens.startsLine)
      return this.#tokens.fail(`there are no types with "${text}" in front`, "write a plain type");
    const list = this.#tokens.is("<") ? this.#arguments(depth) : [];
    return list && { kind: "name", name: text, arguments: list, start, end: this.#tokens.end };
  }

  #arguments(depth: number): SyntaxType[] | undefined {
    this.#tokens.advance();
    const list: SyntaxType[] = [];
    do {
      const type = this.parse(depth + 1);
      if (type === undefined) return undefined;
      list.push(type);
    } while (this.#tokens.take(","));
    return this.#tokens.expect(">", "close the type's arguments with >") ? list : undefined;
  }
}
