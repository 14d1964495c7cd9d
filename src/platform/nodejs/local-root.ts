// A folder of this machine, to be bound to a drive. It is opened once, which finds out what its file system is like and
// clears away what a crash left half written; any number of threads may then enter it, each for a piece of work.

import { lstatSync, readdirSync, realpathSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { GlowError } from "#base/errors.ts";
import type { LocalFolder, LocalRoot } from "#glow";
import { draftsFolder } from "../local-path.ts";
import { fileStat } from "./file-stat.ts";
import { innerFolders } from "./inner-folders.ts";
import { attemptLocally, localError } from "./local-error.ts";
import { isDraftName, makeDraftsFolder, NodeLocalFolder } from "./local-folder.ts";

/** What was found out about a folder, as plain data: threads that get it need not find it out again. */
export interface LocalRootFacts {
  /** A real path: it leads over no link. */
  readonly path: string;
  readonly caseSensitive: boolean;
  readonly windowsNames: boolean;
  /** Its inode: by that it is known again. */
  readonly file: string;
  /** Whether nothing is used that only this system has: so that one shows what holds on all. */
  readonly portable: boolean;
}

export class NodeLocalRoot implements LocalRoot {
  readonly facts: LocalRootFacts;

  constructor(facts: LocalRootFacts) {
    this.facts = facts;
  }

  /**
   * `path` may lead over links. `unavailable` if there is nothing (yet), `invalid` if it is no folder, `denied` if nothing
   * can be written to it. To be called before anybody enters the folder, since drafts that are there are removed.
   */
  static open(path: string, portable = false): NodeLocalRoot {
    const op = "folder.open";
    return attemptLocally(op, path, () => {
      const real = realOf(path);
      const found = lstatSync(real, { bigint: true });
      if (!found.isDirectory()) {
        throw new GlowError("invalid", op, { target: path, message: "it is no folder; only folders can be bound" });
      }
      const drafts = `${real}/${draftsFolder}`;
      makeDraftsFolder(drafts);
      clearDrafts(drafts);
      const caseSensitive = isCaseSensitive(drafts);
      return new NodeLocalRoot({
        path: real,
        caseSensitive,
        windowsNames: isWindows,
        file: String(found.ino),
        portable,
      });
    });
  }

  get caseSensitive(): boolean {
    return this.facts.caseSensitive;
  }

  get windowsNames(): boolean {
    return this.facts.windowsNames;
  }

  enter(): LocalFolder {
    const { path, file, portable } = this.facts;
    try {
      const folders = innerFolders(path, portable);
      // Where a disk was taken out, an empty folder is left: to take that for the bound one would remove everything.
      if (String(folders.rootStat.ino) === file) return new NodeLocalFolder(this.facts, folders);
      folders.close();
    } catch (thrown) {
      const error = localError(thrown, "folder.enter", path);
      throw error.kind === "not-found" || error.kind === "invalid" ? gone(path, error) : error;
    }
    throw gone(path);
  }
}

const isWindows = process.platform === "win32";

function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (thrown) {
    const error = localError(thrown, "folder.open", path);
    throw error.kind === "not-found" ? gone(path, error) : error;
  }
}

function gone(path: string, cause?: unknown): GlowError {
  const message = "the bound folder is not there, or another is in its place; plug its disk in, or put the folder back";
  return new GlowError("unavailable", "folder.enter", { target: path, message, cause });
}

function clearDrafts(drafts: string): void {
  for (const name of readdirSync(drafts)) if (isDraftName(name)) unlinkSync(`${drafts}/${name}`);
}

function isCaseSensitive(drafts: string): boolean {
  const probe = `${drafts}/probe`;
  writeFileSync(probe, "", { mode: 0o600 });
  try {
    return fileStat(`${drafts}/PROBE`) === undefined;
  } finally {
    rmSync(probe, { force: true });
  }
}
