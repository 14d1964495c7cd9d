// The part of the generator that writes how enums and unions are packed: a number that says which member or arm it is,
// and for an arm its record; in an open union with the length in front, so that it can be passed over.

import type { GeneratedNames } from "./generated-names.ts";
import type { RecordGenerator } from "./generated-records.ts";
import type { Arm, EnumDeclaration, Member, UnionDeclaration } from "./schema.ts";
import type { SourceText } from "./source-text.ts";

export class ChoiceGenerator {
  readonly #names: GeneratedNames;
  readonly #records: RecordGenerator;
  readonly #text: SourceText;

  constructor(names: GeneratedNames, records: RecordGenerator, text: SourceText) {
    this.#names = names;
    this.#records = records;
    this.#text = text;
  }

  enum(index: number, declaration: EnumDeclaration): void {
    this.#records.functions(index, {
      write: () => this.#text.block("switch (value) {", () => this.#writeMembers(declaration)),
      read: () => {
        this.#text.line("const number = reader.u32();");
        this.#text.block("switch (number) {", () => this.#readMembers(declaration));
      },
    });
  }

  #writeMembers({ name, members, open }: EnumDeclaration): void {
    for (const member of members) this.#case(`case "${member.name}":`, `return writer.varint(${member.number});`);
    if (open) this.#case("default:", `return writer.varint(${this.#unknownNumber(name, "value", members)});`);
    else this.#case("default:", `throw ${this.#names.runtime("mismatch")}("${name}", value);`);
  }

  #readMembers({ name, members, open }: EnumDeclaration): void {
    for (const member of members) this.#case(`case ${member.number}:`, `return "${member.name}";`);
    this.#case("default:", open ? "return `#${number}`;" : this.#unknown(name));
  }

  #case(label: string, statement: string): void {
    this.#text.line(label);
    this.#text.indented(() => this.#text.line(statement));
  }

  #unknown(name: string): string {
    return `throw ${this.#names.runtime("malformed")}(\`${name} \${number}\`);`;
  }

  /** An expression for the number in the name of an unknown member. */
  #unknownNumber(what: string, value: string, known: readonly Member[]): string {
    const numbers = known.map((member) => member.number).join(", ");
    return `${this.#names.runtime("unknownNumber")}("${what}", ${value}, [${numbers}])`;
  }

  union(index: number, declaration: UnionDeclaration): void {
    const text = this.#text;
    this.#records.functions(index, {
      write: () => {
        text.line(this.#records.checkObject(declaration.name));
        this.#records.counted(index, "writer", () => {
          text.block(`switch (value.${declaration.tag}) {`, () => {
            for (const arm of declaration.arms) this.#writeArm(declaration, arm);
            this.#writeOther(declaration);
          });
        });
      },
      read: () => {
        text.line("const number = reader.u32();");
        if (declaration.open) {
          text.line("const from = reader.payload();");
          text.line("const { at, end } = reader;");
          text.line("reader.at = from;");
        }
        text.block("switch (number) {", () => {
          for (const arm of declaration.arms) this.#readArm(index, declaration, arm);
          this.#readOther(index, declaration);
        });
      },
    });
  }

  #writeArm({ open }: UnionDeclaration, { name, number, fields }: Arm): void {
    this.#text.block(`case "${name}": {`, () => {
      this.#text.line(`writer.varint(${number});`);
      if (open) this.#text.line("const length = writer.beginLength();");
      this.#records.writeFields(fields);
      if (open) this.#text.line("writer.endLength(length);");
      this.#text.line("break;");
    });
  }

  #readArm(index: number, { tag, open }: UnionDeclaration, { name, number, fields }: Arm): void {
    this.#text.block(`case ${number}: {`, () => {
      if (open) this.#text.line("reader.end = at;");
      const leave = this.#names.graph.unbounded[index] === true ? ["reader.leave();"] : [];
      const finish = open ? ["reader.finish();", "reader.end = end;", ...leave] : leave;
      this.#records.readFields(fields, {
        type: this.#names.valueName(index, "received"),
        known: [`${tag}: "${name}"`],
        finish,
      });
    });
  }

  /** What is none of the arms: refused, or passed on as it was packed. */
  #writeOther({ name, tag, arms, open }: UnionDeclaration): void {
    const text = this.#text;
    const mismatch = this.#names.runtime("mismatch");
    const what = `a ${tag} of ${name}`;
    if (!open) return this.#case("default:", `throw ${mismatch}("${what}", (value as ${name}).${tag});`);
    text.block("default: {", () => {
      text.line(`writer.varint(${this.#unknownNumber(what, `value.${tag}`, arms)});`);
      text.line(`if (!(value.payload instanceof Uint8Array)) throw ${mismatch}("Uint8Array", value.payload);`);
      text.line("const length = writer.beginLength();");
      text.line("writer.raw(value.payload);");
      text.line("writer.endLength(length);");
    });
  }

  #readOther(index: number, { name, tag, open }: UnionDeclaration): void {
    if (!open) return this.#case("default:", this.#unknown(name));
    this.#text.line("default:");
    this.#text.indented(() => {
      if (this.#names.graph.unbounded[index] === true) this.#text.line("reader.leave();");
      this.#text.line(`return { ${tag}: \`#\${number}\`, payload: reader.raw(at - from) };`);
    });
  }
}
