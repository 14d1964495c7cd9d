// Writes the TypeScript that belongs to one file of a schema. Programs then use its interfaces like any others, and
// values are packed by plain functions that were written for their types. The same schema gives the same text.
//
// A generated file has two halves: first what people read (types, stubs), then how values are packed and what
// sessions need to know. docs/firefly-language.md describes what is generated for what.

import type { Crypto } from "#glow";
import { hashOf } from "./canonical.ts";
import { CodecGenerator } from "./generated-codecs.ts";
import { InterfaceGenerator } from "./generated-interfaces.ts";
import { GeneratedNames } from "./generated-names.ts";
import { TypeGenerator } from "./generated-types.ts";
import type { Schema } from "./schema.ts";
import { declarationsOf, relativePath, type Scoped } from "./scope.ts";
import { SourceText } from "./source-text.ts";

export interface GeneratorOptions {
  readonly crypto: Pick<Crypto, "hash">;
  /** What generated code imports the run-time library by. */
  readonly runtime?: string;
}

/** Where the text generated for a source belongs: `generated/name.ts` beside `name.firefly`. */
export function generatedPath(sourcePath: string): string {
  const parts = sourcePath.replace(/\.firefly$/, ".ts").split("/");
  return [...parts.slice(0, -1), "generated", parts.at(-1)].join("/");
}

/** The text for the file with this index in the schema, which must be without faults. */
export function generate(schema: Schema, file: number, options: GeneratorOptions): string {
  const names = new GeneratedNames(schema, file);
  const types = new SourceText();
  const packing = new SourceText();
  const constants = new SourceText();
  const codecs = new CodecGenerator(names, packing);
  const interfaces = new InterfaceGenerator(names, codecs);
  const typeGenerator = new TypeGenerator(names, types);
  for (const entry of declarationsOf(schema, file)) {
    writeTypes(entry, types, typeGenerator, interfaces, names);
    packing.line();
    writePacking(entry, codecs);
    writeConstants(entry, constants, interfaces, names, (index) => hashOf(schema, index, options.crypto));
  }
  const head = new SourceText();
  writeHead(head, names, schema, file, options.runtime ?? "#firefly/runtime.ts");
  const parts = [head, types, new SourceText(), packing, ...codecs.helpers, constants].map((part) =>
    String(part).trim(),
  );
  // The third part is empty: its place is that of the line between the halves.
  parts[2] = "// How values are packed, and what sessions need to know.";
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function writeHead(text: SourceText, names: GeneratedNames, schema: Schema, file: number, runtime: string): void {
  const path = schema.files[file]?.path ?? "";
  text.line(
    `// Generated from ${path.split("/").at(-1)} by \`glow idl gen\`. Do not edit: edit the source and generate again.`,
  );
  text.line();
  for (const { from, names: list, typeOnly } of names.imports()) {
    const target =
      from === "runtime" ? runtime : relativePath(generatedPath(path), generatedPath(schema.files[from]?.path ?? ""));
    text.list(typeOnly ? "import type { " : "import { ", list, ` } from "${target}";`);
  }
}

function writeTypes(
  { index, declaration }: Scoped,
  text: SourceText,
  types: TypeGenerator,
  interfaces: InterfaceGenerator,
  names: GeneratedNames,
): void {
  text.line();
  switch (declaration.kind) {
    case "record":
      types.record(index, declaration);
      if (names.graph.pipelined[index] === true) {
        text.line();
        interfaces.pipeline(text, index, declaration);
      }
      break;
    case "enum":
      types.enum(declaration);
      break;
    case "union":
      types.union(index, declaration);
      break;
    case "interface":
      interfaces.interface(text, declaration);
      text.line();
      interfaces.stub(text, declaration);
      break;
  }
}

function writePacking({ index, declaration }: Scoped, codecs: CodecGenerator): void {
  if (declaration.kind === "record") codecs.record(index, declaration);
  else if (declaration.kind === "enum") codecs.enum(index, declaration);
  else if (declaration.kind === "union") codecs.union(index, declaration);
}

function writeConstants(
  { index, declaration }: Scoped,
  text: SourceText,
  interfaces: InterfaceGenerator,
  names: GeneratedNames,
  hash: (index: number) => string,
): void {
  text.line();
  if (declaration.kind === "record" && names.graph.pipelined[index] === true)
    interfaces.objectFields(text, index, declaration);
  if (declaration.kind !== "interface") return;
  for (const method of declaration.methods) {
    interfaces.method(text, declaration, method);
    text.line();
  }
  interfaces.constants(text, declaration, hash(index));
}
