// Reads what files and links hold, and puts the chunks where they last: those of small files into packs, while a large file
// backs its own, and the rows that say so are written before anybody can ask for them.

import { equalBytes, utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import type { ChunkRef, Content, ObjectId, SealedChunk, SealedContent, SealRequest, StoredBlob } from "../contracts.ts";
import { walkChunks } from "../content/list-walk.ts";
import type { BindingParts } from "./binding-parts.ts";
import { sameStat } from "./binding-row.ts";
import type { BackedChunk } from "./binding-rows.ts";
import { leavesOf } from "./content-leaves.ts";
import type { LocalSight } from "./local-merge.ts";
import { bindingPace } from "./pace.ts";

/** A sight with what it holds, and the chunks of that, without their bytes. */
export interface SealedSight {
  readonly sight: LocalSight;
  readonly chunks: readonly SealedChunk[];
}

export interface SealedGroup {
  readonly sealed: readonly SealedSight[];
  /** `conflict` for what changed while it was read. */
  readonly failed: readonly { readonly sight: LocalSight; readonly error: GlowError }[];
}

/** Fails as a whole if chunks cannot be kept: `exhausted`. */
export async function sealSights(parts: BindingParts, sights: readonly LocalSight[]): Promise<SealedGroup> {
  const sealed: SealedSight[] = sights.filter(({ read }) => !read).map((sight) => ({ sight, chunks: [] }));
  const failed: { sight: LocalSight; error: GlowError }[] = [];
  const take = (sight: LocalSight, result: SealedSight | GlowError) => {
    if (result instanceof GlowError) failed.push({ sight, error: result });
    else sealed.push(result);
  };
  await readLinks(
    parts,
    sights.filter(({ read, kind }) => read && kind === "link"),
    take,
  );
  await sealFiles(
    parts,
    sights.filter(({ read, kind }) => read && kind === "file"),
    take,
  );
  // Results come in any order, and folders must come before what is in them.
  const order = new Map(sights.map(({ object }, i) => [object, i]));
  const at = ({ sight }: SealedSight): number => order.get(sight.object) ?? 0;
  return { sealed: sealed.sort((a, b) => at(a) - at(b)), failed };
}

type Take = (sight: LocalSight, result: SealedSight | GlowError) => void;

async function readLinks({ agent, fingerprintOf }: BindingParts, links: readonly LocalSight[], take: Take) {
  if (links.length === 0) return;
  const paths = links.map(({ path }) => path);
  const targets = await agent.read(paths, bindingPace.targetBytes);
  // A file may have come in its place, of which the content was read: what is still as it was seen was so all the time.
  const stats = await agent.stat(paths);
  links.forEach((sight, i) => {
    const stat = stats[i];
    const target = readTarget(stat !== undefined && sameStat(stat, sight.stat) ? targets[i] : undefined);
    if (target instanceof GlowError) take(sight, target);
    else take(sight, { sight: { ...sight, held: { target, fingerprint: fingerprintOf({ target }) } }, chunks: [] });
  });
}

function readTarget(bytes: Uint8Array | undefined): string | GlowError {
  if (bytes === undefined) {
    return new GlowError("conflict", "binding.link", {
      message: "this link is gone or another, or leads to too long a path",
    });
  }
  try {
    return utf8Decode(bytes);
  } catch (thrown) {
    return GlowError.from(thrown, "binding.link");
  }
}

async function sealFiles(parts: BindingParts, files: readonly LocalSight[], take: Take): Promise<void> {
  if (files.length === 0) return;
  const byPath = new Map<string, LocalSight>();
  for (const sight of files) {
    // Of two at one path, one has been moved since it was seen.
    if (byPath.has(sight.path)) take(sight, unread());
    else byPath.set(sight.path, sight);
  }
  const before = await chunksBefore(parts, files);
  const requests = [...byPath.values()].map(({ path, stat, object }): SealRequest => {
    const known = before.get(object);
    const names = known && [...known.values()].map(({ chunk }) => chunk.name);
    return { path, expected: stat, bytes: !isLarge(stat), ...(names !== undefined && { known: names }) };
  });
  const packed = new PackedChunks(parts);
  for await (const { path, result } of parts.agent.seal(requests, parts.keys())) {
    const sight = byPath.get(path);
    if (sight === undefined) continue;
    byPath.delete(path);
    if (result instanceof GlowError) {
      take(sight, result);
      continue;
    }
    await packed.add(result.chunks);
    const known = await knownContent(parts, sight, result.content);
    const backed = known?.backed ?? (await backedChunks(parts, sight, result, before.get(sight.object)));
    await writeBacking(parts, sight, backed);
    const content = known?.content ?? result.content;
    const chunks = known === undefined ? result.chunks.map(withoutBytes) : [];
    take(sight, { sight: { ...sight, held: { content, fingerprint: parts.fingerprintOf({ content }) } }, chunks });
  }
  for (const sight of byPath.values()) take(sight, unread());
  await packed.flush();
}

function unread(): GlowError {
  return new GlowError("conflict", "binding.seal", {
    message: "the file was not read: what is there is looked at again",
  });
}

export function isLarge({ sizeBytes }: { readonly sizeBytes: number }): boolean {
  return sizeBytes >= bindingLimits.largeBytes;
}

/** Puts chunks into packs, many at a time. */
class PackedChunks {
  readonly #parts: BindingParts;
  #waiting: StoredBlob[] = [];
  #bytes = 0;

  constructor(parts: BindingParts) {
    this.#parts = parts;
  }

  async add(chunks: readonly SealedChunk[]): Promise<void> {
    for (const { blob, stored } of chunks) {
      if (stored === undefined) continue;
      this.#waiting.push({ id: blob, stored });
      this.#bytes += stored.length;
    }
    if (this.#bytes >= bindingPace.putBytes) await this.flush();
  }

  async flush(): Promise<void> {
    const blobs = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (blobs.length > 0) await this.#parts.content.blobs.put(blobs);
  }
}

type ChunksBefore = ReadonlyMap<string, BackedChunk>;

/**
 * What large files backed so far, by name in hex: what of it is still in the file need not be sealed again, if the drive
 * has been told of it. It may not have been: that comes after the rows.
 */
async function chunksBefore(
  { rows, drive }: BindingParts,
  files: readonly LocalSight[],
): Promise<Map<ObjectId, ChunksBefore>> {
  const all = new Map<ObjectId, ChunksBefore>();
  for (const { object, stat, backed } of files) {
    if (backed !== true || !isLarge(stat)) continue;
    const chunks = new Map<string, BackedChunk>();
    for await (const page of rows.backedBy(object)) {
      const placed = await drive.placements(page.map(({ chunk }) => chunk.name));
      page.forEach((each, i) => {
        const blob = placed[i];
        if (blob !== undefined && equalBytes(blob, each.blob)) chunks.set(each.chunk.name.toHex(), each);
      });
    }
    if (chunks.size > 0) all.set(object, chunks);
  }
  return all;
}

/** The chunks of a large file where they lie now: those that were sealed, and those that were not because they are known. */
async function backedChunks(
  { content: { opener, blobs }, drive }: BindingParts,
  { object }: LocalSight,
  { content, chunks }: SealedContent,
  before: ChunksBefore | undefined,
): Promise<BackedChunk[]> {
  if (before === undefined) {
    return chunks.flatMap((chunk) => {
      if (chunk.stored !== undefined || chunk.offset === undefined) return [];
      return [{ blob: chunk.blob, chunk, object, offset: chunk.offset }];
    });
  }
  const sealed = new Map(chunks.map((chunk) => [chunk.name.toHex(), chunk]));
  const read = async (list: ChunkRef): Promise<Uint8Array> => {
    const stored = sealed.get(list.name.toHex())?.stored;
    if (stored !== undefined) return opener.open(list, stored);
    const [blob] = await drive.placements([list.name]);
    if (blob === undefined)
      throw new GlowError("unavailable", "binding.seal", { message: "a list of chunks is missing" });
    return opener.open(list, await blobs.get(blob));
  };
  const backed: BackedChunk[] = [];
  for await (const { chunk, offset } of walkChunks(content, 0, content.sizeBytes, read)) {
    const name = chunk.name.toHex();
    const blob = sealed.get(name)?.blob ?? before.get(name)?.blob;
    if (blob !== undefined) backed.push({ blob, chunk, object, offset });
  }
  return backed;
}

async function writeBacking({ rows }: BindingParts, sight: LocalSight, chunks: readonly BackedChunk[]): Promise<void> {
  if (sight.backed !== true && !isLarge(sight.stat)) return;
  const kept = new Set(chunks.map(({ blob, offset }) => `${blob.toHex()} ${offset}`));
  if (sight.backed === true)
    await rows.unback(sight.object, ({ blob, offset }) => kept.has(`${blob.toHex()} ${offset}`));
  await rows.back(chunks);
}

interface KnownContent {
  readonly content: Content;
  readonly backed: readonly BackedChunk[];
}

/**
 * Chunks are named with the key of their epoch: after a new one began, an unchanged file has other names. So a version of
 * the same size is compared with the file itself, chunk by chunk, before the file counts as another one.
 */
async function knownContent(
  parts: BindingParts,
  sight: LocalSight,
  sealed: Content,
): Promise<KnownContent | undefined> {
  if (sight.origin === "new" || parts.keys().all.length < 2) return undefined;
  const fingerprint = parts.fingerprintOf({ content: sealed });
  const [state] = await parts.drive.states([sight.object]);
  const heads = (state?.heads ?? []).filter(({ content }) => content?.sizeBytes === sealed.sizeBytes);
  if (heads.some((head) => equalBytes(parts.fingerprintOf(head), fingerprint))) return undefined;
  for (const { content } of heads) {
    const backed = content && (await backedAs(parts, sight, content));
    if (content !== undefined && backed !== undefined) return { content, backed };
  }
  return undefined;
}

/** The chunks of this content as the file has them; undefined if it holds another one. */
async function backedAs(parts: BindingParts, sight: LocalSight, content: Content): Promise<BackedChunk[] | undefined> {
  try {
    const leaves = await leavesOf(parts, content, AbortSignal.abort());
    for (let at = 0; at < leaves.length; at += bindingPace.rescueChunks) {
      const some = leaves.slice(at, at + bindingPace.rescueChunks);
      const resealed = await parts.agent.reseal(sight.path, some, parts.keys());
      if (resealed.includes(undefined)) return undefined;
    }
    if (!isLarge(sight.stat)) return [];
    const blobs = await parts.drive.placements(leaves.map(({ chunk }) => chunk.name));
    return leaves.flatMap(({ chunk, offset }, i) => {
      const blob = blobs[i];
      return blob === undefined ? [] : [{ blob, chunk, object: sight.object, offset }];
    });
  } catch {
    // A list that is not here, or that is forged: then it counts as another content.
    return undefined;
  }
}

function withoutBytes({ name, sizeBytes, blob, storedBytes, offset }: SealedChunk): SealedChunk {
  return { name, sizeBytes, blob, storedBytes, ...(offset !== undefined && { offset }) };
}
