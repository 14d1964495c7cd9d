// Turns parsed files into a schema: looks names up, also across files, gives members their numbers, and checks the
// rules. Problems are reported at their place in the source they belong to.

import { emptyLock, type Lock, type LockedDeclaration, type LockedNumbers, type Renames } from "./lock.ts";
import { numberMembers } from "./numbering.ts";
import { closest, type Source, type Span } from "./problem.ts";
import { faultsOf, type Place } from "./rules.ts";
import type { Arm, Declaration, Documented, Field, Method, Parameter, Schema } from "./schema.ts";
import { joinPath } from "./scope.ts";
import type {
  SyntaxArm,
  SyntaxDeclaration,
  SyntaxDocumentation,
  SyntaxField,
  SyntaxFile,
  SyntaxImport,
  SyntaxMethod,
  SyntaxName,
} from "./syntax.ts";
import { TypeLinker } from "./type-linker.ts";

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
  return /^\.\.?\/[\w./@+-]+\.firefly$/.test(from) ? joinPath(path, from) : undefined;
}

/** Where something of the schema stands in its source. Members are in number order, as in the schema. */
interface Site {
  readonly source: Source;
  readonly name: Span;
  readonly type?: Span;
  readonly result?: Span;
  readonly inner: readonly Site[];
}

class Linker {
  readonly #files: readonly SyntaxFile[];
  readonly #locks: ReadonlyMap<string, Lock>;
  readonly #declarations: Declaration[] = [];
  readonly #sites: Site[] = [];
  /** Of each file: what each name that it declares stands for; then also what it imports. */
  readonly #own: readonly ReadonlyMap<string, number>[];
  readonly #scopes: readonly Map<string, number>[];

  constructor(files: readonly SyntaxFile[], locks: ReadonlyMap<string, Lock>) {
    this.#files = files;
    this.#locks = locks;
    let index = 0;
    this.#own = files.map((file) => {
      const scope = new Map<string, number>();
      for (const declaration of file.declarations) {
        // Of two with the same name the first counts; the rules report the second.
        if (!scope.has(declaration.name.text)) scope.set(declaration.name.text, index);
        index++;
      }
      return scope;
    });
    this.#scopes = this.#own.map((scope) => new Map(scope));
  }

  link(): Linked {
    const renames = new Map<string, Renames>();
    for (const [file, syntax] of this.#files.entries()) {
      const imported = this.#imports(file, syntax);
      const { path } = syntax.source;
      const linked = new FileLinker(syntax.source, this.#scopes[file] ?? new Map(), this.#locks.get(path));
      for (const declaration of syntax.declarations) {
        const [result, site] = linked.declaration(declaration, file);
        this.#declarations.push(result);
        this.#sites.push(site);
      }
      for (const name of imported) {
        if (!linked.uses(name.text))
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

  /** Enters what a file imports into its scope; yields the names that came from somewhere. */
  #imports(file: number, { source, imports }: SyntaxFile): SyntaxName[] {
    const scope = this.#scopes[file];
    const found: SyntaxName[] = [];
    for (const item of imports) {
      const target = this.#target(file, source, item);
      for (const name of item.names) {
        const index = target?.get(name.text);
        if (index === undefined && target !== undefined) {
          const near = closest(name.text, target.keys());
          const hint = near === undefined ? "declare it there, with export" : `did you mean ${near}?`;
          source.report(name, `${item.from} has no ${name.text}`, hint);
        }
        if (scope?.has(name.text) === true) source.report(name, `${name.text} is there twice`, "rename one of them");
        else if (index !== undefined) found.push(name);
        // Unknown ones are entered too, so that their uses are not reported as well.
        scope?.set(name.text, index ?? 0);
      }
    }
    return found;
  }

  /** What can be imported from the file that an import names. */
  #target(file: number, source: Source, { from, fromSpan }: SyntaxImport): ReadonlyMap<string, number> | undefined {
    const path = importedPath(source.path, from);
    const target = this.#files.findIndex((other) => other.source.path === path);
    if (target !== -1 && target !== file) return this.#own[target];
    const hint = path === undefined ? "a path is like `./other.firefly`" : "look at the path, from this file's folder";
    source.report(fromSpan, target === file ? "the file imports itself" : `there is no file ${from}`, hint);
    return undefined;
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
  readonly #types: TypeLinker;
  readonly renames = new Map<string, string>();

  constructor(source: Source, scope: ReadonlyMap<string, number>, lock: Lock = emptyLock) {
    this.#source = source;
    this.#scope = scope;
    this.#lock = lock;
    this.#types = new TypeLinker(source, scope);
  }

  /** Whether a type mentions the name. */
  uses(name: string): boolean {
    return this.#types.used.has(name);
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
        type: this.#types.of(field.type),
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
      ({ name, type, optional }): Parameter => ({ name: name.text, type: this.#types.of(type), optional }),
    );
    const inner = method.parameters.map(({ name, type }) => ({ ...this.#site(name), type }));
    return [
      {
        number,
        name: method.name.text,
        ...documented(method.documentation),
        parameters,
        result: this.#types.result(method.result),
      },
      { ...this.#site(method.name, inner), result: method.result },
    ];
  }
}

function documented({ text, deprecated }: SyntaxDocumentation): Documented {
  return {
    ...(text === undefined ? {} : { documentation: text }),
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}
