// Writes a schema in the language, in its canonical form: what is parsed from the text is the schema again, given the
// same lock. Comments that are not documentation are not in a schema, and so are not in the text.

import {
  type Arm,
  type Declaration,
  declarationAt,
  type Documented,
  type EnumDeclaration,
  type Field,
  type Method,
  type Parameter,
  type Schema,
  scalarSpellings,
  type Type,
  type UnionDeclaration,
} from "./schema.ts";
import { declarationsOf, importsOf, relativePath } from "./scope.ts";
import { deprecation, SourceText } from "./source-text.ts";

/** The text of the file with this index in the schema. */
export function printFile(schema: Schema, file: number): string {
  return new Printer(schema).file(file);
}

/** A type as it is written in the language. */
export function printType(schema: Schema, type: Type): string {
  switch (type.kind) {
    case "scalar":
      return scalarSpellings[type.name];
    case "reference":
      return declarationAt(schema, type.declaration).name;
    case "nullable":
      return `${printType(schema, type.value)} | null`;
    case "list": {
      const item = printType(schema, type.item);
      return type.item.kind === "nullable" ? `(${item})[]` : `${item}[]`;
    }
    case "set":
      return `Set<${printType(schema, type.item)}>`;
    case "map":
      return `Map<${printType(schema, type.key)}, ${printType(schema, type.value)}>`;
    case "stream":
      return `Stream<${printType(schema, type.item)}>`;
    case "bytestream":
      return "ByteStream";
  }
}

class Printer {
  readonly #schema: Schema;
  readonly #text = new SourceText();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  file(file: number): string {
    this.#imports(file);
    for (const { declaration } of declarationsOf(this.#schema, file)) {
      this.#text.line();
      this.#declaration(declaration);
    }
    return String(this.#text);
  }

  #imports(file: number): void {
    const own = this.#schema.files[file]?.path ?? "";
    const names = Map.groupBy(importsOf(this.#schema, file), ({ declaration }) => declaration.file);
    const lines = [...names].map(([from, entries]) => ({
      path: relativePath(own, this.#schema.files[from]?.path ?? ""),
      names: entries.map(({ declaration }) => declaration.name).sort(),
    }));
    lines.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const line of lines) this.#text.list("import type { ", line.names, ` } from "${line.path}";`);
  }

  #declaration(declaration: Declaration): void {
    switch (declaration.kind) {
      case "record":
        this.#document(declaration, declaration.fields.length === 0 ? ["@record"] : []);
        this.#text.block(`export interface ${declaration.name} {`, () => this.#fields(declaration.fields));
        break;
      case "interface":
        this.#document(declaration, declaration.methods.length === 0 ? ["@interface"] : []);
        this.#text.block(`export interface ${declaration.name} {`, () =>
          declaration.methods.forEach((one) => this.#method(one)),
        );
        break;
      case "enum":
        this.#document(declaration, declaration.open ? ["@open"] : []);
        this.#enum(declaration);
        break;
      case "union":
        this.#document(declaration, declaration.open ? ["@open"] : []);
        this.#union(declaration);
        break;
    }
  }

  #document(documented: Documented, tags: readonly string[] = []): void {
    this.#text.documentation(documented.documentation, [...tags, ...deprecation(documented)]);
  }

  #parameter({ name, type, optional }: Parameter): string {
    return `${name}${optional ? "?" : ""}: ${printType(this.#schema, type)}`;
  }

  #fields(fields: readonly Field[]): void {
    for (const field of fields) {
      this.#document(field);
      this.#text.line(`${this.#parameter(field)};`);
    }
  }

  #method(method: Method): void {
    this.#document(method);
    const result = method.result === null ? "void" : printType(this.#schema, method.result);
    const parameters = method.parameters.map((parameter) => this.#parameter(parameter));
    this.#text.list(`${method.name}(`, parameters, `): Promise<${result}>;`);
  }

  #enum({ name, members }: EnumDeclaration): void {
    const line = `export type ${name} = ${members.map((member) => `"${member.name}"`).join(" | ")};`;
    if (this.#text.fits(line) && !members.some(isDocumented)) return this.#text.line(line);
    this.#text.line(`export type ${name} =`);
    this.#text.indented(() => {
      for (const [index, member] of members.entries()) {
        this.#document(member);
        this.#text.line(`| "${member.name}"${index === members.length - 1 ? ";" : ""}`);
      }
    });
  }

  #union({ name, tag, arms }: UnionDeclaration): void {
    const lines = arms.map((arm) => this.#armLine(tag, arm));
    const line = `export type ${name} = ${lines.join(" | ")};`;
    if (this.#text.fits(line) && !arms.some((arm) => isDocumented(arm) || arm.fields.some(isDocumented))) {
      return this.#text.line(line);
    }
    this.#text.line(`export type ${name} =`);
    this.#text.indented(() => {
      for (const [index, arm] of arms.entries()) {
        const end = index === arms.length - 1 ? ";" : "";
        this.#document(arm);
        const whole = `| ${lines[index]}${end}`;
        if (this.#text.fits(whole) && !arm.fields.some(isDocumented)) this.#text.line(whole);
        else this.#arm(tag, arm, end);
      }
    });
  }

  #armLine(tag: string, arm: Arm): string {
    const fields = arm.fields.map((field) => `; ${this.#parameter(field)}`);
    return `{ ${tag}: "${arm.name}"${fields.join("")} }`;
  }

  #arm(tag: string, arm: Arm, end: string): void {
    this.#text.line("| {");
    this.#text.indented(() => {
      this.#text.indented(() => {
        this.#text.line(`${tag}: "${arm.name}";`);
        this.#fields(arm.fields);
      });
      this.#text.line(`}${end}`);
    });
  }
}

function isDocumented({ documentation, deprecated }: Documented): boolean {
  return documentation !== undefined || deprecated !== undefined;
}
