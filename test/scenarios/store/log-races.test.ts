// Answers of the index that come late: meanwhile packs were rewritten, and blobs removed, put and made durable.

import { expect } from "vitest";
import type { BlobPlace, StoredBlob } from "#glow";
import { PackBlobStore } from "#store/log/blob-store.ts";
import { openGround, type StoreGround, someBlobs } from "../../compliance/blob-store-ground.ts";
import { simulatedGround } from "../../compliance/blob-store-subjects.ts";
import { suite } from "../../compliance/subject.ts";
import { WatchedIndex } from "./log-watched-index.ts";

/** A store whose index can be made to answer late. */
class LateStore {
  readonly store: PackBlobStore;
  readonly #late: { waits: Promise<void> | undefined };

  private constructor(store: PackBlobStore, late: { waits: Promise<void> | undefined }) {
    this.store = store;
    this.#late = late;
  }

  static async open(ground: StoreGround): Promise<LateStore> {
    const open = await openGround(ground);
    const late: { waits: Promise<void> | undefined } = { waits: undefined };
    const index = new WatchedIndex(open.index, async ({ path }, perform) => {
      const waits = path === "read" ? late.waits : undefined;
      const result = await perform();
      await waits;
      return result;
    });
    return new LateStore(await PackBlobStore.open({ ...open, index, sizes: { segmentBytes: 40_000 } }), late);
  }

  /** What `ask` finds in the index is given to it only when `meanwhile` is over. */
  async late<Result>(ask: () => Promise<Result>, meanwhile: () => Promise<void>): Promise<Result> {
    let answer = () => {};
    this.#late.waits = new Promise((resolve) => {
      answer = resolve;
    });
    const asked = ask();
    // It asks the index at once. Others are answered as ever.
    this.#late.waits = undefined;
    await meanwhile();
    answer();
    return asked;
  }
}

suite("answers that come late", simulatedGround, (check) => {
  const kept = (blobs: readonly StoredBlob[]) => blobs.filter((_, i) => i % 5 === 0);
  const dead = (blobs: readonly StoredBlob[]) => blobs.filter((_, i) => i % 5 !== 0);
  const ids = (blobs: readonly StoredBlob[]) => blobs.map(({ id }) => id);

  async function filled(ground: StoreGround): Promise<{ late: LateStore; blobs: StoredBlob[] }> {
    const late = await LateStore.open(ground);
    const blobs = someBlobs(ground.crypto, 100, [1500]);
    await late.store.put(blobs);
    await late.store.sync();
    await late.store.remove(ids(dead(blobs)));
    return { late, blobs };
  }

  check("what a compaction has moved is there, and is not put again", async (ground) => {
    const { late, blobs } = await filled(ground);
    const { store } = late;
    const has = await late.late(
      () => store.has(ids(kept(blobs))),
      () => store.compact(),
    );
    expect(has).toEqual(kept(blobs).map(() => true));
    await store.remove(ids(kept(blobs).slice(0, 15)));
    const alive = kept(blobs).slice(15);
    await late.late(
      () => store.put(alive),
      () => store.compact(),
    );
    await store.sync();
    expect(await store.usage()).toMatchObject({ blobs: alive.length });
  });

  check("what a compaction has moved is read where it is, and its place is one that there is", async (ground) => {
    const { late, blobs } = await filled(ground);
    const { store } = late;
    const [first] = kept(blobs) as [StoredBlob];
    const stored = await late.late(
      () => store.get(first.id),
      () => store.compact(),
    );
    expect(stored).toEqual(first.stored);
    await store.remove(ids(kept(blobs).slice(1)));
    const [place] = await late.late(
      () => store.places([first.id]),
      () => store.compact(),
    );
    const file = await ground.disk.open((place as BlobPlace).path);
    expect(await file.read((place as BlobPlace).offset, (place as BlobPlace).sizeBytes)).toEqual(first.stored);
  });

  check("what is put and made durable meanwhile is put once, whether it was there before or not", async (ground) => {
    const { late, blobs } = await filled(ground);
    const { store } = late;
    const some = [...dead(blobs).slice(0, 10), ...someBlobs(ground.crypto, 10, [700], 1000)];
    let put: Promise<void> | undefined;
    await late.late(
      () => store.put(some),
      async () => {
        put = store.put(some);
        // It may wait for the other one, and must not be over before.
        for (let turn = 0; turn < 50; turn++) await ground.disk.list("");
        await store.sync();
      },
    );
    await put;
    await store.sync();
    expect(await store.usage()).toMatchObject({ blobs: 40 });
    expect(await store.has(ids(some))).toEqual(some.map(() => true));
  });
});
