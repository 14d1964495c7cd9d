// All that backs blobs on this device without being a pack: the bound folders, as one source.

import type { BlobId, BlobSource, BlobStore, Subscription } from "#glow";

export class BlobSources implements BlobSource {
  readonly #sources = new Set<BlobSource>();

  add(source: BlobSource): Subscription {
    const own: BlobSource = { has: (ids) => source.has(ids), get: (ids) => source.get(ids) };
    this.#sources.add(own);
    return { stop: () => void this.#sources.delete(own) };
  }

  has(ids: readonly BlobId[]): Promise<boolean[]> {
    return anyHas([...this.#sources], ids);
  }

  /** Whether they are in packs, or here. */
  hasWith(packs: Pick<BlobStore, "has">, ids: readonly BlobId[]): Promise<boolean[]> {
    return anyHas([packs, ...this.#sources], ids);
  }

  async get(ids: readonly BlobId[]): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = ids.map(() => undefined);
    for (const source of this.#sources) {
      const missing = ids.flatMap((_, i) => (found[i] === undefined ? [i] : []));
      if (missing.length === 0) break;
      const given = await source.get(missing.map((i) => ids[i] as BlobId));
      for (const [at, i] of missing.entries()) found[i] = given[at];
    }
    return found;
  }
}

/** Each is asked only for what those before it have not. */
async function anyHas(places: readonly Pick<BlobSource, "has">[], ids: readonly BlobId[]): Promise<boolean[]> {
  const has = ids.map(() => false);
  for (const place of places) {
    const missing = ids.flatMap((_, i) => (has[i] === true ? [] : [i]));
    if (missing.length === 0) break;
    const found = await place.has(missing.map((i) => ids[i] as BlobId));
    for (const [at, i] of missing.entries()) has[i] = found[at] === true;
  }
  return has;
}
