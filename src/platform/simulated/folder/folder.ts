// A folder of a simulated device that a person works in, and that may be bound to a drive: names and files that outlive
// programs and crashes, and what can be wrong with them. A node's program uses it through a MountedFolder; what the person
// does goes through `user`.
//
// Names behave as on a file system with a journal: after a power loss, some of the last changes that were not synced are as
// if they had never been made, in the opposite order in which they were made. Of a draft that was not synced, anything may
// be left.

import { chance, integerBelow } from "#base/random.ts";
import type { Random, Subscription } from "#glow";
import { failure, FolderNode, nameKey, type NodeKind, shownName, type Spelling } from "./folder-node.ts";
import { FolderUser } from "./folder-user.ts";
import { MountedFolder } from "./mounted-folder.ts";

export interface SimulatedFolderOptions extends Partial<Spelling> {
  /** The device's own clock, in nanoseconds since 1970. */
  readonly nowNs: () => bigint;
  readonly windowsNames?: boolean;
  /** Of all files together. */
  readonly capacityBytes?: number;
  /** Whether what is made next gets the identity of what was removed last, as on many file systems. */
  readonly reusesFiles?: boolean;
}

/** Called in between, where on a real machine another program may come in. */
export interface Interference {
  /** Before some bytes of a file are read, for the first time or a later one. */
  reading?(path: string, offset: number): void;
  /** Before a name that was looked at is changed. May do anything, also crash the device. */
  changing?(path: string): void;
}

/** Told of every change of a name or a file; undefined if it is too much to say where, or what. */
export type FolderListener = (folder: string | undefined, name: string | undefined) => void;

export class SimulatedFolder {
  readonly spelling: Spelling;
  readonly windowsNames: boolean;
  /** What the person and other programs do. */
  readonly user: FolderUser;
  /** What is written and has no place yet, by name. */
  readonly drafts = new Map<string, FolderNode>();
  interference: Interference = {};
  /** Whether the system says what in a folder has changed; asked at each change. */
  tellsNames: () => boolean = () => true;
  capacityBytes: number;
  /** Whether it is there: false for a disk that was taken out. */
  present = true;
  readonly root: FolderNode;
  readonly #nowNs: () => bigint;
  readonly #listeners = new Set<FolderListener>();
  /** How to undo what was not synced, in the order in which it was done. */
  #unsynced: (() => void)[] = [];
  #usedBytes = 0;
  #lastNs = 0n;
  #lastFile = 0;
  /** Identities that nothing has any more; undefined if none is used again. */
  readonly #freed: string[] | undefined;
  #mounted: MountedFolder | undefined;

  constructor({ nowNs, caseSensitive = true, normalises = false, ...options }: SimulatedFolderOptions) {
    this.#nowNs = nowNs;
    this.spelling = { caseSensitive, normalises };
    this.windowsNames = options.windowsNames ?? false;
    this.capacityBytes = options.capacityBytes ?? 2 ** 40;
    this.#freed = options.reusesFiles === true ? [] : undefined;
    this.root = this.newNode("folder", 0o755);
    this.user = new FolderUser(this);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Opens it for a program, as it is when a node starts: drafts of an earlier life are cleared away. */
  mount(): MountedFolder {
    this.#mounted?.end();
    for (const [name] of this.drafts) this.removeDraft(name);
    // What lost its name may have it again after a loss of power.
    this.#freed?.splice(0);
    this.#mounted = new MountedFolder(this);
    return this.#mounted;
  }

  watch(listener: FolderListener): Subscription {
    this.#listeners.add(listener);
    return { stop: () => void this.#listeners.delete(listener) };
  }

  /** The system could not keep up with telling what changed. */
  overflow(): void {
    this.changed(undefined);
  }

  /** A disk is taken out, or put in again. */
  plug(present: boolean): void {
    this.present = present;
    this.changed(undefined);
  }

  /** The program died; what it did stays. */
  kill(): void {
    this.#mounted?.end();
    this.#mounted = undefined;
  }

  losePower(random: Random): void {
    this.kill();
    const kept = chance(random, 0.5) ? integerBelow(random, this.#unsynced.length + 1) : this.#unsynced.length;
    for (const undo of this.#unsynced.splice(kept).toReversed()) undo();
    this.#unsynced = [];
    const nodes = [...this.drafts.values(), ...this.nodes()];
    for (const node of nodes) this.#tear(node, random);
    this.#usedBytes = nodes.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  // What mounted folders and the user do with it.

  /** Of the clock that stamps files: no two changes have the same time. */
  nowNs(): bigint {
    const now = this.#nowNs();
    this.#lastNs = now > this.#lastNs ? now : this.#lastNs + 1n;
    return this.#lastNs;
  }

  newNode(kind: NodeKind, mode: number): FolderNode {
    return new FolderNode(kind, this.#freed?.pop() ?? String(++this.#lastFile), mode, this.nowNs());
  }

  /** The folder that these names lead to, over no link. `not-found`, `invalid`. */
  folderAt(names: readonly string[], op: string, path: string): FolderNode {
    let folder = this.root;
    for (const name of names) {
      const next = this.childOf(folder, name);
      if (next === undefined) throw failure("not-found", op, path, `there is no ${name}`);
      if (next.kind === "mount") throw failure("invalid", op, path, `${name} lies on another file system`);
      if (next.kind !== "folder") throw failure("invalid", op, path, `${name} is a file or a link, not a folder`);
      folder = next;
    }
    return folder;
  }

  childOf(folder: FolderNode, name: string): FolderNode | undefined {
    return folder.children.get(nameKey(name, this.spelling))?.node;
  }

  /** Gives a name to a node, or to none. `path` is that of the folder. */
  setChild(folder: FolderNode, path: string, name: string, node: FolderNode | undefined): void {
    const key = nameKey(name, this.spelling);
    const before = folder.children.get(key);
    const put = (named: { name: string; node: FolderNode } | undefined): void => {
      if (named === undefined) folder.children.delete(key);
      else folder.children.set(key, named);
    };
    put(node === undefined ? undefined : { name: shownName(name, this.spelling), node });
    this.#unsynced.push(() => put(before));
    folder.modifiedNs = this.nowNs();
    folder.changedNs = folder.modifiedNs;
    this.changed(path, name);
  }

  /** A file's new content. `exhausted` if the disk is too full for it. */
  setBytes(node: FolderNode, bytes: Uint8Array<ArrayBuffer>, op: string): void {
    const grownBytes = bytes.length - node.bytes.length;
    if (grownBytes > 0 && this.#usedBytes + grownBytes > this.capacityBytes) {
      throw failure(
        "exhausted",
        op,
        "",
        `the disk is full: ${this.#usedBytes} of ${this.capacityBytes} bytes are used`,
      );
    }
    this.#usedBytes += grownBytes;
    node.bytes = bytes;
    node.modifiedNs = this.nowNs();
    node.changedNs = node.modifiedNs;
  }

  /** What no name leads to any more, and no draft is. */
  free(node: FolderNode): void {
    this.#usedBytes -= node.bytes.length;
    this.#freed?.push(node.file);
    for (const { node: child } of node.children.values()) this.free(child);
  }

  removeDraft(name: string): void {
    const node = this.drafts.get(name);
    this.drafts.delete(name);
    if (node !== undefined) this.free(node);
  }

  synced(): void {
    this.#unsynced = [];
  }

  changed(folder: string | undefined, name?: string): void {
    const told = this.tellsNames() ? name : undefined;
    for (const listener of this.#listeners) listener(folder, told);
  }

  /** Everything that has a name. */
  *nodes(folder: FolderNode = this.root): Generator<FolderNode> {
    for (const { node } of folder.children.values()) {
      yield node;
      yield* this.nodes(node);
    }
  }

  #tear(node: FolderNode, random: Random): void {
    if (node.synced) return;
    const length = integerBelow(random, node.bytes.length + 1);
    const torn = node.bytes.slice(0, length);
    if (chance(random, 0.5)) torn.fill(0, integerBelow(random, length + 1));
    node.bytes = torn;
    node.synced = true;
  }
}
