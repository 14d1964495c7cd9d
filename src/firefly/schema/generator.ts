// Writes the TypeScript that belongs to one file of a schema. Programs then use its interfaces like any others, and
// values are packed by plain functions that were written for their types. The same schema gives the same text.
//
// A generated file has two halves: first what people read (types, stubs), then how values are packed and what
// sessions need to know. docs/firefly-language.md describes what is generated for what.

import type { Crypto } from "#glow";
import { hashOf } from "./canonical.ts";
import { ChoiceGenerator } from "./generated-choices.ts";
import { CodecGenerator } from "./generated-codecs.ts";
import { InterfaceGenerator } from "./generated-interfaces.ts";
import { GeneratedNames } from "./generated-names.ts";
import { RecordGenerator } from "./generated-records.ts";
import { TypeGenerator } from "./generated-types.ts";
import type { InterfaceDeclaration, Schema } from "./schema.ts";
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
  return new Generator(schema, file, options).text();
}

class Generator {
  readonly #schema: Schema;
  readonly #file: number;
  readonly #options: GeneratorOptions;
  readonly #names: GeneratedNames;
  /** What people read; how values are packed; what must stand behind both. */
  readonly #types = new SourceText();
  readonly #packing = new SourceText();
  readonly #constants = new SourceText();
  readonly #codecs: CodecGenerator;
  readonly #typeGenerator: TypeGenerator;
  readonly #records: RecordGenerator;
  readonly #choices: ChoiceGenerator;
  readonly #interfaces: InterfaceGenerator;

  constructor(schema: Schema, file: number, options: GeneratorOptions) {
    this.#schema = schema;
    this.#file = file;
    this.#options = options;
    this.#names = new GeneratedNames(schema, file);
    this.#codecs = new CodecGenerator(this.#names);
    this.#typeGenerator = new TypeGenerator(this.#names, this.#types);
    this.#records = new RecordGenerator(this.#names, this.#codecs, this.#packing);
    this.#choices = new ChoiceGenerator(this.#names, this.#records, this.#packing);
    this.#interfaces = new InterfaceGenerator(this.#names, this.#codecs, this.#records);
  }

  text(): string {
    for (const entry of declarationsOf(this.#schema, this.#file)) {
      for (const text of [this.#types, this.#packing, this.#constants]) text.line();
      this.#declaration(entry);
    }
    const packing = [this.#packing, ...this.#codecs.helpers, this.#constants].map((text) => String(text).trim());
    const comment = "// How values are packed, and what sessions need to know.";
    // The head comes last: by now it is known what is imported.
    const parts = [this.#head(), String(this.#types).trim(), comment, ...packing];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  }

  #head(): string {
    const text = new SourceText();
    const path = this.#pathOf(this.#file);
    // A file may be called anything; what ends a line would end the comment.
    const name = (path.split("/").at(-1) ?? "").replace(/[\p{Cc}\u2028\u2029]/gu, "?");
    text.line(`// Generated from ${name} by \`glow idl gen\`. Do not edit: edit the source and generate again.`);
    text.line();
    for (const { from, names, typeOnly } of this.#names.imports()) {
      const target =
        from === "runtime"
          ? (this.#options.runtime ?? "#firefly/runtime.ts")
          : relativePath(generatedPath(path), generatedPath(this.#pathOf(from)));
      text.list(typeOnly ? "import type { " : "import { ", names, ` } from ${JSON.stringify(target)};`);
    }
    return String(text).trim();
  }

  #pathOf(file: number): string {
    return this.#schema.files[file]?.path ?? "";
  }

  #declaration({ index, declaration }: Scoped): void {
    switch (declaration.kind) {
      case "record":
        this.#typeGenerator.record(index, declaration);
        this.#records.record(index, declaration);
        if (this.#names.graph.pipelined[index] === true) {
          this.#types.line();
          this.#interfaces.pipeline(this.#types, index, declaration);
          this.#interfaces.objectFields(this.#constants, index, declaration);
        }
        break;
      case "enum":
        this.#typeGenerator.enum(declaration);
        this.#choices.enum(index, declaration);
        break;
      case "union":
        this.#typeGenerator.union(index, declaration);
        this.#choices.union(index, declaration);
        break;
      case "interface":
        this.#interface(index, declaration);
        break;
    }
  }

  #interface(index: number, declaration: InterfaceDeclaration): void {
    this.#interfaces.interface(this.#types, declaration);
    this.#types.line();
    this.#interfaces.stub(this.#types, declaration);
    for (const method of declaration.methods) {
      this.#interfaces.method(this.#constants, declaration, method);
      this.#constants.line();
    }
    this.#interfaces.constants(this.#constants, declaration, hashOf(this.#schema, index, this.#options.crypto));
  }
}
