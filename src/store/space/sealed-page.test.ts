// Pages of entries: opened only with their key and in their place, and never larger than they may be, whatever they say.

import { describe, expect, test } from "vitest";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { idBytes } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { type Suite, tagged } from "#base/suites.ts";
import type { BlobId, ChunkName, Compression } from "#glow";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { entryOf, objectOf } from "../../../test/store/register-store.ts";
import { openPage, type PageContent, pageKeyId, sealPages } from "./sealed-page.ts";
import { SpaceKey } from "./space-key.ts";

const compression = new ZstdCompression();
const tools = { crypto, compression };
const none: Compression = { ...compression, compress: () => undefined, decompress: () => new Uint8Array(0) };
const salt = new Uint8Array(16).fill(1);
const key = SpaceKey.draw(crypto, new SeededRandom("key"), salt);
const place = { author: new Actor("author").id, incarnation: 0, sequence: 5 };
const hash = (name: string) => crypto.hash("blake3", utf8Encode(name));

const content: PageContent = {
  entries: [
    entryOf(1, "one"),
    {
      ...entryOf(2, "", 255),
      replaces: [
        { batch: hash("a"), index: 0 },
        { batch: hash("b"), index: 300 },
      ],
    },
  ],
  placements: [{ name: hash("name").slice(1) as ChunkName, blob: hash("blob") as Uint8Array as BlobId }],
};

function open(parts: readonly Uint8Array[], first = 0, at = place, with_ = key): PageContent {
  const pages = parts.map((part, i) => openPage(tools, with_, at, part, first + i));
  return {
    entries: pages.flatMap(({ entries }) => entries),
    placements: pages.flatMap(({ placements }) => placements),
  };
}

/** A page whose author packs what he likes. */
function sealed(packed: Uint8Array): Uint8Array {
  const suite = crypto.aeadSuites[0] as Suite<"aead">;
  const numbers = new Uint8Array(16);
  new DataView(numbers.buffer).setBigUint64(4, 5n);
  const associated = concatBytes([utf8Encode("glow page\0"), Uint8Array.of(0), key.id, idBytes(place.author), numbers]);
  const nonce = new Uint8Array(12);
  return concatBytes([
    Uint8Array.of(0),
    key.id,
    nonce,
    tagged(suite, crypto.seal(suite, key.pages, nonce, associated, packed)),
  ]);
}

const raw = (value: unknown) => concatBytes([Uint8Array.of(0), encodeCbor(value)]);

test("what is sealed is opened, compressed or not", () => {
  for (const by of [tools, { crypto, compression: none }]) {
    const parts = sealPages(by, key, place, content, 3);
    expect(parts).toHaveLength(1);
    expect(pageKeyId(parts[0] as Uint8Array)).toEqual(key.id);
    expect(open(parts, 3)).toEqual(content);
  }
});

test("nothing of it is in clear, and the same is sealed the same: chance has no part in it", () => {
  const [part] = sealPages(
    { crypto, compression: none },
    key,
    place,
    { ...content, entries: [entryOf(1, "a secret")] },
    0,
  );
  expect(Buffer.from(part as Uint8Array).includes("a secret")).toBe(false);
  expect(sealPages(tools, key, place, content, 0)).toEqual(sealPages(tools, key, place, content, 0));
});

test("it opens with its key and in its place only", () => {
  const corrupt = expect.objectContaining({ kind: "corrupt" });
  const parts = sealPages(tools, key, place, content, 0);
  const other = SpaceKey.draw(crypto, new SeededRandom("other"), salt);
  expect(() => open(parts, 0, place, other)).toThrow(corrupt);
  expect(() => open(parts, 1)).toThrow(corrupt);
  expect(() => open(parts, 0, { ...place, sequence: 6 })).toThrow(corrupt);
  expect(() => open(parts, 0, { ...place, incarnation: 1 })).toThrow(corrupt);
  expect(() => open(parts, 0, { ...place, author: new Actor("thief").id })).toThrow(corrupt);
});

test("entries are cut into pages of at most `spaceLimits.pageBytes`, in their order", () => {
  const many = { ...content, entries: Array.from({ length: 40 }, (_, i) => entryOf(i, `${i} `.repeat(10_000))) };
  const parts = sealPages({ crypto, compression: none }, key, place, many, 0);
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect(part.length).toBeLessThan(spaceLimits.pageBytes + 100);
  expect(open(parts)).toEqual(many);
});

test("an entry above `spaceLimits.valueBytes`, or that replaces more than `spaceLimits.replaces`, is not sealed", () => {
  const { valueBytes, replaces } = spaceLimits;
  const write = (entry: PageContent["entries"][0]) =>
    sealPages(tools, key, place, { entries: [entry], placements: [] }, 0);
  const tooLarge = expect.objectContaining({ kind: "too-large" });
  const replaced = Array.from({ length: replaces + 1 }, () => ({ batch: hash("a"), index: 1 }));
  expect(() => write({ ...entryOf(1, ""), value: new Uint8Array(valueBytes + 1) })).toThrow(tooLarge);
  expect(() => write({ ...entryOf(1, ""), replaces: replaced })).toThrow(tooLarge);
  const largest = { ...entryOf(1, ""), value: new Uint8Array(valueBytes), replaces: replaced.slice(1) };
  expect(open(write(largest)).entries).toEqual([largest]);
});

describe("what a hostile member seals is no page", () => {
  const object = new Uint8Array(16);
  const page = (entries: unknown, placements: unknown = []) => raw({ entries, placements });
  const { valueBytes, register, replaces } = spaceLimits;

  test("but this is one", () => {
    expect(open([sealed(page([[object, 3, utf8Encode("v"), []]]))]).entries).toEqual([
      { ...entryOf(0, "v", 3), object: objectOf(0) },
    ]);
  });

  test.each<[string, Uint8Array]>([
    ["no codec", Uint8Array.of(7, 1, 2)],
    ["nothing", new Uint8Array(0)],
    ["no CBOR", Uint8Array.of(0, 0xff)],
    ["no map", raw([1])],
    ["no placements", raw({ entries: [] })],
    ["an object that is none", page([[new Uint8Array(15), 0, object, []]])],
    ["a register above `spaceLimits.register`", page([[object, register + 1, object, []]])],
    ["a value that is none", page([[object, 0, "text", []]])],
    ["a value above `spaceLimits.valueBytes`", page([[object, 0, new Uint8Array(valueBytes + 1), []]])],
    ["half an entry that it replaces", page([[object, 0, object, [hash("a")]]])],
    [
      "too many that it replaces",
      page([
        [
          object,
          0,
          object,
          Array(replaces + 1)
            .fill([hash("a"), 1])
            .flat(),
        ],
      ]),
    ],
    ["more than an entry", page([[object, 0, object, [], 1]])],
    ["half a placement", page([], [new Uint8Array(32)])],
    ["a placement of what is no blob", page([], [new Uint8Array(32), new Uint8Array(32)])],
    [
      "a page above `spaceLimits.pageBytes`",
      raw({ entries: [], placements: [], x: new Uint8Array(spaceLimits.pageBytes) }),
    ],
  ])("%s", (_, packed) => {
    expect(() => open([sealed(packed)])).toThrow(expect.objectContaining({ name: "GlowError" }));
  });

  test("a bomb: it says that it is larger than may be, or lies about it", () => {
    const zeros = new Uint8Array(64 * 1024 * 1024);
    const bomb = compression.compress(zeros) as Uint8Array;
    const size = (bytes: number) => new Uint8Array([bytes >>> 24, bytes >>> 16, bytes >>> 8, bytes]);
    for (const bytes of [zeros.length, 1000]) {
      const packed = concatBytes([Uint8Array.of(1), size(bytes), bomb]);
      expect(packed.length).toBeLessThan(10_000);
      expect(() => open([sealed(packed)])).toThrow(expect.objectContaining({ name: "GlowError" }));
    }
  });

  test("parts too short to be sealed", () => {
    expect(() => pageKeyId(Uint8Array.of(0, 1, 2))).toThrow(expect.objectContaining({ kind: "invalid" }));
    expect(() => open([concatBytes([Uint8Array.of(0), key.id, new Uint8Array(20)])])).toThrow(
      expect.objectContaining({ name: "GlowError" }),
    );
  });
});
