// Does what actions say, in their order. All drafts are made durable together before the first of them gets its place, and
// all names after the last: so that a file that was written whole is never found half, and what was said to be done stays
// done, at two syncs for a thousand small files.

import { assert, GlowError } from "#base/errors.ts";
import type { DraftName, FolderAction, LocalFolder, LocalStat } from "../contracts.ts";
import type { ActionResult, CommitRequest, FileAction } from "./folder-jobs.ts";
import { isUnchanged } from "./unchanged.ts";

/** Without these nothing can be made, moved or removed in a folder. */
const ownerMayChange = 0o300;

export class ActionCommit {
  readonly #folder: LocalFolder;

  constructor(folder: LocalFolder) {
    this.#folder = folder;
  }

  run({ actions, drafts }: CommitRequest): readonly ActionResult[] {
    const unsynced = this.#sync(drafts.filter((draft) => draft !== undefined));
    const results = actions.map((action, i) => this.#attempt(action, drafts[i], unsynced));
    const lost = this.#sync([]);
    return lost === undefined ? results : results.map((result) => (result instanceof GlowError ? result : lost));
  }

  /** What went wrong: then nobody knows what is on the medium. */
  #sync(drafts: readonly DraftName[]): GlowError | undefined {
    try {
      this.#folder.sync(drafts);
      return undefined;
    } catch (thrown) {
      return GlowError.from(thrown, "folder.sync");
    }
  }

  #attempt(action: FolderAction, draft: DraftName | undefined, unsynced: GlowError | undefined): ActionResult {
    const { path } = action;
    if (action.type !== "file") return this.#doing(path, () => this.#do(action));
    assert(draft !== undefined, "a file was drafted before it gets its place");
    const result = unsynced ?? this.#doing(path, () => this.#folder.place(draft, path, action.expected));
    if (result instanceof GlowError) this.#discard(draft);
    return result;
  }

  #do(action: Exclude<FolderAction, FileAction>): LocalStat | undefined {
    switch (action.type) {
      case "folder":
        return this.#makeFolder(action.path, action.mode);
      case "link":
        return this.#placeLink(action);
      case "move":
        return this.#move(action.path, action.to, action.expected);
      case "attributes":
        return this.#change(action);
      case "remove":
        return this.#remove(action.path, action.expected);
    }
  }

  /** What is not there may have been moved: whoever wants it gone is told. */
  #remove(path: string, expected: LocalStat): undefined {
    if (this.#folder.stat(path) === undefined) {
      throw new GlowError("not-found", "file.remove", { target: path, message: "there is nothing; look again" });
    }
    this.#folder.remove(path, expected);
  }

  /** One that is there is as good. */
  #makeFolder(path: string, mode: number): LocalStat {
    const there = this.#folder.stat(path);
    return there?.kind === "folder" ? there : this.#folder.makeFolder(path, mode);
  }

  #placeLink({ path, target, expected }: FolderAction & { type: "link" }): LocalStat {
    const draft = this.#folder.draftLink(target);
    try {
      return this.#folder.place(draft, path, expected);
    } catch (thrown) {
      this.#discard(draft);
      throw thrown;
    }
  }

  #move(path: string, to: string, expected: LocalStat): LocalStat {
    const move = (): LocalStat => this.#letting(folderOf(to), () => this.#folder.move(path, to, expected));
    if (expected.kind !== "folder" || this.#mayChange(path)) return move();
    // A folder that goes to another one has that one's name in it, and must let it be changed.
    this.#folder.change(path, { mode: expected.mode | ownerMayChange });
    let place = path;
    try {
      move();
      place = to;
    } finally {
      this.#folder.change(place, { mode: expected.mode });
    }
    return this.#folder.stat(to) ?? expected;
  }

  #change({ path, mode, modifiedNs, expected }: FolderAction & { type: "attributes" }): LocalStat {
    if (expected !== undefined) {
      const found = this.#folder.stat(path);
      if (found === undefined || !isUnchanged(found, expected)) {
        const message = "what is there is not what was expected: somebody was faster; look again";
        throw new GlowError("conflict", "file.change", { target: path, message });
      }
    }
    return this.#folder.change(path, {
      ...(mode !== undefined && { mode }),
      ...(modifiedNs !== undefined && { modifiedNs }),
    });
  }

  /** The result or the failure of what changes names in the folder that `path` lies in. */
  #doing(path: string, work: () => LocalStat | undefined): ActionResult {
    try {
      return this.#letting(folderOf(path), work);
    } catch (thrown) {
      return GlowError.from(thrown, "folder.apply", path);
    }
  }

  /**
   * A folder's mode belongs to the drive as what is in it does: where that says that nothing may be changed there, it is
   * not meant for the one who keeps it up to date, and is set aside for a moment.
   */
  #letting<Result>(folder: string, work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      if (GlowError.from(thrown, "folder.apply").kind !== "denied" || folder === "") throw thrown;
      const stat = this.#folder.stat(folder);
      if (stat === undefined || this.#mayChange(folder)) throw thrown;
      this.#folder.change(folder, { mode: stat.mode | ownerMayChange });
      try {
        return work();
      } finally {
        this.#folder.change(folder, { mode: stat.mode });
      }
    }
  }

  #mayChange(folder: string): boolean {
    const mode = this.#folder.stat(folder)?.mode ?? 0;
    return (mode & ownerMayChange) === ownerMayChange;
  }

  #discard(draft: DraftName): void {
    try {
      this.#folder.discard(draft);
    } catch {
      // It is placed, or gone, or goes when the folder is opened next.
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
