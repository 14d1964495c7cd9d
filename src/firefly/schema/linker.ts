// Turns parsed files into a schema: looks names up, also across files, gives members their numbers, and checks the
// rules. Problems are reported at their place in the source they belong to.

import { emptyLock, type Lock, type LockedDeclaration, type LockedNumbers, type Renames } from "./lock.ts";
import { builtinTypes } from "./names.ts";
import { numberMembers } from "./numbering.ts";
import { closest, type Source, type Span } from "./problem.ts";
import { faultsOf, type Place } from "./rules.ts";
import {
  type Arm,
  type Declaration,
  type Documented,
  type Field,
  type Method,
  type Parameter,
  type ScalarName,
  type Schema,
  scalarSpellings,
  type Type,
} from "./schema.ts";
import { joinPath } from "./scope.ts";
import type {
  SyntaxArm,
  SyntaxDeclaration,
  SyntaxDocumentation,
  SyntaxField,
  SyntaxFile,
  SyntaxMethod,
  SyntaxName,
  SyntaxType,
} from "./syntax.ts";

export interface Linked {
  readonly schema: Schema;
  /** By the file's path: declarations that took over the numbers of one with another name. */
  readonly renames: ReadonlyMap<string, Renames>;
}

/**
 * The schema of all `files`, which must include those they import. Without a file's lock (by its path), its members are
 * numbered in the order of the source. Look at the problems of every source before using it.
 */
export function link(files: readonly SyntaxFile[], locks: ReadonlyMap<string, Lock> = new Map()): Linked {
  return new Linker(files, locks).link();
}

/** The files that a file imports from, as paths like its own; problems with them are reported by `link`. */
export function importedPaths(file: SyntaxFile): readonly string[] {
  return file.imports.flatMap(({ from }) => importedPath(file.source.path, from) ?? []);
}

function importedPath(path: string, from: string): string | undefined {
  return from.endsWith(".firefly") ? joinPath(path, from) : undefined;
}

/** Where something of the schema stands in its source. Members are in number order, as in the schema. */
interface Site {
  readonly source: Source;
  readonly name: Span;
  readonly type?: Span;
  readonly result?: Span;
  readonly inner: readonly Site[];
}

const scalars: ReadonlyMap<string, ScalarName> = new Map([
  ...(Object.keys(scalarSpellings) as ScalarName[]).map((name): [string, ScalarName] => [scalarSpellings[name], name]),
  ["number", "f64"],
]);

/** Types of TypeScript and of other languages, with what to write instead. */
const foreignTypes: Readonly<Record<string, string>> = {
  any: "use `unknown` for any plain data, or an interface for any object",
  object: "declare an interface, or use `unknown` for any plain data",
  undefined: "make it optional, `name?: Type`, or nullable, `Type | null`",
  never: "leave it out",
  symbol: "use a string",
  Record: "use `Map<Key, Value>`",
  ReadonlyArray: "use `Type[]`",
  ReadonlyMap: "use `Map<Key, Value>`",
  ReadonlySet: "use `Set<Item>`",
  Readonly: "leave it out: values are plain data",
  Partial: "declare a record with optional fields",
  AsyncIterable: "use `Stream<Item>`",
  AsyncGenerator: "use `Stream<Item>`",
  ReadableStream: "use `ByteStream`, or `Stream<Item>`",
  ArrayBuffer: "use `Uint8Array`",
  Buffer: "use `Uint8Array`",
  bytes: "use `Uint8Array`",
  int: "use `i32`, or another of i8 to i64 and u8 to u64",
  integer: "use `i32`, or another of i8 to i64 and u8 to u64",
  float: "use `f32` or `f64`",
  double: "use `f64`",
  bool: "use `boolean`",
  Boolean: "use `boolean`",
  String: "use `string`",
  Number: "use `number`",
  BigInt: "use `bigint`",
  Error: "a method fails by itself: throw in its implementation",
  true: "use `boolean`",
  false: "use `boolean`",
};

const collections: Readonly<Record<string, number>> = { Array: 1, Set: 1, Stream: 1, Map: 2 };

class Linker {
  readonly #files: readonly SyntaxFile[];
  readonly #locks: ReadonlyMap<string, Lock>;
  readonly #declarations: Declaration[] = [];
  readonly #sites: Site[] = [];
  /** Of each file: what each name stands for. */
  readonly #scopes: Map<string, number>[];

  constructor(files: readonly SyntaxFile[], locks: ReadonlyMap<string, Lock>) {
    this.#files = files;
    this.#locks = locks;
    let index = 0;
    this.#scopes = files.map((file) => {
      const scope = new Map<string, number>();
      for (const declaration of file.declarations) {
        // Of two with the same name the first counts; the rules report the second.
        if (!scope.has(declaration.name.text)) scope.set(declaration.name.text, index);
        index++;
      }
      return scope;
    });
  }

  link(): Linked {
    const renames = new Map<string, Renames>();
    const own = this.#scopes.map((scope) => new Map(scope));
    for (const [file, syntax] of this.#files.entries()) {
      this.#imports(file, syntax, own);
      const { path } = syntax.source;
      const linked = new FileLinker(syntax.source, this.#scopes[file] ?? new Map(), this.#locks.get(path));
      for (const declaration of syntax.declarations) {
        const [result, site] = linked.declaration(declaration, file);
        this.#declarations.push(result);
        this.#sites.push(site);
      }
      for (const name of syntax.imports.flatMap((item) => item.names)) {
        if (!linked.used.has(name.text))
          syntax.source.report(name, `${name.text} is imported and not used`, "leave it out");
      }
      renames.set(path, linked.renames);
    }
    const schema = {
      files: this.#files.map(({ source }) => ({ path: source.path })),
      declarations: this.#declarations,
    };
    // Rules would only repeat what is known to be broken.
    if (this.#files.every(({ source }) => source.problems.length === 0)) this.#rules(schema);
    return { schema, renames };
  }

  #imports(file: number, { source, imports }: SyntaxFile, own: readonly Map<string, number>[]): void {
    const scope = this.#scopes[file];
    for (const item of imports) {
      const path = importedPath(source.path, item.from);
      const target = path === undefined ? -1 : this.#files.findIndex((other) => other.source.path === path);
      if (target === -1 || target === file) {
        const hint =
          path === undefined ? "a path is like `./other.firefly`" : "look at the path, from this file's folder";
        source.report(
          item.fromSpan,
          target === file ? "the file imports itself" : `there is no file ${item.from}`,
          hint,
        );
      }
      for (const name of item.names) {
        const index = own[target]?.get(name.text);
        if (index === undefined && target !== -1) {
          const near = closest(name.text, own[target]?.keys() ?? []);
          const hint = near === undefined ? "declare it there, with export" : `did you mean ${near}?`;
          source.report(name, `${item.from} has no ${name.text}`, hint);
        }
        if (scope?.has(name.text) === true) source.report(name, `${name.text} is there twice`, "rename one of them");
        // Unknown ones are entered too, so that their uses are not reported as well.
        scope?.set(name.text, index ?? 0);
      }
    }
  }

  #rules(schema: Schema): void {
    for (const { place, message, hint } of faultsOf(schema)) {
      const site = this.#siteOf(place);
      const span = place.inner === "result" ? site.result : place.type === true ? site.type : undefined;
      site.source.report(span ?? site.name, message, hint);
    }
  }

  #siteOf({ declaration, member, inner }: Place): Site {
    let site = this.#sites[declaration] as Site;
    if (member !== undefined) site = site.inner[member] ?? site;
    if (typeof inner === "number") site = site.inner[inner] ?? site;
    return site;
  }
}

/** Links the declarations of one file. */
class FileLinker {
  readonly #source: Source;
  readonly #scope: ReadonlyMap<string, number>;
  readonly #lock: Lock;
  /** Names that its types mention. */
  readonly used = new Set<string>();
  readonly renames = new Map<string, string>();

  constructor(source: Source, scope: ReadonlyMap<string, number>, lock: Lock = emptyLock) {
    this.#source = source;
    this.#scope = scope;
    this.#lock = lock;
  }

  declaration(syntax: SyntaxDeclaration, file: number): [Declaration, Site] {
    const { name, documentation } = syntax;
    const base = { name: name.text, file, ...documented(documentation) };
    const locked = this.#locked(syntax);
    const open = documentation.open !== undefined;
    switch (syntax.kind) {
      case "record": {
        const [fields, inner] = this.#fields(syntax.fields, locked);
        return [{ kind: "record", ...base, fields }, this.#site(name, inner)];
      }
      case "enum": {
        const [members, inner] = this.#numbered(syntax.members, locked, (member, number) => {
          return [{ number, name: member.name.text, ...documented(member.documentation) }, this.#site(member.name)];
        });
        return [{ kind: "enum", ...base, open, members }, this.#site(name, inner)];
      }
      case "union": {
        const [arms, inner] = this.#numbered(syntax.arms, locked, (arm, number) => this.#arm(arm, number, locked));
        return [{ kind: "union", ...base, open, tag: syntax.tag, arms }, this.#site(name, inner)];
      }
      case "interface": {
        const [methods, inner] = this.#numbered(syntax.methods, locked, (method, number) =>
          this.#method(method, number),
        );
        return [{ kind: "interface", ...base, methods }, this.#site(name, inner)];
      }
    }
  }

  #site(name: Span, inner: readonly Site[] = []): Site {
    return { source: this.#source, name, inner };
  }

  /** What the lock has about a declaration, under its name or, if that is new, under the one it had. */
  #locked({ name, kind, documentation: { was } }: SyntaxDeclaration): LockedDeclaration | undefined {
    const { declarations } = this.#lock;
    let locked = declarations.get(name.text);
    if (locked === undefined && was !== undefined && declarations.size > 0) {
      const isFree = !this.#scope.has(was.text) && ![...this.renames.values()].includes(was.text);
      locked = isFree ? declarations.get(was.text) : undefined;
      if (locked === undefined) this.#unknownWas(was);
      else this.renames.set(name.text, was.text);
    }
    return locked?.kind === kind ? locked : undefined;
  }

  #unknownWas(was: SyntaxName): void {
    const hint = "name what the lock has, and the source no longer; or leave the tag out";
    this.#source.report(was, `@was ${was.text}: the lock has no such name to take over`, hint);
  }

  /** Makes each member with its number, and sorts them by it. */
  #numbered<Syntax extends { readonly name: SyntaxName; readonly documentation: SyntaxDocumentation }, Result>(
    members: readonly Syntax[],
    locked: LockedNumbers | undefined,
    make: (member: Syntax, number: number) => [Result, Site],
  ): [Result[], Site[]] {
    const named = members.map(({ name, documentation }) => ({ name, was: documentation.was }));
    const { numbers, unknown } = numberMembers(named, locked);
    for (const was of unknown) this.#unknownWas(was);
    const made = members.map((member, index) => {
      const number = numbers[index] as number;
      return { number, made: make(member, number) };
    });
    made.sort((a, b) => a.number - b.number);
    return [made.map((entry) => entry.made[0]), made.map((entry) => entry.made[1])];
  }

  #fields(fields: readonly SyntaxField[], locked: LockedNumbers | undefined): [Field[], Site[]] {
    return this.#numbered(fields, locked, (field, number) => {
      const { name, optional, documentation } = field;
      const result: Field = {
        number,
        name: name.text,
        type: this.#type(field.type),
        optional,
        ...documented(documentation),
      };
      return [result, { ...this.#site(name), type: field.type }];
    });
  }

  #arm(arm: SyntaxArm, number: number, locked: LockedNumbers | undefined): [Arm, Site] {
    const [fields, inner] = this.#fields(
      arm.fields,
      locked?.members.find((member) => member.number === number)?.fields,
    );
    return [{ number, name: arm.name.text, ...documented(arm.documentation), fields }, this.#site(arm.name, inner)];
  }

  #method(method: SyntaxMethod, number: number): [Method, Site] {
    const parameters = method.parameters.map(
      ({ name, type, optional }): Parameter => ({ name: name.text, type: this.#type(type), optional }),
    );
    const inner = method.parameters.map(({ name, type }) => ({ ...this.#site(name), type }));
    return [
      {
        number,
        name: method.name.text,
        ...documented(method.documentation),
        parameters,
        result: this.#result(method.result),
      },
      { ...this.#site(method.name, inner), result: method.result },
    ];
  }

  #result(type: SyntaxType): Type | null {
    const value =
      type.kind === "name" && type.name === "Promise" && type.arguments.length === 1 ? type.arguments[0] : undefined;
    if (value === undefined) {
      return this.#wrong(type, "a method answers later", "write `Promise<Type>`, or `Promise<void>` for nothing");
    }
    return value.kind === "name" && value.name === "void" && value.arguments.length === 0 ? null : this.#type(value);
  }

  /** Reports, and yields some type to go on with. */
  #wrong(span: Span, message: string, hint: string): Type {
    this.#source.report(span, message, hint);
    return { kind: "scalar", name: "unknown" };
  }

  #type(type: SyntaxType): Type {
    switch (type.kind) {
      case "list":
        return { kind: "list", item: this.#type(type.item) };
      case "nullable":
        return { kind: "nullable", value: this.#type(type.value) };
      case "literal":
        return this.#wrong(type, "a text where a type belongs", 'declare `export type Name = "a" | "b";` and use Name');
      case "name":
        return this.#named(type, type.name, type.arguments);
    }
  }

  #named(span: Span, name: string, list: readonly SyntaxType[]): Type {
    const expected = Object.hasOwn(collections, name) ? (collections[name] as number) : 0;
    if (builtinTypes.has(name) && list.length !== expected) {
      const hint = expected === 0 ? "leave them out" : `write \`${name}<${expected === 1 ? "Item" : "Key, Value"}>\``;
      return this.#wrong(span, `${name} takes ${expected === 0 ? "no" : expected} types, not ${list.length}`, hint);
    }
    const scalar = scalars.get(name);
    if (scalar !== undefined) return { kind: "scalar", name: scalar };
    const [first, second] = list.map((argument) => this.#type(argument));
    if (name === "Array" && first !== undefined) return { kind: "list", item: first };
    if (name === "Set" && first !== undefined) return { kind: "set", item: first };
    if (name === "Stream" && first !== undefined) return { kind: "stream", item: first };
    if (name === "Map" && first !== undefined && second !== undefined)
      return { kind: "map", key: first, value: second };
    if (name === "ByteStream") return { kind: "bytestream" };
    if (name === "Promise")
      return this.#wrong(span, "a Promise inside a value", "only the result of a method is a Promise");
    if (name === "void")
      return this.#wrong(span, "void where a value belongs", "only a method returns `Promise<void>`");
    if (name === "null") return this.#wrong(span, "null alone", "write `Type | null`");
    return this.#reference(span, name, list);
  }

  #reference(span: Span, name: string, list: readonly SyntaxType[]): Type {
    const declaration = this.#scope.get(name);
    if (declaration === undefined)
      return this.#wrong(span, `there is no type ${name.slice(0, 60)}`, this.#suggestion(name));
    this.used.add(name);
    if (list.length > 0)
      return this.#wrong(span, `${name} takes no types`, "declarations have no type parameters; leave them out");
    return { kind: "reference", declaration };
  }

  #suggestion(name: string): string {
    if (Object.hasOwn(foreignTypes, name)) return foreignTypes[name] as string;
    const near = this.#source.full ? undefined : closest(name, [...builtinTypes, ...this.#scope.keys()]);
    return near === undefined
      ? 'declare it, or import it: `import type { Name } from "./other.firefly";`'
      : `did you mean ${near}?`;
  }
}

function documented({ text, deprecated }: SyntaxDocumentation): Documented {
  return {
    ...(text === undefined ? {} : { documentation: text }),
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}
