// Where what files need lies on this device: in packs, or in large files of the folder itself.

import type { BlobId, BlobStore, SourcedChunk } from "../contracts.ts";
import type { BindingRows } from "./binding-rows.ts";

export interface SourceParts {
  readonly content: { readonly blobs: Pick<BlobStore, "places" | "get"> };
  readonly rows: Pick<BindingRows, "backed" | "path">;
}

/** By blob in hex. */
export type Sources = ReadonlyMap<string, SourcedChunk["from"]>;

/** `not-found` for what is in neither. */
export async function sourcesOf({ content, rows }: SourceParts, blobs: readonly BlobId[]): Promise<Sources> {
  const places = blobs.length === 0 ? [] : await content.blobs.places(blobs);
  const sources = new Map<string, SourcedChunk["from"]>();
  const rest: BlobId[] = [];
  blobs.forEach((blob, i) => {
    const place = places[i];
    if (place === undefined) rest.push(blob);
    else sources.set(blob.toHex(), place);
  });
  const backed = rest.length === 0 ? [] : await rows.backed(rest);
  for (const [i, blob] of rest.entries()) {
    const file = backed[i];
    const local = file && (await rows.path(file.object));
    // What was put a moment ago may have no place yet.
    sources.set(
      blob.toHex(),
      file !== undefined && local !== undefined ? { local, offset: file.offset } : await content.blobs.get(blob),
    );
  }
  return sources;
}

/** After a failure: those that turn out to be damaged count as missing from then on, and come once more from elsewhere. */
export async function findDamaged({ blobs }: SourceParts["content"], ids: readonly BlobId[]): Promise<void> {
  for (const id of ids) await blobs.get(id).catch(() => undefined);
}
