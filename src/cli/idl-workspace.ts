// The `.firefly` files that a command is about, with what they import and their locks: read, parsed and linked.

import { GlowError } from "#base/errors.ts";
import { type Change, changesBetween } from "#firefly/schema/compatibility.ts";
import { importedPaths, link, type Linked } from "#firefly/schema/linker.ts";
import { emptyLock, type Lock, lockOf } from "#firefly/schema/lock.ts";
import { parseLock, printLock } from "#firefly/schema/lock-text.ts";
import { parse } from "#firefly/schema/parser.ts";
import type { Problem, Source } from "#firefly/schema/problem.ts";
import type { Schema } from "#firefly/schema/schema.ts";
import type { SyntaxFile } from "#firefly/schema/syntax.ts";
import type { TextFiles } from "#platform/nodejs/text-files.ts";

const ending = ".firefly";

export class IdlWorkspace {
  readonly schema: Schema;
  /** Files that were named, directly or by a folder; not those they import. */
  readonly named: readonly WorkspaceFile[];
  readonly #all: readonly SyntaxFile[];

  private constructor(files: readonly SyntaxFile[], named: ReadonlySet<string>, locks: Locks, linked: Linked) {
    this.schema = linked.schema;
    this.#all = files;
    this.named = files.flatMap(({ source }, index) =>
      named.has(source.path) ? [new WorkspaceFile(index, source, linked, locks)] : [],
    );
  }

  /** `file.*` errors if something named is not there or cannot be read; `corrupt` for a lock that is none. */
  static async open(files: TextFiles, paths: readonly string[]): Promise<IdlWorkspace> {
    const named = new Set<string>();
    for (const path of paths) {
      const found = await files.find(path, ending);
      if (found.length === 0) throw missing(path, `there is no *${ending} file in this folder`);
      for (const each of found) {
        if (!each.endsWith(ending)) throw missing(each, `it is no interface file: their names end in ${ending}`);
        named.add(normalized(each));
      }
    }
    const parsed = await readAll(files, [...named]);
    const locks: Locks = new Map();
    for (const { source } of parsed) {
      const text = await files.readIfThere(lockPath(source.path));
      if (text !== undefined) locks.set(source.path, { text, lock: parseLock(lockPath(source.path), text) });
    }
    const byPath = new Map([...locks].map(([path, { lock }]) => [path, lock]));
    return new IdlWorkspace(parsed, named, locks, link(parsed, byPath));
  }

  /** Of all files, also of imported ones; from top to bottom. */
  get problems(): readonly Problem[] {
    return this.#all.flatMap(({ source }) =>
      source.problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    );
  }

  /** Problems that were only counted. */
  get omitted(): number {
    return this.#all.reduce((sum, { source }) => sum + source.omitted, 0);
  }
}

type Locks = Map<string, { readonly text: string; readonly lock: Lock }>;

export class WorkspaceFile {
  /** Its index in the schema. */
  readonly index: number;
  readonly path: string;
  readonly source: Source;
  readonly lockPath: string;
  readonly #linked: Linked;
  readonly #lock: { readonly text: string; readonly lock: Lock } | undefined;

  constructor(index: number, source: Source, linked: Linked, locks: Locks) {
    this.index = index;
    this.path = source.path;
    this.source = source;
    this.lockPath = lockPath(source.path);
    this.#linked = linked;
    this.#lock = locks.get(source.path);
  }

  /** The lock as it must be for the source as it is. Only for a source without problems. */
  get newLock(): Lock {
    return lockOf(this.#linked.schema, this.index, this.#lock?.lock ?? emptyLock, this.#linked.renames.get(this.path));
  }

  get newLockText(): string {
    return printLock(this.newLock);
  }

  get lockState(): "current" | "outdated" | "missing" {
    if (this.#lock === undefined) return "missing";
    return this.#lock.text === this.newLockText ? "current" : "outdated";
  }

  /** What changed since the lock was written; nothing if there is none yet. */
  get changes(): readonly Change[] {
    if (this.#lock === undefined) return [];
    return changesBetween(this.#lock.lock, this.newLock, this.#linked.renames.get(this.path));
  }
}

/** Reads the files and all that they import, each once. */
async function readAll(files: TextFiles, paths: readonly string[]): Promise<SyntaxFile[]> {
  const parsed = new Map<string, SyntaxFile>();
  const waiting = [...paths];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (parsed.has(path)) continue;
    const text = await files.readIfThere(path);
    // An import of a file that is not there is a problem of the importing file, which the linker reports.
    if (text === undefined) continue;
    const file = parse(path, text);
    parsed.set(path, file);
    waiting.push(...importedPaths(file));
  }
  return [...parsed.values()];
}

function lockPath(path: string): string {
  return `${path}.lock`;
}

/** With `/`, and without `.` at the start, so that a file has one name however it is reached. */
function normalized(path: string): string {
  return path.replaceAll("\\", "/").replace(/^(\.\/+)+/, "");
}

function missing(path: string, message: string): GlowError {
  return new GlowError("not-found", "file.find", { target: path, message });
}
