// The layouts of spaces as bytes, as docs/storage.md has them, so that none of them changes unnoticed.
//
// After an intended change of a format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/space.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import { SeededRandom } from "#base/random.ts";
import type { BlobId, ChunkName, Compression, Hash, ObjectId, UserId } from "#glow";
import { deviceIdOf } from "#identity/device-identity.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { type KeyGrants, readParts, writeHosts, writeKeys, writeOffers } from "#store/space/batch-parts.ts";
import { newRecord, encodeRecord } from "#store/space/batch-record.ts";
import { unwrapKey, wrapKey } from "#store/space/key-grant.ts";
import { encodeNote } from "#store/space/log-note.ts";
import { openPage, sealPages } from "#store/space/sealed-page.ts";
import { readBatch, signBatch, verifyBatch } from "#store/space/signed-batch.ts";
import { SpaceKey } from "#store/space/space-key.ts";

type Vectors = Record<string, string>;

const file = join(import.meta.dirname, "vectors", "space.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = isWriting ? {} : (JSON.parse(readFileSync(file, "utf8")) as Vectors);
const written: Vectors = {};

const crypto = new NodeCrypto();
/** What compressors make is not the same for ever: pages are looked at as they are without. */
const compression: Compression = {
  compress: () => undefined,
  decompress: () => {
    throw new Error("nothing here is compressed");
  },
};
/** What is sealed is sealed by the suite that is fastest here. */
const hasAes = crypto.aeadSuites[0] === "aes-256-gcm";
const identity = new NodeIdentity(crypto, crypto.keyPairFromSeed("ed25519", new Uint8Array(32).fill(1)));
const device = deviceIdOf(crypto, identity.publicKey);
const hash = (name: string): Hash => crypto.hash("blake3", utf8Encode(name));
const user = idText(hash("user")) as UserId;
const salt = new Uint8Array(16).fill(3);
const key = new SpaceKey(crypto, new Uint8Array(32).fill(9), salt);
const blob = hash("blob") as Uint8Array as BlobId;
const objectId = idText(Uint8Array.of(1, ...new Uint8Array(15).fill(5))) as ObjectId;

function check(name: string, bytes: Uint8Array): void {
  written[name] = toHex(bytes);
  if (!isWriting) expect(written[name], name).toBe(known[name]);
}

/** What was written once is read for ever: the vector itself, not what was made of it now. */
function vector(name: string): Uint8Array {
  return Uint8Array.fromHex((isWriting ? written : known)[name] as string);
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
});

test("keys", () => {
  check("space key 09..09, salt 03..03: id", key.id);
  check("its key for pages", key.pages);
  check("its key for the nonces of pages", key.pageNonces);
  check("its key for names of chunks", key.content.naming);
  check("its key for the nonces of chunks", key.content.nonces);
  check("its seed for boundaries", key.boundarySeed);
  const grant = wrapKey({ crypto, random: new SeededRandom("grant") }, key, salt, device, identity.publicKey);
  if (hasAes) check("it, wrapped for the device of seed 01..01", grant?.wrapped ?? new Uint8Array(0));
  const wrapped = vector("it, wrapped for the device of seed 01..01");
  const opened = unwrapKey(crypto, { identity, device }, key.id, { device, recipient: identity.publicKey, wrapped }, salt);
  expect(opened).toEqual(key);
});

const place = { author: device, incarnation: 1, sequence: 7 };
const content = {
  entries: [
    { object: objectId, register: 2, value: utf8Encode("value"), replaces: [{ batch: hash("replaced"), index: 300 }] },
    { object: objectId, register: 0, value: new Uint8Array(0), replaces: [] },
  ],
  placements: [{ name: hash("name").slice(1) as ChunkName, blob }],
};
const grants: readonly KeyGrants[] = [
  { keyId: key.id, epoch: 1, grants: [{ device, recipient: identity.publicKey, wrapped: utf8Encode("wrapped") }] },
];

test("parts", () => {
  const [page] = sealPages({ crypto, compression }, key, place, content, 2);
  if (hasAes) check("a page, part 2 of batch 1.7, AES-256-GCM", page as Uint8Array);
  expect(openPage({ crypto, compression }, key, place, vector("a page, part 2 of batch 1.7, AES-256-GCM"), 2)).toEqual(content);
  const offers = [{ id: blob, sizeBytes: 70_000 }];
  check("offers", writeOffers(offers));
  check("keys", writeKeys(grants));
  check("hosts", writeHosts([device]));
  expect(readParts([vector("offers"), vector("keys"), vector("hosts")])).toEqual({
    offers, keys: grants, hosts: [device], pages: [],
  });
});

test("batches", () => {
  const common = { author: device, timeMs: 1_700_000_000_000, members: [hash("statement")] };
  const settings = { chunks: { least: 65_536, average: 262_144, most: 1_048_576 } };
  const first = signBatch(
    crypto, identity,
    { ...common, space: undefined, incarnation: 0, sequence: 1, parents: [], stamp: 1, genesis: { type: "drive", user, salt, settings } },
    [writeKeys(grants)],
  );
  check("the first batch of a space", first.bytes);
  check("its hash, the SpaceId", first.hash);
  const parents = [first.hash, ...[hash("a"), hash("b")].sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1))];
  const draft = { ...common, space: first.space, incarnation: 1, sequence: 1, parents, stamp: 12 };
  const second = signBatch(crypto, identity, draft, [writeOffers([{ id: blob, sizeBytes: 1 }]), utf8Encode("part")]);
  check("another batch", second.bytes);
  check("its hash", second.hash);
  check("its row in the index", encodeRecord({ ...newRecord(second, { segment: 3, offset: 4096 }), held: true, counts: true, standing: "member" }));
  for (const name of ["the first batch of a space", "another batch"]) verifyBatch(crypto, readBatch(crypto, vector(name)));
});

test("notes in the log", () => {
  check("joined", encodeNote({ note: "joined" }));
  check("incarnation", encodeNote({ note: "incarnation", least: 2 }));
  check("standing", encodeNote({ note: "standing", author: device, key: identity.publicKey, standing: { type: "revoked", accepted: 5 } }));
});

test("nothing of a page is in clear", () => {
  const [page] = sealPages({ crypto, compression }, key, place, content, 2);
  expect(toHex(concatBytes([page as Uint8Array]))).not.toContain(toHex(utf8Encode("value")));
});
