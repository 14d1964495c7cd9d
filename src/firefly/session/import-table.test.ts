// The peer's objects on this side: one reference for each, and one RELEASE with all that came.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { ImportTable } from "./import-table.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";

function importTable(): { table: ImportTable; released: [number, number][] } {
  const released: [number, number][] = [];
  const calls = {} as OutgoingCalls;
  const table = new ImportTable(
    () => calls,
    undefined,
    (id, count) => released.push([id, count]),
  );
  return { table, released };
}

test("an object that comes again is the same reference, and is given back as often as it came", () => {
  const { table, released } = importTable();
  const reference = table.receive(7);
  reference.hold();
  reference.hold();
  expect(table.receive(7)).toBe(reference);
  reference.drop();
  expect(released).toEqual([]);
  reference.drop();
  expect(released).toEqual([[7, 2]]);
  expect(table.size).toBe(0);
  expect(table.receive(7)).not.toBe(reference);
});

test("the root is never given back", () => {
  const { table, released } = importTable();
  const root = table.root(0);
  root.hold();
  root.drop();
  expect(released).toEqual([]);
  expect(table.size).toBe(0);
});

test("a peer that sends more than fireflyLimits.exports objects breaks the protocol", () => {
  const { table } = importTable();
  for (let id = 0; id < fireflyLimits.exports; id++) table.receive(id);
  expect(table.receive(5).received).toBe(2);
  expect(() => table.receive(fireflyLimits.exports)).toThrow(expect.objectContaining({ kind: "protocol" }));
});

test("after the session there is nobody to give anything back to", () => {
  const { table, released } = importTable();
  const reference = table.receive(7);
  reference.hold();
  table.clear();
  reference.drop();
  expect(released).toEqual([]);
});
