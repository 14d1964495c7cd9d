// A record that is signed and kept as its bytes: statements, location records, relay grants.
//
//   record     = CBOR [ body (byte string), signature (tagged) ]
//   body       = CBOR map; its "key" is the tagged public key that signs
//   signature  = over "glow " | context | 0x00 | body        (node-identity.ts)
//   hash       = tagged BLAKE3 of body
//
// The hash leaves the signature out: whoever holds a key can sign one body in many ways, and these are one record.

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import type { Crypto, Hash, PublicKey, Signature } from "#glow";
import { type NodeIdentity, type SigningContext, verifySigned } from "./node-identity.ts";
import { RecordReader } from "./record-reader.ts";

export interface SignedRecord {
  /** As it came. */
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  /** Who signed. Whether that key may say this is for the caller to find out. */
  readonly key: PublicKey;
  readonly fields: RecordReader;
}

/** Signs `fields`, to which it adds the signer's key. `too-large` past `mostBytes`. */
export function signRecord(
  identity: NodeIdentity,
  context: SigningContext,
  fields: { readonly [key: string]: unknown },
  mostBytes: number,
): Uint8Array {
  const body = encodeCbor({ ...fields, key: identity.publicKey });
  const bytes = encodeCbor([body, identity.sign(context, body)]);
  if (bytes.length > mostBytes) throw tooLarge(context, mostBytes);
  return bytes;
}

/** `invalid` for what is no such record, `too-large` past `mostBytes`, `corrupt` if the signature is not the key's. */
export function openRecord(
  crypto: Crypto,
  context: SigningContext,
  bytes: Uint8Array,
  mostBytes: number,
): SignedRecord {
  if (bytes.length > mostBytes) throw tooLarge(context, mostBytes);
  const { body, signature } = envelope(context, bytes);
  const fields = new RecordReader(context, body);
  const key = fields.publicKey("key");
  if (!verifySigned(crypto, key, context, body, signature)) {
    const message = `this ${context} was changed after it was signed, or was never signed by the key it names`;
    throw new GlowError("corrupt", opOf(context), { message });
  }
  return { bytes, hash: crypto.hash("blake3", body), key, fields };
}

function envelope(context: SigningContext, bytes: Uint8Array): { body: Uint8Array; signature: Signature } {
  let value: unknown;
  try {
    value = decodeCbor(bytes);
  } catch (cause) {
    throw new GlowError("invalid", opOf(context), { message: `malformed ${context}: not deterministic CBOR`, cause });
  }
  if (Array.isArray(value) && value.length === 2) {
    const [body, signature] = value as unknown[];
    if (body instanceof Uint8Array && signature instanceof Uint8Array)
      return { body, signature: signature as Signature };
  }
  throw new GlowError("invalid", opOf(context), { message: `malformed ${context}: it is not a body and a signature` });
}

function tooLarge(context: SigningContext, mostBytes: number): GlowError {
  return new GlowError("too-large", opOf(context), { message: `a ${context} has at most ${mostBytes} bytes` });
}

function opOf(context: SigningContext): string {
  return `${context.replaceAll(" ", "-")}.read`;
}
