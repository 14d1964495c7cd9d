// One parsed source file: what it imports, its comments, and a way to look for syntax, each with its line.

import { parseSync, Visitor } from "vite";

type Parsed = ReturnType<typeof parseSync>;
export type Handlers = ConstructorParameters<typeof Visitor>[0];
type Member = Parameters<NonNullable<Handlers["MemberExpression"]>>[0];
export type Expression = Member["object"];
export type PrivateIdentifier = Extract<Member["property"], { type: "PrivateIdentifier" }>;

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Written as `import type` or `export type`: gone at run time. */
  readonly typeOnly: boolean;
}

export interface Comment {
  readonly text: string;
  readonly line: number;
}

export class Source {
  readonly path: string;
  readonly text: string;
  readonly #parsed: Parsed;
  #imports: Import[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    this.#parsed = parseSync(path, text);
    const [error] = this.#parsed.errors;
    if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`);
  }

  get isTest(): boolean {
    return this.path.endsWith(".test.ts") || this.path.startsWith("test/");
  }

  /** Part of what is shipped, and not generated. */
  get isProduct(): boolean {
    return this.path.startsWith("src/") && !this.isTest && !this.isGenerated;
  }

  get isGenerated(): boolean {
    return this.path.includes("/generated/");
  }

  get statements(): Parsed["program"]["body"] {
    return this.#parsed.program.body;
  }

  get comments(): Comment[] {
    return this.#parsed.comments.map(({ value, start }) => ({ text: value, line: this.lineOf(start) }));
  }

  /** Static and dynamic imports, re-exports, and types taken with `import("...")`. */
  get imports(): readonly Import[] {
    this.#imports ??= this.#findImports();
    return this.#imports;
  }

  #findImports(): Import[] {
    const found: Import[] = [];
    const add = (source: { value: unknown; start: number } | null, typeOnly: boolean): void => {
      if (source !== null) found.push({ specifier: String(source.value), line: this.lineOf(source.start), typeOnly });
    };
    this.visit({
      ImportDeclaration: ({ source, importKind }) => add(source, importKind === "type"),
      ExportNamedDeclaration: ({ source, exportKind }) => add(source, exportKind === "type"),
      ExportAllDeclaration: ({ source, exportKind }) => add(source, exportKind === "type"),
      TSImportType: ({ source }) => add(source, true),
      // What isn't a literal can't be checked, so it is kept as a name that no table allows.
      ImportExpression: ({ source }) =>
        add(source.type === "Literal" ? source : { value: "an import that is computed", start: source.start }, false),
    });
    return found;
  }

  visit(handlers: Handlers): void {
    new Visitor(handlers).visit(this.#parsed.program);
  }

  /** Counted from 1. */
  lineOf(offset: number): number {
    let line = 1;
    for (let at = this.text.indexOf("\n"); at !== -1 && at < offset; at = this.text.indexOf("\n", at + 1)) line++;
    return line;
  }

  /** The text without its comments: what it says to the machine. */
  get code(): string {
    let code = "";
    let at = 0;
    for (const { start, end } of this.#parsed.comments) {
      code += this.text.slice(at, start);
      at = end;
    }
    return code + this.text.slice(at);
  }
}
