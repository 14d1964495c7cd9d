// One record of a segment. Its head is verified by a secret of the segment and by where it lies, so that nothing is taken
// for a record that only looks like one: what a hostile peer wrote into a blob, or an old file left on the medium.
//
//   record = head (66 bytes) | body
//      0  marker       4   "glr1"
//      4  kind         1   1 batch, 2 blob, 3 dead places, 4 void: room that a crash has left between others
//      5  length       4   of the body; all numbers are big-endian
//      9  id          33   batch: its SpaceId; blob: its BlobId; others: zeros
//     42  body check   8   first 8 bytes of the body's BLAKE3; blob: zeros, for its id is its hash
//     50  durable      8   up to here the segment was synced when this was written: what is broken before is damage, and
//                          what is broken behind may be what a crash has torn
//     58  head check   8   first 8 bytes of BLAKE3 of: the segment's secret (32) | the record's offset (8) | the 58 bytes above

import { equalBytes, utf8Encode } from "#base/bytes.ts";
import { logLimits } from "#base/limits.ts";
import type { Crypto } from "#glow";

export const recordKinds = { batch: 1, blob: 2, dead: 3, void: 4 } as const;
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds];

export interface LogRecord {
  readonly kind: RecordKind;
  /** `recordIdBytes` long. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
}

export interface RecordHead {
  readonly kind: RecordKind;
  readonly id: Uint8Array;
  readonly bodyBytes: number;
  readonly bodyCheck: Uint8Array;
  /** Up to where its segment was durable before it. */
  readonly durableEnd: number;
}

export const recordIdBytes = 33;
export const recordHeadBytes = 66;
/** Every record begins with it. */
export const recordMarker = utf8Encode("glr1");

const checkBytes = 8;
const idAt = 9;
const bodyCheckAt = idAt + recordIdBytes;
const durableAt = bodyCheckAt + checkBytes;
const headCheckAt = durableAt + 8;
const secretBytes = 32;
const checkedAt = secretBytes + 8;

/** Reads and writes the records of one segment. */
export class RecordCodec {
  readonly #crypto: Crypto;
  /** What a head check is the hash of, the secret at its start. */
  readonly #checked = new Uint8Array(checkedAt + headCheckAt);
  readonly #checkedView = new DataView(this.#checked.buffer);

  constructor(crypto: Crypto, secret: Uint8Array) {
    this.#crypto = crypto;
    this.#checked.set(secret);
  }

  /** Writes a record's head into `target`; `offset` is where in its segment it will lie. */
  writeHead({ kind, id, body }: LogRecord, target: Uint8Array, at: number, offset: number, durableEnd: number): void {
    const view = new DataView(target.buffer, target.byteOffset + at);
    target.set(recordMarker, at);
    target[at + 4] = kind;
    view.setUint32(5, body.length);
    view.setBigUint64(durableAt, BigInt(durableEnd));
    target.set(id, at + idAt);
    if (kind !== recordKinds.blob) target.set(this.#bodyCheck(body), at + bodyCheckAt);
    target.set(this.#headCheck(target, at, offset), at + headCheckAt);
  }

  /** The head that begins at `at`, a view; undefined if there is none, or it is not whole. */
  head(bytes: Uint8Array, at: number, offset: number): RecordHead | undefined {
    if (at + recordHeadBytes > bytes.length) return undefined;
    for (let i = 0; i < recordMarker.length; i++) if (bytes[at + i] !== recordMarker[i]) return undefined;
    const check = bytes.subarray(at + headCheckAt, at + recordHeadBytes);
    if (!equalBytes(check, this.#headCheck(bytes, at, offset))) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const bodyBytes = view.getUint32(5);
    const kind = bytes[at + 4];
    if (!isKind(kind) || bodyBytes > logLimits.recordBytes) return undefined;
    const id = bytes.subarray(at + idAt, at + bodyCheckAt);
    const bodyCheck = bytes.subarray(at + bodyCheckAt, at + durableAt);
    return { kind, id, bodyBytes, bodyCheck, durableEnd: Number(view.getBigUint64(durableAt)) };
  }

  isIntact({ kind, id, bodyBytes, bodyCheck }: RecordHead, body: Uint8Array): boolean {
    if (body.length !== bodyBytes) return false;
    return kind === recordKinds.blob ? isBlob(this.#crypto, id, body) : equalBytes(bodyCheck, this.#bodyCheck(body));
  }

  #bodyCheck(body: Uint8Array): Uint8Array {
    return checksum(this.#crypto, body);
  }

  #headCheck(bytes: Uint8Array, at: number, offset: number): Uint8Array {
    this.#checkedView.setUint32(secretBytes, Math.floor(offset / 2 ** 32));
    this.#checkedView.setUint32(secretBytes + 4, offset % 2 ** 32);
    this.#checked.set(bytes.subarray(at, at + headCheckAt), checkedAt);
    return checksum(this.#crypto, this.#checked);
  }
}

/** Whether these bytes are what the id (a tagged BLAKE3) stands for. */
export function isBlob(crypto: Crypto, id: Uint8Array, stored: Uint8Array): boolean {
  return equalBytes(crypto.hash("blake3", stored), id);
}

/** The first 8 bytes of BLAKE3: against damage, not against people. */
export function checksum(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  // The first byte is the tag of the suite.
  return crypto.hash("blake3", bytes).subarray(1, 1 + checkBytes);
}

function isKind(kind: number | undefined): kind is RecordKind {
  return kind !== undefined && kind >= recordKinds.batch && kind <= recordKinds.void;
}
