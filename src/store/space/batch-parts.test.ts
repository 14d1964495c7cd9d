// What parts say in clear: everybody reads the same in them, or refuses them.

import { expect, test } from "vitest";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BlobId, DeviceId } from "#glow";
import { crypto, identityOf } from "../../../test/identity/cast.ts";
import { partType, readParts, writeHosts, writeKeys, writeOffers } from "./batch-parts.ts";

const hash = (name: string) => crypto.hash("blake3", utf8Encode(name));
const device = (name: string) => idText(hash(name)) as DeviceId;
const offer = (name: string, sizeBytes = 10) => ({ id: hash(name) as Uint8Array as BlobId, sizeBytes });
const grant = (name: string) => ({
  device: device(name),
  recipient: identityOf(name).publicKey,
  wrapped: utf8Encode(`wrapped for ${name}`),
});
const keys = (count: number) => ({
  keyId: new Uint8Array(8).fill(1),
  epoch: 2,
  grants: Array.from({ length: count }, () => grant("a")),
});
const part = (type: number, body: unknown) => concatBytes([Uint8Array.of(type), encodeCbor(body)]);
const invalid = expect.objectContaining({ kind: "invalid" });
const tooLarge = expect.objectContaining({ kind: "too-large" });

test("what is written is read again, pages are told apart, and what later versions add is passed over", () => {
  const page = Uint8Array.of(partType.page, 1, 2, 3);
  const offers = [offer("one"), offer("two", 2 ** 40)];
  const grants = [keys(1), { keyId: new Uint8Array(8).fill(2), epoch: 0, grants: [grant("a"), grant("b")] }];
  const hosts = [device("a"), device("b")];
  const parts = [writeOffers(offers), page, Uint8Array.of(99, 1), writeKeys(grants), page, writeHosts(hosts)];
  expect(readParts(parts)).toEqual({
    offers,
    keys: grants,
    hosts,
    pages: [
      { index: 1, part: page },
      { index: 4, part: page },
    ],
  });
});

test.each<[string, Uint8Array]>([
  ["an empty part", new Uint8Array(0)],
  ["what is no CBOR", Uint8Array.of(partType.offers, 0xff)],
  ["what is no list", part(partType.hosts, { a: 1 })],
  ["half an offer", part(partType.offers, [hash("one")])],
  ["an offer of nothing", part(partType.offers, [hash("one"), 0])],
  ["an offer of what is no blob", part(partType.offers, [new Uint8Array(32), 1])],
  ["a key without an id", part(partType.keys, [[new Uint8Array(7), 0, []]])],
  ["a key of an epoch that is none", part(partType.keys, [[new Uint8Array(8), -1, []]])],
  ["half a grant", part(partType.keys, [[new Uint8Array(8), 0, [hash("a")]]])],
  ["a grant for nobody", part(partType.keys, [[new Uint8Array(8), 0, ["a", hash("a"), hash("a")]]])],
  ["a host that is none", part(partType.hosts, ["a"])],
])("%s is refused", (_, bytes) => {
  expect(() => readParts([bytes])).toThrow(invalid);
});

test("`spaceLimits.entries` blobs, `spaceLimits.grants` keys and `spaceLimits.hosts` hosts are the most", () => {
  const { entries, grants, hosts } = spaceLimits;
  const offers = Array.from({ length: entries }, () => offer("one"));
  expect(readParts([writeOffers(offers)]).offers).toHaveLength(entries);
  expect(() => writeOffers([...offers, offer("two")])).toThrow(tooLarge);
  expect(() => readParts([writeOffers(offers), writeOffers([offer("two")])])).toThrow(tooLarge);
  expect(readParts([writeKeys([keys(grants)])]).keys).toHaveLength(1);
  expect(() => readParts([writeKeys([keys(grants)]), writeKeys([keys(1)])])).toThrow(tooLarge);
  expect(() => readParts([writeKeys(Array.from({ length: grants + 1 }, () => keys(0)))])).toThrow(tooLarge);
  const many = Array.from({ length: hosts }, () => device("a"));
  expect(readParts([writeHosts(many)]).hosts).toHaveLength(hosts);
  expect(() => readParts([writeHosts([...many, device("a")])])).toThrow(tooLarge);
});
