// Recursive descent over the tokens of one source. It survives any text: what is wrong becomes a problem of the
// source, and parsing goes on behind it, at the next member or declaration. Every step takes a token, so the time is
// linear; types nest to a limit, so the stack is bounded.

import { schemaLimits } from "#base/limits.ts";
import { utf8Encode } from "#base/bytes.ts";
import { parseDocumentation } from "./documentation.ts";
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
} from "./syntax.ts";
import { TokenStream } from "./token-stream.ts";
import { TypeParser } from "./type-parser.ts";

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
  readonly #tokens: TokenStream;
  readonly #types: TypeParser;

  constructor(source: Source) {
    this.#tokens = new TokenStream(source);
    this.#types = new TypeParser(this.#tokens);
  }

  file(): SyntaxFile {
    const imports: SyntaxImport[] = [];
    const declarations: SyntaxDeclaration[] = [];
    while (!this.#tokens.isAtEnd) {
      const at = this.#tokens.token.start;
      const item = this.#tokens.is("import") ? this.#import() : this.#declaration();
      if (item === undefined) this.#skipToDeclaration(at);
      else if ("from" in item) imports.push(item);
      else declarations.push(item);
      if (declarations.length > schemaLimits.declarations) {
        this.#tokens.fail(`more than ${schemaLimits.declarations} declarations`, "divide the file");
        break;
      }
    }
    if (this.#tokens.token.flaw !== undefined) this.#tokens.fail(this.#tokens.token.flaw, "close it with */");
    return { source: this.#tokens.source, imports, declarations };
  }

  // ------------------------------------------------------------------------------------------- recovery

  /** Takes all up to what looks like a new declaration; at least one token, if the failed one at `at` took none. */
  #skipToDeclaration(at: number): void {
    if (this.#tokens.token.start === at && !this.#tokens.isAtEnd) this.#tokens.advance();
    while (!this.#tokens.isAtEnd && !this.#tokens.is("export") && !this.#tokens.is("import")) this.#tokens.advance();
  }

  /** Takes all up to the end of the member: behind its `;`, or before the `}` that ends the declaration. */
  #skipMember(): void {
    let depth = 0;
    while (!this.#tokens.isAtEnd) {
      if (depth === 0 && this.#tokens.is("}")) return;
      // Within braces that were opened by mistake, a new declaration is the likelier reading.
      if (this.#tokens.is("export")) return;
      if (this.#tokens.is("{") || this.#tokens.is("(")) depth++;
      if ((this.#tokens.is("}") || this.#tokens.is(")")) && depth > 0) depth--;
      const ended = depth === 0 && this.#tokens.is(";");
      this.#tokens.advance();
      if (ended) return;
    }
  }

  // --------------------------------------------------------------------------------------- declarations

  #import(): SyntaxImport | undefined {
    const start = this.#tokens.advance().start;
    const hint = 'write `import type { Name } from "./other.firefly";`';
    if (!this.#tokens.expect("type", hint) || !this.#tokens.expect("{", hint)) return undefined;
    const names: SyntaxName[] = [];
    while (!this.#tokens.is("}")) {
      const name = this.#tokens.name("a name", hint);
      if (name === undefined) return undefined;
      if (this.#tokens.is("as"))
        return this.#tokens.fail("an import cannot rename", "use the name it was declared with");
      names.push(name);
      if (!this.#tokens.take(",")) break;
    }
    if (!this.#tokens.expect("}", hint) || !this.#tokens.expect("from", hint)) return undefined;
    if (this.#tokens.token.kind !== "text")
      return this.#tokens.fail(`expected a path, got ${this.#tokens.shown}`, hint);
    const from = this.#tokens.text();
    this.#tokens.expect(";", "end the import with ;");
    return { names, from: from.text, fromSpan: from, start, end: this.#tokens.end };
  }

  #declaration(): SyntaxDeclaration | undefined {
    const documentation = parseDocumentation(this.#tokens.source, this.#tokens.token.comment, "declaration");
    if (!this.#tokens.is("export")) {
      const known = this.#tokens.is("interface") || this.#tokens.is("type");
      const message = known ? "a declaration without export" : `expected a declaration, got ${this.#tokens.shown}`;
      return this.#tokens.fail(message, known ? "write `export` in front" : this.#foreign());
    }
    this.#tokens.advance();
    if (this.#tokens.take("interface")) return this.#interface(documentation);
    if (this.#tokens.take("type")) return this.#alias(documentation);
    return this.#tokens.fail(`expected interface or type, got ${this.#tokens.shown}`, this.#foreign());
  }

  #foreign(): string {
    const word = this.#tokens.token.text;
    return (Object.hasOwn(foreignDeclarations, word) ? foreignDeclarations[word] : undefined) ?? declarationHint;
  }

  #declaredName(): SyntaxName | undefined {
    const name = this.#tokens.name("a name", declarationHint);
    if (name === undefined) return undefined;
    if (this.#tokens.is("<"))
      return this.#tokens.fail(
        "declarations have no type parameters",
        "declare one interface for each type it is used with",
      );
    if (this.#tokens.is("extends"))
      return this.#tokens.fail("extends is not there yet", "repeat the members that are to be shared");
    return name;
  }

  #interface(documentation: SyntaxDocumentation): SyntaxDeclaration | undefined {
    const name = this.#declaredName();
    if (name === undefined || !this.#tokens.expect("{", declarationHint)) return undefined;
    const fields: SyntaxField[] = [];
    const methods: SyntaxMethod[] = [];
    const whole = this.#members(() => {
      const member = this.#member();
      if (member?.kind === "field") fields.push(member.field);
      if (member?.kind === "method") methods.push(member.method);
      return member !== undefined;
    });
    const [field, method] = [fields[0], methods[0]];
    if (field !== undefined && method !== undefined) {
      const message = `${name.text} has both properties (${field.name.text}) and methods (${method.name.text})`;
      const hint = "only properties make a record, only methods an interface: divide it into two";
      this.#tokens.fail(message, hint, name);
    }
    const byMembers = field !== undefined ? "record" : method !== undefined ? "interface" : undefined;
    this.#checkTags(name, documentation, byMembers, whole);
    // Also one with problems is a declaration, so that its uses are not problems too.
    return (byMembers ?? documentation.kind) === "interface"
      ? { kind: "interface", name, documentation, methods }
      : { kind: "record", name, documentation, fields };
  }

  /** `whole`: whether all members were understood; else nothing can be said about their kind or number. */
  #checkTags(name: SyntaxName, tags: SyntaxDocumentation, byMembers: string | undefined, whole: boolean): void {
    if (byMembers === undefined && tags.kind === undefined && whole) {
      const hint = "write @record in its doc comment for data without fields, @interface for an object without methods";
      this.#tokens.fail(`${name.text} is empty`, hint, name);
    }
    if (byMembers !== undefined && tags.kind !== undefined && tags.kind !== byMembers) {
      const message = `${name.text} is tagged @${tags.kind}, but its members make it a ${byMembers}`;
      this.#tokens.fail(message, "leave the tag out", name);
    }
    if (tags.open !== undefined) {
      this.#tokens.fail("@open has no meaning here", "only enums and unions can be open; leave it out", tags.open);
    }
  }

  /** Calls `member` up to the closing brace, and takes the brace. One that failed is passed over; then it says false. */
  #members(member: () => boolean): boolean {
    let count = 0;
    let whole = true;
    while (!this.#tokens.is("}") && !this.#tokens.isAtEnd && !this.#tokens.is("export")) {
      if (++count === schemaLimits.members + 1)
        this.#tokens.fail(`more than ${schemaLimits.members} members`, "divide the declaration");
      const at = this.#tokens.token.start;
      const ok = member();
      if (ok && this.#endOfMember()) continue;
      whole = false;
      this.#skipMember();
      if (this.#tokens.token.start === at) this.#tokens.advance();
    }
    return this.#tokens.expect("}", "close the declaration with }") && whole;
  }

  #endOfMember(): boolean {
    if (this.#tokens.take(";") || this.#tokens.is("}")) return true;
    const isComma = this.#tokens.is(",");
    if (isComma || this.#tokens.startsLine) {
      const end = this.#tokens.end;
      this.#tokens.fail("a member without ; behind it", "end each member with ;", { start: end, end: end + 1 });
      if (isComma) this.#tokens.advance();
      return true;
    }
    this.#tokens.fail(`expected ;, got ${this.#tokens.shown}`, "end each member with ;");
    return false;
  }

  #member(): MemberSyntax | undefined {
    const documentation = parseDocumentation(this.#tokens.source, this.#tokens.token.comment, "member");
    if (this.#tokens.is("["))
      return this.#tokens.fail("there are no index signatures", "use a field of type Map<Key, Value>");
    if (this.#tokens.is("(")) return this.#tokens.fail("there are no call signatures", fieldHint);
    if (this.#tokens.token.kind === "text") return this.#tokens.fail("a quoted name", "write the name without quotes");
    const name = this.#tokens.name("a field or method", fieldHint);
    if (name === undefined) return undefined;
    if (name.text === "new" && this.#tokens.is("(")) {
      return this.#tokens.fail(
        "there are no constructors",
        "use a method of another interface that returns the object",
        name,
      );
    }
    if (this.#tokens.token.kind === "name") return this.#modifier(name);
    const question = this.#tokens.token;
    const optional = this.#tokens.take("?");
    if (this.#tokens.is("<"))
      return this.#tokens.fail("methods have no type parameters", "declare one method for each type");
    if (this.#tokens.is("(")) {
      if (optional)
        return this.#tokens.fail(
          "a method cannot be optional",
          "leave ? out; peers find out which methods there are",
          question,
        );
      const method = this.#method(name, documentation);
      return method && { kind: "method", method };
    }
    if (!this.#tokens.expect(":", fieldHint)) return undefined;
    const type = this.#types.parse();
    return type && { kind: "field", field: { name, documentation, optional, type } };
  }

  #modifier(name: SyntaxName): undefined {
    const { text } = name;
    if (text === "readonly")
      return this.#tokens.fail("fields have no modifiers", "leave `readonly` out: records are plain data", name);
    if (text === "get" || text === "set")
      return this.#tokens.fail("there are no accessors", "write a field or a method", name);
    return this.#tokens.fail(`expected : or ( behind "${text}", got ${this.#tokens.shown}`, fieldHint);
  }

  #method(name: SyntaxName, documentation: SyntaxDocumentation): SyntaxMethod | undefined {
    this.#tokens.advance();
    const parameters: SyntaxField[] = [];
    while (!this.#tokens.is(")")) {
      const parameter = this.#parameter();
      if (parameter === undefined) return undefined;
      parameters.push(parameter);
      if (!this.#tokens.take(",")) break;
    }
    if (!this.#tokens.expect(")", "separate parameters by , and close them with )")) return undefined;
    if (!this.#tokens.expect(":", "say what the method returns: `Promise<Type>`, or `Promise<void>` for nothing"))
      return undefined;
    const result = this.#types.parse();
    return result && { name, documentation, parameters, result };
  }

  #parameter(): SyntaxField | undefined {
    const hint = "a parameter is `name: Type` or `name?: Type`";
    if (this.#tokens.is("..."))
      return this.#tokens.fail("there are no rest parameters", "use a list: `names: string[]`");
    if (this.#tokens.is("{") || this.#tokens.is("[")) return this.#tokens.fail("a parameter has a plain name", hint);
    const name = this.#tokens.name("a parameter", hint);
    if (name === undefined) return undefined;
    const optional = this.#tokens.take("?");
    if (!this.#tokens.expect(":", hint)) return undefined;
    const type = this.#types.parse();
    return type && { name, documentation: {}, optional, type };
  }

  // -------------------------------------------------------------------------------------- enums, unions

  #alias(documentation: SyntaxDocumentation): SyntaxDeclaration | undefined {
    const name = this.#declaredName();
    if (name === undefined || !this.#tokens.expect("=", declarationHint)) return undefined;
    if (documentation.kind !== undefined) {
      return this.#tokens.fail(`@${documentation.kind} has no meaning on a type`, "leave it out", name);
    }
    // The doc comment of the first member may stand before the `|` or before the member, as of all others.
    const comment = this.#tokens.token.comment;
    this.#tokens.take("|");
    const first = comment ?? this.#tokens.token.comment;
    const declaration = this.#tokens.is("{")
      ? this.#union(name, documentation, first)
      : this.#tokens.token.kind === "text"
        ? this.#enum(name, documentation, first)
        : this.#otherAlias();
    if (declaration !== undefined) this.#tokens.expect(";", "end the type with ;");
    return declaration;
  }

  #otherAlias(): undefined {
    const span = this.#tokens.token;
    const hint =
      'a type is an enum, `"a" | "b"`, or a union, `{ kind: "a"; ... } | { kind: "b"; ... }`; use other types where they are needed';
    return this.#tokens.fail(`a type cannot begin with ${this.#tokens.shown}`, hint, span);
  }

  #enum(name: SyntaxName, documentation: SyntaxDocumentation, first: Span | undefined): SyntaxDeclaration | undefined {
    const members: SyntaxMember[] = [];
    let comment = first;
    do {
      comment ??= this.#tokens.token.comment;
      if (this.#tokens.token.kind !== "text") {
        return this.#tokens.fail(`expected a text, got ${this.#tokens.shown}`, 'an enum has texts only: `"a" | "b"`');
      }
      members.push({
        name: this.#tokens.text(),
        documentation: parseDocumentation(this.#tokens.source, comment, "member"),
      });
      comment = this.#tokens.token.comment;
    } while (this.#tokens.take("|"));
    if (members.length > schemaLimits.members)
      this.#tokens.fail(`more than ${schemaLimits.members} members`, "use a number or a string", name);
    return { kind: "enum", name, documentation, members };
  }

  #union(name: SyntaxName, documentation: SyntaxDocumentation, first: Span | undefined): SyntaxDeclaration | undefined {
    const arms: (SyntaxArm & { readonly tag: SyntaxName })[] = [];
    let failed = false;
    let comment = first;
    do {
      comment ??= this.#tokens.token.comment;
      const arm = this.#arm(comment);
      if (arm === undefined) failed = true;
      else arms.push(arm);
      comment = this.#tokens.token.comment;
    } while (this.#tokens.take("|"));
    if (failed) return undefined;
    const tag = arms[0]?.tag.text ?? "";
    const odd = arms.find((arm) => arm.tag.text !== tag);
    if (odd !== undefined) {
      return this.#tokens.fail(
        `this arm is told by ${odd.tag.text}, the first one by ${tag}`,
        `give every arm a ${tag}`,
        odd.tag,
      );
    }
    if (arms.length > schemaLimits.members)
      this.#tokens.fail(`more than ${schemaLimits.members} arms`, "divide the union", name);
    return { kind: "union", name, documentation, tag, arms: arms.map(({ tag: _, ...arm }) => arm) };
  }

  #arm(comment: Span | undefined): (SyntaxArm & { readonly tag: SyntaxName }) | undefined {
    const start = this.#tokens.token;
    const documentation = parseDocumentation(this.#tokens.source, comment, "member");
    if (!this.#tokens.expect("{", 'an arm is `{ kind: "name"; field: Type }`')) return undefined;
    const fields: SyntaxField[] = [];
    this.#members(() => {
      const member = this.#member();
      if (member?.kind === "method")
        return (
          this.#tokens.fail("an arm has fields only", "use a field with an interface", member.method.name) ?? false
        );
      if (member !== undefined) fields.push(member.field);
      return member !== undefined;
    });
    const tags = fields.filter((field) => field.type.kind === "literal");
    const tag = tags[0];
    if (tag === undefined || tags.length > 1 || tag.type.kind !== "literal") {
      const message = tags.length > 1 ? "an arm with two fixed texts" : "an arm without a fixed text";
      return this.#tokens.fail(message, 'one field of each arm tells which one it is: `kind: "circle";`', start);
    }
    if (tag.optional) return this.#tokens.fail("the field that tells the arm must be there", "leave ? out", tag.name);
    const { start: from, end, text } = tag.type;
    return {
      name: { text, start: from, end },
      documentation,
      fields: fields.filter((field) => field !== tag),
      tag: tag.name,
    };
  }
}
