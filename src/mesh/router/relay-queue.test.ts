// What waits at a relay, seen by the link that asks for it.

import { expect, test } from "vitest";
import { routerLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { LinkPacket } from "../link/link-packet.ts";
import { RelayAccount } from "./relay-account.ts";
import type { RelayedPacket } from "./relay-flow.ts";
import { RelayQueue } from "./relay-queue.ts";

const random = new SeededRandom("relay queue");

function ids(from: number): Uint8Array {
  return new Uint8Array(66).fill(1, 0, 33).fill(from, 33);
}

function packet(account: RelayAccount, from: number, body: Uint8Array): RelayedPacket {
  const header = { priority: 2, congested: false, hopsLeft: 9 } as const;
  return { ...header, ids: ids(from), body: [body], sizeBytes: body.length, account };
}

/** The senders of what leaves with the next packet of the link. */
function leaving(queue: RelayQueue): number[] {
  const link = new LinkPacket();
  while (queue.has(2)) {
    const before = link.blockBytes;
    queue.fill(link, 2);
    if (link.blockBytes === before) break;
  }
  return link.bodies().map((body) => body[0] as number);
}

test("flows take turns, however much waits of one", () => {
  const account = new RelayAccount();
  const queue = new RelayQueue(account, random, () => undefined);
  for (let i = 0; i < 10; i++) queue.add(packet(account, 7, new Uint8Array(40_000).fill(7)));
  for (const from of [8, 9])
    for (let i = 0; i < 2; i++) queue.add(packet(account, from, new Uint8Array(40_000).fill(from)));
  const order = [];
  while (queue.has(2)) order.push(...leaving(queue));
  expect(order.slice(0, 6)).toEqual([7, 8, 9, 7, 8, 9]);
  expect(order.length).toBe(14);
  expect([queue.heldBytes, account.heldBytes]).toEqual([0, 0]);
});

test("flows whose origin is gone are forgotten as they become empty, and the queue with the last", () => {
  const account = new RelayAccount();
  let isEmptied = false;
  const queue = new RelayQueue(account, random, () => {
    isEmptied = true;
  });
  for (const from of [1, 2, 3]) queue.add(packet(account, from, new Uint8Array(10)));
  expect(account.flows).toBe(3);
  account.close();
  expect([account.flows, isEmptied]).toEqual([3, false]);
  leaving(queue);
  expect([account.flows, isEmptied]).toEqual([0, true]);
});

test("what waits keeps little memory beside its own: views into much larger buffers are copied", () => {
  const account = new RelayAccount();
  const queue = new RelayQueue(account, random, () => undefined);
  const kept = new Set<ArrayBufferLike>();
  for (let i = 0; i < 1000; i++) {
    const waiting = packet(account, 5, new Uint8Array(64 * 1024).subarray(100, 150));
    queue.add(waiting);
    for (const piece of waiting.body) kept.add(piece.buffer);
    expect(waiting.ids.buffer.byteLength).toBe(66);
  }
  let keptBytes = 0;
  for (const { byteLength } of kept) keptBytes += byteLength;
  expect(keptBytes).toBeLessThan(routerLimits.neighbourBytes / 1.5);
  expect(queue.takeAll().length).toBe(1000);
  expect([account.flows, account.heldBytes]).toEqual([0, 0]);
});
