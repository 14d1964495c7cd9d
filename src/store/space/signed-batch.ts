// A batch as it is signed, stored and sent.
//
//   batch      = CBOR [ header (byte string), signature (tagged), parts ]
//   parts      = list; each a byte string, or a list of one hash for a part that was dropped
//   hash       = tagged BLAKE3 of the header's bytes
//   signature  = over "glow batch" 00 | header, by the header's "key"
//   root       = tagged BLAKE3 of "glow batch root" 00 | the hash of each part in their order
//
// The hash leaves the signature out: whoever holds a key can sign one header in many ways, and these are one batch. The
// header names the parts by their hashes only, so that a part may be dropped later and the batch still be verified.

import { concatBytes, equalBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BatchHeader, Crypto, Hash, Signature, SpaceId } from "#glow";
import { type NodeIdentity, verifySigned } from "#identity/node-identity.ts";
import { decodeHeader, encodeHeader, type HeaderFields } from "./batch-header.ts";

const rootPrefix = utf8Encode("glow batch root\0");

/** A batch's hash in hexadecimal: a key of maps. */
export type BatchKey = string;

/** A batch that was read; whether it is signed and whole is said by `verifyBatch`. */
export interface SignedBatch {
  /** As it came. */
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly id: BatchKey;
  readonly space: SpaceId;
  readonly header: HeaderFields;
  readonly headerBytes: Uint8Array;
  readonly signature: Signature;
  readonly parts: readonly Uint8Array[];
}

/** All that a header says, but for what follows from signer and parts. */
export type HeaderDraft = Omit<HeaderFields, "key" | "root" | "parts">;

export function signBatch(
  crypto: Crypto,
  identity: NodeIdentity,
  draft: HeaderDraft,
  parts: readonly Uint8Array[],
): SignedBatch {
  const header = { ...draft, key: identity.publicKey, root: rootOf(crypto, parts), parts: parts.length };
  const headerBytes = encodeHeader(header);
  const signature = identity.sign("batch", headerBytes);
  if (parts.length > spaceLimits.parts)
    throw tooLarge(`has ${parts.length} parts, and ${spaceLimits.parts} are the most`);
  const bytes = encodeCbor([headerBytes, signature, parts]);
  checkSize(bytes);
  const hash = crypto.hash("blake3", headerBytes);
  return { bytes, hash, id: toHex(hash), space: spaceOf(header, hash), header, headerBytes, signature, parts };
}

/** `too-large`, `invalid` for what has not the shape of a batch, `unsupported` for one of which parts were dropped. */
export function readBatch(crypto: Crypto, bytes: Uint8Array): SignedBatch {
  checkSize(bytes);
  const { headerBytes, signature, parts } = envelope(bytes);
  const header = decodeHeader(headerBytes);
  if (parts.length !== header.parts) throw invalid(`its header says ${header.parts} parts, and it has ${parts.length}`);
  const hash = crypto.hash("blake3", headerBytes);
  return { bytes, hash, id: toHex(hash), space: spaceOf(header, hash), header, headerBytes, signature, parts };
}

/** `corrupt` if the signature is not the key's, or the parts are not those that were signed. */
export function verifyBatch(crypto: Crypto, batch: SignedBatch): void {
  const { header, headerBytes, signature, parts, hash } = batch;
  const target = idText(hash);
  if (!verifySigned(crypto, header.key, "batch", headerBytes, signature)) {
    const message = "this batch was changed after it was signed, or was never signed by the key it names";
    throw new GlowError("corrupt", "batch.verify", { target, message });
  }
  if (!equalBytes(rootOf(crypto, parts), header.root)) {
    const message = "the parts of this batch are not those that its author signed";
    throw new GlowError("corrupt", "batch.verify", { target, message });
  }
}

/** What everybody may know of it. */
export function headerOf({ hash, space, header }: SignedBatch): BatchHeader {
  const { author, incarnation, sequence, parents, stamp, timeMs } = header;
  return { hash, space, author, incarnation, sequence, parents, stamp, timeMs };
}

function spaceOf(header: HeaderFields, hash: Hash): SpaceId {
  return header.space ?? (idText(hash) as SpaceId);
}

function rootOf(crypto: Crypto, parts: readonly Uint8Array[]): Hash {
  return crypto.hash("blake3", concatBytes([rootPrefix, ...parts.map((part) => crypto.hash("blake3", part))]));
}

interface Envelope {
  readonly headerBytes: Uint8Array;
  readonly signature: Signature;
  readonly parts: readonly Uint8Array[];
}

function envelope(bytes: Uint8Array): Envelope {
  let value: CborValue;
  try {
    value = decodeCbor(bytes);
  } catch (cause) {
    throw invalid("it is not deterministic CBOR", cause);
  }
  const [headerBytes, signature, parts, ...more] = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (!(headerBytes instanceof Uint8Array) || !(signature instanceof Uint8Array) || !Array.isArray(parts)) {
    throw invalid("it is not a header, a signature and parts");
  }
  if (more.length > 0) throw invalid("something follows its parts");
  for (const part of parts as readonly CborValue[]) {
    if (part instanceof Uint8Array) continue;
    if (!Array.isArray(part)) throw invalid("one of its parts is no byte string");
    const message = "parts of this batch were dropped, and this version takes whole ones only: ask another holder";
    throw new GlowError("unsupported", "batch.read", { message });
  }
  return { headerBytes, signature: signature as Signature, parts: parts as readonly Uint8Array[] };
}

function checkSize(bytes: Uint8Array): void {
  const { batchBytes } = spaceLimits;
  if (bytes.length > batchBytes) throw tooLarge(`has ${bytes.length} bytes, and ${batchBytes} are the most`);
}

function tooLarge(reason: string): GlowError {
  return new GlowError("too-large", "batch.read", {
    message: `a batch is too large: it ${reason}; write it in several`,
  });
}

function invalid(reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "batch.read", { message: `malformed batch: ${reason}`, cause });
}
