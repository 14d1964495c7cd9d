// The part of the generator that writes how records are packed, and what is packed like them: arms of unions and
// parameters of methods. Decoders make objects by one literal, so that all of a type have one shape to the engine.

import type { CodecGenerator } from "./generated-codecs.ts";
import type { GeneratedNames } from "./generated-names.ts";
import type { Parameter, RecordDeclaration, Type } from "./schema.ts";
import type { SourceText } from "./source-text.ts";

/** How the object that was read is made and returned. */
export interface ReadObject {
  /** Its TypeScript type. */
  readonly type: string;
  /** Properties that are known without reading. */
  readonly known: readonly string[];
  /** Statements between the last field and the return. */
  readonly finish: readonly string[];
}

export class RecordGenerator {
  readonly #names: GeneratedNames;
  readonly #codecs: CodecGenerator;
  readonly #text: SourceText;

  constructor(names: GeneratedNames, codecs: CodecGenerator, text: SourceText) {
    this.#names = names;
    this.#codecs = codecs;
    this.#text = text;
  }

  record(index: number, { name, fields }: RecordDeclaration): void {
    this.functions(index, {
      write: () => {
        this.#text.line(this.checkObject(name));
        this.counted(index, "writer", () => this.writeFields(fields));
      },
      read: () => {
        const finish = this.#names.graph.unbounded[index] === true ? ["reader.leave();"] : [];
        this.readFields(fields, { type: this.#names.valueName(index, "received"), known: [], finish });
      },
    });
  }

  /** The functions that write and read a declaration. What `read` writes returns by itself. */
  functions(index: number, body: { write: () => void; read: () => void }): void {
    const { name } = this.#names.at(index);
    const given = this.#names.valueName(index, "given");
    const received = this.#names.valueName(index, "received");
    const writer = this.#names.runtime("Writer", true);
    const reader = this.#names.runtime("Reader", true);
    this.#text.block(`export function write${name}(writer: ${writer}, value: ${given}): void {`, body.write);
    this.#text.line();
    this.#text.block(`export function read${name}(reader: ${reader}): ${received} {`, () => {
      if (this.#names.graph.unbounded[index] === true) this.#text.line("reader.enter();");
      body.read();
    });
  }

  /** Counts the level around `body` where values may nest without bound. */
  counted(index: number, counter: "writer" | "reader", body: () => void): void {
    const unbounded = this.#names.graph.unbounded[index] === true;
    if (unbounded) this.#text.line(`${counter}.enter();`);
    body();
    if (unbounded) this.#text.line(`${counter}.leave();`);
  }

  checkObject(name: string): string {
    return `if (typeof value !== "object" || value === null) throw ${this.#names.runtime("mismatch")}("${name}", value);`;
  }

  /** Statements that write the properties of `value`: presence bits, then the fields that are there. */
  writeFields(fields: readonly Parameter[]): void {
    const text = this.#text;
    const optional = fields.filter((field) => field.optional).map(({ name }) => ({ name, local: `${name}$` }));
    for (const { name, local } of optional) text.line(`const ${local} = value.${name};`);
    const locals = optional.map(({ local }) => local);
    this.#writePresence(text, locals);
    for (const { name, type, optional: isOptional } of fields) {
      if (isOptional) text.under(`if (${name}$ !== undefined)`, this.#codecs.write(type, `${name}$`));
      else text.line(this.#codecs.write(type, `value.${name}`));
    }
    // Every value takes a byte at least, so that a count of elements can be checked against the bytes at hand.
    if (fields.length === 0) text.line("writer.u8(0);");
  }

  /** One bit for each optional field, eight to a byte. */
  #writePresence(text: SourceText, values: readonly string[]): void {
    for (let from = 0; from < values.length; from += 8) {
      text.line(from === 0 ? "let present = 0;" : "present = 0;");
      for (const [bit, value] of values.slice(from, from + 8).entries()) {
        text.line(`if (${value} !== undefined) present |= ${1 << bit};`);
      }
      text.line("writer.u8(present);");
    }
  }

  /** Statements that read presence bits; yields the condition under which each value is absent. */
  #readPresence(text: SourceText, count: number): string[] {
    const absent: string[] = [];
    for (let from = 0; from < count; from += 8) {
      const name = count <= 8 ? "present" : `present${from / 8}`;
      const bits = Math.min(8, count - from);
      text.line(`const ${name} = reader.u8();`);
      if (bits < 8) {
        const malformed = this.#names.runtime("malformed");
        text.line(`if (${name} > ${(1 << bits) - 1}) throw ${malformed}("presence bits of no field");`);
      }
      for (let bit = 0; bit < bits; bit++) absent.push(`(${name} & ${1 << bit}) === 0`);
    }
    return absent;
  }

  /** Statements that read an object and return it. */
  readFields(fields: readonly Parameter[], object: ReadObject): void {
    if (fields.length === 0) {
      const malformed = this.#names.runtime("malformed");
      this.#text.line(`if (reader.u8() !== 0) throw ${malformed}("an empty record that is not empty");`);
    }
    if (fields.some((field) => field.optional)) return this.#readWithOptional(fields, object);
    const properties = [...object.known, ...fields.map(({ name, type }) => `${name}: ${this.#codecs.read(type)}`)];
    if (object.finish.length === 0) return this.#literal("return ", properties);
    this.#literal(`const value: ${object.type} = `, properties);
    this.#return(object);
  }

  /** Fields are read in number order, but the literal holds only those that are always there. */
  #readWithOptional(fields: readonly Parameter[], object: ReadObject): void {
    const text = this.#text;
    const optional = fields.filter((field) => field.optional);
    const absent = this.#readPresence(text, optional.length);
    for (const { name, type, optional: isOptional } of fields) {
      const read = isOptional
        ? `${absent.shift()} ? undefined : ${this.#codecs.operand(type)}`
        : this.#codecs.read(type);
      text.line(`const ${name}$ = ${read};`);
    }
    const required = fields.filter((field) => !field.optional).map(({ name }) => `${name}: ${name}$`);
    this.#literal(`const value: ${object.type} = `, [...object.known, ...required]);
    for (const { name } of optional) text.line(`if (${name}$ !== undefined) value.${name} = ${name}$;`);
    this.#return(object);
  }

  #return({ finish }: ReadObject): void {
    for (const statement of finish) this.#text.line(statement);
    this.#text.line("return value;");
  }

  #literal(before: string, properties: readonly string[]): void {
    this.#text.block(`${before}{`, () => properties.forEach((property) => this.#text.line(`${property},`)), "};");
  }

  /** The properties of a codec for the parameters of a method, which are packed like a record. */
  parameters(text: SourceText, parameters: readonly Parameter[]): void {
    const optional = parameters.flatMap((parameter, at) => (parameter.optional ? [`args[${at}]`] : []));
    text.block(
      "write: (writer, args) => {",
      () => {
        this.#writePresence(text, optional);
        for (const [at, { type, optional: isOptional }] of parameters.entries()) {
          const statement = this.#codecs.write(type, this.#argument(at, type));
          if (isOptional) text.under(`if (args[${at}] !== undefined)`, statement);
          else text.line(statement);
        }
      },
      "},",
    );
    const reads = parameters.map(({ type }) => this.#codecs.read(type, false));
    if (optional.length === 0) return text.list("read: (reader) => [", reads, "],");
    text.block(
      "read: (reader) => {",
      () => {
        const absent = this.#readPresence(text, optional.length);
        const values = reads.map((read, at) =>
          parameters[at]?.optional === true ? `${absent.shift()} ? undefined : ${read}` : read,
        );
        text.list("return [", values, "];");
      },
      "},",
    );
  }

  #argument(at: number, type: Type): string {
    const given = this.#names.type(type, "given");
    return given === "unknown" ? `args[${at}]` : `args[${at}] as ${given}`;
  }
}
