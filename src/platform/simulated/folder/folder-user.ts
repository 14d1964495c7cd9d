// What a person and other programs do in a simulated folder: without asking anybody, and with the rights of its owner.

import type { FolderNode, NodeKind } from "./folder-node.ts";
import { failure } from "./folder-node.ts";
import type { SimulatedFolder } from "./folder.ts";

/** What lies in a folder, as a person would compare it. */
export interface SeenFile {
  readonly kind: NodeKind;
  readonly bytes: Uint8Array;
  readonly target: string;
  readonly mode: number;
  readonly modifiedNs: bigint;
}

const op = "user.act";

export class FolderUser {
  readonly #folder: SimulatedFolder;

  constructor(folder: SimulatedFolder) {
    this.#folder = folder;
  }

  /** Writes into the file that is there, or a new one. */
  write(path: string, bytes: Uint8Array, mode = 0o644): void {
    const { folder, above, name } = this.#slot(path);
    const there = this.#folder.childOf(folder, name);
    const node = there ?? this.#folder.newNode("file", mode);
    if (node.kind !== "file") throw failure("invalid", op, path, "it is no file");
    this.#folder.setBytes(node, bytes.slice(), op);
    if (there === undefined) this.#folder.setChild(folder, above, name, node);
    else this.#folder.changed(above, name);
  }

  /** Writes a new file beside it and puts it in its place, as editors do. */
  save(path: string, bytes: Uint8Array, mode = 0o644): void {
    const { folder, above, name } = this.#slot(path);
    const node = this.#folder.newNode("file", mode);
    this.#folder.setBytes(node, bytes.slice(), op);
    this.#put(folder, above, name, node);
  }

  makeFolder(path: string, mode = 0o755): void {
    this.#add(path, "folder", mode);
  }

  makeLink(path: string, target: string): void {
    this.#add(path, "link", 0o777).target = target;
  }

  /** Something that no drive can hold. */
  makeSpecial(path: string, kind: "other" | "mount"): void {
    this.#add(path, kind, 0o644);
  }

  /** Replaces what is at `to`. */
  move(from: string, to: string): void {
    const source = this.#slot(from);
    const target = this.#slot(to);
    const node = this.#node(from);
    this.#folder.setChild(source.folder, source.above, source.name, undefined);
    node.changedNs = this.#folder.nowNs();
    this.#put(target.folder, target.above, target.name, node);
  }

  /** With all that is in it. */
  remove(path: string): void {
    const { folder, above, name } = this.#slot(path);
    this.#folder.free(this.#node(path));
    this.#folder.setChild(folder, above, name, undefined);
  }

  setMode(path: string, mode: number): void {
    const node = this.#node(path);
    node.mode = mode;
    node.changedNs = this.#folder.nowNs();
    this.#touched(path);
  }

  setModified(path: string, modifiedNs: bigint): void {
    const node = this.#node(path);
    node.modifiedNs = modifiedNs;
    node.changedNs = this.#folder.nowNs();
    this.#touched(path);
  }

  /** Gives it to somebody else, who lets nobody read it. */
  lock(path: string): void {
    this.#node(path).readable = false;
  }

  has(path: string): boolean {
    try {
      this.#node(path);
      return true;
    } catch {
      return false;
    }
  }

  read(path: string): Uint8Array {
    return this.#node(path).bytes;
  }

  /** Everything, by path, in the order of names. */
  tree(): Map<string, SeenFile> {
    const seen = new Map<string, SeenFile>();
    const look = (folder: FolderNode, prefix: string): void => {
      const named = [...folder.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const { name, node } of named) {
        const { kind, bytes, target, mode, modifiedNs } = node;
        seen.set(prefix + name, { kind, bytes, target, mode, modifiedNs });
        look(node, `${prefix}${name}/`);
      }
    };
    look(this.#folder.root, "");
    return seen;
  }

  #add(path: string, kind: NodeKind, mode: number): FolderNode {
    const { folder, above, name } = this.#slot(path);
    if (this.#folder.childOf(folder, name) !== undefined) throw failure("already-exists", op, path, "it is there");
    const node = this.#folder.newNode(kind, mode);
    this.#folder.setChild(folder, above, name, node);
    return node;
  }

  #put(folder: FolderNode, above: string, name: string, node: FolderNode): void {
    const replaced = this.#folder.childOf(folder, name);
    if (replaced !== undefined && replaced !== node) this.#folder.free(replaced);
    this.#folder.setChild(folder, above, name, node);
  }

  #touched(path: string): void {
    const { above, name } = this.#slot(path);
    this.#folder.changed(above, name);
  }

  #node(path: string): FolderNode {
    const { folder, name } = this.#slot(path);
    const node = this.#folder.childOf(folder, name);
    if (node === undefined) throw failure("not-found", op, path, "there is nothing");
    return node;
  }

  #slot(path: string): { folder: FolderNode; above: string; name: string } {
    const names = path.split("/");
    const name = names.pop() as string;
    return { folder: this.#folder.folderAt(names, op, path), above: names.join("/"), name };
  }
}
