// What the text of one file of a schema speaks of: its own declarations, and those of other files that it mentions.

import { referencesIn, typesOf } from "./graph.ts";
import { type Declaration, declarationAt, type Schema } from "./schema.ts";

export interface Scoped {
  readonly index: number;
  readonly declaration: Declaration;
}

/** Declarations of the file in order, then those it imports, in the order of the schema. */
export function scopeOf(schema: Schema, file: number): readonly Scoped[] {
  return [...declarationsOf(schema, file), ...importsOf(schema, file)];
}

export function declarationsOf(schema: Schema, file: number): readonly Scoped[] {
  return schema.declarations
    .map((declaration, index) => ({ index, declaration }))
    .filter((entry) => entry.declaration.file === file);
}

/** Declarations of other files that the file's own mention, in the order of the schema. */
export function importsOf(schema: Schema, file: number): readonly Scoped[] {
  const mentioned = new Set<number>();
  for (const { declaration } of declarationsOf(schema, file)) {
    for (const type of typesOf(declaration)) for (const index of referencesIn(type)) mentioned.add(index);
  }
  return [...mentioned]
    .sort((a, b) => a - b)
    .map((index) => ({ index, declaration: declarationAt(schema, index) }))
    .filter((entry) => entry.declaration.file !== file);
}

/** The path of `to` as the file `from` imports it: `./other.firefly`. Both with `/`, relative to the same folder. */
export function relativePath(from: string, to: string): string {
  const here = from.split("/").slice(0, -1);
  const there = to.split("/");
  let same = 0;
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same++;
  const up = here.slice(same).map(() => "..");
  return [...(up.length === 0 ? ["."] : up), ...there.slice(same)].join("/");
}

/** What `relative`, found in the file `from`, points to; undefined if it is not of the form `./path` or `../path`. */
export function joinPath(from: string, relative: string): string | undefined {
  if (!/^\.\.?\//.test(relative)) return undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    // Above the first folder there is more than this path shows.
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return (from.startsWith("/") ? "/" : "") + parts.filter((part) => part !== "").join("/");
}
