// When a folder is looked at, and what in it.

import { expect, test } from "vitest";
import { HotFolders } from "./hot-folders.ts";
import { bindingPace } from "./pace.ts";

const { gatherMs, namesPerFolder, entriesPerRestMs } = bindingPace;

test("names of one folder are looked at together, and none is late because of another", () => {
  const hot = new HotFolders();
  hot.add("a", 1000, ["later"]);
  hot.add("a", 0, ["x", "y"]);
  hot.add("a", 1, ["y", "z"]);
  hot.add("b", 1000, ["late"]);
  expect(hot.nextDueMs()).toBe(gatherMs);
  expect(hot.takeHot(gatherMs - 1)).toEqual([]);
  expect(hot.takeHot(gatherMs)).toEqual([{ path: "a", names: new Set(["later", "x", "y", "z"]) }]);
  expect(hot.takeHot(1000 + gatherMs)).toEqual([{ path: "b", names: new Set(["late"]) }]);
  expect(hot.empty).toBe(true);
});

test("a folder is looked at as a whole if anything may have changed, or more than `bindingPace.namesPerFolder`", () => {
  const hot = new HotFolders();
  hot.add("whole", 0, ["x"]);
  hot.add("whole", 0);
  hot.add("whole", 0, ["y"]);
  for (let n = 0; n < namesPerFolder; n++) hot.add("full", 0, [`${n}`]);
  for (let n = 0; n <= namesPerFolder; n++) hot.add("fuller", 0, [`${n}`]);
  const names = hot.takeHot(gatherMs).map((each) => [each.path, each.names?.size]);
  expect(names).toEqual([
    ["whole", undefined],
    ["full", namesPerFolder],
    ["fuller", undefined],
  ]);
});

test("a folder with much in it rests after a look at all of it, but a look at names does not wait for that", () => {
  const hot = new HotFolders();
  const restMs = 100;
  hot.looked("a", restMs * entriesPerRestMs, 0);
  hot.add("a", 0, ["x"]);
  expect(hot.nextDueMs()).toBe(gatherMs);
  hot.add("a", 0);
  expect(hot.nextDueMs()).toBe(restMs);
  expect(hot.takeHot(restMs)).toEqual([{ path: "a", names: undefined }]);
});
