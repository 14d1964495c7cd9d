// The bound folders of a node's machine: named by number or path, with what each is doing and what is wrong with it.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { CallContext } from "#firefly/codec/stub.ts";
import type { ObjectId, SpaceId, Subscription, Timers } from "#glow";
import type { Drives } from "#interfaces/generated/drive.ts";
import type { FolderInfo, Folders } from "#interfaces/generated/folders.ts";
import { StateStream } from "../state/state-stream.ts";

/** What the service needs of the bound folders; lent by whoever wires the node. */
export interface FoldersDesk {
  list(): readonly BoundFolder[];
  /** Refuses a path that `bind` would refuse. */
  check(path: string): Promise<void>;
  bind(drive: SpaceId, folder: ObjectId, path: string): Promise<BoundFolder>;
  watch(changed: () => void): Subscription;
}

export interface BoundFolder {
  readonly number: number;
  readonly path: string;
  readonly drive: SpaceId;
  /** All but what the drive is called. */
  describe(): Promise<Omit<FolderInfo, "drive" | "driveName" | "number" | "path">>;
  unbind(abandon: boolean, signal: AbortSignal | undefined): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  rebind(): Promise<void>;
  confirmEmpty(): void;
}

export interface FoldersServiceOptions {
  readonly desk: FoldersDesk;
  readonly drives: () => Drives;
  readonly timers: Timers;
}

const pauseMs = 250;

export class FoldersService implements Folders {
  readonly #options: FoldersServiceOptions;
  readonly #desk: FoldersDesk;

  constructor(options: FoldersServiceOptions) {
    this.#options = options;
    this.#desk = options.desk;
  }

  async list(): Promise<FolderInfo[]> {
    const drives = this.#options.drives();
    const removed = (await drives.removed()).map(({ id, name }) => [id, `${name} (removed)`] as const);
    const names = new Map([...removed, ...(await drives.list()).map(({ id, name }) => [id, name] as const)]);
    return Promise.all(this.#desk.list().map((bound) => describe(bound, names)));
  }

  watch(): AsyncIterable<FolderInfo[]> {
    return new StateStream({
      timers: this.#options.timers,
      pauseMs,
      watch: (changed) => this.#desk.watch(changed),
      read: () => this.list(),
    });
  }

  async check(path: string): Promise<void> {
    if (path === "" || path.length > nodeLimits.pathLength) {
      const message = `the path of a folder has 1 to ${nodeLimits.pathLength} characters`;
      throw new GlowError("invalid", "folders.bind", { message });
    }
    if (!isAbsolute.test(path)) {
      const message = "give the whole path of the folder: the node does not know in which one you are";
      throw new GlowError("invalid", "folders.bind", { target: path.slice(0, 1000), message });
    }
    await this.#desk.check(withoutEnd(path));
  }

  async bind(path: string, drive: string, drivePath: string): Promise<FolderInfo> {
    // First of all: what is refused leaves no folder in the drive.
    await this.check(path);
    const opened = await this.#options.drives().open(drive);
    const { id, name } = await opened.info();
    const { object } = await opened.makeFolder(drivePath, true);
    const bound = await this.#desk.bind(id as SpaceId, object as ObjectId, withoutEnd(path));
    return describe(bound, new Map([[id, name]]));
  }

  unbind(folder: string, abandon = false, context?: CallContext): Promise<void> {
    return this.#find(folder, "folders.unbind").unbind(abandon, context?.signal);
  }

  pause(folder: string): Promise<void> {
    return this.#find(folder, "folders.pause").pause();
  }

  resume(folder: string): Promise<void> {
    return this.#find(folder, "folders.resume").resume();
  }

  rebind(folder: string): Promise<void> {
    return this.#find(folder, "folders.rebind").rebind();
  }

  confirmEmpty(folder: string): void {
    this.#find(folder, "folders.confirmEmpty").confirmEmpty();
  }

  #find(folder: string, op: string): BoundFolder {
    const trimmed = withoutEnd(folder);
    const all = this.#desk.list();
    const found = all.find(({ path }) => path === trimmed) ?? all.find(({ number }) => `${number}` === folder);
    if (found !== undefined) return found;
    const paths = all.map(({ path }) => path).slice(0, 5);
    const there = paths.length === 0 ? "none is bound" : `bound are ${paths.join(", ")}`;
    throw new GlowError("not-found", op, {
      target: folder.slice(0, 1000),
      message: `this folder is not bound: ${there}`,
    });
  }
}

/** Of any system. */
const isAbsolute = /^([/\\]|[A-Za-z]:[/\\])/;

/** Without slashes at its end. */
function withoutEnd(path: string): string {
  return path.length > 1 ? path.replace(/(?<=.)[/\\]+$/, "") : path;
}

async function describe(bound: BoundFolder, names: ReadonlyMap<string, string>): Promise<FolderInfo> {
  const { number, path, drive } = bound;
  return { ...(await bound.describe()), number, path, drive, driveName: names.get(drive) ?? drive };
}
