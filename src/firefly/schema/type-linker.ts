// What the names in a type mean: types of the language, declarations of the file, and what it imports.

import { builtinTypes } from "./names.ts";
import { closest, type Source, type Span } from "./problem.ts";
import { type ScalarName, scalarSpellings, type Type } from "./schema.ts";
import type { SyntaxType } from "./syntax.ts";

const scalars: ReadonlyMap<string, ScalarName> = new Map([
  ...(Object.keys(scalarSpellings) as ScalarName[]).map((name): [string, ScalarName] => [scalarSpellings[name], name]),
  ["number", "f64"],
]);

/** Types of TypeScript and of other languages, with what to write instead. */
const foreignTypes: Readonly<Record<string, string>> = {
  any: "use `unknown` for any plain data, or an interface for any object",
  object: "declare an interface, or use `unknown` for any plain data",
  undefined: "make it optional, `name?: Type`, or nullable, `Type | null`",
  never: "leave it out",
  symbol: "use a string",
  Record: "use `Map<Key, Value>`",
  ReadonlyArray: "use `Type[]`",
  ReadonlyMap: "use `Map<Key, Value>`",
  ReadonlySet: "use `Set<Item>`",
  Readonly: "leave it out: values are plain data",
  Partial: "declare a record with optional fields",
  AsyncIterable: "use `Stream<Item>`",
  AsyncGenerator: "use `Stream<Item>`",
  ReadableStream: "use `ByteStream`, or `Stream<Item>`",
  ArrayBuffer: "use `Uint8Array`",
  Buffer: "use `Uint8Array`",
  bytes: "use `Uint8Array`",
  int: "use `i32`, or another of i8 to i64 and u8 to u64",
  integer: "use `i32`, or another of i8 to i64 and u8 to u64",
  float: "use `f32` or `f64`",
  double: "use `f64`",
  bool: "use `boolean`",
  Boolean: "use `boolean`",
  String: "use `string`",
  Number: "use `number`",
  BigInt: "use `bigint`",
  Error: "a method fails by itself: throw in its implementation",
  true: "use `boolean`",
  false: "use `boolean`",
};

const collections: Readonly<Record<string, number>> = { Array: 1, Set: 1, Stream: 1, Map: 2 };

export class TypeLinker {
  readonly #source: Source;
  readonly #scope: ReadonlyMap<string, number>;
  /** Names of declarations that were mentioned. */
  readonly used = new Set<string>();

  constructor(source: Source, scope: ReadonlyMap<string, number>) {
    this.#source = source;
    this.#scope = scope;
  }

  /** What a method returns: null for nothing. */
  result(type: SyntaxType): Type | null {
    const value =
      type.kind === "name" && type.name === "Promise" && type.arguments.length === 1 ? type.arguments[0] : undefined;
    if (value === undefined) {
      return this.#wrong(type, "a method answers later", "write `Promise<Type>`, or `Promise<void>` for nothing");
    }
    return value.kind === "name" && value.name === "void" && value.arguments.length === 0 ? null : this.of(value);
  }

  /** Reports, and yields some type to go on with. */
  #wrong(span: Span, message: string, hint: string): Type {
    this.#source.report(span, message, hint);
    return { kind: "scalar", name: "unknown" };
  }

  of(type: SyntaxType): Type {
    switch (type.kind) {
      case "list":
        return { kind: "list", item: this.of(type.item) };
      case "nullable":
        return { kind: "nullable", value: this.of(type.value) };
      case "literal":
        return this.#wrong(type, "a text where a type belongs", 'declare `export type Name = "a" | "b";` and use Name');
      case "name":
        return this.#named(type, type.name, type.arguments);
    }
  }

  #named(span: Span, name: string, list: readonly SyntaxType[]): Type {
    const expected = Object.hasOwn(collections, name) ? (collections[name] as number) : 0;
    if (builtinTypes.has(name) && list.length !== expected) {
      const hint = expected === 0 ? "leave them out" : `write \`${name}<${expected === 1 ? "Item" : "Key, Value"}>\``;
      return this.#wrong(span, `${name} takes ${expected === 0 ? "no" : expected} types, not ${list.length}`, hint);
    }
    const scalar = scalars.get(name);
    if (scalar !== undefined) return { kind: "scalar", name: scalar };
    const [first, second] = list.map((argument) => this.of(argument));
    if (name === "Array" && first !== undefined) return { kind: "list", item: first };
    if (name === "Set" && first !== undefined) return { kind: "set", item: first };
    if (name === "Stream" && first !== undefined) return { kind: "stream", item: first };
    if (name === "Map" && first !== undefined && second !== undefined)
      return { kind: "map", key: first, value: second };
    if (name === "ByteStream") return { kind: "bytestream" };
    if (name === "Promise")
      return this.#wrong(span, "a Promise inside a value", "only the result of a method is a Promise");
    if (name === "void")
      return this.#wrong(span, "void where a value belongs", "only a method returns `Promise<void>`");
    if (name === "null") return this.#wrong(span, "null alone", "write `Type | null`");
    return this.#reference(span, name, list);
  }

  #reference(span: Span, name: string, list: readonly SyntaxType[]): Type {
    const declaration = this.#scope.get(name);
    if (declaration === undefined)
      return this.#wrong(span, `there is no type ${name.slice(0, 60)}`, this.#suggestion(name));
    this.used.add(name);
    if (list.length > 0)
      return this.#wrong(span, `${name} takes no types`, "declarations have no type parameters; leave them out");
    return { kind: "reference", declaration };
  }

  #suggestion(name: string): string {
    if (Object.hasOwn(foreignTypes, name)) return foreignTypes[name] as string;
    const near = this.#source.full ? undefined : closest(name, [...builtinTypes, ...this.#scope.keys()]);
    return near === undefined
      ? 'declare it, or import it: `import type { Name } from "./other.firefly";`'
      : `did you mean ${near}?`;
  }
}
