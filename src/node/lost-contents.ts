// Names the files of a drive whose content is nowhere any more: a large file of a bound folder backs its own chunks, and was
// changed, removed or let go before another device had copied it. Where only versions need them that others have replaced,
// nothing is said.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type {
  BlobId,
  BlobSource,
  BlobStore,
  ChunkRef,
  Content,
  DriveState,
  ObjectId,
  Subscription,
  Timer,
  Timers,
} from "#glow";
import type { ChunkOpener } from "#store/content/chunk-opener.ts";
import { walkChunks } from "#store/content/list-walk.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import type { Replicator } from "#store/replication/replicator.ts";

type SearchedDrive = Pick<SpaceDrive, "touchedBy" | "states" | "path" | "placements">;

export interface LostContentsOptions {
  readonly timers: Timers;
  readonly replicator: Pick<Replicator, "unavailable" | "complete" | "watchProgress">;
  /** Undefined while it cannot be read here. */
  readonly drive: () => SearchedDrive | undefined;
  /** With all that backs blobs here. */
  readonly blobs: Pick<BlobSource, "has"> & Pick<BlobStore, "get">;
  readonly opener: Pick<ChunkOpener, "open">;
  /** Told once of each. */
  readonly problem: (error: GlowError) => void;
}

/** It is looked at once a while: each time, all files that were written together with what is lost. */
const lookMs = 1000;
const pageObjects = 1024;
const pageChunks = 1024;

export class LostContents {
  readonly #options: LostContentsOptions;
  readonly #watching: Subscription;
  /** By object and version. */
  #found = new Map<string, GlowError>();
  #timer: Timer | undefined;
  #isUnderWay = false;
  #isStopped = false;

  constructor(options: LostContentsOptions) {
    this.#options = options;
    this.#watching = options.replicator.watchProgress(() => this.#soon());
    this.#soon();
  }

  /** `not-found`, with the file's path and what to do about it. */
  list(): readonly GlowError[] {
    return [...this.#found.values()];
  }

  stop(): void {
    this.#isStopped = true;
    this.#watching.stop();
    this.#timer?.cancel();
  }

  #soon(): void {
    if (this.#isStopped) return;
    this.#timer ??= this.#options.timers.after(lookMs, () => {
      this.#timer = undefined;
      if (this.#isUnderWay) this.#soon();
      else void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { replicator, problem } = this.#options;
    const drive = this.#options.drive();
    // What may still come is not lost.
    if (drive === undefined || !replicator.complete) return;
    this.#isUnderWay = true;
    try {
      const found = await this.#find(drive);
      const before = this.#found;
      this.#found = found;
      if (this.#isStopped) return;
      for (const [key, error] of found) if (!before.has(key)) problem(error);
    } catch (error) {
      // It is looked at again with whatever comes next.
      if (!this.#isStopped) problem(GlowError.from(error, "drive.lost"));
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #find(drive: SearchedDrive): Promise<Map<string, GlowError>> {
    const found = new Map<string, GlowError>();
    const objects = new Set<ObjectId>();
    for (const batch of this.#options.replicator.unavailable) {
      for (const object of await drive.touchedBy(batch)) objects.add(object);
    }
    const all = [...objects];
    for (let at = 0; at < all.length; at += pageObjects) {
      for (const state of await drive.states(all.slice(at, at + pageObjects))) {
        if (state !== undefined) await this.#examine(drive, state, found);
      }
    }
    return found;
  }

  /** What is in the trash, or was replaced by another version, does not show. */
  async #examine(drive: SearchedDrive, { object, heads }: DriveState, found: Map<string, GlowError>): Promise<void> {
    for (const { id, content } of heads) {
      if (content === undefined || !(await this.#isLost(drive, content))) continue;
      const path = await drive.path(object);
      if (path === undefined) return;
      const message = `the content of ${path} was lost before it was copied: the device that had it has it no more; save the file again, or restore an earlier version`;
      const key = `${object} ${id.index} ${toHex(id.batch)}`;
      found.set(key, new GlowError("not-found", "drive.content", { target: path, message }));
    }
  }

  async #isLost(drive: Pick<SpaceDrive, "placements">, content: Content): Promise<boolean> {
    const { blobs, opener } = this.#options;
    const read = async (list: ChunkRef): Promise<Uint8Array> => {
      const [blob] = await drive.placements([list.name]);
      const isHere = blob !== undefined && (await blobs.has([blob]))[0] === true;
      if (blob === undefined || !isHere) throw new GlowError("not-found", "content.list");
      return opener.open(list, await blobs.get(blob));
    };
    let names: ChunkRef["name"][] = [];
    try {
      for await (const { chunk } of walkChunks(content, 0, content.sizeBytes, read)) {
        names.push(chunk.name);
        if (names.length < pageChunks) continue;
        if (await this.#areMissing(drive, names)) return true;
        names = [];
      }
    } catch (error) {
      const { kind } = GlowError.from(error, "content.list");
      if (kind === "not-found") return true;
      // A forged list is no loss, and a key that is missing may come.
      if (kind === "corrupt" || kind === "unavailable") return false;
      throw error;
    }
    return this.#areMissing(drive, names);
  }

  /** What nobody has placed yet may come. */
  async #areMissing(drive: Pick<SpaceDrive, "placements">, names: readonly ChunkRef["name"][]): Promise<boolean> {
    const placed = (await drive.placements(names)).filter((blob): blob is BlobId => blob !== undefined);
    return (await this.#options.blobs.has(placed)).some((isHere) => !isHere);
  }
}
