// Damage is named once, and never dropped, however much there is.

import { expect, test } from "vitest";
import { logLimits } from "#base/limits.ts";
import { DamageList } from "./damage-list.ts";

test("what touches is one, what does not is not", () => {
  const list = new DamageList();
  list.add("a", 100, 50);
  list.add("a", 100, 50);
  list.add("a", 150, 10);
  list.add("a", 90, 15);
  list.add("a", 300, 5);
  list.add("b", 100, 50);
  expect(list.entries).toEqual([
    { path: "a", offset: 90, lengthBytes: 70 },
    { path: "a", offset: 300, lengthBytes: 5 },
    { path: "b", offset: 100, lengthBytes: 50 },
  ]);
});

test("past the limit one entry of each file grows, and covers all", () => {
  const list = new DamageList();
  for (let i = 0; i < 2 * logLimits.damages; i++) list.add("a", i * 100, 10);
  list.add("b", 7, 1);
  list.add("b", 5000, 1);
  expect(list.entries).toHaveLength(logLimits.damages + 1);
  const covered = (offset: number) =>
    list.entries.some((each) => each.path === "a" && each.offset <= offset && offset < each.offset + each.lengthBytes);
  for (let i = 0; i < 2 * logLimits.damages; i++) expect(covered(i * 100)).toBe(true);
  expect(list.entries.at(-1)).toEqual({ path: "b", offset: 7, lengthBytes: 4994 });
});
