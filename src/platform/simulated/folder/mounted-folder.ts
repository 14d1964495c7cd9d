// A simulated folder as one life of a node has it. When that is over, nothing has an effect any more.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type {
  DraftName,
  LocalAttributes,
  LocalDraft,
  LocalEntry,
  LocalFile,
  LocalFolder,
  LocalRoot,
  LocalStat,
  ScanPage,
} from "#glow";
import { isDraftsFolder, localPathBelow, localPathNames } from "../../local-path.ts";
import { isSame } from "../../local-stat.ts";
import type { SimulatedFolder } from "./folder.ts";
import { failure, type FolderNode, type NamedNode } from "./folder-node.ts";

export class MountedFolder implements LocalRoot {
  readonly #folder: SimulatedFolder;
  #ended = false;

  constructor(folder: SimulatedFolder) {
    this.#folder = folder;
  }

  get caseSensitive(): boolean {
    return this.#folder.spelling.caseSensitive;
  }

  get windowsNames(): boolean {
    return this.#folder.windowsNames;
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  enter(): LocalFolder {
    this.check("folder.enter");
    return new EnteredFolder(this.#folder, this);
  }

  /** Whether the folder can be used just now. */
  check(op: string): void {
    if (this.#ended) throw failure("cancelled", op, "", "the device has crashed");
    if (!this.#folder.present) throw failure("unavailable", op, "", "the bound folder is not there; plug its disk in");
  }
}

interface Slot {
  readonly folder: FolderNode;
  /** The folder's path. */
  readonly above: string;
  readonly name: string;
}

/** Without these, no name in a folder can be changed. */
const ownerMayChange = 0o300;

class EnteredFolder implements LocalFolder {
  readonly #folder: SimulatedFolder;
  readonly #mounted: MountedFolder;

  constructor(folder: SimulatedFolder, mounted: MountedFolder) {
    this.#folder = folder;
    this.#mounted = mounted;
  }

  nowNs(): bigint {
    return this.#folder.nowNs();
  }

  list(path: string, names?: readonly string[]): ScanPage {
    const op = "folder.list";
    const folder = this.#folder.folderAt(this.#names(path, op), op, path);
    if (names === undefined && folder.children.size > folderLimits.entriesPerFolder) {
      throw failure("too-large", op, path, `there are ${folder.children.size} things in this folder`);
    }
    const entries: LocalEntry[] = [];
    const passed: { path: string; reason: GlowError }[] = [];
    for (const { name, node } of this.#named(folder, names)) {
      if (path === "" && isDraftsFolder(name)) continue;
      const full = path === "" ? name : `${path}/${name}`;
      const reason = whyPassed(name, node, full);
      if (reason === undefined) entries.push({ path: full, stat: node.stat() });
      else passed.push({ path: full, reason });
    }
    return { entries, passed };
  }

  stat(path: string): LocalStat | undefined {
    const op = "file.stat";
    const names = this.#names(path, op);
    try {
      return (names.length === 0 ? this.#folder.root : this.#node(path, op))?.stat();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  open(path: string): LocalFile {
    const op = "file.open";
    const node = this.#present(path, op);
    if (node.kind !== "file") throw failure("invalid", op, path, "it is no file, and nothing else is opened");
    if (!node.readable) throw failure("denied", op, path, "this user may not read it");
    return {
      stat: () => node.stat(),
      read: (target, offset) => {
        this.#mounted.check("file.read");
        this.#folder.interference.reading?.(path, offset);
        const found = node.bytes.subarray(offset, offset + target.length);
        target.set(found);
        return found.length;
      },
      close: () => undefined,
    };
  }

  target(path: string): string {
    const op = "link.read";
    const node = this.#present(path, op);
    if (node.kind !== "link") throw failure("invalid", op, path, "it is no link");
    return node.target;
  }

  draftFile(begun?: DraftName, offset = 0): LocalDraft {
    const { name, node } = begun === undefined ? this.#newDraft("file", "file.draft") : this.#begunDraft(begun);
    node.synced = false;
    let at = offset;
    return {
      name,
      write: (bytes) => {
        this.#mounted.check("file.write");
        this.#folder.setBytes(node, grown(node.bytes, at + bytes.length), "file.write");
        node.bytes.set(bytes, at);
        at += bytes.length;
      },
      pause: () => {
        this.#mounted.check("file.pause");
        node.synced = true;
      },
      finish: ({ mode, modifiedNs }) => {
        this.#mounted.check("file.finish");
        node.mode = mode;
        node.modifiedNs = modifiedNs;
        node.changedNs = this.#folder.nowNs();
      },
      abandon: () => this.discard(name),
    };
  }

  draftLink(target: string): DraftName {
    const { name, node } = this.#newDraft("link", "link.draft");
    node.target = target;
    return name;
  }

  discard(draft: DraftName): void {
    this.#mounted.check("file.discard");
    this.#folder.removeDraft(draft);
  }

  freeBytes(): number {
    return this.#folder.capacityBytes - this.#folder.usedBytes;
  }

  place(draft: DraftName, path: string, expected: LocalStat | undefined): LocalStat {
    const op = "file.place";
    const { folder, above, name } = this.#ownSlot(path, op);
    const node = this.#folder.drafts.get(draft);
    if (node === undefined) throw failure("not-found", op, path, "its draft is gone");
    const there = this.#folder.childOf(folder, name);
    if (expected === undefined ? there !== undefined : there === undefined || !isSame(there.stat(), expected)) {
      throw conflict(op, path);
    }
    if (there?.kind === "folder") throw failure("conflict", op, path, "a folder is where a file should be");
    this.#folder.drafts.delete(draft);
    if (there !== undefined) this.#folder.free(there);
    return this.#name(folder, above, name, node);
  }

  makeFolder(path: string, mode: number): LocalStat {
    const op = "folder.make";
    const { folder, above, name } = this.#ownSlot(path, op);
    if (this.#folder.childOf(folder, name) !== undefined) throw failure("already-exists", op, path, "it is there");
    return this.#name(folder, above, name, this.#folder.newNode("folder", mode));
  }

  move(path: string, to: string, expected: LocalStat): LocalStat {
    const op = "file.move";
    const source = this.#ownSlot(path, op);
    const target = this.#ownSlot(to, op);
    const node = this.#present(path, op);
    const there = this.#folder.childOf(target.folder, target.name);
    if (!isSame(node.stat(), expected)) throw conflict(op, path);
    if (there !== undefined && there !== node) throw conflict(op, to);
    if (`${to}/`.startsWith(`${path}/`) && there !== node) throw failure("invalid", op, to, "a folder into itself");
    const moves = node.kind === "folder" && source.folder !== target.folder;
    if (moves && (node.mode & ownerMayChange) !== ownerMayChange)
      throw failure("denied", op, path, "it may not be changed");
    this.#folder.setChild(source.folder, source.above, source.name, undefined);
    return this.#name(target.folder, target.above, target.name, node);
  }

  remove(path: string, expected: LocalStat): void {
    const op = "file.remove";
    const { folder, above, name } = this.#ownSlot(path, op);
    const node = this.#folder.childOf(folder, name);
    if (node === undefined) return;
    if (!isSame(node.stat(), expected) || node.children.size > 0) throw conflict(op, path);
    this.#folder.free(node);
    this.#folder.setChild(folder, above, name, undefined);
  }

  change(path: string, { mode, modifiedNs }: LocalAttributes): LocalStat {
    const op = "file.change";
    const { above, name } = this.#slot(path, op);
    const node = this.#present(path, op);
    if (mode !== undefined && node.kind !== "link") node.mode = mode;
    if (modifiedNs !== undefined) node.modifiedNs = modifiedNs;
    node.changedNs = this.#folder.nowNs();
    this.#folder.changed(above, name);
    return node.stat();
  }

  sync(drafts: readonly DraftName[]): void {
    this.#mounted.check("folder.sync");
    for (const draft of drafts) {
      const node = this.#folder.drafts.get(draft);
      if (node !== undefined) node.synced = true;
    }
    this.#folder.synced();
  }

  leave(): void {}

  #newDraft(kind: "file" | "link", op: string): { name: DraftName; node: FolderNode } {
    this.#mounted.check(op);
    const node = this.#folder.newNode(kind, kind === "link" ? 0o777 : 0o600);
    const name = `draft-${node.file}` as DraftName;
    this.#folder.drafts.set(name, node);
    return { name, node };
  }

  #begunDraft(name: DraftName): { name: DraftName; node: FolderNode } {
    this.#mounted.check("file.draft");
    const node = this.#folder.drafts.get(name);
    if (node === undefined) throw failure("not-found", "file.draft", name, "this draft is gone");
    return { name, node };
  }

  #name(folder: FolderNode, above: string, name: string, node: FolderNode): LocalStat {
    node.changedNs = this.#folder.nowNs();
    this.#folder.setChild(folder, above, name, node);
    return node.stat();
  }

  /** All, in the order of names, or some as they are spelled by whoever asks. */
  #named(folder: FolderNode, names: readonly string[] | undefined): readonly NamedNode[] {
    if (names === undefined) return [...folder.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return names.flatMap((name) => {
      const node = this.#folder.childOf(folder, name);
      return node === undefined ? [] : [{ name, node }];
    });
  }

  #names(path: string, op: string): string[] {
    this.#mounted.check(op);
    return localPathNames(path, this.#folder.windowsNames, op);
  }

  /** For what changes names: others may come in before. */
  #slot(path: string, op: string): Slot {
    this.#mounted.check(op);
    const { folder, name } = localPathBelow(path, this.#folder.windowsNames, op);
    this.#folder.interference.changing?.(path);
    this.#mounted.check(op);
    return { folder: this.#folder.folderAt(this.#names(folder, op), op, path), above: folder, name };
  }

  /** The same, of a folder in which names may be changed. */
  #ownSlot(path: string, op: string): Slot {
    const slot = this.#slot(path, op);
    if ((slot.folder.mode & ownerMayChange) === ownerMayChange) return slot;
    throw failure("denied", op, path, "its folder may not be changed");
  }

  #node(path: string, op: string): FolderNode | undefined {
    this.#mounted.check(op);
    const { folder, name } = localPathBelow(path, this.#folder.windowsNames, op);
    return this.#folder.childOf(this.#folder.folderAt(this.#names(folder, op), op, path), name);
  }

  #present(path: string, op: string): FolderNode {
    const node = this.#node(path, op);
    if (node === undefined) throw failure("not-found", op, path, "there is nothing of this name");
    return node;
  }
}

function whyPassed(name: string, node: FolderNode, path: string): GlowError | undefined {
  const op = "folder.list";
  if (!name.isWellFormed() || utf8Encode(name).length > folderLimits.nameBytes) {
    return failure("invalid", op, path, "no such name can be in a drive; rename it");
  }
  if (node.kind === "other") return failure("unsupported", op, path, "it is something that only this machine has");
  if (node.kind === "mount") return failure("invalid", op, path, "it lies on another file system");
  if (node.kind === "file" && !node.readable) return failure("denied", op, path, "this user may not read it");
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof GlowError && (error.kind === "not-found" || error.kind === "invalid");
}

function conflict(op: string, path: string): GlowError {
  return failure("conflict", op, path, "what is there is not what was expected; look again");
}

/** At least so long, with zeros behind what there was; with room behind it, so that many small pieces are not copied often. */
function grown(bytes: Uint8Array<ArrayBuffer>, leastBytes: number): Uint8Array<ArrayBuffer> {
  const length = Math.max(bytes.length, leastBytes);
  if (bytes.buffer.byteLength >= length) return new Uint8Array(bytes.buffer, 0, length);
  const room = new Uint8Array(2 * length);
  room.set(bytes);
  return room.subarray(0, length);
}
