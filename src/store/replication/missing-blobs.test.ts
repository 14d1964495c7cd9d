// What is missing comes into the queue, whatever comes in between.

import { beforeEach, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer } from "#glow";
import { BlobQueue } from "./blob-queue.ts";
import { MissingBlobs } from "./missing-blobs.ts";

/** What a space misses, by numbers. */
const lacking = new Set<number>();
/** Called when a page was read, before it is given. */
let reading: () => Promise<void> | void = () => undefined;
let failures = 0;
let queue = new BlobQueue();

beforeEach(() => {
  lacking.clear();
  reading = () => undefined;
  failures = 0;
  queue = new BlobQueue();
});

function blob(n: number): BlobId {
  const id = new Uint8Array(33);
  new DataView(id.buffer).setUint32(1, n);
  return id as BlobId;
}

function numberOf(id: BlobId): number {
  return new DataView(id.buffer, id.byteOffset).getUint32(1);
}

function lack(from: number, count: number): BlobOffer[] {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  for (const n of numbers) lacking.add(n);
  return numbers.map((n) => ({ id: blob(n), sizeBytes: 1 }));
}

/** Those of the queue come, one and all, as often as there are any: what is listed then. */
async function drain(missing: MissingBlobs): Promise<number> {
  let came = 0;
  for (let turn = 0; turn < 10_000 && !(missing.isListed && queue.queued === 0); turn++) {
    for (const each of queue.take(1e9, 1e9, () => true)) {
      lacking.delete(numberOf(each.id));
      queue.remove(each);
      came++;
    }
    missing.list();
    await Promise.resolve();
  }
  return came;
}

function missingBlobs(): MissingBlobs {
  const holding = {
    has: async (ids: readonly BlobId[]) => ids.map((id) => !lacking.has(numberOf(id))),
    space: {
      missingBlobs: async (after: BlobId | undefined, limit: number): Promise<BlobOffer[]> => {
        const from = after === undefined ? -1 : numberOf(after);
        const numbers = [...lacking].filter((n) => n > from).sort((a, b) => a - b);
        await reading();
        return numbers.slice(0, limit).map((n) => ({ id: blob(n), sizeBytes: 1 }));
      },
    },
  };
  const events = { found: () => undefined, failed: () => void failures++ };
  return new MissingBlobs(holding, queue, events);
}

test("what is to be listed anew while the last page is being read is", async () => {
  const missing = missingBlobs();
  lack(10, 1);
  reading = () => {
    reading = () => undefined;
    lack(5, 1);
    missing.listAnew();
  };
  expect(await drain(missing)).toBe(2);
  expect(lacking.size).toBe(0);
});

test("what is to be listed anew after some pages is, also what lies before them", async () => {
  const missing = missingBlobs();
  lack(1_000_000, 3 * replicationLimits.queuedBlobs);
  let pages = 0;
  reading = () => {
    if (++pages !== 3) return;
    lack(5, 7);
    missing.listAnew();
  };
  expect(await drain(missing)).toBe(3 * replicationLimits.queuedBlobs + 7);
});

test("more than `replicationLimits.queuedBlobs` that are offered at once are found in the list", async () => {
  const missing = missingBlobs();
  lack(1_000_000, 5000);
  let pages = 0;
  reading = () => {
    if (++pages === 2) missing.offer(lack(0, replicationLimits.queuedBlobs + 1));
  };
  expect(await drain(missing)).toBe(5000 + replicationLimits.queuedBlobs + 1);
});

test("what could not be looked up is listed later", async () => {
  const missing = missingBlobs();
  lack(1_000_000, 5000);
  let pages = 0;
  reading = () => (++pages === 2 ? Promise.reject(new GlowError("corrupt", "index.read")) : undefined);
  expect(await drain(missing)).toBe(5000);
  expect(failures).toBe(1);
  expect(lacking.size).toBe(0);
});
