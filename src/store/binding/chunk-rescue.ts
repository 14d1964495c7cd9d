// Large files back their own chunks. Before the drive has one of them replaced or removed here, the chunks that would be
// lost with it are put into packs: those that no pack has, and that the new content does not back again. Whether another
// device holds them is not asked: it may be gone before this one is there again.

import type { StoredBlob } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { BackedChunk } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

/** `kept` are blobs, in hex, that will be backed again. `exhausted` if there is no room: then the file must stay. */
export async function rescueChunks(parts: BindingParts, row: BindingRow, path: string, kept: ReadonlySet<string>) {
  for await (const page of parts.rows.backedBy(row.object)) {
    const lost = await lostOf(
      parts,
      page.filter(({ blob }) => !kept.has(blob.toHex())),
    );
    for (let at = 0; at < lost.length; at += bindingPace.rescueChunks) {
      await save(parts, path, lost.slice(at, at + bindingPace.rescueChunks));
    }
  }
  await parts.content.blobs.sync();
}

async function lostOf({ content }: BindingParts, chunks: readonly BackedChunk[]): Promise<readonly BackedChunk[]> {
  if (chunks.length === 0) return chunks;
  const packed = await content.blobs.has(chunks.map(({ blob }) => blob));
  return chunks.filter((_, i) => packed[i] !== true);
}

async function save(
  { agent, content, keys }: BindingParts,
  path: string,
  chunks: readonly BackedChunk[],
): Promise<void> {
  const wanted = chunks.map(({ blob, chunk, offset }) => ({ blob, chunk, offset }));
  const sealed = await agent.reseal(path, wanted, keys());
  const blobs = chunks.flatMap(({ blob }, i): StoredBlob[] => {
    const stored = sealed[i];
    // It has changed here: then it is not replaced either, and what was in it is gone already.
    return stored === undefined ? [] : [{ id: blob, stored }];
  });
  if (blobs.length > 0) await content.blobs.put(blobs);
}
