// The model of interfaces and their data: what a `.firefly` file means, apart from how it is written. Plain data, so
// that it can come from the parser, be built by a program, or (later) be learned from a peer. Declarations refer to
// one another by index, which keeps recursive types plain, and lets files declare the same name without a clash.

/** A set of files that refer to nothing outside it. */
export interface Schema {
  readonly files: readonly SchemaFile[];
  /** Grouped by file, in the order of the source. */
  readonly declarations: readonly Declaration[];
}

export interface SchemaFile {
  /** With `/`, ending in `.firefly`. */
  readonly path: string;
}

export type Declaration = RecordDeclaration | EnumDeclaration | UnionDeclaration | InterfaceDeclaration;

/** For people: none of it is in the hash. */
export interface Documented {
  readonly documentation?: string;
  /** Why, or what to use instead; may be empty. */
  readonly deprecated?: string;
}

interface Declared extends Documented {
  readonly name: string;
  /** Index of its file. */
  readonly file: number;
}

export interface RecordDeclaration extends Declared {
  readonly kind: "record";
  /** In number order. */
  readonly fields: readonly Field[];
}

export interface EnumDeclaration extends Declared {
  readonly kind: "enum";
  /** Whether members that this side does not know are passed on rather than refused. */
  readonly open: boolean;
  /** In number order. */
  readonly members: readonly Member[];
}

export interface UnionDeclaration extends Declared {
  readonly kind: "union";
  readonly open: boolean;
  /** The property that tells the arms apart. */
  readonly tag: string;
  /** In number order. */
  readonly arms: readonly Arm[];
}

export interface InterfaceDeclaration extends Declared {
  readonly kind: "interface";
  /** In number order. */
  readonly methods: readonly Method[];
}

export interface Field extends Documented {
  readonly number: number;
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
}

export interface Member extends Documented {
  readonly number: number;
  readonly name: string;
}

export interface Arm extends Member {
  /** Without the tag; in number order. */
  readonly fields: readonly Field[];
}

export interface Method extends Member {
  /** In the order they are passed in. */
  readonly parameters: readonly Parameter[];
  /** Null for a method that returns nothing. */
  readonly result: Type | null;
}

export interface Parameter {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
}

export type Type =
  | { readonly kind: "scalar"; readonly name: ScalarName }
  | { readonly kind: "reference"; readonly declaration: number }
  | { readonly kind: "nullable"; readonly value: Type }
  | { readonly kind: "list"; readonly item: Type }
  | { readonly kind: "set"; readonly item: Type }
  | { readonly kind: "map"; readonly key: Type; readonly value: Type }
  | { readonly kind: "stream"; readonly item: Type }
  | { readonly kind: "bytestream" };

export type ScalarName =
  | "boolean"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "f32"
  | "f64"
  | "bigint"
  | "string"
  | "bytes"
  | "date"
  | "unknown";

/** How each scalar is written in the language. `number` is read as `f64` too. */
export const scalarSpellings: Readonly<Record<ScalarName, string>> = {
  boolean: "boolean",
  i8: "i8",
  i16: "i16",
  i32: "i32",
  i64: "i64",
  u8: "u8",
  u16: "u16",
  u32: "u32",
  u64: "u64",
  f32: "f32",
  f64: "f64",
  bigint: "bigint",
  string: "string",
  bytes: "Uint8Array",
  date: "Date",
  unknown: "unknown",
};

/** The declaration that a reference names. The index was checked when the schema was made. */
export function declarationAt(schema: Schema, index: number): Declaration {
  const declaration = schema.declarations[index];
  if (declaration === undefined)
    throw new RangeError(`no declaration ${index} in a schema of ${schema.declarations.length}`);
  return declaration;
}
