// A bound folder of this machine while something is done in it. How far others can come in between is said beside each
// method; docs/storage.md has it in one table.

import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { DraftName, LocalAttributes, LocalDraft, LocalFile, LocalFolder, LocalStat, ScanPage } from "#glow";
import { draftsFolder, localPathBelow, localPathNames } from "../local-path.ts";
import { isSame, isSameButRenamed } from "../local-stat.ts";
import { removeExpected, renameOver, renameToFree } from "./careful-rename.ts";
import { statAt } from "./file-stat.ts";
import { FolderListing } from "./folder-listing.ts";
import type { InnerFolders } from "./inner-folders.ts";
import { type LinuxCalls, linuxCalls } from "./linux-calls.ts";
import { attemptLocally, errorCode } from "./local-error.ts";
import { NodeLocalDraft, NodeLocalFile, setMode, setModified, syncFile } from "./local-file.ts";
import type { LocalRootFacts } from "./local-root.ts";
import { NodeRandom } from "./random.ts";

export class NodeLocalFolder implements LocalFolder {
  readonly #facts: LocalRootFacts;
  readonly #folders: InnerFolders;
  readonly #calls: LinuxCalls | undefined;
  /** Those in which a name was changed and that were not synced yet. */
  readonly #touched = new Set<string>();
  readonly #mark = newMark();
  #drafts = 0;

  /** `folders` are those of `facts.path`, and are closed by `leave`. */
  constructor(facts: LocalRootFacts, folders: InnerFolders) {
    this.#facts = facts;
    this.#folders = folders;
    this.#calls = facts.portable ? undefined : linuxCalls();
  }

  nowNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  list(folder: string, names?: readonly string[]): ScanPage {
    const op = "folder.list";
    localPathNames(folder, this.#facts.windowsNames, op);
    for (const name of names ?? []) assertName(name, op);
    return attemptLocally(op, folder, () => {
      const path = folder === "" ? this.#facts.path : `${this.#facts.path}/${folder}`;
      return new FolderListing(folder, path, this.#folders.at(folder), this.#folders.rootStat.dev).list(names);
    });
  }

  stat(path: string): LocalStat | undefined {
    const op = "file.stat";
    return attemptLocally(op, path, () => {
      try {
        return statAt(path === "" ? `${this.#folders.at("")}/.` : this.#full(path, op));
      } catch (error) {
        // What would lie in something that is not there, or no folder, is not there either.
        if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return undefined;
        throw error;
      }
    });
  }

  open(path: string): LocalFile {
    const op = "file.open";
    return attemptLocally(op, path, () => {
      return new NodeLocalFile(this.#full(path, op), path, this.#folders.rootStat.dev);
    });
  }

  target(path: string): string {
    const op = "link.read";
    return attemptLocally(op, path, () => {
      const full = this.#full(path, op);
      const found = statAt(full);
      if (found !== undefined && found.kind !== "link") {
        throw new GlowError("invalid", op, { target: path, message: "it is no link" });
      }
      return utf8Decode(readlinkSync(full, { encoding: "buffer" }));
    });
  }

  draftFile(begun?: DraftName, offset = 0, sizeBytes = 0): LocalDraft {
    const name = begun ?? this.#newDraftName();
    return attemptLocally("file.draft", name, () => {
      if (begun === undefined) this.#haveDraftsFolder();
      const draft = { name, full: this.#draftPath(name), isNew: begun === undefined, offset, sizeBytes };
      return new NodeLocalDraft(this.#calls, draft, () => this.discard(name));
    });
  }

  draftLink(target: string): DraftName {
    const name = this.#newDraftName();
    return attemptLocally("link.draft", name, () => {
      this.#haveDraftsFolder();
      symlinkSync(target, this.#draftPath(name));
      return name;
    });
  }

  discard(draft: DraftName): void {
    attemptLocally("file.discard", draft, () => unlinkSync(this.#draftPath(draft)));
  }

  freeBytes(): number {
    try {
      const { bavail, bsize } = statfsSync(`${this.#folders.at("")}/.`);
      return bavail * bsize;
    } catch {
      // Whoever writes is told why that cannot be done, if it cannot.
      return Number.POSITIVE_INFINITY;
    }
  }

  place(draft: DraftName, path: string, expected: LocalStat | undefined): LocalStat {
    const op = "file.place";
    return attemptLocally(op, path, () => {
      const { folder, name } = localPathBelow(path, this.#facts.windowsNames, op);
      const [above, drafts] = this.#folders.both(folder, draftsFolder);
      const from = `${drafts}/${draft}`;
      const to = `${above}/${name}`;
      const drafted = statAt(from);
      if (drafted === undefined) throw new GlowError("not-found", op, { target: path, message: "its draft is gone" });
      const placed =
        expected === undefined
          ? renameToFree(this.#calls, from, to, drafted.kind)
          : renameOver(this.#calls, from, to, expected);
      if (!placed) throw conflict(op, path);
      this.#touched.add(folder);
      return keptStat(statAt(to), drafted);
    });
  }

  makeFolder(path: string, mode: number): LocalStat {
    const op = "folder.make";
    return attemptLocally(op, path, () => {
      const { folder, name } = localPathBelow(path, this.#facts.windowsNames, op);
      const full = `${this.#folders.at(folder)}/${name}`;
      mkdirSync(full, { mode });
      this.#touched.add(folder);
      // The process's mask may have taken bits away.
      setMode(full, mode);
      return statAt(full) ?? gone(op, path);
    });
  }

  move(path: string, to: string, expected: LocalStat): LocalStat {
    const op = "file.move";
    return attemptLocally(op, path, () => {
      const source = localPathBelow(path, this.#facts.windowsNames, op);
      const target = localPathBelow(to, this.#facts.windowsNames, op);
      const [above, aboveTarget] = this.#folders.both(source.folder, target.folder);
      const fullFrom = `${above}/${source.name}`;
      const fullTo = `${aboveTarget}/${target.name}`;
      const found = statAt(fullFrom) ?? gone(op, path);
      if (!isSame(found, expected)) throw conflict(op, path);
      if (this.#isOtherSpelling(found, fullTo)) renameSync(fullFrom, fullTo);
      else if (!renameToFree(this.#calls, fullFrom, fullTo, found.kind)) throw conflict(op, to);
      this.#touched.add(source.folder).add(target.folder);
      const moved = keptStat(statAt(fullTo), found);
      if (found.kind === "folder") this.#folders.forget();
      return moved;
    });
  }

  remove(path: string, expected: LocalStat): void {
    const op = "file.remove";
    attemptLocally(op, path, () => {
      const { folder, name } = localPathBelow(path, this.#facts.windowsNames, op);
      const [above, drafts] = this.#folders.both(folder, draftsFolder);
      const full = `${above}/${name}`;
      const found = statAt(full);
      if (found === undefined) return;
      if (!isSame(found, expected)) throw conflict(op, path);
      if (found.kind === "folder") this.#removeFolder(full);
      else if (!removeExpected(this.#calls, full, `${drafts}/${this.#newDraftName()}`, found)) throw conflict(op, path);
      this.#touched.add(folder);
    });
  }

  change(path: string, { mode, modifiedNs }: LocalAttributes): LocalStat {
    const op = "file.change";
    return attemptLocally(op, path, () => {
      const full = this.#full(path, op);
      const found = statAt(full) ?? gone(op, path);
      if (mode !== undefined && found.kind !== "link") setMode(full, mode);
      if (modifiedNs !== undefined) setModified(this.#calls, full, modifiedNs);
      return statAt(full) ?? gone(op, path);
    });
  }

  /** As a whole file system where that is cheaper, and possible; else file by file. */
  sync(drafts: readonly DraftName[]): void {
    const few = drafts.length + this.#touched.size <= folderLimits.singleSyncs;
    attemptLocally("folder.sync", this.#facts.path, () => {
      if (few || !this.#syncAll()) this.#syncEach(drafts);
      this.#touched.clear();
    });
  }

  leave(): void {
    this.#folders.close();
  }

  #full(path: string, op: string): string {
    const { folder, name } = localPathBelow(path, this.#facts.windowsNames, op);
    return `${this.#folders.at(folder)}/${name}`;
  }

  /** Somebody may tidy it away. */
  #haveDraftsFolder(): void {
    if (this.#drafts > 1) return;
    makeDraftsFolder(`${this.#folders.at("")}/${draftsFolder}`);
  }

  #draftPath(draft: DraftName): string {
    return `${this.#folders.at(draftsFolder)}/${draft}`;
  }

  #newDraftName(): DraftName {
    return `${this.#mark}-${++this.#drafts}` as DraftName;
  }

  #removeFolder(full: string): void {
    rmdirSync(full);
    this.#folders.forget();
  }

  /** Whether what lies at `to` is the same thing: on a system that takes the two names for one. */
  #isOtherSpelling(found: LocalStat, to: string): boolean {
    const there = this.#facts.caseSensitive ? undefined : statAt(to);
    return there !== undefined && isSame(there, found);
  }

  #syncAll(): boolean {
    const calls = this.#calls;
    if (calls === undefined) return false;
    const root = openSync(this.#facts.path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return calls.syncFileSystem(root);
    } finally {
      closeSync(root);
    }
  }

  #syncEach(drafts: readonly DraftName[]): void {
    for (const draft of drafts) syncFile(this.#draftPath(draft));
    // Windows opens no folder for writing; there NTFS journals names by itself.
    if (process.platform === "win32") return;
    for (const folder of this.#touched) {
      try {
        syncFile(`${this.#folders.at(folder)}/.`);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
  }
}

/**
 * What is at a new place, if it is what was put there. Else somebody has changed it before we could look: then what was
 * there before is told, which the next scan will find changed.
 */
function keptStat(now: LocalStat | undefined, before: LocalStat): LocalStat {
  return now !== undefined && isSameButRenamed(now, before) ? now : before;
}

function conflict(op: string, target: string): GlowError {
  const message = "what is there is not what was expected: somebody was faster; look again";
  return new GlowError("conflict", op, { target, message });
}

function gone(op: string, target: string): never {
  throw new GlowError("not-found", op, { target, message: "there is nothing of this name" });
}

/** Git is told to leave it alone, since many a bound folder is a working copy. Throws as node:fs does. */
export function makeDraftsFolder(path: string): void {
  const found = statAt(path);
  if (found?.kind === "folder") return;
  if (found !== undefined) {
    const message = "something else has this name, which is for what Glow is writing; rename it";
    throw new GlowError("already-exists", "folder.open", { target: path, message });
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}/.gitignore`, "*\n", { mode: 0o600 });
}

const draftPattern = /^[0-9a-f]{16}-\d+$/;

/** Whether it is the name of a draft, of this process or of one that has ended. */
export function isDraftName(name: string): boolean {
  return draftPattern.test(name);
}

/** Different for each thread and process that makes drafts in the same folder. */
function newMark(): string {
  const bytes = new Uint8Array(8);
  new NodeRandom().fill(bytes);
  return bytes.toHex();
}

/** What comes from a folder is a name; what does not would lead elsewhere. */
function assertName(name: string, op: string): void {
  if (name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)) return;
  throw new GlowError("invalid", op, { target: name, message: "not a name in a folder" });
}
