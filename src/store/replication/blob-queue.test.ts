// The order in which blobs are asked for.

import { expect, test } from "vitest";
import type { BlobId } from "#glow";
import { BlobQueue, type QueuedBlob } from "./blob-queue.ts";

const everybody = () => true;

function id(number: number): BlobId {
  return new Uint8Array(33).fill(number) as BlobId;
}

function numbers(blobs: readonly QueuedBlob[]): number[] {
  return blobs.map((blob) => blob.id[0] as number);
}

test("what somebody waits for comes first, then what has just come; of each, small ones first", () => {
  const queue = new BlobQueue();
  queue.add(id(1), 1_000_000, "whenever");
  queue.add(id(2), 100, "whenever");
  queue.add(id(3), 1_000_000, "soon");
  queue.add(id(4), 100, "soon");
  queue.add(id(5), 1_000_000, "now");
  queue.add(id(6), 100, "now");
  expect(queue.isUrgent).toBe(true);
  expect(numbers(queue.take(1e9, 10, everybody))).toEqual([6, 5, 4, 3, 2, 1]);
  expect(queue.isUrgent).toBe(false);
  expect(queue.queued).toBe(0);
  expect(queue.asked.size).toBe(6);
});

test("it gives what fits, and one in any case", () => {
  const queue = new BlobQueue();
  for (let at = 1; at <= 5; at++) queue.add(id(at), 100_000, "soon");
  expect(numbers(queue.take(1, 10, everybody))).toEqual([1]);
  expect(numbers(queue.take(250_000, 10, everybody))).toEqual([2, 3]);
  expect(numbers(queue.take(1e9, 1, everybody))).toEqual([4]);
});

test("one that becomes more urgent moves up, and none moves down", () => {
  const queue = new BlobQueue();
  queue.add(id(1), 100, "soon");
  queue.add(id(2), 100, "whenever");
  queue.add(id(2), 100, "now");
  queue.add(id(1), 100, "whenever");
  expect(queue.size).toBe(2);
  expect(numbers(queue.take(1e9, 10, everybody))).toEqual([2, 1]);
});

test("a blob that is asked for is not asked for twice, until it is put back", () => {
  const queue = new BlobQueue();
  queue.add(id(1), 100, "soon");
  const [blob] = queue.take(1e9, 10, everybody) as [QueuedBlob];
  queue.add(id(1), 100, "now");
  expect(queue.take(1e9, 10, everybody)).toEqual([]);
  queue.putBack(blob);
  // It has become urgent meanwhile.
  expect(queue.isUrgent).toBe(true);
  expect(queue.take(1e9, 10, everybody)).toEqual([blob]);
});

test("who cannot give what comes first is given what comes after", () => {
  const queue = new BlobQueue();
  for (let at = 1; at <= 4; at++) queue.add(id(at), 100, "soon");
  expect(numbers(queue.take(1e9, 10, (blob) => (blob.id[0] as number) % 2 === 0))).toEqual([2, 4]);
  expect(numbers(queue.take(1e9, 10, everybody))).toEqual([1, 3]);
});

test("what nobody has is set aside until it is recalled", () => {
  const queue = new BlobQueue();
  for (let at = 1; at <= 2; at++) queue.add(id(at), 100, "soon");
  for (const blob of queue.take(1e9, 10, everybody)) queue.setAside(blob);
  expect(queue.setAsideCount).toBe(2);
  expect(queue.queued).toBe(0);
  queue.recall((blob) => blob.id[0] === 1);
  expect(numbers(queue.take(1e9, 10, everybody))).toEqual([1]);
});

test("what has come is known until it is kept, and queued again if it could not be", () => {
  const queue = new BlobQueue();
  const blob = queue.add(id(1), 100, "soon");
  queue.take(1e9, 10, everybody);
  queue.came(blob);
  queue.add(id(1), 100, "now");
  queue.putBack(blob);
  expect(queue.queued).toBe(0);
  queue.wentAway(blob);
  expect(queue.queued).toBe(1);
  queue.came(blob);
  queue.remove(blob);
  expect(queue.size).toBe(0);
  expect(queue.has(blob)).toBe(false);
});
