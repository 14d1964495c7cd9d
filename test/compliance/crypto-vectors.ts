// Known answers for Crypto, from elsewhere (test/vectors/README.md): every vector of every file is run, and counted.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, fromHex, toHex, utf8Encode } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { bytesOf, type Suite, suites, tagged } from "#base/suites.ts";
import { encodeVarint } from "#base/varint.ts";
import type { Crypto, PrivateKey, PublicKey, Signature } from "#glow";
import aesVectors from "../vectors/aes-256-gcm.json" with { type: "json" };
import blake3Vectors from "../vectors/blake3.json" with { type: "json" };
import chachaVectors from "../vectors/chacha20-poly1305.json" with { type: "json" };
import ed25519Vectors from "../vectors/ed25519.json" with { type: "json" };
import hkdfVectors from "../vectors/hkdf-sha256.json" with { type: "json" };
import sha256Vectors from "../vectors/sha2-256.json" with { type: "json" };
import x25519Vectors from "../vectors/x25519.json" with { type: "json" };
import { cutAt, cuts, openPieces } from "./message-pieces.ts";

/** Runs `check` on each vector; a failure names the vector. `expected` is how many there must be. */
export function each<Vector>(
  title: string,
  expected: number,
  vectors: readonly Vector[],
  check: (vector: Vector) => void,
) {
  test(`${title}: ${expected} vectors`, () => {
    let run = 0;
    for (const vector of vectors) {
      try {
        check(vector);
      } catch (cause) {
        throw new Error(`${title}: vector ${JSON.stringify(vector).slice(0, 200)}`, { cause });
      }
      run++;
    }
    expect(run).toBe(expected);
  }, 60_000);
}

/** The kind of the GlowError that `work` throws, if it does. */
export function kindOf(work: () => unknown): ErrorKind | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof GlowError) return error.kind;
    throw error;
  }
}

/** A tagged value whose bytes may have a wrong length, as only a peer would send it. */
export function forged(suite: keyof typeof suites, bytes: Uint8Array): Uint8Array {
  return concatBytes([encodeVarint(suites[suite].tag), bytes]);
}

export function cryptoVectors(crypto: Crypto): void {
  hashVectors(crypto);
  keyVectors(crypto);
  hkdf(crypto);
  aead(crypto, "aes-256-gcm", 105, aesVectors);
  aead(crypto, "chacha20-poly1305", 325, chachaVectors);
  aeadParts(crypto, "aes-256-gcm", 105, aesVectors);
  aeadParts(crypto, "chacha20-poly1305", 325, chachaVectors);
}

function hashVectors(crypto: Crypto): void {
  each("SHA-256", 5, sha256Vectors, ({ text, repeat, hash }) => {
    const message = utf8Encode(text.repeat(repeat));
    expect(toHex(bytesOf("sha2-256", crypto.hash("sha2-256", message)))).toBe(hash);
  });

  each("BLAKE3", 35, blake3Vectors, ({ input_len, hash }) => {
    expect(toHex(bytesOf("blake3", crypto.hash("blake3", blake3Input(input_len))))).toBe(hash);
  });

  each("BLAKE3 with a key", 35, blake3Vectors, ({ input_len, keyed_hash }) => {
    const key = utf8Encode("whats the Elvish word for friend");
    expect(toHex(crypto.keyedHash(key, blake3Input(input_len)))).toBe(keyed_hash);
  });
}

function blake3Input(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

function keyVectors(crypto: Crypto): void {
  each("Ed25519", 151, ed25519Vectors, ({ pk, msg, sig, result }) => {
    const key = tagged("ed25519", fromHex(pk)) as PublicKey;
    const signature = forged("ed25519-signature", fromHex(sig)) as Signature;
    expect(crypto.verify(key, fromHex(msg), signature)).toBe(result === "valid");
  });

  // Wycheproof calls "acceptable" what a library may refuse: keys on the twist or not fully reduced, which RFC 7748
  // computes with, and those that give zero, which its section 6.1 and our contract refuse.
  each("X25519", 518, x25519Vectors, (vector) => {
    const own = tagged("x25519-secret", fromHex(vector.private)) as PrivateKey;
    const theirs = tagged("x25519", fromHex(vector.public)) as PublicKey;
    if (/^0+$/.test(vector.shared)) expect(kindOf(() => crypto.agree(own, theirs))).toBe("invalid");
    else expect(toHex(crypto.agree(own, theirs))).toBe(vector.shared);
  });
}

function hkdf(crypto: Crypto): void {
  each("HKDF-SHA-256", 86, hkdfVectors, ({ ikm, salt, info, size, okm, result }) => {
    const derive = () => crypto.derive(fromHex(ikm), fromHex(salt), fromHex(info), size);
    if (result === "valid") expect(toHex(derive())).toBe(okm);
    else expect(kindOf(derive)).toBe("invalid");
  });
}

interface AeadVector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: string;
}

function aead(crypto: Crypto, suite: Suite<"aead">, count: number, vectors: readonly AeadVector[]): void {
  each(suite, count, vectors, (vector) => {
    const key = fromHex(vector.key);
    const nonce = fromHex(vector.iv);
    const associated = fromHex(vector.aad);
    const plain = fromHex(vector.msg);
    const sealed = fromHex(vector.ct + vector.tag);
    const seal = () => crypto.seal(suite, key, nonce, associated, plain);
    const open = () => crypto.open(suite, key, nonce, associated, sealed);
    if (nonce.length !== 12) {
      expect(kindOf(seal)).toBe("invalid");
      expect(kindOf(open)).toBe("invalid");
    } else if (vector.result === "valid") {
      expect(toHex(seal())).toBe(toHex(sealed));
      expect(toHex(open())).toBe(vector.msg);
    } else {
      expect(kindOf(open)).toBe("corrupt");
    }
  });
}

/** The same vectors in parts: sealed and opened with cuts at random places. */
function aeadParts(crypto: Crypto, suite: Suite<"aead">, count: number, vectors: readonly AeadVector[]): void {
  each(`${suite}, in parts`, count, vectors, (vector) => {
    const key = crypto.aeadKey(suite, fromHex(vector.key));
    const nonce = fromHex(vector.iv);
    const associated = fromHex(vector.aad);
    const plain = fromHex(vector.msg);
    const sealed = fromHex(vector.ct + vector.tag);
    const cut = fc.property(cuts, cuts, (sealCuts, openCuts) => {
      const seal = () => key.sealParts(nonce, associated, cutAt(plain, sealCuts));
      const open = () => openPieces(key, nonce, associated, sealed, openCuts);
      if (nonce.length !== 12) {
        expect(kindOf(seal)).toBe("invalid");
        expect(kindOf(open)).toBe("invalid");
      } else if (vector.result === "valid") {
        expect(toHex(concatBytes(seal()))).toBe(toHex(sealed));
        expect(toHex(open())).toBe(vector.msg);
      } else {
        expect(kindOf(open)).toBe("corrupt");
      }
    });
    fc.assert(cut, { numRuns: 8 });
  });
}
