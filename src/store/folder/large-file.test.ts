// Large files, sealed and drafted by several hands at once.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import { sealKeys } from "../../../test/store/bound-folder.ts";
import type { ChunkName, DraftName, LocalStat, SealedContent, SealResult } from "../contracts.ts";
import type { Draft, DraftPart } from "./folder-jobs.ts";
import { draftLargeFile, type RunJob, sealLargeFile } from "./large-file.ts";

const keys = sealKeys();
const partBytes = 10;

/** Parts are done when `finish` is called for them, in any order; where they end is told at once. */
class Parts {
  readonly begun: number[] = [];
  readonly #done = new Map<number, (result: SealResult) => void>();

  readonly run: RunJob = (_job, argument, told) => {
    if (!("offset" in argument)) return Promise.resolve(emptyOf(0) as never);
    const { offset } = argument;
    this.begun.push(offset);
    told?.(offset + partBytes);
    const { promise, resolve } = Promise.withResolvers<SealResult>();
    this.#done.set(offset, resolve);
    return promise;
  };

  async finish(offset: number, error?: GlowError): Promise<void> {
    this.#done.get(offset)?.({ path: "file", result: error ?? emptyOf(partBytes) });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }

  seal(hands: number, sizeBytes: number): Promise<SealResult> {
    const expected: LocalStat = {
      kind: "file",
      sizeBytes,
      modifiedNs: 0n,
      changedNs: 0n,
      file: "1",
      mode: 0o644,
    };
    return sealLargeFile(this.run, hands, { path: "file", expected, bytes: false }, keys);
  }
}

test("a part begins when it is known where the one before ends, and no more than there are hands", async () => {
  const parts = new Parts();
  const sealing = parts.seal(2, 4 * partBytes);
  await parts.finish(-1);
  expect(parts.begun).toEqual([0, 10]);
  await parts.finish(10);
  expect(parts.begun).toEqual([0, 10]);
  await parts.finish(0);
  expect(parts.begun).toEqual([0, 10, 20, 30]);
  await parts.finish(20);
  await parts.finish(30);
  expect((await sealing).result).not.toBeInstanceOf(GlowError);
});

test("what is wrong with a part is so with the file, when nothing is under way any more", async () => {
  const parts = new Parts();
  let isOver = false;
  const sealing = parts.seal(3, 9 * partBytes).finally(() => (isOver = true));
  await parts.finish(-1);
  expect(parts.begun).toEqual([0, 10, 20]);
  await parts.finish(0, new GlowError("conflict", "file.seal"));
  await parts.finish(10);
  expect(isOver).toBe(false);
  await parts.finish(20);
  expect((await sealing).result).toMatchObject({ kind: "conflict" });
  expect(parts.begun).toHaveLength(3);
});

/** The parts of a draft, each written when `finish` is called for it. */
class Drafting {
  readonly begun: DraftPart[] = [];
  readonly #done = new Map<number, (draft: Draft) => void>();

  readonly run: RunJob = async (_job, argument) => {
    const [part] = "parts" in argument ? argument.parts : [];
    if (part === undefined) throw new Error("drafts have parts");
    this.begun.push(part);
    const { promise, resolve } = Promise.withResolvers<Draft>();
    this.#done.set(part.offset, resolve);
    return [await promise];
  };

  get offsets(): number[] {
    return this.begun.map(({ offset }) => offset / folderLimits.draftPartBytes);
  }

  async finish(part: number, draft: Draft = "draft" as DraftName): Promise<void> {
    this.#done.get(part * folderLimits.draftPartBytes)?.(draft);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }

  draft(parts: number): Promise<Draft> {
    const sizeBytes = folderLimits.draftPartBytes;
    const chunk = { name: new Uint8Array(32) as ChunkName, sizeBytes };
    const chunks = Array.from({ length: parts }, () => ({ chunk, from: new Uint8Array(0) }));
    const file = { type: "file", path: "file", expected: undefined, mode: 0o644, modifiedNs: 5n, chunks } as const;
    return draftLargeFile(this.run, 2, file, keys);
  }
}

test("the first part of a draft makes it, the last ends it, and those in between are written at once", async () => {
  const parts = new Drafting();
  const drafting = parts.draft(5);
  await parts.finish(-1);
  expect(parts.offsets).toEqual([0]);
  await parts.finish(0);
  expect(parts.offsets).toEqual([0, 1, 2]);
  await parts.finish(2);
  await parts.finish(1);
  await parts.finish(3);
  expect(parts.offsets).toEqual([0, 1, 2, 3, 4]);
  await parts.finish(4);
  expect(parts.offsets).toEqual([0, 1, 2, 3, 4, 5]);
  expect(parts.begun.map(({ draft }) => draft)).toEqual([undefined, ...Array.from({ length: 5 }, () => "draft")]);
  expect(parts.begun.map(({ attributes }) => attributes?.modifiedNs)).toEqual([...Array.from({ length: 5 }), 5n]);
  await parts.finish(5);
  expect(await drafting).toBe("draft");
});

test("after a part that failed no more of the draft are begun, and what is under way is waited for", async () => {
  const parts = new Drafting();
  const drafting = parts.draft(5);
  await parts.finish(-1);
  await parts.finish(0);
  await parts.finish(2, new GlowError("exhausted", "file.draft"));
  await parts.finish(1, new GlowError("not-found", "file.draft"));
  expect(await drafting).toMatchObject({ kind: "exhausted" });
  expect(parts.offsets).toEqual([0, 1, 2]);
});

function emptyOf(sizeBytes: number): SealedContent {
  return { content: { sizeBytes, depth: 0, chunks: [] }, chunks: [] };
}
