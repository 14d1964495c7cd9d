// Large files, sealed by several hands at once.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { sealKeys } from "../../../test/store/bound-folder.ts";
import type { LocalStat, SealedContent, SealResult } from "../contracts.ts";
import { type RunJob, sealLargeFile } from "./large-file.ts";

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

function emptyOf(sizeBytes: number): SealedContent {
  return { content: { sizeBytes, depth: 0, chunks: [] }, chunks: [] };
}
