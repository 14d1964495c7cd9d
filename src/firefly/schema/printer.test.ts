// The canonical text of a schema means the schema.

import fc from "fast-check";
import { expect, test } from "vitest";
import { someSchema } from "../../../test/arbitraries/schema.ts";
import { link } from "./linker.ts";
import { lockOf } from "./lock.ts";
import { parse } from "./parser.ts";
import { printFile } from "./printer.ts";
import type { Schema } from "./schema.ts";

/** What the text of a schema says, given its locks; and what is wrong with it. */
function reread(schema: Schema): { schema: Schema; problems: unknown[] } {
  const files = schema.files.map(({ path }, file) => parse(path, printFile(schema, file)));
  const locks = new Map(schema.files.map(({ path }, file) => [path, lockOf(schema, file)]));
  const linked = link(files, locks);
  return { schema: linked.schema, problems: files.flatMap((file) => file.source.problems) };
}

test("what is parsed from a printed schema is the schema", () => {
  fc.assert(
    fc.property(someSchema, (schema) => {
      expect(reread(schema)).toEqual({ schema, problems: [] });
    }),
    { numRuns: 200 },
  );
});

test("a canonical text is printed as it is", () => {
  const text = `import type { Other } from "./other.firefly";

/** @open */
export type Color = "red" | "green";

/**
 * A figure.
 * @deprecated draw it yourself
 */
export type Shape = { kind: "circle"; radius: f64 } | { kind: "square"; side: f64; color?: Color };

export type Documented =
  /** The first. */
  | "one"
  | "two";

/** @record */
export interface Nothing {}

export interface Everything {
  /**
   * Two
   * lines.
   */
  list: (string | null)[][];
  map: Map<Color, Set<u8>>;
  other: Other | null;
}

/** What can be done. */
export interface Doer {
  do(everything: Everything, nothing?: Nothing): Promise<void>;
  /** @deprecated */
  undo(bytes: Uint8Array, at: Date): Promise<Stream<Shape> | null>;
  upload(data: ByteStream): Promise<Doer[]>;
}
`;
  const file = parse("one.firefly", text);
  const other = parse("other.firefly", "export interface Other { data: unknown; }");
  const { schema } = link([file, other]);
  expect([...file.source.problems, ...other.source.problems]).toEqual([]);
  expect(printFile(schema, 0)).toBe(text);
});
