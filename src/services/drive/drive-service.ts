// A drive, as this node offers it: paths for objects, versions as texts, and everything bounded.

import { nodeLimits } from "#base/limits.ts";
import type { Clock, DriveVersion, EntryId, ObjectId, Timers } from "#glow";
import type {
  Attributes,
  Conflict,
  Drive,
  DriveChanges,
  DriveInfo,
  FileContent,
  FileEntry,
  RemovedFile,
  Totals,
  Upload,
  Version,
  WriteOptions,
} from "#interfaces/generated/drive.ts";
import type { CallContext } from "#firefly/codec/stub.ts";
import { StateStream } from "../state/state-stream.ts";
import { ChangeGatherer } from "./drive-changes.ts";
import { drivePath } from "./drive-path.ts";
import { DriveReading } from "./drive-reading.ts";
import { DriveTrash, stepOf } from "./drive-trash.ts";
import { limitOf, versionEntry, versionOf } from "./drive-values.ts";
import { FileWriting } from "./file-writing.ts";
import type { HeldDrive } from "./held-drive.ts";
import type { Uploads } from "./uploads.ts";

export interface DriveServiceOptions {
  readonly held: HeldDrive;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly uploads: Uploads;
  readonly info: () => Promise<DriveInfo>;
  readonly watchInfo: () => AsyncIterable<DriveInfo>;
}

/** Changes are told at most so often. */
const changesPauseMs = 100;

export class DriveService implements Drive {
  readonly #options: DriveServiceOptions;
  readonly #held: HeldDrive;
  readonly #reading: DriveReading;
  readonly #writing: FileWriting;
  readonly #trash: DriveTrash;

  constructor(options: DriveServiceOptions) {
    this.#options = options;
    this.#held = options.held;
    this.#reading = new DriveReading(options.held);
    this.#writing = new FileWriting(options.held, options.clock);
    this.#trash = new DriveTrash(options.held, this.#reading);
  }

  info(): Promise<DriveInfo> {
    return this.#options.info();
  }

  watchInfo(): AsyncIterable<DriveInfo> {
    return this.#options.watchInfo();
  }

  async stat(path: string): Promise<FileEntry> {
    return this.#reading.entry(drivePath(path, "drive.stat"), "drive.stat");
  }

  async list(path: string, after?: string, limit?: number): Promise<FileEntry[]> {
    const at = drivePath(path, "drive.list");
    const folder = await this.#reading.folder(at, "drive.list");
    return this.#reading.list(folder, at, after, limitOf(limit, nodeLimits.page));
  }

  async totals(path: string, context?: CallContext): Promise<Totals> {
    const { object } = await this.#reading.folder(drivePath(path, "drive.totals"), "drive.totals");
    const totals = { files: 0, folders: 0, links: 0, bytes: 0 };
    for await (const { entry } of this.#held.walk(object)) {
      if (entry.kind === "folder") totals.folders++;
      else if (entry.kind === "link") totals.links++;
      else totals.files++;
      if (entry.kind === "file") totals.bytes += entry.sizeBytes;
      context?.signal.throwIfAborted();
    }
    return totals;
  }

  async read(path: string, offset?: number, length?: number, version?: string): Promise<FileContent> {
    const entry = await this.#reading.entry(drivePath(path, "drive.read"), "drive.read");
    return this.#reading.content(entry, { offset, length }, version);
  }

  async readObject(object: string, offset?: number, length?: number, version?: string): Promise<FileContent> {
    const entry = await this.#reading.ofObject(object as ObjectId, "drive.read");
    return this.#reading.content(entry, { offset, length }, version);
  }

  async write(
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
    context?: CallContext,
  ): Promise<FileEntry> {
    const at = drivePath(path, "drive.write");
    return this.#written(await this.#writing.write(at, content, options, context?.signal));
  }

  async upload(path: string, sizeBytes: number, key: string, options: WriteOptions = {}): Promise<Upload> {
    const at = drivePath(path, "drive.upload");
    return this.#options.uploads.open({ drive: this.#held.id, path: at, sizeBytes, key, options }, async (source) =>
      this.#written(await this.#writing.write(at, source, options)),
    );
  }

  async makeFolder(path: string, parents = false): Promise<FileEntry> {
    return this.#written(await this.#writing.makeFolder(drivePath(path, "drive.makeFolder"), parents));
  }

  async link(path: string, target: string): Promise<FileEntry> {
    return this.#written(await this.#writing.link(drivePath(path, "drive.link"), target));
  }

  async move(from: string, to: string, overwrite = false): Promise<FileEntry> {
    const op = "drive.move";
    return this.#written(await this.#writing.move(drivePath(from, op), drivePath(to, op), overwrite));
  }

  async copy(from: string, to: string, overwrite = false): Promise<FileEntry> {
    const op = "drive.copy";
    return this.#written(await this.#writing.copy(drivePath(from, op), drivePath(to, op), overwrite));
  }

  remove(paths: readonly string[]): Promise<string[]> {
    return this.#trash.remove(paths);
  }

  async setAttributes(path: string, { mode, modifiedNs }: Attributes): Promise<FileEntry> {
    const op = "drive.setAttributes";
    const { object, kind } = await this.#reading.find(drivePath(path, op), op);
    // The time of a file is its content's.
    const [shown] = modifiedNs === undefined || kind === "folder" ? [] : await this.#held.drive.versions(object);
    const steps = [
      ...(shown === undefined || modifiedNs === undefined ? [] : [stepOf(object, shown, modifiedNs)]),
      ...(mode === undefined && (shown !== undefined || modifiedNs === undefined)
        ? []
        : [attributes(object, mode, shown === undefined ? modifiedNs : undefined)]),
    ];
    if (steps.length > 0) await this.#held.drive.change(() => ({ steps, chunks: [] }));
    return this.#written(object);
  }

  async history(path: string, after?: string, limit?: number): Promise<Version[]> {
    const op = "drive.history";
    const { object } = await this.#reading.find(drivePath(path, op), op);
    const from: EntryId | undefined = after === undefined ? undefined : versionOf(after, op);
    const versions = await this.#held.drive.history(object, limitOf(limit, nodeLimits.page), from);
    return Promise.all(versions.map((version) => this.#version(version)));
  }

  async restore(path: string, version: string): Promise<FileEntry> {
    const op = "drive.restore";
    const { object } = await this.#reading.find(drivePath(path, op), op);
    const found = await this.#reading.version(object, version, op);
    await this.#held.drive.change(() => ({ steps: [stepOf(object, found, found.modifiedNs)], chunks: [] }));
    return this.#written(object);
  }

  removed(after?: string, limit?: number): Promise<RemovedFile[]> {
    return this.#trash.removed(after, limitOf(limit, nodeLimits.page));
  }

  bringBack(objects: readonly string[]): Promise<string[]> {
    return this.#trash.bringBack(objects);
  }

  conflicts(limit?: number): Promise<Conflict[]> {
    return this.#trash.conflicts(limitOf(limit, nodeLimits.page), (version) => this.#version(version));
  }

  resolve(object: string, version?: string): Promise<void> {
    return this.#trash.resolve(object as ObjectId, version);
  }

  watch(path = ""): AsyncIterable<DriveChanges> {
    const gatherer = new ChangeGatherer(this.#held.drive, drivePath(path, "drive.watch"));
    return new StateStream({
      timers: this.#options.timers,
      pauseMs: changesPauseMs,
      watch: (changed) => gatherer.watch(changed),
      read: () => gatherer.take(),
    });
  }

  async #version(version: DriveVersion): Promise<Version> {
    const elsewhere = await this.#held.isElsewhere(version.id);
    return versionEntry(version, this.#held.deviceName(version.author), elsewhere);
  }

  async #written(object: ObjectId): Promise<FileEntry> {
    return this.#reading.ofObject(object, "drive.written");
  }
}

function attributes(object: ObjectId, mode: number | undefined, modifiedNs: bigint | undefined) {
  return {
    type: "attributes",
    object,
    ...(mode !== undefined && { mode }),
    ...(modifiedNs !== undefined && { modifiedNs }),
  } as const;
}
