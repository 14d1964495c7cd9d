// The folders that this node's storage binds, as services need them.

import type { ObjectId, SpaceId, Subscription } from "#glow";
import type { BoundFolder, FoldersDesk } from "#services/folders/folders-service.ts";
import type { FolderInfo } from "#interfaces/generated/folders.ts";
import { failureOf } from "#services/drive/drive-values.ts";
import { Watchers } from "#services/state/watchers.ts";
import type { Binding } from "#store/binding/binding.ts";
import type { Storage } from "./storage.ts";

/** Problems of one folder that are told of; the others are counted. */
const mostProblems = 100;

export class BoundFolders implements FoldersDesk {
  readonly #storage: Storage;
  readonly #news = new Watchers();
  readonly watch = this.#news.watch;
  readonly #watched = new Map<Binding, Subscription>();

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#watchAll();
  }

  list(): readonly BoundFolder[] {
    return this.#storage.bindings.list().map((binding) => this.#bound(binding));
  }

  check(path: string): Promise<void> {
    return this.#storage.bindings.check(path);
  }

  async bind(drive: SpaceId, folder: ObjectId, path: string): Promise<BoundFolder> {
    const binding = await this.#storage.bindings.create(this.#storage.drive(drive), folder, path);
    this.#watchAll();
    this.#news.tell();
    return this.#bound(binding);
  }

  stop(): void {
    for (const watch of this.#watched.values()) watch.stop();
  }

  #watchAll(): void {
    for (const binding of this.#storage.bindings.list()) {
      if (!this.#watched.has(binding)) this.#watched.set(binding, binding.watch(this.#news.tell));
    }
  }

  #bound(binding: Binding): BoundFolder {
    return {
      number: binding.number,
      path: binding.path,
      drive: binding.space,
      describe: () => this.#describe(binding),
      unbind: async (abandon, signal) => {
        await this.#storage.bindings.remove(binding, { abandon, signal });
        this.#watched.get(binding)?.stop();
        this.#watched.delete(binding);
        this.#news.tell();
      },
      pause: () => binding.pause(),
      resume: () => binding.resume(),
      rebind: () => binding.rebind(),
      confirmEmpty: () => binding.confirmEmpty(),
    };
  }

  async #describe(binding: Binding): Promise<Omit<FolderInfo, "drive" | "driveName" | "number" | "path">> {
    const { state, error, problems, furtherProblems, progress } = binding.status();
    const { scannedFolders, scannedFiles, intoDrive, intoFolder, current } = progress;
    const drivePath = await this.#drivePath(binding);
    return {
      state,
      scannedFolders,
      scannedFiles,
      intoDrive,
      intoFolder,
      problems: problems
        .slice(0, mostProblems)
        .map(({ path, error: problem, cure }) => ({ path, problem: failureOf(problem, cure) })),
      furtherProblems: furtherProblems + Math.max(0, problems.length - mostProblems),
      ...(current !== undefined && { current }),
      ...(error !== undefined && { error: failureOf(error) }),
      ...(drivePath !== undefined && { drivePath }),
    };
  }

  async #drivePath({ space, folder }: Binding): Promise<string | undefined> {
    try {
      return await this.#storage.drive(space).path(folder);
    } catch {
      return undefined;
    }
  }
}
