// What the parts of a batch hold. All but pages is in clear, since hosts without keys act on it.
//
//   part   = type (1 byte) | body
//   0 page    entries, sealed: sealed-page.ts
//   1 offers  CBOR [BlobId, size in bytes, BlobId, size, ...]
//   2 keys    CBOR list of [key id (8 bytes), epoch, [DeviceId, public key, wrapped key, DeviceId, ...]]: key-grant.ts
//   3 hosts   CBOR list of DeviceIds
//
// A part of any other type is passed over.

import { concatBytes } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import { bytesOf } from "#base/suites.ts";
import type { BlobId, BlobOffer, DeviceId, PublicKey } from "#glow";
import { keyIdBytes } from "./space-key.ts";

export const partType = { page: 0, offers: 1, keys: 2, hosts: 3 } as const;

/** A key of the space, wrapped for devices that read. */
export interface KeyGrants {
  readonly keyId: Uint8Array;
  /** Which epoch of the space the key is of, from 0. */
  readonly epoch: number;
  readonly grants: readonly KeyGrant[];
}

export interface KeyGrant {
  readonly device: DeviceId;
  /** The device's key that it is wrapped to: when the device has a new one, it needs another grant. */
  readonly recipient: PublicKey;
  readonly wrapped: Uint8Array;
}

/** What a batch says in clear. */
export interface ClearParts {
  readonly offers: readonly BlobOffer[];
  readonly keys: readonly KeyGrants[];
  readonly hosts: readonly DeviceId[];
  /** Sealed ones, with their numbers among the parts. */
  readonly pages: readonly { readonly index: number; readonly part: Uint8Array }[];
}

/** `invalid` if a part makes no sense, `too-large` if there is too much of a kind. */
export function readParts(parts: readonly Uint8Array[]): ClearParts {
  const found = { offers: [] as BlobOffer[], keys: [] as KeyGrants[], hosts: [] as DeviceId[] };
  const pages: { index: number; part: Uint8Array }[] = [];
  for (const [index, bytes] of parts.entries()) {
    switch (bytes[0]) {
      case undefined:
        throw invalid("part", "is empty");
      case partType.page:
        pages.push({ index, part: bytes });
        break;
      case partType.offers:
        readOffers(bytes, found.offers);
        break;
      case partType.keys:
        readKeys(bytes, found.keys);
        break;
      case partType.hosts:
        readHosts(bytes, found.hosts);
        break;
    }
  }
  checkCount("blobs", found.offers.length, spaceLimits.entries);
  checkCount("hosts", found.hosts.length, spaceLimits.hosts);
  checkCount("key grants", countGrants(found.keys), spaceLimits.grants);
  return { ...found, pages };
}

/** The part; `too-large` if there are too many for one batch. */
export function writeOffers(offers: readonly BlobOffer[]): Uint8Array {
  checkCount("blobs", offers.length, spaceLimits.entries);
  return part(
    partType.offers,
    offers.flatMap(({ id, sizeBytes }) => [id, sizeBytes]),
  );
}

export function writeKeys(keys: readonly KeyGrants[]): Uint8Array {
  const lists = keys.map(({ keyId, epoch, grants }) => [
    keyId,
    epoch,
    grants.flatMap(({ device, recipient, wrapped }) => [idBytes(device), recipient, wrapped]),
  ]);
  return part(partType.keys, lists);
}

export function writeHosts(hosts: readonly DeviceId[]): Uint8Array {
  return part(partType.hosts, hosts.map(idBytes));
}

function part(type: number, body: unknown): Uint8Array {
  return concatBytes([Uint8Array.of(type), encodeCbor(body)]);
}

function readOffers(bytes: Uint8Array, offers: BlobOffer[]): void {
  const items = listIn("offers", bytes);
  if (items.length % 2 !== 0) throw invalid("offers", "ends within an offer");
  for (let i = 0; i < items.length; i += 2) {
    const sizeBytes = items[i + 1];
    if (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
      throw invalid("offers", "has a size that is none");
    }
    offers.push({ id: hashIn("offers", items[i]) as BlobId, sizeBytes });
  }
}

function readKeys(bytes: Uint8Array, keys: KeyGrants[]): void {
  for (const item of listIn("keys", bytes)) {
    const [keyId, epoch, list] = Array.isArray(item) ? (item as readonly CborValue[]) : [];
    if (!(keyId instanceof Uint8Array) || keyId.length !== keyIdBytes) throw invalid("keys", "has an id that is none");
    if (typeof epoch !== "number" || !Number.isSafeInteger(epoch) || epoch < 0) {
      throw invalid("keys", "has an epoch that is none");
    }
    if (!Array.isArray(list) || list.length % 3 !== 0) throw invalid("keys", "has a list of grants that is none");
    keys.push({ keyId, epoch, grants: readGrants(list as readonly CborValue[]) });
  }
}

function readGrants(list: readonly CborValue[]): KeyGrant[] {
  const grants: KeyGrant[] = [];
  for (let i = 0; i < list.length; i += 3) {
    const recipient = list[i + 1];
    const wrapped = list[i + 2];
    if (!(recipient instanceof Uint8Array) || !(wrapped instanceof Uint8Array)) {
      throw invalid("keys", "has a grant that is none");
    }
    const device = idText(hashIn("keys", list[i])) as DeviceId;
    grants.push({ device, recipient: recipient as PublicKey, wrapped });
  }
  return grants;
}

function readHosts(bytes: Uint8Array, hosts: DeviceId[]): void {
  for (const item of listIn("hosts", bytes)) hosts.push(idText(hashIn("hosts", item)) as DeviceId);
}

function listIn(kind: string, bytes: Uint8Array): readonly CborValue[] {
  let body: CborValue;
  try {
    body = decodeCbor(bytes.subarray(1));
  } catch (cause) {
    throw invalid(kind, "is not deterministic CBOR", cause);
  }
  if (Array.isArray(body)) return body as readonly CborValue[];
  throw invalid(kind, "is not a list");
}

function hashIn(kind: string, value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid(kind, "has an id that is none");
  try {
    bytesOf("blake3", value);
  } catch (cause) {
    throw invalid(kind, "has an id that is none", cause);
  }
  return value;
}

function countGrants(keys: readonly KeyGrants[]): number {
  // A key without any grant counts too: it takes memory.
  return keys.reduce((count, { grants }) => count + Math.max(1, grants.length), 0);
}

function checkCount(what: string, count: number, most: number): void {
  if (count <= most) return;
  const message = `a batch has at most ${most} ${what}, not ${count}; write them in several`;
  throw new GlowError("too-large", "batch.read", { message });
}

function invalid(kind: string, reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "batch.read", { message: `malformed batch: its part of ${kind} ${reason}`, cause });
}
