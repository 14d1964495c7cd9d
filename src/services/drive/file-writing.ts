// Makes and replaces files of a drive. Content is cut, sealed and stored first; what it becomes is decided when the change has
// its turn, on the drive as it is then.

import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Clock, Drive, DriveStep, EntryId, ObjectId, SealedChunk, SealedContent } from "#glow";
import type { WriteOptions } from "#interfaces/generated/drive.ts";
import { splitPath } from "./drive-path.ts";
import { versionOf } from "./drive-values.ts";
import type { HeldDrive } from "./held-drive.ts";

/** One change names only so many chunks: those of a very large file come in changes before, which change nothing else. */
const chunksPerChange = spaceLimits.entries / 2;

export class FileWriting {
  readonly #held: HeldDrive;
  readonly #drive: Drive;
  readonly #clock: Clock;

  constructor(held: HeldDrive, clock: Clock) {
    this.#held = held;
    this.#drive = held.drive;
    this.#clock = clock;
  }

  /** The object that was written. */
  async write(
    path: string,
    source: AsyncIterable<Uint8Array>,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<ObjectId> {
    const op = "drive.write";
    const replaces = replacedBy(options, op);
    // Before anything is sent in vain.
    await this.#plan(path, options, replaces);
    const { content, chunks } = await this.#held.seal(source, signal);
    const rest = await this.#placeMost(chunks);
    const modifiedNs = options.modifiedNs ?? this.nowNs();
    return this.#change(async () => {
      const { object, steps, isNew } = await this.#plan(path, options, replaces);
      const isReplacing = !isNew && replaces !== undefined;
      steps.push({ type: "content", object, content, modifiedNs, ...(isReplacing && { replaces }) });
      if (!isNew && options.mode !== undefined) steps.push({ type: "attributes", object, mode: options.mode });
      return { object, steps, chunks: rest };
    });
  }

  async makeFolder(path: string, parents: boolean): Promise<ObjectId> {
    const op = "drive.makeFolder";
    return this.#change(async () => {
      const there = await this.#drive.find(path);
      if (there !== undefined && !(parents && there.kind === "folder")) throw taken(op, path);
      if (there !== undefined) return { object: there.object, steps: [] };
      const { parent, name, steps } = await this.#place(path, parents, op);
      const object = this.#drive.newObject("folder");
      steps.push({ type: "create", object, parent, name, modifiedNs: this.nowNs() });
      return { object, steps };
    });
  }

  async link(path: string, target: string): Promise<ObjectId> {
    const op = "drive.link";
    return this.#change(async () => {
      if ((await this.#drive.find(path)) !== undefined) throw taken(op, path);
      const { parent, name, steps } = await this.#place(path, false, op);
      const object = this.#drive.newObject("link");
      steps.push({ type: "create", object, parent, name });
      steps.push({ type: "target", object, target, modifiedNs: this.nowNs() });
      return { object, steps };
    });
  }

  /** To a path: what is there goes to the trash if it is to be overwritten. */
  async move(from: string, to: string, overwrite: boolean): Promise<ObjectId> {
    const op = "drive.move";
    return this.#change(async () => {
      const moved = await this.#drive.find(from);
      if (moved === undefined) throw missing(op, from);
      const { parent, name, steps } = await this.#place(to, false, op);
      steps.push(...(await this.#clear(to, overwrite, moved.object, op)));
      steps.push({ type: "move", object: moved.object, parent, name });
      return { object: moved.object, steps };
    });
  }

  async copy(from: string, to: string, overwrite: boolean): Promise<ObjectId> {
    const op = "drive.copy";
    const copied = await this.#drive.find(from);
    if (copied === undefined) throw missing(op, from);
    const { parent, name } = await this.#place(to, false, op);
    const steps = await this.#clear(to, overwrite, copied.object, op);
    if (steps.length === 0) return this.#held.copy(copied.object, parent, name);
    // The other one goes only when the copy is whole.
    const draft = `${name.slice(0, 100)}.${this.#drive.newObject("file").slice(-8)}.copy`;
    const object = await this.#held.copy(copied.object, parent, draft);
    return this.#change(async () => ({
      object,
      steps: [...(await this.#clear(to, true, object, op)), { type: "move", object, parent, name }],
    }));
  }

  nowNs(): bigint {
    return BigInt(Math.round(this.#clock.wallMs() * 1000)) * 1000n;
  }

  /** Where a file comes to lie, or which one it replaces. */
  async #plan(
    path: string,
    { parents, mode }: WriteOptions,
    replaces: readonly EntryId[] | undefined,
  ): Promise<{ object: ObjectId; steps: DriveStep[]; isNew: boolean }> {
    const op = "drive.write";
    const there = await this.#drive.find(path);
    if (there !== undefined) {
      if (there.kind !== "file") {
        throw new GlowError("invalid", op, { target: path, message: `this is a ${there.kind}, and not a file` });
      }
      if (replaces?.length === 0) throw taken(op, path);
      return { object: there.object, steps: [], isNew: false };
    }
    const { parent, name, steps } = await this.#place(path, parents === true, op);
    const object = this.#drive.newObject("file");
    steps.push({ type: "create", object, parent, name, ...(mode !== undefined && { mode }) });
    return { object, steps, isNew: true };
  }

  /** The folder that a path lies in, with the steps that make it. */
  async #place(
    path: string,
    makes: boolean,
    op: string,
  ): Promise<{ parent: ObjectId; name: string; steps: DriveStep[] }> {
    if (path === "")
      throw new GlowError("invalid", op, { message: "this is the root of the drive: give a name in it" });
    const { folder, name } = splitPath(path);
    const there = await this.#drive.find(folder);
    if (there?.kind === "folder") return { parent: there.object, name, steps: [] };
    if (there !== undefined) {
      throw new GlowError("invalid", op, {
        target: folder,
        message: `this is a ${there.kind}, and nothing lies in it`,
      });
    }
    if (!makes) {
      const message = "there is no such folder in the drive: make it first";
      throw new GlowError("not-found", op, { target: folder, message });
    }
    const above = await this.#place(folder, true, op);
    const object = this.#drive.newObject("folder");
    const { parent, name: folderName } = above;
    const create = { type: "create", object, parent, name: folderName, modifiedNs: this.nowNs() } as const;
    return { parent: object, name, steps: [...above.steps, create] };
  }

  async #clear(path: string, overwrite: boolean, but: ObjectId, op: string): Promise<DriveStep[]> {
    const there = await this.#drive.find(path);
    if (there === undefined || there.object === but) return [];
    if (overwrite) return [{ type: "remove", object: there.object }];
    throw taken(op, path);
  }

  /** Those that go with the file itself. */
  async #placeMost(chunks: SealedContent["chunks"]): Promise<readonly SealedChunk[]> {
    let left = chunks;
    while (left.length > chunksPerChange) {
      const now = left.slice(0, chunksPerChange);
      left = left.slice(chunksPerChange);
      await this.#drive.change(() => ({ steps: [], chunks: now }));
    }
    return left;
  }

  /** A change whose plan has no steps is none. */
  async #change(
    plan: () => Promise<{ object: ObjectId; steps: readonly DriveStep[]; chunks?: readonly SealedChunk[] }>,
  ): Promise<ObjectId> {
    let done: ObjectId | undefined;
    try {
      await this.#drive.change(async () => {
        const { object, steps, chunks = [] } = await plan();
        done = object;
        if (steps.length + chunks.length === 0) throw nothingToDo;
        return { steps, chunks };
      });
    } catch (error) {
      if (error !== nothingToDo) throw error;
    }
    return done as ObjectId;
  }
}

const nothingToDo = new GlowError("cancelled", "drive.change", { message: "everything is as it is to be" });

/** Versions that a writer has seen: `undefined` where it did not say. */
function replacedBy({ replaces }: WriteOptions, op: string): EntryId[] | undefined {
  if (replaces === undefined) return undefined;
  if (replaces.length > spaceLimits.replaces) {
    const message = `a version replaces at most ${spaceLimits.replaces} others, and not ${replaces.length}`;
    throw new GlowError("too-large", op, { message });
  }
  return replaces.map((text) => versionOf(text, op));
}

function taken(op: string, path: string): GlowError {
  const message = "something of this name is there already: take another name, or move that away";
  return new GlowError("already-exists", op, { target: path, message });
}

function missing(op: string, path: string): GlowError {
  return new GlowError("not-found", op, { target: path, message: "there is nothing of this name in the drive" });
}
