// Names for what people have called alike.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { uniqueNames } from "./unique-names.ts";

test("the first by its id bears the plain name, the others a mark of theirs", () => {
  const names = uniqueNames([
    { id: "id-bbbb", name: "phone" },
    { id: "id-aaaa", name: "phone" },
    { id: "id-cccc", name: "laptop" },
  ]);
  expect(Object.fromEntries(names)).toEqual({ "id-aaaa": "phone", "id-bbbb": "phone (bbbb)", "id-cccc": "laptop" });
});

test("a mark grows where somebody has taken it for a name", () => {
  const names = uniqueNames([
    { id: "id-1aaaa", name: "phone" },
    { id: "id-2aaaa", name: "phone" },
    { id: "id-3", name: "phone (aaaa)" },
  ]);
  expect(names.get("id-2aaaa")).toBe("phone (2aaaa)");
});

test("no two are alike, in whatever order they are known", () => {
  const name = fc.constantFrom("a", "b", "a (xxxx)");
  const called = fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z]{6,12}$/), name }), {
    selector: ({ id }) => id,
  });
  fc.assert(
    fc.property(called, (all) => {
      const names = uniqueNames(all);
      expect(new Set(names.values()).size).toBe(all.length);
      expect(uniqueNames(all.toReversed())).toEqual(names);
    }),
  );
});
