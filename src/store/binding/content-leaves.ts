// The chunks of a content that the drive names. Of long content they stand in lists, which are chunks as well: these are
// fetched from others where they are not here.

import { GlowError } from "#base/errors.ts";
import type { BlobId, ChunkRef, Content } from "../contracts.ts";
import { type PlacedChunk, walkChunks } from "../content/list-walk.ts";
import type { BindingParts } from "./binding-parts.ts";

type LeafParts = Pick<BindingParts, "drive" | "content">;

/** In the order of the content. Waits for lists as long as it takes; `cancelled` by the signal, `corrupt` for a forged list. */
export async function leavesOf(parts: LeafParts, content: Content, signal?: AbortSignal): Promise<PlacedChunk[]> {
  const { content: source } = parts;
  const leaves: PlacedChunk[] = [];
  const read = async (list: ChunkRef): Promise<Uint8Array> => {
    const blob = await placementOf(parts, list);
    const [here] = await source.blobs.has([blob]);
    if (here !== true) await source.supply.want([blob], "now", signal);
    return source.opener.open(list, await source.blobs.get(blob));
  };
  for await (const leaf of walkChunks(content, 0, content.sizeBytes, read)) leaves.push(leaf);
  return leaves;
}

async function placementOf({ drive }: LeafParts, chunk: ChunkRef): Promise<BlobId> {
  const [blob] = await drive.placements([chunk.name]);
  if (blob !== undefined) return blob;
  const message = "where a part of this file lies has not come to this device yet";
  throw new GlowError("unavailable", "content.place", { message });
}
