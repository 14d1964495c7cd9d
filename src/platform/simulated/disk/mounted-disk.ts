// A node's disk as one life of the node has it. Every operation takes time, may fail, and never settles once the life
// is over.

import { GlowError } from "#base/errors.ts";
import { chance } from "#base/random.ts";
import type { Disk, DiskEntry, DiskFile, Random } from "#glow";
import { diskPathBelowRoot, diskPathNames } from "../../disk-path.ts";
import { type Incarnation, never } from "../incarnation.ts";
import { drawDelay } from "../range.ts";
import { nsPerMs } from "../time/nanoseconds.ts";
import type { TraceKind } from "../time/trace.ts";
import type { SimulatedDisk, StoredFile } from "./disk.ts";
import { notFound } from "./folder-tree.ts";
import { MountedFile } from "./mounted-file.ts";

/** Something to do on a disk, as the trace names it. */
export interface DiskOperation<Result> {
  readonly op: string;
  readonly kind: TraceKind;
  readonly what: string;
  readonly sizeBytes?: number;
  readonly digest?: number;
  /** What it waits for: operations on one file, or on names, are done one after the other. */
  readonly queue: { busyUntilNs: number };
  /** Does it; runs when its time has passed. */
  readonly act: () => Result;
  /** Called instead where the medium fails. */
  readonly failed?: () => void;
}

export class MountedDisk implements Disk {
  readonly disk: SimulatedDisk;
  readonly incarnation: Incarnation;
  readonly random: Random;
  readonly #names = { busyUntilNs: 0 };

  constructor(disk: SimulatedDisk, incarnation: Incarnation, random: Random) {
    this.disk = disk;
    this.incarnation = incarnation;
    this.random = random;
  }

  async open(path: string, create: "never" | "if-missing" | "always-new" = "never"): Promise<DiskFile> {
    const op = "disk.open";
    diskPathBelowRoot(path, op);
    return this.perform({ op, kind: "open", what: path, queue: this.#names, act: () => this.#open(path, create) });
  }

  async rename(from: string, to: string): Promise<void> {
    const op = "disk.rename";
    diskPathBelowRoot(from, op);
    diskPathBelowRoot(to, op);
    const act = () => this.#unname(this.disk.names.rename(from, to));
    return this.perform({ op, kind: "rename", what: `${from} to ${to}`, queue: this.#names, act });
  }

  async remove(path: string): Promise<void> {
    const op = "disk.remove";
    diskPathBelowRoot(path, op);
    const act = () => this.#unname(this.disk.names.remove(path));
    return this.perform({ op, kind: "remove", what: path, queue: this.#names, act });
  }

  async makeFolder(path: string): Promise<void> {
    const op = "folder.make";
    diskPathNames(path, op);
    const act = () => this.disk.names.makeFolder(path);
    return this.perform({ op, kind: "make-folder", what: path, queue: this.#names, act });
  }

  async list(folder: string): Promise<DiskEntry[]> {
    const op = "disk.list";
    diskPathNames(folder, op);
    const act = () => this.disk.names.list(folder);
    return this.perform({ op, kind: "read", what: `${folder}/`, queue: this.#names, act });
  }

  async syncFolder(folder: string): Promise<void> {
    const op = "folder.sync";
    diskPathNames(folder, op);
    const act = () => this.disk.names.syncFolder(folder);
    return this.perform({ op, kind: "sync-folder", what: folder, queue: this.#names, act });
  }

  /** Has an operation done after those before it in its queue, and settles its promise then. */
  perform<Result>(operation: DiskOperation<Result>): Promise<Result> {
    if (this.incarnation.isGhost(operation.op)) return never();
    const { nowNs } = this.incarnation.timeline;
    const { queue } = operation;
    queue.busyUntilNs = Math.max(nowNs, queue.busyUntilNs) + this.#durationNs(operation);
    return new Promise((resolve, reject) => {
      this.incarnation.schedule(queue.busyUntilNs - nowNs, () => this.#finish(operation, resolve, reject));
    });
  }

  #durationNs({ kind, sizeBytes = 0 }: DiskOperation<unknown>): number {
    const { latencyMs, jitterMs, syncMs, bytesPerMs } = this.disk.conditions;
    const isSync = kind === "sync" || kind === "sync-folder";
    const leastMs = latencyMs + sizeBytes / bytesPerMs + (isSync ? syncMs : 0);
    return Math.round(drawDelay(this.random, [leastMs, leastMs + jitterMs]) * nsPerMs);
  }

  #finish<Result>(
    operation: DiskOperation<Result>,
    resolve: (result: Result) => void,
    reject: (error: GlowError) => void,
  ): void {
    const { op, kind, what, sizeBytes, digest } = operation;
    try {
      this.#maybeFail(operation);
      const result = operation.act();
      this.incarnation.record(kind, what, sizeBytes, digest);
      this.incarnation.run(() => resolve(result));
    } catch (thrown) {
      const error = GlowError.from(thrown, op, what);
      this.incarnation.record("disk-error", `${op} ${what}: ${error.kind}`);
      this.incarnation.run(() => reject(error));
    }
  }

  #maybeFail({ op, what, failed }: DiskOperation<unknown>): void {
    const { errorChance } = this.disk.conditions;
    if (errorChance === 0 || !chance(this.random, errorChance)) return;
    failed?.();
    throw new GlowError("corrupt", op, { target: what, message: `the medium failed at ${what}` });
  }

  #open(path: string, create: "never" | "if-missing" | "always-new"): DiskFile {
    const { names } = this.disk;
    const op = "disk.open";
    if (create === "always-new" && names.has(path, op)) {
      throw new GlowError("already-exists", op, { target: path, message: `${path} exists already` });
    }
    let file = names.file(path, op);
    if (file === undefined) {
      if (create === "never") throw notFound(path, op);
      file = this.disk.newFile();
      names.add(path, file, op);
    }
    file.handles++;
    return new MountedFile(this, file, path);
  }

  #unname(file: StoredFile | undefined): void {
    if (file === undefined) return;
    file.named = false;
    this.disk.freeUnused(file);
  }
}
