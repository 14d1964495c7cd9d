// Finds what is asked for in a drive: by path or by object, with the version that is meant.

import { GlowError } from "#base/errors.ts";
import { equalBytes } from "#base/bytes.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Content, Drive, DriveEntry, DriveState, DriveVersion, EntryId, ObjectId } from "#glow";
import type { FileContent, FileEntry } from "#interfaces/generated/drive.ts";
import { fileEntry, versionOf } from "./drive-values.ts";
import type { HeldDrive } from "./held-drive.ts";

const empty: Content = { sizeBytes: 0, depth: 0, chunks: [] };

export class DriveReading {
  readonly #held: HeldDrive;
  readonly #drive: Drive;

  constructor(held: HeldDrive) {
    this.#held = held;
    this.#drive = held.drive;
  }

  async find(path: string, op: string): Promise<DriveEntry> {
    const entry = await this.#drive.find(path);
    if (entry !== undefined) return entry;
    throw new GlowError("not-found", op, { target: path, message: "there is nothing of this name in the drive" });
  }

  async folder(path: string, op: string): Promise<DriveEntry> {
    const entry = await this.find(path, op);
    if (entry.kind === "folder") return entry;
    throw new GlowError("invalid", op, { target: path, message: `this is a ${entry.kind}, not a folder` });
  }

  /** As it shows, with its path. The root has no state of its own. */
  async entry(path: string, op: string): Promise<FileEntry> {
    return this.describe(await this.find(path, op), path);
  }

  async describe(entry: DriveEntry, path: string): Promise<FileEntry> {
    const state = await this.#stateOf(entry);
    const described = fileEntry(state, path);
    const [head] = state.heads;
    return head === undefined ? described : { ...described, elsewhere: await this.#held.isElsewhere(head.id) };
  }

  async ofObject(object: ObjectId, op: string): Promise<FileEntry> {
    const entry = await this.#drive.entry(object);
    if (entry === undefined)
      throw new GlowError("not-found", op, { target: object, message: "there is no such object" });
    return this.describe(entry, (await this.#drive.path(object)) ?? entry.name);
  }

  async list(folder: DriveEntry, path: string, after: string | undefined, limit: number): Promise<FileEntry[]> {
    const entries = await this.#drive.list(folder.object, after, limit);
    const states = await this.#drive.states(entries.map(({ object }) => object));
    return entries.map((entry, i) => {
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      return fileEntry(states[i] ?? { ...entry, parent: folder.object, heads: [] }, at);
    });
  }

  /** `not-found` if the object has no such version. */
  async version(object: ObjectId, text: string, op: string): Promise<DriveVersion> {
    const wanted = versionOf(text, op);
    const isWanted = ({ id }: DriveVersion) => isEntry(id, wanted);
    for (let after: EntryId | undefined; ; ) {
      const page = await this.#drive.history(object, nodeLimits.page, after);
      const found = page.find(isWanted);
      if (found !== undefined) return found;
      after = page.at(-1)?.id;
      if (page.length < nodeLimits.page || after === undefined) break;
    }
    const message = "this object has no such version: take one from its history";
    throw new GlowError("not-found", op, { target: text, message });
  }

  async content(
    entry: FileEntry,
    range: { readonly offset?: number | undefined; readonly length?: number | undefined },
    version: string | undefined,
  ): Promise<FileContent> {
    const op = "drive.read";
    if (entry.kind !== "file") {
      const message = `this is a ${entry.kind}, and has no content`;
      throw new GlowError("invalid", op, { target: entry.path, message });
    }
    const object = entry.object as ObjectId;
    const { offset, length } = { offset: wholeNumber(range.offset), length: wholeNumber(range.length) };
    const meant =
      version === undefined ? (await this.#drive.versions(object))[0] : await this.version(object, version, op);
    const content = meant?.content ?? empty;
    const giveUp = new AbortController();
    const bytes = this.#held.read(content, offset, length, giveUp.signal);
    return { entry, sizeBytes: content.sizeBytes, bytes: endingWith(bytes, giveUp) };
  }

  async #stateOf(entry: DriveEntry): Promise<DriveState> {
    const [state] = await this.#drive.states([entry.object]);
    return state ?? { ...entry, parent: entry.object, heads: [] };
  }
}

export function isEntry(a: EntryId, b: EntryId): boolean {
  return a.index === b.index && equalBytes(a.batch, b.batch);
}

function wholeNumber(value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  const message = `an offset or length in bytes is a whole number from 0 on, and not ${value}`;
  throw new GlowError("invalid", "drive.read", { message });
}

/** Bytes whose reader may leave while they are waited for: what is fetched then is given up. */
function endingWith(source: AsyncIterable<Uint8Array>, giveUp: AbortController): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const pieces = source[Symbol.asyncIterator]();
      return {
        next: () => pieces.next(),
        async return() {
          giveUp.abort();
          await pieces.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
