// The part of the generator that writes what programs see of records, enums and unions: TypeScript types.

import type { GeneratedNames, Side } from "./generated-names.ts";
import type { Documented, EnumDeclaration, Field, RecordDeclaration, UnionDeclaration } from "./schema.ts";
import { deprecation, type SourceText } from "./source-text.ts";

/** An arm of a union under construction. */
interface Written {
  readonly documented: Documented;
  readonly fields: () => void;
}

export class TypeGenerator {
  readonly #names: GeneratedNames;
  readonly #text: SourceText;

  constructor(names: GeneratedNames, text: SourceText) {
    this.#names = names;
    this.#text = text;
  }

  record(index: number, declaration: RecordDeclaration): void {
    this.#sides(index, (side, name) => {
      this.#text.documentation(declaration.documentation, deprecation(declaration));
      if (declaration.fields.length === 0) return this.#text.line(`export type ${name} = Record<string, never>;`);
      this.#text.block(`export interface ${name} {`, () => this.#fields(declaration.fields, side));
    });
  }

  enum(declaration: EnumDeclaration): void {
    const text = this.#text;
    text.documentation(declaration.documentation, deprecation(declaration));
    const members = declaration.members.map((member) => `"${member.name}"`);
    if (declaration.open) members.push(this.#names.runtime("UnknownMember", true));
    const line = `export type ${declaration.name} = ${members.join(" | ")};`;
    const isDocumented = declaration.members.some(
      (member) => member.documentation !== undefined || member.deprecated !== undefined,
    );
    if (text.fits(line) && !isDocumented) return text.line(line);
    text.line(`export type ${declaration.name} =`);
    text.indented(() => {
      for (const [index, member] of members.entries()) {
        const documented = declaration.members[index];
        if (documented !== undefined) text.documentation(documented.documentation, deprecation(documented));
        text.line(`| ${member}${index === members.length - 1 ? ";" : ""}`);
      }
    });
  }

  union(index: number, declaration: UnionDeclaration): void {
    const { arms, open, tag } = declaration;
    this.#sides(index, (side, name) => {
      this.#text.documentation(declaration.documentation, deprecation(declaration));
      const written: Written[] = arms.map((arm) => ({
        documented: arm,
        fields: () => {
          this.#text.line(`${tag}: "${arm.name}";`);
          this.#fields(arm.fields, side);
        },
      }));
      if (open) written.push(this.#unknownArm(tag));
      this.#arms(name, written);
    });
  }

  #unknownArm(tag: string): Written {
    const unknown = this.#names.runtime("UnknownMember", true);
    return {
      documented: { documentation: "An arm that this side does not know, as it was packed." },
      fields: () => {
        this.#text.line(`${tag}: ${unknown};`);
        this.#text.line("payload: Uint8Array;");
      },
    };
  }

  #arms(name: string, arms: readonly Written[]): void {
    const text = this.#text;
    const [only] = arms;
    if (arms.length === 1 && only !== undefined) return text.block(`export type ${name} = {`, only.fields, "};");
    text.line(`export type ${name} =`);
    text.indented(() => {
      for (const [index, { documented, fields }] of arms.entries()) {
        text.documentation(documented.documentation, deprecation(documented));
        text.line("| {");
        text.indented(() => {
          text.indented(fields);
          text.line(index === arms.length - 1 ? "};" : "}");
        });
      }
    });
  }

  /** Once for both sides, or for each if they differ. */
  #sides(index: number, write: (side: Side, name: string) => void): void {
    write("given", this.#names.valueName(index, "given"));
    if (this.#names.graph.live[index] !== true) return;
    this.#text.line();
    write("received", this.#names.valueName(index, "received"));
  }

  #fields(fields: readonly Field[], side: Side): void {
    for (const field of fields) {
      const { name, type, optional } = field;
      this.#text.documentation(field.documentation, deprecation(field));
      const value = this.#names.type(type, side);
      this.#text.line(optional ? `${name}?: ${orUndefined(value)};` : `${name}: ${value};`);
    }
  }
}

/** With exact optional properties, `undefined` must be allowed by name; as a value it means absent. */
function orUndefined(type: string): string {
  return type === "unknown" ? type : `${type} | undefined`;
}
