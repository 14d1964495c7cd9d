// What is under way, what has arrived, and what must be taken for lost.

import { expect, test } from "vitest";
import type { PriorityClass } from "../wire/priority.ts";
import { SentPacket, SentPackets } from "./sent-packets.ts";

class Ledger {
  readonly acknowledged: number[] = [];
  readonly lost: number[] = [];
  readonly packets = new SentPackets({
    packetAcknowledged: ({ number }) => this.acknowledged.push(number),
    packetLost: ({ number }) => this.lost.push(number),
  });

  send(count: number, priority: PriorityClass = 2, atMs = 0): void {
    for (let i = 0; i < count; i++) this.packets.add(new SentPacket(this.packets.next, priority, atMs));
  }
}

test("acknowledges each packet once, from the newest to the oldest, and forgets it", () => {
  const ledger = new Ledger();
  ledger.send(10);
  expect(ledger.packets.acknowledge([7, 9, 2, 4])?.number).toBe(8);
  expect(ledger.packets.acknowledge([7, 9, 1, 5])?.number).toBe(4);
  expect(ledger.packets.acknowledge([7, 9, 1, 5])).toBeUndefined();
  expect(ledger.acknowledged).toEqual([8, 7, 3, 2, 4, 1]);
  expect([ledger.packets.count, ledger.packets.next]).toEqual([4, 10]);
  ledger.packets.acknowledge([0, 10]);
  expect([ledger.packets.count, ledger.packets.bytes]).toEqual([0, 0]);
});

test("an acknowledgement of what never left is a violation", () => {
  const ledger = new Ledger();
  ledger.send(3);
  expect(() => ledger.packets.acknowledge([0, 4])).toThrow(expect.objectContaining({ kind: "protocol" }));
});

test("a packet is lost when three of its priority that left later have arrived", () => {
  const ledger = new Ledger();
  ledger.send(6);
  ledger.packets.acknowledge([1, 3]);
  expect(ledger.packets.detect(0, 100)).toEqual({ newest: -1, againMs: 100 });
  ledger.packets.acknowledge([3, 4]);
  expect(ledger.packets.detect(0, 100)).toEqual({ newest: 0, againMs: Number.POSITIVE_INFINITY });
  expect(ledger.lost).toEqual([0]);
  expect(ledger.packets.count).toBe(2);
});

test("what is more urgent may overtake a packet as often as it likes", () => {
  const ledger = new Ledger();
  ledger.send(1, 2);
  ledger.send(20, 1);
  ledger.packets.acknowledge([1, 21]);
  expect(ledger.packets.detect(1000, 100)).toEqual({ newest: -1, againMs: Number.POSITIVE_INFINITY });
  expect(ledger.lost).toEqual([]);
});

test("a packet is lost when one has arrived that left later, and time has passed", () => {
  const ledger = new Ledger();
  ledger.send(1, 2, 0);
  ledger.send(1, 2, 10);
  ledger.packets.acknowledge([1, 2]);
  expect(ledger.packets.detect(99, 100).againMs).toBe(100);
  expect(ledger.packets.detect(100, 100).newest).toBe(0);
  expect(ledger.lost).toEqual([0]);
});

test("a probe gives up the oldest packet of each priority", () => {
  const ledger = new Ledger();
  ledger.send(3, 2);
  ledger.send(2, 0);
  ledger.packets.loseOldest();
  expect(ledger.lost).toEqual([3, 0]);
  ledger.packets.loseOldest();
  ledger.packets.loseOldest();
  expect(ledger.lost).toEqual([3, 0, 4, 1, 2]);
  expect([ledger.packets.count, ledger.packets.bytes]).toEqual([0, 0]);
  ledger.packets.loseOldest();
  expect(ledger.lost.length).toBe(5);
});

test("packets that nobody waits for use numbers and no memory", () => {
  const ledger = new Ledger();
  for (let i = 0; i < 10_000; i++) ledger.packets.add();
  ledger.send(1);
  for (let i = 0; i < 10_000; i++) ledger.packets.add();
  expect(ledger.packets.next).toBe(20_001);
  expect(ledger.packets.acknowledge([0, 20_001])?.number).toBe(10_000);
  expect(ledger.acknowledged).toEqual([10_000]);
});

test("goes on for long with a window of packets, in any order of acknowledgement", () => {
  const ledger = new Ledger();
  ledger.send(50);
  for (let number = 0; number < 20_000; number++) {
    // Every seventh comes late, by two.
    const arrived = number % 7 === 0 ? number + 2 : number % 7 === 2 ? number - 2 : number;
    ledger.packets.acknowledge([arrived, arrived + 1]);
    ledger.packets.detect(0, 100);
    ledger.send(1);
  }
  expect(ledger.lost).toEqual([]);
  expect(ledger.packets.count).toBe(50);
});
