// What a generated file calls things, how it writes types, and what it imports: shared by the parts of the generator.

import { graphOf, innerTypes, mayHold, type ObjectField, objectFieldsAmong, type SchemaGraph } from "./graph.ts";
import { derivedNames } from "./names.ts";
import { type Declaration, declarationAt, type ScalarName, type Schema, type Type } from "./schema.ts";

/** A value as it is handed in, or as it arrives: they differ where there are objects and streams. */
export type Side = "given" | "received";

const scalarTypes: Readonly<Record<ScalarName, string>> = {
  boolean: "boolean",
  i8: "number",
  i16: "number",
  i32: "number",
  i64: "bigint",
  u8: "number",
  u16: "number",
  u32: "number",
  u64: "bigint",
  f32: "number",
  f64: "number",
  bigint: "bigint",
  string: "string",
  bytes: "Uint8Array",
  date: "Date",
  unknown: "unknown",
};

export class GeneratedNames {
  readonly schema: Schema;
  readonly file: number;
  readonly graph: SchemaGraph;
  /** Of the run-time library: name to whether it is a type only. */
  readonly #runtime = new Map<string, boolean>();
  /** Of other files: by file, as above. */
  readonly #imports = new Map<number, Map<string, boolean>>();

  constructor(schema: Schema, file: number) {
    this.schema = schema;
    this.file = file;
    this.graph = graphOf(schema);
  }

  at(index: number): Declaration {
    return declarationAt(this.schema, index);
  }

  /** Imports a name of the run-time library. */
  runtime(name: string, typeOnly = false): string {
    this.#runtime.set(name, typeOnly && this.#runtime.get(name) !== false);
    return name;
  }

  /** A name that was generated for a declaration, imported if that is in another file. */
  of(index: number, name: string, typeOnly = false): string {
    const { file } = this.at(index);
    if (file !== this.file) {
      const names = this.#imports.get(file) ?? new Map<string, boolean>();
      names.set(name, typeOnly && names.get(name) !== false);
      this.#imports.set(file, names);
    }
    return name;
  }

  /** Import lines' parts: from where (a file's index, or the run-time library), and the names, sorted. */
  imports(): { from: number | "runtime"; names: readonly string[]; typeOnly: boolean }[] {
    const sources: [number | "runtime", Map<string, boolean>][] = [["runtime", this.#runtime], ...this.#imports];
    return sources
      .filter(([, names]) => names.size > 0)
      .map(([from, names]) => {
        const typeOnly = [...names.values()].every((isType) => isType);
        const sorted = [...names].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
        return { from, typeOnly, names: sorted.map(([name, isType]) => (isType && !typeOnly ? `type ${name}` : name)) };
      });
  }

  isLive(type: Type): boolean {
    return mayHold(type, this.graph.live);
  }

  /** Fields of a record that calls on a result can go into. */
  objectFields(index: number): readonly ObjectField[] {
    return objectFieldsAmong(this.schema, index, this.graph.pipelined);
  }

  /** The name of a declaration's values on one side. */
  valueName(index: number, side: Side): string {
    const { kind, name } = this.at(index);
    if (side === "given" || this.graph.live[index] !== true) return name;
    return kind === "interface" ? derivedNames.stub(name) : derivedNames.received(name);
  }

  /** The type as TypeScript. */
  type(type: Type, side: Side): string {
    switch (type.kind) {
      case "scalar":
        return scalarTypes[type.name];
      case "reference":
        return this.of(type.declaration, this.valueName(type.declaration, side), true);
      case "nullable":
        return `${this.type(type.value, side)} | null`;
      case "list": {
        const item = this.type(type.item, side);
        return type.item.kind === "nullable" ? `readonly (${item})[]` : `readonly ${bracketed(item)}[]`;
      }
      case "set":
        return `ReadonlySet<${this.type(type.item, side)}>`;
      case "map":
        return `ReadonlyMap<${this.type(type.key, side)}, ${this.type(type.value, side)}>`;
      case "stream":
        return `${this.runtime(side === "given" ? "StreamSource" : "Stream", true)}<${this.type(type.item, side)}>`;
      case "bytestream":
        return side === "given"
          ? `${this.runtime("StreamSource", true)}<Uint8Array>`
          : this.runtime("ByteStream", true);
    }
  }

  /** A name for a type without one, unlike that of any other type. */
  key(type: Type): string {
    switch (type.kind) {
      case "scalar":
        return type.name;
      case "reference":
        return this.at(type.declaration).name;
      case "bytestream":
        return "bytestream";
      default:
        return [type.kind, ...innerTypes(type).map((inner) => this.key(inner))].join("$");
    }
  }
}

/** A list of lists is `readonly (readonly T[])[]`. */
function bracketed(item: string): string {
  return item.startsWith("readonly ") ? `(${item})` : item;
}
