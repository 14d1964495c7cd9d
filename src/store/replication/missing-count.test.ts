// What is missing is counted exactly where that is quick, and not too often where it is not.

import { expect, test } from "vitest";
import { spaceLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, Space } from "#glow";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { MissingCount } from "./missing-count.ts";

const sizeBytes = 100;
const pageMs = 5;

function story(missing: number) {
  const time = new VirtualTime();
  const state = { missing, pages: 0 };
  const idOf = (number: number): BlobId => {
    const id = new Uint8Array(33);
    new DataView(id.buffer).setUint32(0, number);
    return id as BlobId;
  };
  const numberOf = (id: BlobId) => new DataView(id.buffer).getUint32(0);
  const missingBlobs = async (after: BlobId | undefined, limit: number): Promise<readonly BlobOffer[]> => {
    state.pages++;
    await new Promise<void>((resolve) => void time.timers.after(pageMs, resolve));
    const from = after === undefined ? 0 : numberOf(after) + 1;
    const count = Math.max(0, Math.min(limit, state.missing - from));
    return Array.from({ length: count }, (_, at) => ({ id: idOf(from + at), sizeBytes }));
  };
  const count = new MissingCount(time.clock, { missingBlobs } satisfies Pick<Space, "missingBlobs">);
  return { time, state, count, read: () => time.play(count.read()) };
}

test("a few are counted anew as soon as it is worth it", async () => {
  const { time, state, read } = story(17);
  expect(await read()).toEqual({ blobs: 17, bytes: 1700 });
  state.missing = 20;
  await time.until(time.nowMs + 1000);
  expect(await read()).toEqual({ blobs: 20, bytes: 2000 });
});

test("very many are counted now and then, and what comes in between is reckoned off", async () => {
  const { time, state, count, read } = story(40_000);
  expect(await read()).toEqual({ blobs: 40_000, bytes: 4_000_000 });
  const { pages } = state;
  count.came(10_000);
  state.missing = 30_000;
  for (let asked = 0; asked < 10; asked++) {
    expect(await read()).toEqual({ blobs: 30_000, bytes: 3_000_000 });
    await time.until(time.nowMs + 50);
  }
  expect(state.pages, "ten questions within half a second have it counted no more").toBe(pages);
  await time.until(time.nowMs + 60_000);
  expect(await read()).toEqual({ blobs: 30_000, bytes: 3_000_000 });
  expect(state.pages).toBeGreaterThan(pages);
});

test("who asks while they are counted shares the count", async () => {
  const { time, state, count } = story(100);
  const [one, other] = await time.play(Promise.all([count.read(), count.read()]));
  expect(one).toEqual(other);
  expect(state.pages).toBe(1);
});

test(`past ${spaceLimits.countedBlobs} no more are counted (spaceLimits.countedBlobs)`, async () => {
  const { read } = story(spaceLimits.countedBlobs + 100_000);
  expect((await read()).blobs).toBe(spaceLimits.countedBlobs);
});
