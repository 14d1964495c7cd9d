// Recursive descent over the tokens of one source. It survives any text: what is wrong becomes a problem of the
// source, and parsing goes on behind it, at the next member or declaration. Every step takes a token, so the time is
// linear; types nest to a limit, so the stack is bounded.

import { schemaLimits } from "#base/limits.ts";
import { utf8Encode } from "#base/bytes.ts";
import { parseDocumentation } from "./documentation.ts";
import { Lexer, type Token } from "./lexer.ts";
import { Source, type Span } from "./problem.ts";
import type {
  SyntaxArm,
  SyntaxDeclaration,
  SyntaxDocumentation,
  SyntaxField,
  SyntaxFile,
  SyntaxImport,
  SyntaxMember,
  SyntaxMethod,
  SyntaxName,
  SyntaxType,
} from "./syntax.ts";

/** Parses one source. Look at `source.problems` before using the rest: what had problems may be missing. */
export function parse(path: string, text: string): SyntaxFile {
  const source = new Source(path, text);
  // UTF-8 is never shorter than UTF-16 counted in units, so a huge text is not encoded to be measured.
  if (text.length > schemaLimits.sourceBytes || utf8Encode(text).length > schemaLimits.sourceBytes) {
    const limit = `${schemaLimits.sourceBytes} bytes`;
    source.report(
      { start: 0, end: 0 },
      `the file is larger than ${limit}`,
      "divide it into files that import from one another",
    );
    return { source, imports: [], declarations: [] };
  }
  return new Parser(source).file();
}

/** TypeScript that is not in the language, by its first word behind `export`. */
const foreignDeclarations: Readonly<Record<string, string>> = {
  class: "an interface says what an object can do; write its methods in `export interface`",
  abstract: "an interface says what an object can do; write its methods in `export interface`",
  enum: 'write `export type Color = "red" | "green";`',
  const: "there are no values here; describe data with `export interface` and `export type`",
  let: "there are no values here; describe data with `export interface` and `export type`",
  var: "there are no values here; describe data with `export interface` and `export type`",
  function: "a function is a method of an `export interface`",
  async: "a function is a method of an `export interface`",
  namespace: "a file is the namespace; import from it by `import type`",
  declare: "leave `declare` out",
  default: "give it a name: `export interface Name { ... }`",
};

const declarationHint = "write `export interface Name { ... }` or `export type Name = ...;`";
const fieldHint = "a field is `name: Type;` or `name?: Type;`, a method `name(parameter: Type): Promise<Type>;`";

type MemberSyntax = { kind: "field"; field: SyntaxField } | { kind: "method"; method: SyntaxMethod };

class Parser {
  readonly #source: Source;
  readonly #lexer: Lexer;
  #token: Token;
  /** Where the token before ended. */
  #end = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#lexer = new Lexer(source.text);
    this.#token = this.#lexer.next();
  }

  file(): SyntaxFile {
    const imports: SyntaxImport[] = [];
    const declarations: SyntaxDeclaration[] = [];
    while (this.#token.kind !== "end") {
      const at = this.#token.start;
      const item = this.#is("import") ? this.#import() : this.#declaration();
      if (item === undefined) this.#skipToDeclaration(at);
      else if ("from" in item) imports.push(item);
      else declarations.push(item);
      if (declarations.length > schemaLimits.declarations) {
        this.#fail(`more than ${schemaLimits.declarations} declarations`, "divide the file");
        break;
      }
    }
    if (this.#token.flaw !== undefined) this.#fail(this.#token.flaw, "close it with */");
    return { source: this.#source, imports, declarations };
  }

  // ---------------------------------------------------------------------------------------------- tokens

  /** Whether the token is this word or sign (and not a text that reads like it). */
  #is(text: string): boolean {
    return this.#token.text === text && (this.#token.kind === "name" || this.#token.kind === "punctuation");
  }

  #advance(): Token {
    const token = this.#token;
    this.#end = token.end;
    this.#token = this.#lexer.next();
    return token;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string, hint: string): boolean {
    if (this.#take(text)) return true;
    this.#fail(`expected ${show(text)}, got ${this.#shown()}`, hint);
    return false;
  }

  #shown(): string {
    const { kind, text } = this.#token;
    if (kind === "end") return "the end of the file";
    if (kind === "text") return "a text";
    return show(text.length > 20 ? `${text.slice(0, 20).toWellFormed()}...` : text.toWellFormed());
  }

  /** Reports at the token under way, and yields what a failed rule yields. */
  #fail(message: string, hint: string, span: Span = this.#token): undefined {
    this.#source.report(span, message, hint);
    return undefined;
  }

  #name(what: string, hint: string): SyntaxName | undefined {
    const { kind, start, end, text } = this.#token;
    if (kind !== "name") return this.#fail(`expected ${what}, got ${this.#shown()}`, hint);
    this.#advance();
    return { text, start, end };
  }

  /** The text of the token, which is one. */
  #text(): SyntaxName {
    const { start, end, text, flaw } = this.#advance();
    if (flaw !== undefined) this.#fail(flaw, 'write plain characters between two "', { start, end });
    return { text, start, end };
  }

  // ------------------------------------------------------------------------------------------- recovery

  /** Takes all up to what looks like a new declaration; at least one token, if the failed one at `at` took none. */
  #skipToDeclaration(at: number): void {
    if (this.#token.start === at && this.#token.kind !== "end") this.#advance();
    while (this.#token.kind !== "end" && !this.#is("export") && !this.#is("import")) this.#advance();
  }

  /** Takes all up to the end of the member: behind its `;`, or before the `}` that ends the declaration. */
  #skipMember(): void {
    let depth = 0;
    while (this.#token.kind !== "end") {
      if (depth === 0 && this.#is("}")) return;
      // Within braces that were opened by mistake, a new declaration is the likelier reading.
      if (this.#is("export")) return;
      if (this.#is("{") || this.#is("(")) depth++;
      if ((this.#is("}") || this.#is(")")) && depth > 0) depth--;
      const ended = depth === 0 && this.#is(";");
      this.#advance();
      if (ended) return;
    }
  }

  // --------------------------------------------------------------------------------------- declarations

  #import(): SyntaxImport | undefined {
    const start = this.#advance().start;
    const hint = 'write `import type { Name } from "./other.firefly";`';
    if (!this.#expect("type", hint) || !this.#expect("{", hint)) return undefined;
    const names: SyntaxName[] = [];
    while (!this.#is("}")) {
      const name = this.#name("a name", hint);
      if (name === undefined) return undefined;
      if (this.#is("as")) return this.#fail("an import cannot rename", "use the name it was declared with");
      names.push(name);
      if (!this.#take(",")) break;
    }
    if (!this.#expect("}", hint) || !this.#expect("from", hint)) return undefined;
    if (this.#token.kind !== "text") return this.#fail(`expected a path, got ${this.#shown()}`, hint);
    const from = this.#text();
    this.#expect(";", "end the import with ;");
    return { names, from: from.text, fromSpan: from, start, end: this.#end };
  }

  #declaration(): SyntaxDeclaration | undefined {
    const documentation = parseDocumentation(this.#source, this.#token.comment, "declaration");
    if (!this.#is("export")) {
      const known = this.#is("interface") || this.#is("type");
      const message = known ? "a declaration without export" : `expected a declaration, got ${this.#shown()}`;
      return this.#fail(message, known ? "write `export` in front" : this.#foreign());
    }
    this.#advance();
    if (this.#take("interface")) return this.#interface(documentation);
    if (this.#take("type")) return this.#alias(documentation);
    return this.#fail(`expected interface or type, got ${this.#shown()}`, this.#foreign());
  }

  #foreign(): string {
    const word = this.#token.text;
    return (Object.hasOwn(foreignDeclarations, word) ? foreignDeclarations[word] : undefined) ?? declarationHint;
  }

  #declaredName(): SyntaxName | undefined {
    const name = this.#name("a name", declarationHint);
    if (name === undefined) return undefined;
    if (this.#is("<"))
      return this.#fail("declarations have no type parameters", "declare one interface for each type it is used with");
    if (this.#is("extends")) return this.#fail("extends is not there yet", "repeat the members that are to be shared");
    return name;
  }

  #interface(documentation: SyntaxDocumentation): SyntaxDeclaration | undefined {
    const name = this.#declaredName();
    if (name === undefined || !this.#expect("{", declarationHint)) return undefined;
    const fields: SyntaxField[] = [];
    const methods: SyntaxMethod[] = [];
    this.#members(() => {
      const member = this.#member();
      if (member?.kind === "field") fields.push(member.field);
      if (member?.kind === "method") methods.push(member.method);
      return member !== undefined;
    });
    const tagged = documentation.kind;
    if (fields.length > 0 && methods.length > 0) {
      return this.#mixed(name, fields, methods);
    }
    const kind = fields.length > 0 ? "record" : methods.length > 0 ? "interface" : tagged;
    if (kind === undefined) {
      const hint = "write @record in its doc comment for data without fields, @interface for an object without methods";
      return this.#fail(`${name.text} is empty`, hint, name);
    }
    if (tagged !== undefined && tagged !== kind) {
      return this.#fail(
        `${name.text} is tagged @${tagged}, but its members make it a ${kind}`,
        "leave the tag out",
        name,
      );
    }
    if (documentation.open !== undefined) {
      this.#fail("@open has no meaning here", "only enums and unions can be open; leave it out", documentation.open);
    }
    return kind === "record" ? { kind, name, documentation, fields } : { kind, name, documentation, methods };
  }

  #mixed(name: SyntaxName, fields: readonly SyntaxField[], methods: readonly SyntaxMethod[]): undefined {
    const field = fields[0]?.name.text ?? "";
    const method = methods[0]?.name.text ?? "";
    const message = `${name.text} has both properties (${field}) and methods (${method})`;
    this.#fail(message, "only properties make a record, only methods an interface: divide it into two", name);
    return undefined;
  }

  /** Calls `member` up to the closing brace, and takes the brace. A member that failed is passed over. */
  #members(member: () => boolean): void {
    let count = 0;
    while (!this.#is("}") && this.#token.kind !== "end" && !this.#is("export")) {
      if (++count === schemaLimits.members + 1)
        this.#fail(`more than ${schemaLimits.members} members`, "divide the declaration");
      const at = this.#token.start;
      const ok = member();
      if (ok && this.#endOfMember()) continue;
      this.#skipMember();
      if (this.#token.start === at) this.#advance();
    }
    this.#expect("}", "close the declaration with }");
  }

  #endOfMember(): boolean {
    if (this.#take(";") || this.#is("}")) return true;
    if (this.#is(",")) {
      this.#fail("members end with ;", "write ; for ,");
      this.#advance();
      return true;
    }
    this.#fail(`expected ;, got ${this.#shown()}`, "end each member with ;");
    return false;
  }

  #member(): MemberSyntax | undefined {
    const documentation = parseDocumentation(this.#source, this.#token.comment, "member");
    if (this.#is("[")) return this.#fail("there are no index signatures", "use a field of type Map<Key, Value>");
    if (this.#is("(")) return this.#fail("there are no call signatures", fieldHint);
    if (this.#token.kind === "text") return this.#fail("a quoted name", "write the name without quotes");
    const name = this.#name("a field or method", fieldHint);
    if (name === undefined) return undefined;
    if (this.#token.kind === "name") return this.#modifier(name);
    const question = this.#token;
    const optional = this.#take("?");
    if (this.#is("<")) return this.#fail("methods have no type parameters", "declare one method for each type");
    if (this.#is("(")) {
      if (optional)
        return this.#fail(
          "a method cannot be optional",
          "leave ? out; peers find out which methods there are",
          question,
        );
      const method = this.#method(name, documentation);
      return method && { kind: "method", method };
    }
    if (!this.#expect(":", fieldHint)) return undefined;
    const type = this.#type(0);
    return type && { kind: "field", field: { name, documentation, optional, type } };
  }

  #modifier(name: SyntaxName): undefined {
    const { text } = name;
    if (text === "readonly")
      return this.#fail("fields have no modifiers", "leave `readonly` out: records are plain data", name);
    if (text === "get" || text === "set")
      return this.#fail("there are no accessors", "write a field or a method", name);
    return this.#fail(`expected : or ( behind ${show(text)}, got ${this.#shown()}`, fieldHint);
  }

  #method(name: SyntaxName, documentation: SyntaxDocumentation): SyntaxMethod | undefined {
    this.#advance();
    const parameters: SyntaxField[] = [];
    while (!this.#is(")")) {
      const parameter = this.#parameter();
      if (parameter === undefined) return undefined;
      parameters.push(parameter);
      if (!this.#take(",")) break;
    }
    if (!this.#expect(")", "separate parameters by , and close them with )")) return undefined;
    if (!this.#expect(":", "say what the method returns: `Promise<Type>`, or `Promise<void>` for nothing"))
      return undefined;
    const result = this.#type(0);
    return result && { name, documentation, parameters, result };
  }

  #parameter(): SyntaxField | undefined {
    const hint = "a parameter is `name: Type` or `name?: Type`";
    if (this.#is("...")) return this.#fail("there are no rest parameters", "use a list: `names: string[]`");
    if (this.#is("{") || this.#is("[")) return this.#fail("a parameter has a plain name", hint);
    const name = this.#name("a parameter", hint);
    if (name === undefined) return undefined;
    const optional = this.#take("?");
    if (!this.#expect(":", hint)) return undefined;
    const type = this.#type(0);
    return type && { name, documentation: {}, optional, type };
  }

  // -------------------------------------------------------------------------------------- enums, unions

  #alias(documentation: SyntaxDocumentation): SyntaxDeclaration | undefined {
    const name = this.#declaredName();
    if (name === undefined || !this.#expect("=", declarationHint)) return undefined;
    if (documentation.kind !== undefined) {
      return this.#fail(`@${documentation.kind} has no meaning on a type`, "leave it out", name);
    }
    // The doc comment of the first member may stand before the `|` or before the member, as of all others.
    const comment = this.#token.comment;
    this.#take("|");
    const first = comment ?? this.#token.comment;
    const declaration = this.#is("{")
      ? this.#union(name, documentation, first)
      : this.#token.kind === "text"
        ? this.#enum(name, documentation, first)
        : this.#otherAlias();
    if (declaration !== undefined) this.#expect(";", "end the type with ;");
    return declaration;
  }

  #otherAlias(): undefined {
    const span = this.#token;
    const hint =
      'a type is an enum, `"a" | "b"`, or a union, `{ kind: "a"; ... } | { kind: "b"; ... }`; use other types where they are needed';
    return this.#fail(`a type cannot begin with ${this.#shown()}`, hint, span);
  }

  #enum(name: SyntaxName, documentation: SyntaxDocumentation, first: Span | undefined): SyntaxDeclaration | undefined {
    const members: SyntaxMember[] = [];
    let comment = first;
    do {
      comment ??= this.#token.comment;
      if (this.#token.kind !== "text") {
        return this.#fail(`expected a text, got ${this.#shown()}`, 'an enum has texts only: `"a" | "b"`');
      }
      members.push({ name: this.#text(), documentation: parseDocumentation(this.#source, comment, "member") });
      comment = this.#token.comment;
    } while (this.#take("|"));
    if (members.length > schemaLimits.members)
      this.#fail(`more than ${schemaLimits.members} members`, "use a number or a string", name);
    return { kind: "enum", name, documentation, members };
  }

  #union(name: SyntaxName, documentation: SyntaxDocumentation, first: Span | undefined): SyntaxDeclaration | undefined {
    const arms: (SyntaxArm & { readonly tag: SyntaxName })[] = [];
    let failed = false;
    let comment = first;
    do {
      comment ??= this.#token.comment;
      const arm = this.#arm(comment);
      if (arm === undefined) failed = true;
      else arms.push(arm);
      comment = this.#token.comment;
    } while (this.#take("|"));
    if (failed) return undefined;
    const tag = arms[0]?.tag.text ?? "";
    const odd = arms.find((arm) => arm.tag.text !== tag);
    if (odd !== undefined) {
      return this.#fail(
        `this arm is told by ${odd.tag.text}, the first one by ${tag}`,
        `give every arm a ${tag}`,
        odd.tag,
      );
    }
    if (arms.length > schemaLimits.members)
      this.#fail(`more than ${schemaLimits.members} arms`, "divide the union", name);
    return { kind: "union", name, documentation, tag, arms: arms.map(({ tag: _, ...arm }) => arm) };
  }

  #arm(comment: Span | undefined): (SyntaxArm & { readonly tag: SyntaxName }) | undefined {
    const start = this.#token;
    const documentation = parseDocumentation(this.#source, comment, "member");
    if (!this.#expect("{", 'an arm is `{ kind: "name"; field: Type }`')) return undefined;
    const fields: SyntaxField[] = [];
    this.#members(() => {
      const member = this.#member();
      if (member?.kind === "method")
        return this.#fail("an arm has fields only", "use a field with an interface", member.method.name) ?? false;
      if (member !== undefined) fields.push(member.field);
      return member !== undefined;
    });
    const tags = fields.filter((field) => field.type.kind === "literal");
    const tag = tags[0];
    if (tag === undefined || tags.length > 1 || tag.type.kind !== "literal") {
      const message = tags.length > 1 ? "an arm with two fixed texts" : "an arm without a fixed text";
      return this.#fail(message, 'one field of each arm tells which one it is: `kind: "circle";`', start);
    }
    if (tag.optional) return this.#fail("the field that tells the arm must be there", "leave ? out", tag.name);
    const { start: from, end, text } = tag.type;
    return {
      name: { text, start: from, end },
      documentation,
      fields: fields.filter((field) => field !== tag),
      tag: tag.name,
    };
  }

  // ---------------------------------------------------------------------------------------------- types

  #type(depth: number): SyntaxType | undefined {
    const start = this.#token.start;
    if (depth > schemaLimits.depth) {
      return this.#fail(
        `a type nested deeper than ${schemaLimits.depth} levels`,
        "declare its parts as interfaces of their own",
      );
    }
    let type = this.#postfix(depth);
    while (type !== undefined && this.#is("|")) {
      this.#advance();
      const other = this.#postfix(depth);
      if (other === undefined) return undefined;
      const nulls = [type, other].filter((part) => part.kind === "name" && part.name === "null");
      const value = nulls[0] === other ? type : other;
      if (nulls.length !== 1 || value.kind === "nullable") {
        const hint = "a type may be joined with null only: declare a union, `export type Name = { kind: ... } | ...`";
        return this.#fail("a union where none can be", hint, { start, end: this.#end });
      }
      type = { kind: "nullable", value, start, end: this.#end };
    }
    return type;
  }

  #postfix(depth: number): SyntaxType | undefined {
    const start = this.#token.start;
    let type = this.#primary(depth);
    for (let level = depth + 1; type !== undefined && this.#is("["); level++) {
      this.#advance();
      if (!this.#is("]")) return this.#fail("there are no indexed types", "a list is `Type[]`");
      this.#advance();
      if (level > schemaLimits.depth)
        return this.#fail(`a type nested deeper than ${schemaLimits.depth} levels`, "declare its parts");
      type = { kind: "list", item: type, start, end: this.#end };
    }
    return type;
  }

  #primary(depth: number): SyntaxType | undefined {
    const { start, end, text, kind } = this.#token;
    if (kind === "text") return { kind: "literal", text: this.#text().text, start, end };
    if (this.#take("(")) {
      const inner = this.#type(depth + 1);
      if (inner === undefined) return undefined;
      if (this.#is(",") || this.#is(":") || this.#is("=>"))
        return this.#fail("there are no function types", "declare an interface with a method");
      return this.#expect(")", "close the bracket") ? { ...inner, start, end: this.#end } : undefined;
    }
    if (this.#is("{"))
      return this.#fail("there are no types without a name", "declare `export interface Name { ... }` and use Name");
    if (this.#is("[")) return this.#fail("there are no tuples", "declare an interface with a field for each part");
    if (kind !== "name")
      return this.#fail(`expected a type, got ${this.#shown()}`, "write a type: `string`, `Name`, `Type[]`");
    this.#advance();
    if (this.#token.kind === "name")
      return this.#fail(`there are no types with ${show(text)} in front`, "write a plain type");
    const list = this.#is("<") ? this.#arguments(depth) : [];
    return list && { kind: "name", name: text, arguments: list, start, end: this.#end };
  }

  #arguments(depth: number): SyntaxType[] | undefined {
    this.#advance();
    const list: SyntaxType[] = [];
    do {
      const type = this.#type(depth + 1);
      if (type === undefined) return undefined;
      list.push(type);
    } while (this.#take(","));
    return this.#expect(">", "close the type's arguments with >") ? list : undefined;
  }
}

function show(text: string): string {
  return `"${text}"`;
}
