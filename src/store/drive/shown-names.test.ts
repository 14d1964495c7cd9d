// Names that objects show by, also where somebody has made ids and names so that they collide.

import fc from "fast-check";
import { expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import type { ObjectId } from "#glow";
import { comparableName, markedFull, markedShort, shortMarkOf } from "./file-name.ts";
import type { Namesake } from "./name-group.ts";
import { showAlone, showNames } from "./shown-names.ts";

/** An id whose short mark depends on `mark` alone. */
function object(kind: number, mark: number, rest: number): ObjectId {
  const bytes = new Uint8Array(16).fill(rest);
  bytes.fill(mark, 0, 7);
  bytes[0] = kind;
  return idText(bytes) as ObjectId;
}

let stamp = 0;
function namesake(id: ObjectId, name = "a.txt"): Namesake {
  return { stamp: ++stamp, index: 0, object: id, name, mode: 0, versions: 1, sizeBytes: 0, modifiedNs: 0n };
}

const nothing = () => Promise.resolve(false);
const [first, second, third] = [object(2, 1, 1), object(2, 2, 2), object(2, 2, 3)] as const;

test("a short mark that an earlier one bears becomes a full one", async () => {
  expect(shortMarkOf(second)).toBe(shortMarkOf(third));
  const { shown } = await showNames([namesake(first), namesake(second), namesake(third)], nothing);
  expect(shown.map(({ name }) => name)).toEqual(["a.txt", markedShort("a.txt", second), markedFull("a.txt", third)]);
});

test("a short mark that makes a name which something has becomes a full one", async () => {
  const taken = markedShort("a.txt", second);
  const { shown } = await showNames([namesake(first), namesake(second)], async (name) => name === taken);
  expect(shown[1]?.name).toBe(markedFull("a.txt", second));
});

test("a name with the full mark of another is not shown as it is; one with its own is", async () => {
  const name = markedFull("a.txt", first);
  const others = await showNames([namesake(second, name)], nothing);
  expect(others.shown[0]?.name).toBe(markedFull(name, second));
  const own = await showNames([namesake(second, name), namesake(first, name)], nothing);
  expect(own.shown.map((each) => each.name)).toEqual([markedFull(name, second), name]);
  expect(showAlone(namesake(first, name)).name).toBe(name);
});

test("folders show as one, at the place of the first, also behind a file", async () => {
  const [one, two] = [object(1, 5, 5), object(1, 6, 6)];
  const { shown } = await showNames([namesake(first, "a"), namesake(one, "a"), namesake(two, "a")], nothing);
  expect(shown.map(({ objects }) => objects)).toEqual([[first], [one, two]]);
  expect(shown[1]?.name).toBe(markedShort("a", one));
});

test("nothing shows twice by one name, however it was called", async () => {
  const ids = [first, second, third, object(3, 2, 4), object(1, 2, 5), object(1, 7, 7)];
  const names = ["a", ...ids.flatMap((id) => [markedShort("a", id) ?? "", markedFull("a", id)])];
  const each = fc.record({ id: fc.constantFrom(...ids), name: fc.constantFrom(...names) });
  const folder = fc.uniqueArray(each, { selector: ({ id }) => id, minLength: 1 });
  await fc.assert(
    fc.asyncProperty(folder, async (members) => {
      const groups = new Map<string, Namesake[]>();
      for (const { id, name } of members) groups.set(name, [...(groups.get(name) ?? []), namesake(id, name)]);
      const shown: string[] = [];
      for (const group of groups.values()) {
        const found = await showNames(group, async (name) => groups.has(name));
        shown.push(...found.shown.map(({ name }) => comparableName(name)));
      }
      expect(new Set(shown).size).toBe(shown.length);
    }),
  );
});
