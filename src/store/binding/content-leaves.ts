// The chunks of a content that the drive names. Of long content they stand in lists, which are chunks as well: these are
// fetched from others where they are not here.

import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import type { BlobId, BlobStore, BlobSupply, ChunkRef, Content, Drive } from "../contracts.ts";
import { type PlacedChunk, walkChunks } from "../content/list-walk.ts";
import type { BindingContent } from "./binding-parts.ts";

interface LeafParts {
  readonly drive: Pick<Drive, "placements">;
  readonly content: {
    readonly blobs: Pick<BlobStore, "has" | "get">;
    readonly supply: Pick<BlobSupply, "want">;
    readonly opener: BindingContent["opener"];
  };
}

/**
 * In the order of the content. Waits for lists as long as it takes; `cancelled` by the signal, `corrupt` for a forged list,
 * `too-large` past `bindingLimits.fileChunks`: a few lists that name one another can stand for terabytes.
 */
export async function leavesOf(parts: LeafParts, content: Content, signal?: AbortSignal): Promise<PlacedChunk[]> {
  const { content: source } = parts;
  const leaves: PlacedChunk[] = [];
  const read = async (list: ChunkRef): Promise<Uint8Array> => {
    signal?.throwIfAborted();
    const blob = await placementOf(parts, list);
    const [here] = await source.blobs.has([blob]);
    if (here !== true) await source.supply.want([blob], "now", signal);
    return source.opener.open(list, await source.blobs.get(blob));
  };
  for await (const leaf of walkChunks(content, 0, content.sizeBytes, read)) {
    if (leaves.push(leaf) > bindingLimits.fileChunks) throw tooManyChunks();
  }
  return leaves;
}

async function placementOf({ drive }: LeafParts, chunk: ChunkRef): Promise<BlobId> {
  const [blob] = await drive.placements([chunk.name]);
  if (blob !== undefined) return blob;
  const message = "where a part of this file lies has not come to this device yet";
  throw new GlowError("unavailable", "content.place", { message });
}

function tooManyChunks(): GlowError {
  const message = `it has more than ${bindingLimits.fileChunks} chunks, the most that a file has in a folder: it stays in the drive`;
  return new GlowError("too-large", "binding.place", { message });
}
