// An Ed25519 key as the X25519 key that belongs to it: both curves have the same points in two forms, and u = (1 + y) /
// (1 - y) leads from one to the other (RFC 7748, 4.1). So a device that has a key for signing can be sealed to.
//
// The same answer on every platform, and without loading a library of curves where there is none otherwise: these are two
// exponentiations, of public numbers only.

import { sha512 } from "@noble/hashes/sha2.js";
import { GlowError } from "#base/errors.ts";
import { isStrictEd25519Point } from "./ed25519-point.ts";

const p = 2n ** 255n - 19n;
/** The curve's constant, -121665 / 121666. */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** `invalid` for what is no point of the curve in its only encoding, or one of small order. */
export function x25519Point(ed25519Point: Uint8Array): Uint8Array<ArrayBuffer> {
  const y = littleEndian(ed25519Point) & (2n ** 255n - 1n);
  if (!isStrictEd25519Point(ed25519Point) || !isOnCurve(y)) {
    throw new GlowError("invalid", "crypto.convert-key", { message: "this is no Ed25519 key that can be sealed to" });
  }
  return bytesOf(((1n + y) * power(p + 1n - y, p - 2n)) % p);
}

/** The scalar by which an Ed25519 seed signs (RFC 8032, 5.1.5), before its bits are fixed. */
export function x25519Scalar(ed25519Seed: Uint8Array): Uint8Array {
  return sha512(ed25519Seed).subarray(0, 32);
}

/** Whether some x has x² = (y² - 1) / (d y² + 1): whether that is a square, by Euler's criterion. */
function isOnCurve(y: bigint): boolean {
  const square = (y * y) % p;
  const product = ((square + p - 1n) * (d * square + 1n)) % p;
  return power(product, (p - 1n) / 2n) <= 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let squared = base % p;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * squared) % p;
    squared = (squared * squared) % p;
  }
  return result;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toReversed().toHex()}`);
}

function bytesOf(number: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(number.toString(16).padStart(64, "0")).toReversed();
}
