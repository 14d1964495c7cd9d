// What an address book keeps, in which order it gives it, and what a liar can push out of it: nothing that has worked.

import { beforeEach, describe, expect, test } from "vitest";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId } from "#glow";
import { AddressBook } from "./address-book.ts";

const ann = "ann" as NodeId;
const bob = "bob" as NodeId;
const liar = { toldBy: "liar" as NodeId };

let nowMs = 0;
const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
let book: AddressBook;

beforeEach(() => {
  nowMs = 1000;
  book = new AddressBook({ clock });
});

function address(n: number): Address {
  return `tcp://10.0.${n >> 8}.${n & 255}:1` as Address;
}

function of(node: NodeId): Address[] {
  return book.of(node).map((each) => each.address);
}

describe("addresses", () => {
  test("come in the order in which they are to be tried", () => {
    for (const [n, source] of [
      [1, liar],
      [2, "discovery"],
      [3, "given"],
      [4, liar],
      [5, liar],
    ] as const) {
      book.add(ann, address(n), source);
    }
    book.failed(ann, address(3), 5000);
    book.reached(ann, address(4));
    nowMs = 2000;
    book.reached(ann, address(5));
    book.failed(ann, address(5), 9000);
    expect(of(ann)).toEqual([5, 4, 2, 1, 3].map(address));
    expect(book.of(ann)[0]).toMatchObject({ reachedMs: 2000, failedMs: 2000, failures: 1, dueMs: 9000 });
  });

  test("are new once, and make known that they are", () => {
    const added: NodeId[] = [];
    const watch = book.watch((node) => added.push(node));
    expect(book.add(ann, address(1), "given")).toBe(true);
    expect(book.add(ann, address(1), liar)).toBe(false);
    book.replace(ann, [address(1), address(2)], liar);
    expect(added).toEqual([ann, ann]);
    watch.stop();
    book.add(ann, address(3), "given");
    expect(added).toHaveLength(2);
  });

  test("are replaced by what the same source says next; what others say, or what worked, stays", () => {
    book.replace(ann, [1, 2, 3].map(address), liar);
    book.add(ann, address(1), "discovery");
    book.reached(ann, address(2));
    book.replace(ann, [address(4)], liar);
    expect(of(ann).toSorted()).toEqual([1, 2, 4].map(address));
    expect(book.saidBy(ann, liar)).toEqual([address(4)]);
    book.replace(ann, [], liar);
    book.replace(ann, [], "discovery");
    expect(of(ann)).toEqual([address(2)]);
  });

  test("that are none are not taken", () => {
    for (const text of ["", "nonsense", "http://a:1", "tcp://0.0.0.0:1", `ws://a/${"a".repeat(300)}`]) {
      expect(book.add(ann, text as Address, "given")).toBe(false);
    }
    expect([...book.entries()]).toEqual([]);
  });

  test("are forgotten `discoveryLimits.addressMs` after anybody spoke of them or used them", () => {
    book.add(ann, address(1), liar);
    book.add(ann, address(2), liar);
    book.add(ann, address(3), liar);
    nowMs += discoveryLimits.addressMs;
    book.add(ann, address(2), "discovery");
    book.reached(ann, address(3));
    expect(of(ann)).toHaveLength(3);
    nowMs += 1;
    expect(of(ann).toSorted()).toEqual([2, 3].map(address));
    nowMs += discoveryLimits.addressMs;
    expect(of(ann)).toEqual([]);
  });

  test("of who is wanted stay, if they have worked or were given, however long ago", () => {
    book.add(ann, address(1), liar);
    book.reached(ann, address(2));
    book.add(ann, address(3), "given");
    const pin = book.pin(ann);
    nowMs += 3 * discoveryLimits.addressMs;
    expect(of(ann).toSorted()).toEqual([2, 3].map(address));
    pin.stop();
    expect(of(ann)).toEqual([]);
  });

  test("are excused all, or only those that have worked", () => {
    book.add(ann, address(1), "given");
    book.reached(ann, address(2));
    for (const n of [1, 2]) book.failed(ann, address(n), 9000);
    book.excuse(ann, () => 1234, "reached");
    expect(book.of(ann).map(({ failures, dueMs }) => [failures, dueMs])).toEqual([
      [0, 1234],
      [1, 9000],
    ]);
    book.excuse(ann, () => 4321);
    expect(book.of(ann).map(({ failures, dueMs }) => [failures, dueMs])).toEqual([
      [0, 4321],
      [0, 4321],
    ]);
  });
});

describe("a liar", () => {
  test("has room for `discoveryLimits.addressesPerSource` addresses of a node, the latest", () => {
    for (let n = 0; n < 10_000; n++) book.add(ann, address(n), liar);
    expect(of(ann)).toHaveLength(discoveryLimits.addressesPerSource);
    expect(of(ann)).toContain(address(9999));
    book.replace(
      ann,
      Array.from({ length: 10_000 }, (_, n) => address(n)),
      liar,
    );
    expect(of(ann)).toHaveLength(discoveryLimits.addressesPerSource);
  });

  test("and any number of them for `discoveryLimits.addressesPerNode`, not those that worked or are trusted more", () => {
    book.add(ann, address(1), "given");
    book.add(ann, address(2), "discovery");
    book.add(ann, address(3), { toldBy: bob });
    book.reached(ann, address(3));
    for (let n = 10; n < 5000; n++) book.add(ann, address(n), { toldBy: `liar ${n}` as NodeId });
    expect(of(ann)).toHaveLength(discoveryLimits.addressesPerNode);
    expect(of(ann)).toEqual(expect.arrayContaining([1, 2, 3].map(address)));
  });

  test("cannot keep others out by coming first: what failed makes room, and what is trusted more takes it", () => {
    for (let n = 10; n < 100; n++) book.add(ann, address(n), { toldBy: `liar ${n}` as NodeId });
    expect(book.add(ann, address(1), { toldBy: bob })).toBe(false);
    expect(book.add(ann, address(2), "given")).toBe(true);
    const [victim] = of(ann).slice(-1) as [Address];
    book.failed(ann, victim, 5000);
    expect(book.add(ann, address(1), { toldBy: bob })).toBe(true);
    expect(of(ann)).not.toContain(victim);
  });

  test("can tell of any number of nodes: `discoveryLimits.nodes` are kept, those asked for and those that worked too", () => {
    book.add(ann, address(1), "given");
    book.pin(ann);
    book.reached(bob, address(2));
    for (let n = 0; n < 2 * discoveryLimits.nodes; n++) book.add(`node ${n}` as NodeId, address(n), liar);
    const nodes = new Set([...book.entries()].map(({ node }) => node));
    expect(nodes.size).toBe(discoveryLimits.nodes);
    expect(nodes.has(ann) && nodes.has(bob)).toBe(true);
    expect(nodes.has("node 0" as NodeId)).toBe(false);
  });

  test("cannot grow the memory of one address by saying it under many names", () => {
    for (let n = 0; n < 10_000; n++) book.add(ann, address(1), { toldBy: `liar ${n}` as NodeId });
    expect(
      Array.from({ length: 100 }, (_, n) => book.saidBy(ann, { toldBy: `liar ${n}` as NodeId })).flat(),
    ).toHaveLength(8);
  });
});
