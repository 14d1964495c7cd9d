// Names in place of ids, in the middle of texts.

import { expect, test } from "vitest";
import { idText } from "./ids.ts";
import { idsIn, withNames } from "./named-ids.ts";

const desk = idText(new Uint8Array(33).fill(1));
const attic = idText(new Uint8Array(16).fill(2));
const stranger = idText(new Uint8Array(33).fill(3));

test("ids that have a name are shown by it, wherever they stand; others stay as they are", () => {
  const names = new Map([
    [desk, "desk"],
    [attic, "attic $&"],
  ]);
  const text = `${desk} asks (${attic}), not ${stranger}`;
  expect(withNames(text, names)).toBe(`desk asks (attic $&), not ${stranger}`);
  expect(idsIn(text)).toEqual([desk, attic, stranger]);
});

test("an id within a longer word is none", () => {
  expect(withNames(`${desk}${attic}`, new Map([[desk, "desk"]]))).toBe(`${desk}${attic}`);
  expect(idsIn("words of a text, http://127.0.0.1:4569")).toEqual([]);
});
