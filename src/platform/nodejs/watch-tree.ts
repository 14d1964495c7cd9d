// Watches a folder and all below it on Linux, which can only watch folders one by one: a watch for each, kept up as folders
// come and go.
//
// A folder is watched before it is listed, so what comes to be in it meanwhile is found by the one or the other. What a
// folder held before it was watched nobody has told: so each new one counts as changed itself.

import { type FSWatcher, readdirSync, watch } from "node:fs";
import { draftsFolder } from "../local-path.ts";
import { EventBurst, eventQueueLength } from "./event-burst.ts";
import { folderStat } from "./file-stat.ts";
import { errorCode } from "./local-error.ts";

export interface WatchTreeEvents {
  /** A folder's path, and what in it; undefined: it cannot be said (any more) which. */
  changed(folder: string | undefined, name?: string): void;
  /** The folder at the top may be gone. Nothing comes after that. */
  gone(): void;
}

export type WatchFolder = (path: string, options: { persistent: boolean }) => FSWatcher;

interface WatchedFolder {
  readonly path: string;
  /** What its watch calls it in events of its own. */
  readonly ownName: string;
  /** It may have been removed. Another that was made since may have its number, but not its watch. */
  doubtful: boolean;
  readonly file: bigint;
  readonly watcher: FSWatcher;
  readonly below: Map<string, WatchedFolder>;
}

export class WatchTree {
  readonly #root: string;
  readonly #events: WatchTreeEvents;
  readonly #watchFolder: WatchFolder;
  /** Names that came or went, to be looked at when all events of this turn are here. */
  readonly #names = new Map<WatchedFolder, Set<string>>();
  /** Folders for which there was no watch left. */
  readonly #missed = new Set<string>();
  #top: WatchedFolder | undefined;
  #device = 0n;
  #looking: NodeJS.Immediate | undefined;
  #count = 0;

  /** Throws what node:fs throws if there is no folder at `root`. `watchFolder` is for other sources than the system. */
  constructor(root: string, events: WatchTreeEvents, watchFolder: WatchFolder = watch) {
    this.#root = root;
    this.#events = events;
    this.#watchFolder = watchFolder;
    const stat = folderStat(root);
    if (stat === undefined) throw Object.assign(new Error(`no folder at ${root}`), { code: "ENOENT" });
    this.#device = stat.dev;
    this.#top = this.#watchAll("", false);
  }

  /** Whether the system has no watches left for some folders. */
  get limited(): boolean {
    return this.#missed.size > 0;
  }

  get folderCount(): number {
    return this.#count;
  }

  /** Tries again to watch what could not be watched. */
  retry(): void {
    const missed = [...this.#missed];
    this.#missed.clear();
    for (const path of missed) {
      const slash = path.lastIndexOf("/");
      const above = this.#find(path.slice(0, Math.max(0, slash)));
      if (above !== undefined) this.#watchIfNew(above, path.slice(slash + 1));
      else if (path === "") this.#top ??= this.#watchAll("", true);
    }
  }

  close(): void {
    if (this.#looking !== undefined) clearImmediate(this.#looking);
    this.#looking = undefined;
    this.#names.clear();
    if (this.#top !== undefined) this.#unwatchAll(this.#top);
    this.#top = undefined;
  }

  /** The folder, with all below it; undefined if there is none. */
  #watchAll(path: string, isNew: boolean): WatchedFolder | undefined {
    const top = this.#watchOne(path);
    const pending = top === undefined ? [] : [top];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      if (isNew) this.#events.changed(folder.path);
      for (const name of this.#foldersIn(folder)) {
        const inner = this.#watchOne(joined(folder.path, name));
        if (inner === undefined) continue;
        folder.below.set(name, inner);
        pending.push(inner);
      }
    }
    return top;
  }

  #watchOne(path: string): WatchedFolder | undefined {
    const full = path === "" ? this.#root : `${this.#root}/${path}`;
    const stat = folderStat(full);
    if (stat?.dev !== this.#device) return undefined;
    try {
      const watcher = this.#watchFolder(full, { persistent: false });
      const folder: WatchedFolder = {
        path,
        ownName: full.slice(full.lastIndexOf("/") + 1),
        doubtful: false,
        file: stat.ino,
        watcher,
        below: new Map(),
      };
      watcher.on("change", (type, name) => this.#happened(folder, type, name?.toString()));
      watcher.on("error", () => this.#happened(folder, "rename", folder.ownName));
      this.#count++;
      return folder;
    } catch (error) {
      // Too many watches, or too many readers of them. Whatever else it is (gone, not ours), a scan says it better.
      if (["ENOSPC", "EMFILE"].includes(errorCode(error) ?? "")) this.#missed.add(path);
      return undefined;
    }
  }

  #foldersIn(folder: WatchedFolder): string[] {
    try {
      const entries = readdirSync(folder.path === "" ? this.#root : `${this.#root}/${folder.path}`, {
        withFileTypes: true,
      });
      return entries.flatMap((entry) => (entry.isDirectory() && !isOurs(folder, entry.name) ? [entry.name] : []));
    } catch {
      return [];
    }
  }

  #happened(folder: WatchedFolder, type: string, name: string | undefined): void {
    if (burst.count()) this.#events.changed(undefined);
    if (name !== undefined && isOurs(folder, name)) return;
    this.#events.changed(folder.path, isSaying(folder, name) ? name : undefined);
    if (type !== "rename" || name === undefined) return;
    if (name === folder.ownName) this.#doubt(folder);
    this.#lookLater(folder, name);
  }

  /** Something happened to the folder itself, or to something in it that is called the same. */
  #doubt(folder: WatchedFolder): void {
    folder.doubtful = true;
    const slash = folder.path.lastIndexOf("/");
    const above = this.#find(folder.path.slice(0, Math.max(0, slash)));
    if (above !== undefined && above !== folder) this.#lookLater(above, folder.ownName);
  }

  #lookLater(folder: WatchedFolder, name: string): void {
    let names = this.#names.get(folder);
    if (names === undefined) {
      names = new Set();
      this.#names.set(folder, names);
    }
    names.add(name);
    this.#looking ??= setImmediate(() => this.#look());
  }

  #look(): void {
    this.#looking = undefined;
    if (this.#top?.doubtful === true) {
      this.close();
      this.#events.gone();
      return;
    }
    const named = [...this.#names].flatMap(([folder, names]) => [...names].map((name) => ({ folder, name })));
    this.#names.clear();
    // First all that has gone: libuv has one watch for a folder, and the name that it had first.
    for (const { folder, name } of named) this.#dropIfGone(folder, name);
    for (const { folder, name } of named) this.#watchIfNew(folder, name);
  }

  #dropIfGone(folder: WatchedFolder, name: string): void {
    const known = folder.below.get(name);
    if (known === undefined) return;
    if (!known.doubtful && folderStat(`${this.#root}/${known.path}`)?.ino === known.file) return;
    folder.below.delete(name);
    this.#unwatchAll(known);
  }

  #watchIfNew(folder: WatchedFolder, name: string): void {
    // What it lies in may be gone meanwhile.
    if (folder.below.has(name) || this.#find(folder.path) !== folder) return;
    const found = this.#watchAll(joined(folder.path, name), true);
    if (found !== undefined) folder.below.set(name, found);
  }

  #find(path: string): WatchedFolder | undefined {
    let folder = this.#top;
    if (path === "") return folder;
    for (const name of path.split("/")) folder = folder?.below.get(name);
    return folder;
  }

  #unwatchAll(folder: WatchedFolder): void {
    const pending = [folder];
    for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
      each.watcher.close();
      this.#count--;
      pending.push(...each.below.values());
    }
  }
}

/** All watches of a thread share one queue. */
const burst = new EventBurst(eventQueueLength());

function isOurs(folder: WatchedFolder, name: string): boolean {
  return folder.path === "" && name === draftsFolder;
}

/** Not what is said of the folder itself, nor a name that is not in UTF-8. */
function isSaying({ ownName }: WatchedFolder, name: string | undefined): boolean {
  return name !== ownName && name?.includes(replacement) === false;
}

/** What Node puts in the place of what is not UTF-8. */
const replacement = "\ufffd";

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
