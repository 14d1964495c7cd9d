// Large files that are written while their chunks come, part by part, where nobody sees them: what the folder's threads do
// then takes no time of its own. What was written of a file that is given up for a while is of use when it is tried again.

import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import { Turns } from "#identity/turns.ts";
import type {
  BlobId,
  BlobSupply,
  DraftName,
  FilePart,
  FolderAgent,
  ObjectId,
  SealKeys,
  SourcedChunk,
} from "../contracts.ts";
import type { PlacedChunk } from "../content/list-walk.ts";
import { findDamaged, type SourceParts, sourcesOf } from "./content-sources.ts";
import { bindingPace } from "./pace.ts";

export interface GrowingDraftsParts extends SourceParts {
  readonly agent: Pick<FolderAgent, "draft" | "discard">;
  readonly content: SourceParts["content"] & { readonly supply: Pick<BlobSupply, "want"> };
  keys(): SealKeys;
}

type Chunk = PlacedChunk & { readonly blob: BlobId };

export interface GrowingFile {
  readonly object: ObjectId;
  /** Tells contents apart. */
  readonly fingerprint: string;
  /** For messages. */
  readonly path: string;
  readonly chunks: readonly Chunk[];
}

/** What was written of a file. */
export interface Grown {
  readonly draft: DraftName;
  /** Where the chunks begin that it holds. */
  readonly offsets: ReadonlySet<number>;
}

interface Growing {
  readonly fingerprint: string;
  /** Chunks that were missing when it was tried last; NaN if it had no time. */
  lacking: number;
  /** Whether nobody brought all of it, so that it waits to be tried again. */
  isGivenUp: boolean;
  draft: Promise<DraftName> | undefined;
  /** The same, when there is one. */
  name: DraftName | undefined;
  readonly offsets: Set<number>;
}

export class GrowingDrafts {
  readonly #parts: GrowingDraftsParts;
  /** Those that were given up first come first. */
  readonly #files = new Map<ObjectId, Growing>();
  /** So many parts are written at once. */
  readonly #lanes = Array.from({ length: bindingPace.draftLanes }, () => new Turns());
  #lane = 0;
  /** Fails unless the folder is the one that was bound. */
  readonly #prove: () => Promise<void>;
  /** Those that are of no use, and are not gone yet. */
  readonly #discarded = new Set<DraftName>();
  #discarding: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(parts: GrowingDraftsParts, prove: () => Promise<void>) {
    this.#parts = parts;
    this.#prove = prove;
  }

  /**
   * Resolves when nothing of the file is missing any more, and what could be written of it is. Fails as `want` does, then
   * it can be gone on with, or because it could not be written.
   */
  async grow(file: GrowingFile, missing: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const lacking = file.chunks.filter(({ blob }) => missing.has(blob.toHex())).length;
    const growing = this.#begin(file, lacking);
    const failing = new AbortController();
    const fail = (): void => failing.abort();
    signal.addEventListener("abort", fail, { once: true });
    if (signal.aborted) fail();
    let failure: GlowError | undefined;
    const each = async (part: readonly Chunk[]): Promise<void> => {
      const wanted = part.map(({ blob }) => blob).filter((blob) => missing.has(blob.toHex()));
      if (wanted.length > 0) await this.#parts.content.supply.want(wanted, "now", failing.signal);
      try {
        if (growing !== undefined) await this.#nextLane().take(() => this.#write(file, growing, part));
      } catch (thrown) {
        const error = GlowError.from(thrown, "binding.draft", file.path);
        failure ??= error;
        fail();
        const isDamaged = error.kind === "corrupt";
        if (isDamaged) {
          await findDamaged(
            this.#parts.content,
            part.map(({ blob }) => blob),
          );
        }
        throw error;
      }
    };
    const parts = partsOf(file.chunks).values();
    const some = async (): Promise<void> => {
      for (const part of parts) if (failure === undefined) await each(part);
    };
    const results = await Promise.allSettled(Array.from({ length: bindingPace.draftsAhead }, some));
    signal.removeEventListener("abort", fail);
    if (failure !== undefined) {
      this.drop(file.object);
      throw failure;
    }
    const rejected = results.find((result) => result.status === "rejected");
    if (rejected === undefined) return;
    this.#giveUp(file.object, isPlannedAnew(signal));
    throw rejected.reason;
  }

  /** Whether something of it may have been written. */
  has(object: ObjectId): boolean {
    return this.#files.has(object);
  }

  /** Undefined if nothing of this content was written. */
  grown(object: ObjectId, fingerprint: string): Grown | undefined {
    const growing = this.#files.get(object);
    if (growing?.name === undefined || growing.fingerprint !== fingerprint) return undefined;
    return { draft: growing.name, offsets: growing.offsets };
  }

  /** It has its place. */
  placed(object: ObjectId): void {
    this.#files.delete(object);
    this.#tidyLater();
  }

  /** Drops what was written of another content. */
  keep(object: ObjectId, fingerprint: string | undefined): void {
    if (this.#files.get(object)?.fingerprint !== fingerprint) this.drop(object);
  }

  /** Of no use any more. */
  drop(object: ObjectId): void {
    const growing = this.#files.get(object);
    this.#files.delete(object);
    if (growing !== undefined) this.#discard(growing);
  }

  /** Nothing is written, and nothing left of what was, when it resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#lanes.map((lane) => lane.take(async () => undefined)));
    for (const object of this.#files.keys()) this.drop(object);
    await this.#discarding;
  }

  /** Undefined: nothing came of it while it was tried last. What was written has no right to the room then, which others may need. */
  #begin({ object, fingerprint }: GrowingFile, lacking: number): Growing | undefined {
    const before = this.#files.get(object);
    if (before?.fingerprint === fingerprint && before.lacking !== lacking) {
      before.lacking = lacking;
      before.isGivenUp = false;
      return before;
    }
    this.drop(object);
    this.#tidyLater();
    const offsets = new Set<number>();
    this.#files.set(object, { fingerprint, lacking, isGivenUp: false, draft: undefined, name: undefined, offsets });
    return before?.fingerprint === fingerprint ? undefined : this.#files.get(object);
  }

  /** What comes from the folder's own files may be somewhere else by the time the file gets its place. */
  async #write({ path, chunks: all }: GrowingFile, growing: Growing, part: readonly Chunk[]): Promise<void> {
    const [first] = part;
    if (first === undefined || growing.offsets.has(first.offset)) return;
    if (this.#isStopped) throw stopped();
    const sources = await sourcesOf(
      this.#parts,
      part.map(({ blob }) => blob),
    );
    const chunks: SourcedChunk[] = [];
    for (const { chunk, blob } of part) {
      const from = sources.get(blob.toHex());
      if (from === undefined || "local" in from) return;
      chunks.push({ chunk, from });
    }
    const isNew = growing.draft === undefined;
    await this.#draft(growing, { path, chunks, offset: first.offset, ...(isNew && { neededBytes: bytesOf(all) }) });
    for (const { offset } of part) growing.offsets.add(offset);
  }

  /** The first part makes it. */
  async #draft(growing: Growing, part: FilePart): Promise<void> {
    const { agent, keys } = this.#parts;
    if (growing.draft === undefined) {
      // Another folder does not have what was begun.
      growing.draft = this.#prove().then(() => agent.draft(part, keys()));
      growing.name = await growing.draft;
    } else await agent.draft({ ...part, draft: await growing.draft }, keys());
  }

  #nextLane(): Turns {
    this.#lane = (this.#lane + 1) % this.#lanes.length;
    return this.#lanes[this.#lane] as Turns;
  }

  #giveUp(object: ObjectId, isPlanned: boolean): void {
    const growing = this.#files.get(object);
    if (growing === undefined) return;
    growing.isGivenUp = true;
    if (isPlanned) growing.lacking = Number.NaN;
    this.#files.delete(object);
    this.#files.set(object, growing);
    const kept = [...this.#files].filter(([, { isGivenUp }]) => isGivenUp);
    const [oldest] = kept;
    if (oldest !== undefined && kept.length > bindingLimits.keptDrafts) this.drop(oldest[0]);
  }

  #discard({ draft }: Growing): void {
    const add = (name: DraftName): void => void this.#discarded.add(name);
    // Of one that could not be made nothing is left.
    this.#discarding = Promise.all([this.#discarding, draft?.then(add, () => undefined)]).then(() => this.#tidy());
  }

  #tidyLater(): void {
    if (this.#discarded.size > 0) this.#discarding = this.#discarding.then(() => this.#tidy());
  }

  /** What cannot be removed now, since the folder is not there, is removed when it is; at the latest when it is opened next. */
  async #tidy(): Promise<void> {
    for (const name of this.#discarded) {
      try {
        await this.#parts.agent.discard(name);
      } catch (thrown) {
        if (GlowError.from(thrown, "binding.discard").kind !== "not-found") return;
      }
      this.#discarded.delete(name);
    }
  }
}

function bytesOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { chunk }) => sum + chunk.sizeBytes, 0);
}

/** As large as what is drafted in one go of a file that is whole. */
function partsOf(chunks: readonly Chunk[]): Chunk[][] {
  const parts: Chunk[][] = [];
  let part: Chunk[] = [];
  let bytes = 0;
  for (const each of chunks) {
    part.push(each);
    bytes += each.chunk.sizeBytes;
    if (bytes < bindingPace.draftBytes) continue;
    parts.push(part);
    part = [];
    bytes = 0;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Not because its patience was over. */
function isPlannedAnew({ reason }: AbortSignal): boolean {
  return reason instanceof GlowError && reason.kind === "cancelled";
}

function stopped(): GlowError {
  return new GlowError("cancelled", "binding.draft", { message: "the folder is let go of" });
}
