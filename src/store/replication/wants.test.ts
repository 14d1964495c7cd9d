// Who waits for blobs, until they come or nobody wants them.

import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId } from "#glow";
import { Wants } from "./wants.ts";

function ids(count: number, from = 0): BlobId[] {
  return Array.from(
    { length: count },
    (_, at) =>
      new Uint8Array(33)
        .fill(0)
        .with(0, (from + at) & 255)
        .with(1, (from + at) >> 8) as BlobId,
  );
}

const ignored = () => undefined;

test("a want is over when the last of its blobs has come, each of which counts once", async () => {
  const wants = new Wants();
  const [a, b] = ids(2) as [BlobId, BlobId];
  const want = wants.add([a, b, a], undefined, ignored);
  let isOver = false;
  void want.over.then(() => (isOver = true));
  wants.came(toHex(a));
  await Promise.resolve();
  expect(isOver).toBe(false);
  wants.came(toHex(b));
  await want.over;
  expect(wants.has(toHex(a))).toBe(false);
});

test("nothing at all is there at once", async () => {
  await new Wants().add([], undefined, ignored).over;
});

test("a blob is unwanted when the last who waited for it waits no more", async () => {
  const wants = new Wants();
  const [id] = ids(1) as [BlobId];
  const gone: string[] = [];
  const signal = new AbortController();
  const one = wants.add([id], signal.signal, (key) => gone.push(key));
  const other = wants.add([id], undefined, (key) => gone.push(key));
  signal.abort();
  await expect(one.over).rejects.toMatchObject({ kind: "cancelled" });
  one.end();
  expect(gone).toEqual([]);
  other.end();
  expect(gone).toEqual([toHex(id)]);
});

test("what is given up before it begins is never wanted", () => {
  const wants = new Wants();
  expect(() => wants.add(ids(1), AbortSignal.abort(), ignored)).toThrow(expect.objectContaining({ kind: "cancelled" }));
  expect(wants.has(toHex(ids(1)[0] as BlobId))).toBe(false);
});

test("at the end all who wait are told why", async () => {
  const wants = new Wants();
  const want = wants.add(ids(3), undefined, ignored);
  wants.end(new GlowError("cancelled", "test.end", { message: "the end" }));
  await expect(want.over).rejects.toMatchObject({ message: "the end" });
});

test(`a flood of wants is refused past ${replicationLimits.wanted}`, () => {
  const wants = new Wants();
  wants.add(ids(replicationLimits.wanted), undefined, ignored);
  const more = new Uint8Array(33).fill(9) as BlobId;
  expect(() => wants.add([more], undefined, ignored)).toThrow(expect.objectContaining({ kind: "exhausted" }));
});
