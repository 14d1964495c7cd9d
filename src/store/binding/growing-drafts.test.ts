// What is written of large files before they are whole, and what becomes of it.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import type { BlobId, BlobPlace, ChunkName, DraftName, FilePart, ObjectId, SealKeys } from "../contracts.ts";
import type { BackedChunk } from "./binding-rows.ts";
import { GrowingDrafts, type GrowingFile } from "./growing-drafts.ts";
import { bindingPace } from "./pace.ts";

/** A folder and packs in which each chunk is as large as a part. */
class Bench {
  readonly written: FilePart[] = [];
  readonly discarded: string[] = [];
  /** Called before a part is written. */
  writing: (part: FilePart) => Promise<void> | void = () => undefined;
  /** Blobs that lie in a file of the folder, by their first byte. */
  readonly local = new Set<number>();
  readonly #wanted: { ids: readonly BlobId[]; came: () => void }[] = [];
  readonly drafts: GrowingDrafts;

  constructor() {
    const place = (id: BlobId): BlobPlace => ({ path: "pack", offset: id[0] ?? 0, sizeBytes: 1 });
    const file = (id: BlobId): BackedChunk => {
      const chunk = { name: new Uint8Array(32) as ChunkName, sizeBytes: 1 };
      return { object: "other" as ObjectId, offset: id[0] ?? 0, blob: id, chunk };
    };
    const parts = {
      keys: () => ({}) as SealKeys,
      content: {
        supply: { want: (ids: readonly BlobId[], _: string, signal?: AbortSignal) => this.#want(ids, signal) },
        blobs: {
          get: () => Promise.reject(new GlowError("not-found", "blob.get")),
          places: async (ids: readonly BlobId[]) =>
            ids.map((id) => (this.local.has(id[0] ?? 0) ? undefined : place(id))),
        },
      },
      rows: { backed: async (ids: readonly BlobId[]) => ids.map(file), path: async () => "other" },
      agent: {
        draft: async (part: FilePart): Promise<DraftName> => {
          await this.writing(part);
          this.written.push(part);
          return part.draft ?? (`of ${part.path}` as DraftName);
        },
        discard: async (draft: DraftName) => void this.discarded.push(draft),
      },
    };
    this.drafts = new GrowingDrafts(parts, async () => undefined);
  }

  /** These have come, by their first bytes. */
  async come(...blobs: readonly number[]): Promise<void> {
    for (const { ids, came } of this.#wanted) if (ids.every((id) => blobs.includes(id[0] ?? 0))) came();
    await turns();
  }

  /** How many were asked for, come or not. */
  get wanted(): number {
    return this.#wanted.length;
  }

  get offsets(): number[] {
    return this.written.map(({ offset }) => offset / bindingPace.draftBytes);
  }

  #want(ids: readonly BlobId[], signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (): void => reject(new GlowError("cancelled", "blob.want"));
    if (signal?.aborted === true) end();
    signal?.addEventListener("abort", end);
    this.#wanted.push({ ids, came: resolve });
    return promise;
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

function fileOf(name: string, fingerprint = "content", numbers: readonly number[] = [0, 1, 2]): GrowingFile {
  const chunks = numbers.map((n) => ({
    chunk: { name: new Uint8Array(32).fill(n) as ChunkName, sizeBytes: bindingPace.draftBytes },
    offset: n * bindingPace.draftBytes,
    blob: blob(n),
  }));
  return { object: name as ObjectId, fingerprint, path: name, chunks };
}

function blob(n: number): BlobId {
  return new Uint8Array(32).fill(n) as BlobId;
}

function missing(...blobs: readonly number[]): Set<string> {
  return new Set(blobs.map((n) => blob(n).toHex()));
}

/** Tries it, until it is given up or has failed. */
async function tryOnce(
  bench: Bench,
  file: GrowingFile,
  lacking: readonly number[],
  come: readonly number[],
): Promise<unknown> {
  const patience = new AbortController();
  const growing = bench.drafts.grow(file, missing(...lacking), patience.signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await bench.come(...come);
  patience.abort();
  return growing;
}

const never = new AbortController().signal;

test("parts are written as they come, in any order, and the first one makes the draft", async () => {
  const bench = new Bench();
  const file = fileOf("a");
  const growing = bench.drafts.grow(file, missing(0, 1, 2), never);
  await turns();
  expect(bench.drafts.grown(file.object, "content")).toBeUndefined();
  await bench.come(2);
  expect(bench.drafts.grown(file.object, "content")).toEqual({
    draft: "of a",
    offsets: new Set([2 * bindingPace.draftBytes]),
  });
  expect(bench.drafts.grown(file.object, "other content")).toBeUndefined();
  await bench.come(0, 1);
  await growing;
  expect(bench.offsets).toEqual([2, 0, 1]);
  expect(bench.written.map(({ draft }) => draft)).toEqual([undefined, "of a", "of a"]);
});

test("what lies in files of the folder is left to the file's turn", async () => {
  const bench = new Bench();
  bench.local.add(1);
  await bench.drafts.grow(fileOf("a"), missing(), never);
  expect(bench.offsets).toEqual([0, 2]);
});

test("no more than `bindingPace.draftLanes` parts are written at once", async () => {
  const bench = new Bench();
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  bench.writing = () => {
    begun++;
    return promise;
  };
  const growing = [fileOf("a"), fileOf("b")].map((file) => bench.drafts.grow(file, missing(), never));
  await turns();
  expect(begun).toBeLessThanOrEqual(bindingPace.draftLanes);
  resolve();
  await Promise.all(growing);
  expect(bench.written).toHaveLength(6);
});

test("chunks of no more than `bindingPace.draftsAhead` parts are wanted at once, however long the file is", async () => {
  const bench = new Bench();
  const numbers = Array.from({ length: 3 * bindingPace.draftsAhead }, (_, n) => n);
  const growing = bench.drafts.grow(fileOf("a", "content", numbers), missing(...numbers), never);
  await turns();
  expect(bench.wanted).toBe(bindingPace.draftsAhead);
  for (const n of numbers) {
    await bench.come(n);
    expect(bench.wanted).toBeLessThanOrEqual(bindingPace.draftsAhead + n + 1);
  }
  await growing;
  expect(bench.offsets.toSorted((a, b) => a - b)).toEqual(numbers);
});

describe("what is given up", () => {
  test("is gone on with, as long as something comes of it", async () => {
    const bench = new Bench();
    const file = fileOf("a");
    expect(await tryOnce(bench, file, [0, 1, 2], [0])).toMatchObject({ kind: "cancelled" });
    expect(await tryOnce(bench, file, [1, 2], [])).toMatchObject({ kind: "cancelled" });
    expect(bench.offsets).toEqual([0]);
    expect(bench.discarded).toEqual([]);
    await tryOnce(bench, file, [1, 2], [1]);
    expect(bench.discarded).toEqual(["of a"]);
    expect(bench.offsets).toEqual([0]);
    expect(await tryOnce(bench, file, [2], [2])).toBeUndefined();
    expect(bench.offsets.toSorted((a, b) => a - b)).toEqual([0, 0, 1, 2]);
  });

  test("is dropped when the drive has another content", async () => {
    const bench = new Bench();
    await tryOnce(bench, fileOf("a"), [0, 1, 2], [0]);
    bench.drafts.keep("a" as ObjectId, "content");
    expect(bench.discarded).toEqual([]);
    await tryOnce(bench, fileOf("a", "other content"), [0, 1, 2], []);
    await turns();
    expect(bench.discarded).toEqual(["of a"]);
  });

  test("is kept of `bindingLimits.keptDrafts` files: of more, the first is written anew", async () => {
    const bench = new Bench();
    for (let n = 0; n < bindingLimits.keptDrafts; n++) await tryOnce(bench, fileOf(`${n}`), [0, 1, 2], [0]);
    expect(bench.discarded).toEqual([]);
    await tryOnce(bench, fileOf("one more"), [0, 1, 2], [0]);
    await turns();
    expect(bench.discarded).toEqual(["of 0"]);
    bench.written.splice(0);
    expect(await tryOnce(bench, fileOf("0"), [1, 2], [1, 2])).toBeUndefined();
    expect(bench.offsets.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});

test("a part that cannot be written ends it: nothing is waited for, and nothing left", async () => {
  const bench = new Bench();
  bench.writing = ({ offset }) => {
    if (offset > 0) throw new GlowError("exhausted", "file.draft");
  };
  const growing = bench.drafts.grow(fileOf("a"), missing(0, 1, 2), never);
  const ended = growing.catch((thrown: unknown) => thrown);
  await turns();
  await bench.come(0);
  await bench.come(1);
  expect(await ended).toMatchObject({ kind: "exhausted" });
  await turns();
  expect(bench.discarded).toEqual(["of a"]);
});

test("when it stops, what is being written is waited for, and removed", async () => {
  const bench = new Bench();
  const { promise, resolve } = Promise.withResolvers<void>();
  bench.writing = () => promise;
  const growing = bench.drafts.grow(fileOf("a"), missing(), never);
  const ended = growing.catch((thrown: unknown) => thrown);
  await turns();
  let isStopped = false;
  const stopping = bench.drafts.stop().then(() => (isStopped = true));
  await turns();
  expect(isStopped).toBe(false);
  resolve();
  await stopping;
  expect(await ended).toMatchObject({ kind: "cancelled" });
  expect(bench.discarded).toEqual(["of a"]);
  expect(bench.offsets.length).toBeLessThan(3);
});
