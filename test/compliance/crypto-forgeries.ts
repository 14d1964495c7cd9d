// Signatures that no honest signer makes, and on which libraries differ: with components of small order, under keys
// or an R of small order, with S made larger by the group's order. A platform that answered otherwise would hold
// other statements true than the rest of a user's devices. The rule is that of src/platform/ed25519-point.ts.

import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import { concatBytes, fromHex, utf8Encode } from "#base/bytes.ts";
import { tagged } from "#base/suites.ts";
import type { Crypto, PublicKey, Signature } from "#glow";

const { Point } = ed25519;
const { Fn } = Point;
/** The eight points whose order divides the cofactor; the second has order 8. */
const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));
const order8 = torsion[1] as (typeof torsion)[0];

/** The challenge of RFC 8032, 5.1.7. */
function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  return Fn.create(bytesToNumberLE(sha512(concatBytes([r, key, message]))));
}

function verify(crypto: Crypto, key: Uint8Array, message: Uint8Array, r: Uint8Array, s: bigint): boolean {
  const scalar = new Uint8Array(32);
  for (let i = 0; i < 32; i++) scalar[i] = Number((s >> BigInt(8 * i)) & 255n);
  const signature = tagged("ed25519-signature", concatBytes([r, scalar])) as Signature;
  return crypto.verify(tagged("ed25519", key) as PublicKey, message, signature);
}

export function cryptoForgeries(crypto: Crypto): void {
  const secret = 1234567890123456789n;
  const nonce = 987654321098765n;
  const honest = Point.BASE.multiply(secret);
  const commitment = Point.BASE.multiply(nonce);

  test("takes a signature made by hand, and not the same with S + L", () => {
    const [key, r, message] = [honest.toBytes(), commitment.toBytes(), utf8Encode("message")];
    const s = Fn.create(nonce + challenge(r, key, message) * secret);
    expect(verify(crypto, key, message, r, s)).toBe(true);
    expect(verify(crypto, key, message, r, s + Fn.ORDER)).toBe(false);
  });

  test("takes a key with a component of small order only where that component vanishes", () => {
    const key = honest.add(order8).toBytes();
    const r = commitment.toBytes();
    const answers = { yes: 0, no: 0 };
    for (let i = 0; i < 64; i++) {
      const message = utf8Encode(`message ${i}`);
      const k = challenge(r, key, message);
      const vanishes = k % 8n === 0n;
      expect(verify(crypto, key, message, r, Fn.create(nonce + k * secret))).toBe(vanishes);
      answers[vanishes ? "yes" : "no"]++;
    }
    expect(answers.yes).toBeGreaterThan(0);
    expect(answers.no).toBeGreaterThan(0);
  }, 30_000);

  test("refuses a signature whose R has a component of small order", () => {
    const key = honest.toBytes();
    const message = utf8Encode("message");
    for (const component of torsion.slice(1)) {
      const r = commitment.add(component).toBytes();
      const s = Fn.create(nonce + challenge(r, key, message) * secret);
      expect(verify(crypto, key, message, r, s)).toBe(false);
    }
  });

  test("refuses an R of small order, although the equation holds", () => {
    const key = honest.toBytes();
    const once = utf8Encode("message");
    const zero = Point.ZERO.toBytes();
    expect(verify(crypto, key, once, zero, Fn.create(challenge(zero, key, once) * secret))).toBe(false);

    // With a key that has a component of small order, each of the eight can be hit.
    const mixed = honest.add(order8);
    let hits = 0;
    for (let i = 0; i < 64; i++) {
      const message = utf8Encode(`message ${i}`);
      for (const component of torsion) {
        const r = component.toBytes();
        const k = challenge(r, mixed.toBytes(), message);
        if (
          !order8
            .multiplyUnsafe(k % 8n)
            .negate()
            .equals(component)
        )
          continue;
        hits++;
        expect(verify(crypto, mixed.toBytes(), message, r, Fn.create(k * secret))).toBe(false);
      }
    }
    expect(hits).toBeGreaterThan(16);
  });

  test("refuses every key of small order, under which one signature would fit many messages", () => {
    let fitting = 0;
    for (const component of torsion) {
      const key = component.toBytes();
      for (let i = 0; i < 16; i++) {
        const message = utf8Encode(`message ${i}`);
        const r = commitment.toBytes();
        // [S]B - [k]A is R whenever k takes this key to zero: the equation alone would say yes.
        if (challenge(r, key, message) % 8n === 0n || component.is0()) fitting++;
        expect(verify(crypto, key, message, r, nonce)).toBe(false);
      }
    }
    expect(fitting).toBeGreaterThan(16);
  });

  test("refuses the other spellings of keys", () => {
    const message = utf8Encode("message");
    const r = commitment.toBytes();
    // y = 1 is the point zero, for which every (R, S) with R = [S]B fits. Its other spellings: with the sign of an x
    // that is 0, and with p added to y.
    for (const spelling of ["01".padEnd(62, "0") + "80", `ee${"ff".repeat(30)}7f`, `ee${"ff".repeat(31)}`]) {
      expect(verify(crypto, fromHex(spelling), message, r, nonce)).toBe(false);
    }
  });
}
