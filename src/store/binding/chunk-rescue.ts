// Large files back their own chunks. Before the drive has one of them replaced or removed here, or the binding lets go of it,
// the chunks that would be lost with it are put into packs: those that no pack has, and that the new content does not back
// again. Whether another device holds them is not asked: it may be gone before this one is there again.

import type { ObjectId, StoredBlob } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { BackedChunk } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

type RescueParts = Pick<BindingParts, "rows" | "agent" | "content" | "keys">;

/** `kept` are blobs, in hex, that will be backed again. `exhausted` if there is no room: then the file must stay. */
export async function rescueChunks(parts: RescueParts, row: BindingRow, path: string, kept: ReadonlySet<string>) {
  for await (const page of parts.rows.backedBy(row.object)) {
    const lost = await lostOf(
      parts.content,
      page.filter(({ blob }) => !kept.has(blob.toHex())),
    );
    await saveAll(parts, path, lost);
  }
  await parts.content.blobs.sync();
}

export interface SoleContent {
  readonly files: number;
  readonly bytes: number;
}

/** How much there is that only files of this folder have. */
export async function soleContent(
  { rows, content }: Pick<RescueParts, "rows" | "content">,
  signal: AbortSignal,
): Promise<SoleContent> {
  let [files, bytes] = [0, 0];
  let last: ObjectId | undefined;
  for await (const page of rows.allBacked()) {
    signal.throwIfAborted();
    for (const { object, chunk } of await lostOf(content, page)) {
      // Those of one file come one after the other.
      if (object !== last) files += 1;
      last = object;
      bytes += chunk.sizeBytes;
    }
  }
  return { files, bytes };
}

/**
 * Of all files. What one of them has no more is lost already. `exhausted` if there is no room, `cancelled` by the signal;
 * what was saved before stays. `sole` is what `soleContent` found: for the progress, of which `moved` hears.
 */
export async function rescueAll(
  parts: RescueParts & Pick<BindingParts, "progress">,
  sole: SoleContent,
  { signal, moved }: { readonly signal: AbortSignal; readonly moved: () => void },
): Promise<void> {
  const { progress } = parts;
  let last: ObjectId | undefined;
  progress.expects("intoDrive", sole.files, sole.bytes);
  moved();
  try {
    for await (const page of parts.rows.allBacked()) {
      for (const [object, chunks] of Map.groupBy(await lostOf(parts.content, page), byObject)) {
        const path = await parts.rows.path(object);
        // A crash came between its rows and the change that would have told of it.
        if (path === undefined) continue;
        progress.moves("intoDrive", path, last === undefined || last === object ? 0 : 1, 0);
        last = object;
        const saved = (bytes: number): void => {
          progress.moves("intoDrive", path, 0, bytes);
          moved();
        };
        await saveAll(parts, path, chunks, { signal, saved });
      }
    }
    await parts.content.blobs.sync();
  } finally {
    progress.settles("intoDrive");
  }
}

function byObject({ object }: BackedChunk): ObjectId {
  return object;
}

async function lostOf(
  { blobs }: RescueParts["content"],
  chunks: readonly BackedChunk[],
): Promise<readonly BackedChunk[]> {
  if (chunks.length === 0) return chunks;
  const packed = await blobs.has(chunks.map(({ blob }) => blob));
  return chunks.filter((_, i) => packed[i] !== true);
}

async function saveAll(
  parts: RescueParts,
  path: string,
  chunks: readonly BackedChunk[],
  { signal, saved }: { readonly signal?: AbortSignal; readonly saved?: (bytes: number) => void } = {},
): Promise<void> {
  for (let at = 0; at < chunks.length; at += bindingPace.rescueChunks) {
    signal?.throwIfAborted();
    const some = chunks.slice(at, at + bindingPace.rescueChunks);
    await save(parts, path, some);
    saved?.(some.reduce((sum, { chunk }) => sum + chunk.sizeBytes, 0));
  }
}

async function save(
  { agent, content, keys }: RescueParts,
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
