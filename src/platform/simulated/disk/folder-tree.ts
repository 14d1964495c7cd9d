// The names on a simulated disk: what programs see, and what may be found after a crash. Making, renaming and removing
// a name is atomic, and durable once its folder is synced (for a rename: the folder it moved to). Until then a crash
// may find it done or not, and of two such changes the later without the earlier, unless the one builds on the other.

import { GlowError } from "#base/errors.ts";
import { chance, integerBelow } from "#base/random.ts";
import type { DiskEntry, Random } from "#glow";
import { diskPathBelowRoot, diskPathNames } from "../../disk-path.ts";

/** A folder. `File` stands for what a file's contents are. */
export class Folder<File extends object> {
  /** As programs see it. */
  entries = new Map<string, File | Folder<File>>();
  /** As it is on the medium for certain. */
  readonly durable = new Map<string, File | Folder<File>>();
}

type Node<File extends object> = File | Folder<File>;

interface Slot<File extends object> {
  readonly folder: Folder<File>;
  readonly name: string;
  readonly path: string;
}

/** A change of names that is not durable yet. */
interface NameChange<File extends object> {
  /** Whose sync makes it durable. */
  readonly folder: Folder<File>;
  readonly sets: readonly { readonly slot: Slot<File>; readonly node: Node<File> | undefined }[];
  /** Earlier changes of the same names or things: this one can only be found after a crash if those are. */
  needs: readonly NameChange<File>[];
}

export interface NamesOutcome {
  readonly kept: number;
  readonly lost: number;
}

export class FolderTree<File extends object> {
  readonly #root = new Folder<File>();
  readonly #unsynced = new Set<NameChange<File>>();
  /** The latest unsynced change of each thing; that of each name is found by its folder. */
  readonly #lastOfNode = new Map<Node<File>, NameChange<File>>();
  readonly #lastOfName = new Map<Folder<File>, Map<string, NameChange<File>>>();

  /** The file of this path, or undefined. `invalid` if it is a folder; `not-found` if its folder is missing. */
  file(path: string, op: string): File | undefined {
    const node = this.#nodeAt(this.#slot(path, op));
    if (node instanceof Folder) throw isFolder(path, op);
    return node;
  }

  /** Whether anything has this name. */
  has(path: string, op: string): boolean {
    return this.#nodeAt(this.#slot(path, op)) !== undefined;
  }

  add(path: string, file: File, op: string): void {
    const slot = this.#slot(path, op);
    this.#change(slot.folder, [{ slot, node: file }], []);
  }

  makeFolder(path: string): void {
    let folder = this.#root;
    let above = "";
    for (const name of diskPathNames(path, "folder.make")) {
      above = above === "" ? name : `${above}/${name}`;
      const next = folder.entries.get(name);
      if (next === undefined) {
        const made = new Folder<File>();
        this.#change(folder, [{ slot: { folder, name, path: above }, node: made }], []);
        folder = made;
      } else if (next instanceof Folder) folder = next;
      else if (above === path) {
        throw new GlowError("already-exists", "folder.make", { target: path, message: `${path} is a file` });
      } else throw isFile(above, "folder.make");
    }
  }

  /** The file that `to` was, if there was one. */
  rename(from: string, to: string): File | undefined {
    const source = this.#slot(from, "disk.rename");
    const target = this.#slot(to, "disk.rename");
    const node = this.#nodeAt(source);
    const replaced = this.#nodeAt(target);
    if (node === undefined) throw notFound(from, "disk.rename");
    if (node instanceof Folder) throw isFolder(from, "disk.rename");
    if (replaced instanceof Folder) throw isFolder(to, "disk.rename");
    if (node === replaced) return undefined;
    // Without the folders it moved into, the file would be lost under both names.
    const madeFolders = this.#foldersOf(to).map((folder) => this.#lastOfNode.get(folder));
    const sets = [
      { slot: source, node: undefined },
      { slot: target, node },
    ];
    this.#change(target.folder, sets, madeFolders);
    return replaced;
  }

  /** The file that was removed; undefined if it was a folder. */
  remove(path: string): File | undefined {
    const slot = this.#slot(path, "disk.remove");
    const node = this.#nodeAt(slot);
    if (node === undefined) throw notFound(path, "disk.remove");
    if (node instanceof Folder && node.entries.size > 0) {
      throw new GlowError("invalid", "disk.remove", { target: path, message: `${path} is a folder that is not empty` });
    }
    this.#change(slot.folder, [{ slot, node: undefined }], []);
    return node instanceof Folder ? undefined : node;
  }

  list(path: string): DiskEntry[] {
    const { entries } = this.#folder(diskPathNames(path, "disk.list"), path, "disk.list");
    return [...entries.keys()].sort().map((name) => ({ name, folder: entries.get(name) instanceof Folder }));
  }

  syncFolder(path: string): void {
    const folder = this.#folder(diskPathNames(path, "folder.sync"), path, "folder.sync");
    for (const change of this.#unsynced) if (change.folder === folder) this.#makeDurable(change);
  }

  /** The power went: draws which of the unsynced changes the medium holds; only those are seen from now on. */
  losePower(random: Random): NamesOutcome {
    const unsynced = this.#unsynced.size;
    // All, none, or each by itself: different defects show in each.
    const way = integerBelow(random, 3);
    let lost = 0;
    for (const change of this.#unsynced) {
      const found = way === 0 || (way === 1 && chance(random, 0.5));
      if (found && change.needs.every((needed) => !this.#unsynced.has(needed))) this.#makeDurable(change);
      else lost++;
    }
    this.#forgetUnsynced();
    this.#show(this.#root);
    return { kept: unsynced - lost, lost };
  }

  /** All files that have a name, with one of their paths. */
  *files(folder: Folder<File> = this.#root, prefix = ""): Generator<[path: string, file: File]> {
    for (const [name, node] of folder.entries) {
      if (node instanceof Folder) yield* this.files(node, `${prefix}${name}/`);
      else yield [prefix + name, node];
    }
  }

  #change(
    folder: Folder<File>,
    sets: NameChange<File>["sets"],
    alsoNeeds: readonly (NameChange<File> | undefined)[],
  ): void {
    const needs = new Set<NameChange<File>>();
    const touched = (change: NameChange<File> | undefined) => change !== undefined && needs.add(change);
    alsoNeeds.forEach(touched);
    for (const { slot, node } of sets) {
      touched(this.#lastOfName.get(slot.folder)?.get(slot.name));
      const before = slot.folder.entries.get(slot.name);
      if (before !== undefined) touched(this.#lastOfNode.get(before));
      if (node !== undefined) touched(this.#lastOfNode.get(node));
    }
    const change: NameChange<File> = { folder, sets, needs: [...needs] };
    this.#unsynced.add(change);
    for (const { slot, node } of sets) {
      this.#namesOf(slot.folder).set(slot.name, change);
      if (node !== undefined) this.#lastOfNode.set(node, change);
      put(slot.folder.entries, slot.name, node);
    }
  }

  #makeDurable(change: NameChange<File>): void {
    if (!this.#unsynced.delete(change)) return;
    for (const needed of change.needs) this.#makeDurable(needed);
    change.needs = [];
    for (const { slot, node } of change.sets) {
      put(slot.folder.durable, slot.name, node);
      const names = this.#namesOf(slot.folder);
      if (names.get(slot.name) === change) names.delete(slot.name);
      if (node !== undefined && this.#lastOfNode.get(node) === change) this.#lastOfNode.delete(node);
    }
  }

  #forgetUnsynced(): void {
    this.#unsynced.clear();
    this.#lastOfNode.clear();
    this.#lastOfName.clear();
  }

  #show(folder: Folder<File>): void {
    folder.entries = new Map(folder.durable);
    for (const node of folder.entries.values()) if (node instanceof Folder) this.#show(node);
  }

  #namesOf(folder: Folder<File>): Map<string, NameChange<File>> {
    let names = this.#lastOfName.get(folder);
    if (names === undefined) {
      names = new Map();
      this.#lastOfName.set(folder, names);
    }
    return names;
  }

  #slot(path: string, op: string): Slot<File> {
    const names = diskPathBelowRoot(path, op);
    const name = names.pop() as string;
    return { folder: this.#folder(names, path, op), name, path };
  }

  /** The folders that a path leads through, the root left out. */
  #foldersOf(path: string): Folder<File>[] {
    const folders: Folder<File>[] = [];
    let folder = this.#root;
    for (const name of path.split("/").slice(0, -1)) {
      folder = folder.entries.get(name) as Folder<File>;
      folders.push(folder);
    }
    return folders;
  }

  #folder(names: readonly string[], path: string, op: string): Folder<File> {
    let folder = this.#root;
    for (const name of names) {
      const next = folder.entries.get(name);
      if (next === undefined) throw notFound(path, op);
      if (!(next instanceof Folder)) throw isFile(path, op);
      folder = next;
    }
    return folder;
  }

  #nodeAt(slot: Slot<File>): Node<File> | undefined {
    return slot.folder.entries.get(slot.name);
  }
}

function put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

export function notFound(path: string, op: string): GlowError {
  return new GlowError("not-found", op, { target: path, message: `there is no ${path}` });
}

function isFolder(path: string, op: string): GlowError {
  return new GlowError("invalid", op, { target: path, message: `${path} is a folder, not a file` });
}

function isFile(path: string, op: string): GlowError {
  return new GlowError("invalid", op, { target: path, message: `${path} or what is above it is a file, not a folder` });
}
