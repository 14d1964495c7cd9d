// The part of the generator that writes how values are packed: for each declaration a plain function that writes and
// one that reads, and one of each for types without a name (lists and the like) where they are first needed.

import type { GeneratedNames } from "./generated-names.ts";
import type { EnumDeclaration, Parameter, RecordDeclaration, ScalarName, Type, UnionDeclaration } from "./schema.ts";
import { SourceText } from "./source-text.ts";

/** The methods of Writer and Reader; where none is named, the scalar's own name. */
const scalarMethods: Partial<Record<ScalarName, string>> = { bytes: "bytesOf" };

export class CodecGenerator {
  readonly #names: GeneratedNames;
  readonly #text: SourceText;
  /** Functions and constants for types without a name, by their own names; written at the end. */
  readonly #helpers = new Map<string, string>();

  constructor(names: GeneratedNames, text: SourceText) {
    this.#names = names;
    this.#text = text;
  }

  /** What the rest of the file has needed, in the order of first need. */
  get helpers(): readonly string[] {
    return [...this.#helpers.values()];
  }

  // ------------------------------------------------------------------------------------ expressions

  /** A statement that writes the value of an expression. */
  write(type: Type, value: string): string {
    switch (type.kind) {
      case "scalar":
        return `writer.${scalarMethods[type.name] ?? type.name}(${value});`;
      case "reference": {
        const { kind, name } = this.#names.at(type.declaration);
        if (kind === "interface") return `writer.capability(${this.#capability(type.declaration)}, ${value});`;
        return `${this.#names.of(type.declaration, `write${name}`)}(writer, ${value});`;
      }
      case "stream":
      case "bytestream":
        return `writer.stream(${this.#stream(type)}, ${value});`;
      default:
        return `${this.#collection(type, "write")}(writer, ${value});`;
    }
  }

  /** An expression that reads a value; without the cast that gives it its type where nobody asks for one. */
  read(type: Type, cast = true): string {
    switch (type.kind) {
      case "scalar":
        return `reader.${scalarMethods[type.name] ?? type.name}()`;
      case "reference": {
        const { kind, name } = this.#names.at(type.declaration);
        if (kind === "interface")
          return `reader.capability(${this.#capability(type.declaration)})${this.#cast(type, cast)}`;
        return `${this.#names.of(type.declaration, `read${name}`)}(reader)`;
      }
      case "stream":
      case "bytestream":
        return `reader.stream(${this.#stream(type)})${this.#cast(type, cast)}`;
      default:
        return `${this.#collection(type, "read")}(reader)`;
    }
  }

  #cast(type: Type, cast: boolean): string {
    return cast ? ` as ${this.#names.type(type, "received")}` : "";
  }

  /** The same as an operand: a cast binds less tightly than what stands around it. */
  #operand(type: Type): string {
    const expression = this.read(type);
    return expression.includes(" as ") ? `(${expression})` : expression;
  }

  /** The name of a constant that is the type's codec. */
  codec(type: Type | null): string {
    const name = `codec$${type === null ? "void" : this.#names.key(type)}`;
    this.#helper(name, (text) => {
      const codec = this.#names.runtime("Codec", true);
      if (type === null)
        return text.line(`const ${name}: ${codec} = { write: () => undefined, read: () => undefined };`);
      text.block(
        `const ${name}: ${codec}<${this.#names.type(type, "given")}> = {`,
        () => {
          text.line(`write: ${this.#function("writer, value", this.write(type, "value").slice(0, -1))},`);
          text.line(`read: ${this.#function("reader", this.read(type))},`);
        },
        "};",
      );
    });
    return name;
  }

  /** A function that is this expression; the called function itself if the expression only calls it. */
  #function(parameters: string, expression: string): string {
    const call = /^(\w[\w$]*)\((.*)\)$/.exec(expression);
    return call?.[2] === parameters && call[1] !== undefined ? call[1] : `(${parameters}) => ${expression}`;
  }

  /** The name of a constant that is the codec of no parameters. */
  emptyCodec(): string {
    const name = "codec$none";
    const codec = this.#names.runtime("Codec", true);
    this.#helper(name, (text) => {
      text.line(`const ${name}: ${codec}<readonly unknown[]> = { write: () => undefined, read: () => [] };`);
    });
    return name;
  }

  #capability(index: number): string {
    return this.#names.of(index, `${this.#names.at(index).name}$capability`);
  }

  #stream(type: Type & { kind: "stream" | "bytestream" }): string {
    const name = this.#names.key(type);
    this.#helper(name, (text) => {
      const item = type.kind === "bytestream" ? '"bytes"' : this.codec(type.item);
      text.line(`const ${name}: ${this.#names.runtime("StreamCodec", true)} = { item: ${item} };`);
    });
    return name;
  }

  #helper(name: string, write: (text: SourceText) => void): void {
    if (this.#helpers.has(name)) return;
    // Entered first: a type may lead back to itself.
    this.#helpers.set(name, "");
    const text = new SourceText();
    write(text);
    // Entered again, so that it stands behind what it needs: constants are used as soon as they are made.
    this.#helpers.delete(name);
    this.#helpers.set(name, text.toString());
  }

  // ------------------------------------------------------------------------------------ collections

  #collection(type: Type & { kind: "nullable" | "list" | "set" | "map" }, verb: "write" | "read"): string {
    const key = this.#names.key(type);
    const name = `${verb}$${key}`;
    this.#helper(name, (text) => {
      if (verb === "write") {
        const head = `function ${name}(writer: ${this.#names.runtime("Writer", true)}, value: ${this.#names.type(type, "given")}): void {`;
        text.block(head, () => this.#writeCollection(text, type));
      } else {
        const head = `function ${name}(reader: ${this.#names.runtime("Reader", true)}): ${this.#names.type(type, "received")} {`;
        text.block(head, () => this.#readCollection(text, type));
      }
    });
    return name;
  }

  #writeCollection(text: SourceText, type: Type & { kind: "nullable" | "list" | "set" | "map" }): void {
    const mismatch = (expected: string): string => `throw ${this.#names.runtime("mismatch")}("${expected}", value);`;
    switch (type.kind) {
      case "nullable":
        text.line("writer.boolean(value !== null);");
        text.line(`if (value !== null) ${this.write(type.value, "value")}`);
        return;
      case "list":
        text.line(`if (!Array.isArray(value)) ${mismatch("an array")}`);
        text.line("writer.varint(value.length);");
        // By index: an array with holes has a value there too, and it is not of the type.
        text.line(
          `for (let i = 0; i < value.length; i++) ${this.write(type.item, `value[i] as ${this.#names.type(type.item, "given")}`)}`,
        );
        return;
      case "set":
        text.line(`if (!(value instanceof Set)) ${mismatch("a Set")}`);
        text.line("writer.varint(value.size);");
        text.line(`for (const item of value) ${this.write(type.item, "item")}`);
        return;
      case "map":
        text.line(`if (!(value instanceof Map)) ${mismatch("a Map")}`);
        text.line("writer.varint(value.size);");
        text.block("for (const [key, item] of value) {", () => {
          text.line(this.write(type.key, "key"));
          text.line(this.write(type.value, "item"));
        });
    }
  }

  #readCollection(text: SourceText, type: Type & { kind: "nullable" | "list" | "set" | "map" }): void {
    const malformed = (what: string): string => `throw ${this.#names.runtime("malformed")}("${what}");`;
    const received = (of: Type): string => this.#names.type(of, "received");
    if (type.kind === "nullable") return text.line(`return reader.boolean() ? ${this.#operand(type.value)} : null;`);
    text.line("const count = reader.count();");
    switch (type.kind) {
      case "list":
        text.line(`const value: ${received(type).replace(/^readonly /, "")} = [];`);
        text.line(`for (let i = 0; i < count; i++) value.push(${this.read(type.item)});`);
        break;
      case "set":
        text.line(`const value = new Set<${received(type.item)}>();`);
        text.line(`for (let i = 0; i < count; i++) value.add(${this.read(type.item)});`);
        text.line(`if (value.size !== count) ${malformed("an item of a Set twice")}`);
        break;
      case "map":
        text.line(`const value = new Map<${received(type.key)}, ${received(type.value)}>();`);
        text.line(`for (let i = 0; i < count; i++) value.set(${this.read(type.key)}, ${this.read(type.value)});`);
        text.line(`if (value.size !== count) ${malformed("a key of a Map twice")}`);
        break;
    }
    text.line("return value;");
  }

  // ------------------------------------------------------------------------------------ declarations

  #functions(index: number, write: () => void, read: () => void): void {
    const { name } = this.#names.at(index);
    const given = this.#names.valueName(index, "given");
    const received = this.#names.valueName(index, "received");
    const unbounded = this.#names.graph.unbounded[index] === true;
    this.#text.block(
      `export function write${name}(writer: ${this.#names.runtime("Writer", true)}, value: ${given}): void {`,
      write,
    );
    this.#text.line();
    this.#text.block(
      `export function read${name}(reader: ${this.#names.runtime("Reader", true)}): ${received} {`,
      () => {
        if (unbounded) this.#text.line("reader.enter();");
        read();
      },
    );
  }

  record(index: number, declaration: RecordDeclaration): void {
    const text = this.#text;
    const unbounded = this.#names.graph.unbounded[index] === true;
    const received = this.#names.valueName(index, "received");
    this.#functions(
      index,
      () => {
        this.#checkObject(declaration.name);
        if (unbounded) text.line("writer.enter();");
        this.#writeFields(declaration.fields, (name) => `value.${name}`);
        if (unbounded) text.line("writer.leave();");
      },
      () => this.#readFields(declaration.fields, [], received, unbounded),
    );
  }

  #checkObject(name: string): void {
    const mismatch = this.#names.runtime("mismatch");
    this.#text.line(`if (typeof value !== "object" || value === null) throw ${mismatch}("${name}", value);`);
  }

  /** Statements that write a record: presence bits, then the fields that are there. */
  #writeFields(fields: readonly Parameter[], access: (name: string) => string): void {
    const text = this.#text;
    const optional = fields.filter((field) => field.optional);
    for (const { name } of optional) text.line(`const ${name}$ = ${access(name)};`);
    this.#writePresence(
      text,
      optional.map(({ name }) => `${name}$`),
    );
    for (const { name, type, optional: isOptional } of fields) {
      text.line(
        isOptional ? `if (${name}$ !== undefined) ${this.write(type, `${name}$`)}` : this.write(type, access(name)),
      );
    }
    // Every value takes a byte at least, so that a count of elements can be checked against the bytes at hand.
    if (fields.length === 0) text.line("writer.u8(0);");
  }

  #writePresence(text: SourceText, optional: readonly string[]): void {
    for (let from = 0; from < optional.length; from += 8) {
      text.line(from === 0 ? "let present = 0;" : "present = 0;");
      for (const [bit, value] of optional.slice(from, from + 8).entries()) {
        text.line(`if (${value} !== undefined) present |= ${1 << bit};`);
      }
      text.line("writer.u8(present);");
    }
  }

  /** Statements that read presence bits; yields the condition under which each field is absent. */
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

  /** Statements that read a record and return it. `before` are properties that need no reading. */
  #readFields(
    fields: readonly Parameter[],
    before: readonly string[],
    type: string,
    leave: boolean,
    done: readonly string[] = [],
  ): void {
    const text = this.#text;
    const optional = fields.filter((field) => field.optional);
    if (fields.length === 0) {
      text.line(
        `if (reader.u8() !== 0) throw ${this.#names.runtime("malformed")}("an empty record that is not empty");`,
      );
    }
    const absent = this.#readPresence(text, optional.length);
    const after = [...(leave ? ["reader.leave();"] : []), ...done];
    const literal = (open: string, items: readonly string[]): void => {
      if (items.length === 0) return text.line(`${open}{};`);
      text.block(`${open}{`, () => items.forEach((item) => text.line(`${item},`)), "};");
    };
    if (optional.length === 0) {
      const items = [...before, ...fields.map((field) => `${field.name}: ${this.read(field.type)}`)];
      if (after.length === 0) return literal("return ", items);
      literal(`const value: ${type} = `, items);
    } else {
      for (const { name, type: of, optional: isOptional } of fields) {
        text.line(
          isOptional
            ? `const ${name}$ = ${absent.shift()} ? undefined : ${this.#operand(of)};`
            : `const ${name}$ = ${this.read(of)};`,
        );
      }
      literal(`const value: ${type} = `, [
        ...before,
        ...fields.flatMap(({ name, optional: is }) => (is ? [] : [`${name}: ${name}$`])),
      ]);
      for (const { name } of optional) text.line(`if (${name}$ !== undefined) value.${name} = ${name}$;`);
    }
    for (const line of after) text.line(line);
    text.line("return value;");
  }

  /** The properties of a codec for the parameters of a method, which are packed like a record. */
  parameters(text: SourceText, parameters: readonly Parameter[]): void {
    const typed = (at: number, type: Type): string => {
      const name = this.#names.type(type, "given");
      return name === "unknown" ? `args[${at}]` : `args[${at}] as ${name}`;
    };
    const optional = parameters.flatMap((parameter, at) => (parameter.optional ? [`args[${at}]`] : []));
    text.block(
      "write: (writer, args) => {",
      () => {
        this.#writePresence(text, optional);
        for (const [at, parameter] of parameters.entries()) {
          const statement = this.write(parameter.type, typed(at, parameter.type));
          text.line(parameter.optional ? `if (args[${at}] !== undefined) ${statement}` : statement);
        }
      },
      "},",
    );
    if (optional.length === 0) {
      return text.list(
        "read: (reader) => [",
        parameters.map(({ type }) => this.read(type, false)),
        "],",
      );
    }
    text.block(
      "read: (reader) => {",
      () => {
        const absent = this.#readPresence(text, optional.length);
        const values = parameters.map(({ type, optional: isOptional }) => {
          const value = this.read(type, false);
          return isOptional ? `${absent.shift()} ? undefined : ${value}` : value;
        });
        text.list("return [", values, "];");
      },
      "},",
    );
  }

  enum(index: number, { name, members, open }: EnumDeclaration): void {
    const text = this.#text;
    const numbers = `[${members.map((member) => member.number).join(", ")}]`;
    this.#functions(
      index,
      () =>
        text.block("switch (value) {", () => {
          for (const member of members) {
            text.line(`case "${member.name}":`);
            text.indented(() => text.line(`return writer.varint(${member.number});`));
          }
          text.line("default:");
          text.indented(() => {
            if (open)
              text.line(`return writer.varint(${this.#names.runtime("unknownNumber")}("${name}", value, ${numbers}));`);
            else text.line(`throw ${this.#names.runtime("mismatch")}("${name}", value);`);
          });
        }),
      () => {
        text.line("const number = reader.u32();");
        text.block("switch (number) {", () => {
          for (const member of members) {
            text.line(`case ${member.number}:`);
            text.indented(() => text.line(`return "${member.name}";`));
          }
          text.line("default:");
          text.indented(() => {
            text.line(
              open ? "return `#${number}`;" : `throw ${this.#names.runtime("malformed")}(\`${name} \${number}\`);`,
            );
          });
        });
      },
    );
  }

  union(index: number, declaration: UnionDeclaration): void {
    const { name, tag, arms, open } = declaration;
    const text = this.#text;
    const unbounded = this.#names.graph.unbounded[index] === true;
    const received = this.#names.valueName(index, "received");
    this.#functions(
      index,
      () => {
        this.#checkObject(name);
        if (unbounded) text.line("writer.enter();");
        text.block(`switch (value.${tag}) {`, () => {
          for (const arm of arms) {
            text.block(`case "${arm.name}": {`, () => {
              text.line(`writer.varint(${arm.number});`);
              if (open) text.line("const length = writer.beginLength();");
              this.#writeFields(arm.fields, (field) => `value.${field}`);
              if (open) text.line("writer.endLength(length);");
              text.line("break;");
            });
          }
          if (open) this.#writeUnknownArm(declaration);
          else this.#refuseArm(declaration);
        });
        if (unbounded) text.line("writer.leave();");
      },
      () => {
        text.line("const number = reader.u32();");
        if (open) {
          text.line("const from = reader.payload();");
          text.line("const { at, end } = reader;");
          text.line("reader.at = from;");
          text.line("reader.end = at;");
        }
        text.block("switch (number) {", () => {
          for (const arm of arms) {
            text.block(`case ${arm.number}: {`, () => {
              const done = open ? ["reader.finish();", "reader.end = end;"] : [];
              this.#readFields(arm.fields, [`${tag}: "${arm.name}"`], received, unbounded, done);
            });
          }
          text.line("default:");
          text.indented(() => {
            if (open) this.#readUnknownArm(tag, received, unbounded);
            else text.line(`throw ${this.#names.runtime("malformed")}(\`${name} \${number}\`);`);
          });
        });
      },
    );
  }

  #refuseArm({ name, tag }: UnionDeclaration): void {
    this.#text.line("default:");
    this.#text.indented(() => {
      const mismatch = this.#names.runtime("mismatch");
      this.#text.line(`throw ${mismatch}("a ${tag} of ${name}", (value as ${name}).${tag});`);
    });
  }

  #writeUnknownArm({ name, tag, arms }: UnionDeclaration): void {
    const text = this.#text;
    const numbers = `[${arms.map((arm) => arm.number).join(", ")}]`;
    text.block("default: {", () => {
      text.line(
        `writer.varint(${this.#names.runtime("unknownNumber")}("a ${tag} of ${name}", value.${tag}, ${numbers}));`,
      );
      const mismatch = this.#names.runtime("mismatch");
      text.line(`if (!(value.payload instanceof Uint8Array)) throw ${mismatch}("Uint8Array", value.payload);`);
      text.line("const length = writer.beginLength();");
      text.line("writer.raw(value.payload);");
      text.line("writer.endLength(length);");
    });
  }

  #readUnknownArm(tag: string, received: string, unbounded: boolean): void {
    const text = this.#text;
    const literal = `{ ${tag}: \`#\${number}\`, payload: reader.raw(at - from) }`;
    text.line("reader.end = end;");
    if (unbounded) text.line("reader.leave();");
    text.line(`return ${literal} satisfies ${received};`);
  }
}
