// The files of a project as the house rules see them: paths with `/` from its root, and their text. A tree is read from
// disk, or made by hand to show what a rule catches.

import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob, posix } from "node:path";
import { Source } from "./source.ts";

export class Tree {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #sources = new Map<string, Source>();

  constructor(texts: Iterable<readonly [string, string]>) {
    this.#texts = new Map(texts);
  }

  /** `foreign` are names and patterns of files and folders to leave out, wherever they lie. */
  static read(root: string, foreign: readonly string[] = []): Tree {
    const texts: [string, string][] = [];
    const enter = (folder: string): void => {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = posix.join(folder, entry.name);
        if (foreign.some((pattern) => matchesGlob(entry.name, pattern))) continue;
        if (entry.isDirectory()) enter(path);
        else if (entry.isFile()) texts.push([path, readFileSync(join(root, path), "utf8")]);
      }
    };
    enter("");
    return new Tree(texts);
  }

  /** Whether a file, or a folder with anything in it, has this path. */
  has(path: string): boolean {
    return this.#texts.has(path) || this.paths().some((each) => each.startsWith(`${path}/`));
  }

  paths(): string[] {
    return [...this.#texts.keys()];
  }

  text(path: string): string {
    const text = this.#texts.get(path);
    if (text === undefined) throw new Error(`no file ${path} in the tree`);
    return text;
  }

  /** The TypeScript and JavaScript files, parsed. */
  sources(): Source[] {
    return this.paths()
      .filter((path) => /\.(ts|mjs)$/.test(path))
      .map((path) => this.#source(path));
  }

  #source(path: string): Source {
    const source = this.#sources.get(path) ?? new Source(path, this.text(path));
    this.#sources.set(path, source);
    return source;
  }
}
