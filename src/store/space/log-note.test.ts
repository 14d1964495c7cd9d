// What the log has beside batches.

import { expect, test } from "vitest";
import { encodeCbor } from "#base/cbor.ts";
import { Actor } from "../../../test/identity/cast.ts";
import { decodeNote, encodeNote, isNote, type LogNote } from "./log-note.ts";

const { id, identity } = new Actor("author");
const standing = { note: "standing", author: id, key: identity.publicKey } as const;

test.each<[LogNote]>([
  [{ note: "joined" }],
  [{ note: "incarnation", least: 3 }],
  [{ ...standing, standing: { type: "revoked", accepted: 7 } }],
  [{ ...standing, standing: { type: "tab", valid: false } }],
  [{ ...standing, standing: { type: "member" } }],
])("%j is read again", (note) => {
  expect(decodeNote(encodeNote(note))).toEqual(note);
});

test("a batch is no note, and what a later version notes is passed over", () => {
  expect([isNote(encodeCbor([1, 2, 3])), isNote(encodeNote({ note: "joined" }))]).toEqual([false, true]);
  expect(decodeNote(encodeCbor([1, 2, 3]))).toBe(undefined);
  expect(decodeNote(encodeCbor({ note: "later" }))).toBe(undefined);
});
