// Which objects the peer holds: counts, ids, limits, and who is told when one is let go of.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { DepotInterface, WagonInterface } from "../../../test/interfaces/generated/depot.ts";
import { EchoInterface } from "../../../test/interfaces/generated/sample.ts";
import { ExportTable, rootId } from "./export-table.ts";

interface Drop {
  readonly object: object;
  readonly given: boolean;
}

function exportTable(limit?: number): { table: ExportTable; drops: Drop[] } {
  const drops: Drop[] = [];
  return { table: new ExportTable((object, given) => drops.push({ object, given }), limit), drops };
}

const protocol = expect.objectContaining({ kind: "protocol" });

test("an object has one id under an interface for as long as it is held, and another under another", () => {
  const { table, drops } = exportTable();
  const object = {};
  const entry = table.add(object, WagonInterface);
  expect(table.add(object, WagonInterface)).toBe(entry);
  const sibling = table.add(object, DepotInterface);
  expect(sibling.id).not.toBe(entry.id);
  expect(table.size).toBe(2);
  table.release(entry.id, 1);
  expect(table.get(entry.id)).toBe(entry);
  table.release(entry.id, 1);
  expect(() => table.get(entry.id)).toThrow(protocol);
  expect(table.get(sibling.id)).toBe(sibling);
  expect(drops).toEqual([{ object, given: false }]);
  // The id is free for another object.
  expect(table.add({}, WagonInterface).id).toBe(entry.id);
});

test("an object that was given is so until the last of its interfaces is let go of", () => {
  const { table, drops } = exportTable();
  const object = {};
  const wagon = table.add(object, WagonInterface);
  const depot = table.add(object, DepotInterface);
  expect(table.give(wagon)).toBe(true);
  expect(table.give(wagon)).toBe(false);
  table.release(wagon.id, 1);
  expect(drops).toEqual([{ object, given: false }]);
  table.release(depot.id, 1);
  expect(drops).toEqual([
    { object, given: false },
    { object, given: true },
  ]);
});

test("releases of too many, of none, and of what was never sent break the protocol", () => {
  const { table } = exportTable();
  const { id } = table.add({}, WagonInterface);
  for (const [wrong, count] of [
    [id, 2],
    [id, 0],
    [id + 1, 1],
    [2 ** 32 - 1, 1],
    [rootId, 1],
  ] as const) {
    expect(() => table.release(wrong, count)).toThrow(protocol);
  }
  table.release(id, 1);
  expect(() => table.release(id, 1)).toThrow(protocol);
});

test("the root can be called, sent and given back, but neither released nor given away", () => {
  const { table, drops } = exportTable();
  expect(table.get(rootId)).toBeUndefined();
  const root = {};
  table.setRoot(root, EchoInterface);
  expect(() => table.release(rootId, 1)).toThrow(protocol);
  const entry = table.add(root, EchoInterface);
  expect(entry.id).toBe(rootId);
  expect(table.size).toBe(0);
  expect(table.give(entry)).toBe(false);
  table.release(rootId, 1);
  expect(() => table.release(rootId, 1)).toThrow(protocol);
  expect(table.get(rootId)).toBe(entry);
  table.clear();
  expect(drops).toEqual([{ object: root, given: false }]);
});

test("what was listed in a frame that is not sent is taken back", () => {
  const { table, drops } = exportTable();
  const object = {};
  const entry = table.add(object, WagonInterface);
  table.takeBack(entry);
  expect(table.size).toBe(0);
  expect(drops).toHaveLength(1);
  // Once more is too late: the session may have ended in between.
  table.takeBack(entry);
  expect(drops).toHaveLength(1);
});

test("when the session ends, everything is let go of, once", () => {
  const { table, drops } = exportTable();
  const objects = [{}, {}, {}];
  for (const object of objects) table.give(table.add(object, WagonInterface));
  table.add(objects[0] as object, DepotInterface);
  table.clear();
  expect(table.size).toBe(0);
  expect(drops.filter(({ given }) => given).map(({ object }) => object)).toEqual(objects);
  table.clear();
  expect(drops).toHaveLength(4);
});

test("fireflyLimits.exports objects, and not one more", () => {
  const { table } = exportTable();
  for (let count = 0; count < fireflyLimits.exports; count++) table.add({}, WagonInterface);
  expect(() => table.add({}, WagonInterface)).toThrow(
    expect.objectContaining({ kind: "exhausted", target: "Wagon", message: expect.stringContaining("1048576") }),
  );
  table.release(1, 1);
  expect(table.add({}, WagonInterface).id).toBe(1);
});
