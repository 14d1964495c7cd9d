// The part of the generator that writes how values of a type are packed where they occur: a call of the writer or the
// reader, or of a function. Types without a name (lists and the like) get functions where they are first needed.

import type { GeneratedNames } from "./generated-names.ts";
import type { ScalarName, Type } from "./schema.ts";
import { SourceText } from "./source-text.ts";

/** The methods of Writer and Reader; where none is named, the scalar's own name. */
const scalarMethods: Partial<Record<ScalarName, string>> = { bytes: "bytesOf" };

export class CodecGenerator {
  readonly #names: GeneratedNames;
  /** Functions and constants for types without a name, by their own names; written at the end. */
  readonly #helpers = new Map<string, string>();

  constructor(names: GeneratedNames) {
    this.#names = names;
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
        if (type.name === "unknown") return `${this.#names.runtime("writeUnknown")}(writer, ${value});`;
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
        if (type.name === "unknown") return `${this.#names.runtime("readUnknown")}(reader)`;
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

  /** The expression as an operand: a cast binds less tightly than what stands around it. */
  operand(type: Type): string {
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
        text.under("if (value !== null)", this.write(type.value, "value"));
        return;
      case "list":
        text.line(`if (!Array.isArray(value)) ${mismatch("an array")}`);
        text.line("writer.varint(value.length);");
        // By index: an array with holes has a value there too, and it is not of the type.
        text.under(
          "for (let i = 0; i < value.length; i++)",
          this.write(type.item, `value[i] as ${this.#names.type(type.item, "given")}`),
        );
        return;
      case "set":
        text.line(`if (!(value instanceof Set)) ${mismatch("a Set")}`);
        text.line("writer.varint(value.size);");
        text.under("for (const item of value)", this.write(type.item, "item"));
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
    const each = "for (let i = 0; i < count; i++)";
    if (type.kind === "nullable") return text.line(`return reader.boolean() ? ${this.operand(type.value)} : null;`);
    text.line("const count = reader.count();");
    switch (type.kind) {
      case "list":
        text.line(`const value: ${received(type).replace(/^readonly /, "")} = [];`);
        text.under(each, `value.push(${this.read(type.item)});`);
        break;
      case "set":
        text.line(`const value = new Set<${received(type.item)}>();`);
        text.under(each, `value.add(${this.read(type.item)});`);
        text.line(`if (value.size !== count) ${malformed("an item of a Set twice")}`);
        break;
      case "map":
        text.line(`const value = new Map<${received(type.key)}, ${received(type.value)}>();`);
        text.under(each, `value.set(${this.read(type.key)}, ${this.read(type.value)});`);
        text.line(`if (value.size !== count) ${malformed("a key of a Map twice")}`);
        break;
    }
    text.line("return value;");
  }
}
