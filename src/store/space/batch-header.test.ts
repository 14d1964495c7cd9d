// Headers of batches: what is written is read, and what is none is refused by its shape alone.

import { describe, expect, test } from "vitest";
import { compareBytes, utf8Encode } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, Hash, SpaceId, UserId } from "#glow";
import { crypto, identityOf } from "../../../test/identity/cast.ts";
import { decodeHeader, encodeHeader, type HeaderFields } from "./batch-header.ts";

const hash = (name: string): Hash => crypto.hash("blake3", utf8Encode(name));
const hashes = (count: number) => Array.from({ length: count }, (_, i) => hash(`hash ${i}`)).sort(compareBytes);

const header: HeaderFields = {
  space: idText(hash("space")) as SpaceId,
  author: idText(hash("author")) as DeviceId,
  key: identityOf("author").publicKey,
  incarnation: 2,
  sequence: 7,
  parents: [hash("own"), ...hashes(3)],
  stamp: 1234,
  timeMs: 1_800_000_000_000,
  members: hashes(2),
  root: hash("root"),
  parts: 3,
};

const first: HeaderFields = {
  ...header,
  space: undefined,
  incarnation: 0,
  sequence: 1,
  parents: [],
  stamp: 1,
  genesis: {
    type: "drive",
    user: idText(hash("user")) as UserId,
    salt: new Uint8Array(16).fill(7),
    settings: { chunks: { least: 65_536, average: 262_144, most: 1_048_576 } },
  },
};

function changed(of: HeaderFields, fields: Record<string, unknown>): () => HeaderFields {
  const map = { ...(decodeCbor(encodeHeader(of)) as Record<string, CborValue>), ...fields };
  return () =>
    decodeHeader(encodeCbor(Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))));
}

test("what is written is read again", () => {
  expect(decodeHeader(encodeHeader(header))).toEqual(header);
  expect(decodeHeader(encodeHeader(first))).toEqual(first);
});

test("fields of later versions are passed over", () => {
  expect(changed(header, { later: [1, 2] })()).toEqual(header);
});

describe("what is no header is refused", () => {
  test.each<[string, HeaderFields, Record<string, unknown>]>([
    ["no author", header, { author: undefined }],
    ["an author that is no hash", header, { author: identityOf("author").publicKey }],
    ["a key that is none", header, { key: hash("key") }],
    ["a sequence of 0", header, { sequence: 0 }],
    ["a stamp of 0", header, { stamp: 0 }],
    ["a fraction", header, { stamp: 1.5 }],
    ["no parents", header, { parents: [] }],
    ["parents out of order", header, { parents: [hash("own"), ...hashes(3).toReversed()] }],
    ["a parent twice", header, { parents: [hashes(1)[0], ...hashes(3)] }],
    ["members out of order", header, { members: hashes(2).toReversed() }],
    ["more parents than `spaceLimits.parents`", header, { parents: hashes(spaceLimits.parents + 1) }],
    ["more heads than `spaceLimits.members`", header, { members: hashes(spaceLimits.members + 1) }],
    ["more parts than `spaceLimits.parts`", header, { parts: spaceLimits.parts + 1 }],
    ["an incarnation beyond `spaceLimits.incarnations`", header, { incarnation: spaceLimits.incarnations }],
    ["a first batch with parents", first, { parents: hashes(1) }],
    ["a first batch that is not the first", first, { sequence: 2 }],
    ["a first batch of a later incarnation", first, { incarnation: 1 }],
    ["a first batch with a stamp", first, { stamp: 2 }],
    ["a short salt", first, { salt: new Uint8Array(15) }],
    ["chunks that do not ascend", first, { chunks: [262_144, 65_536, 1_048_576] }],
    ["chunks of two numbers", first, { chunks: [65_536, 262_144] }],
    ["a type longer than `spaceLimits.typeBytes`", first, { type: "t".repeat(spaceLimits.typeBytes + 1) }],
  ])("%s", (_, of, fields) => {
    expect(changed(of, fields)).toThrow(expect.objectContaining({ kind: "invalid" }));
  });

  test("up to its limits it is one", () => {
    const { parents, members, parts, incarnations, typeBytes } = spaceLimits;
    const most = { parents: hashes(parents), members: hashes(members), parts, incarnation: incarnations - 1 };
    expect(changed(header, most)().parents).toHaveLength(parents);
    expect(changed(first, { type: "t".repeat(typeBytes) })().genesis?.type).toHaveLength(typeBytes);
  });
});
