// Cryptography in plain JavaScript (noble), for browsers: there WebCrypto is asynchronous, has no BLAKE3, and on a page
// from an insecure origin is missing. It needs nothing of the browser, so it can run anywhere. Slower than native code
// by 20 to 40 times, and only as constant in time as a JavaScript engine lets it be.

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { equalBytes } from "#base/bytes.ts";
import { type Primitives, SuiteCrypto } from "../suite-crypto.ts";
import { aeads, NobleAeadKey } from "./aead-key.ts";

/** A secret is its seed: noble prepares nothing. */
export class NobleCrypto extends SuiteCrypto<Uint8Array> {
  constructor() {
    super(primitives);
  }
}

const hashes = { "sha2-256": sha256, blake3 } as const;

const primitives: Primitives<Uint8Array> = {
  secret: (_suite, seed) => Uint8Array.from(seed),
  publicKey: (suite, seed) => (suite === "ed25519" ? ed25519 : x25519).getPublicKey(seed),
  ed25519Sign: (seed, message) => ed25519.sign(message, seed),
  ed25519Verify,
  // Throws for the keys that lead to zero.
  x25519: (seed, theirs) => x25519.getSharedSecret(seed, theirs),
  hash: (suite, bytes) => hashes[suite](bytes),
  hasher: (suite) => hashes[suite].create(),
  blake3Keyed: (key, bytes) => blake3(bytes, { key }),
  hkdfSha256: (secret, salt, info, lengthBytes) => hkdf(sha256, secret, salt, info, lengthBytes),
  seal: (suite, key, nonce, associated, plain) => aeads[suite](key, nonce, associated).encrypt(plain),
  open: (suite, key, nonce, associated, sealed) => aeads[suite](key, nonce, associated).decrypt(sealed),
  // Without AES instructions, AES-256-GCM takes three times as long.
  aeadSuites: ["chacha20-poly1305", "aes-256-gcm"],
  aeadKey: (suite, key) => new NobleAeadKey(suite, key),
};

/**
 * Not noble's own `verify`, which multiplies by the cofactor: it takes signatures with a component of small order
 * that OpenSSL refuses. Throws where the key is no point or S is not below L.
 */
function ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const r = signature.subarray(0, 32);
  const s = bytesToNumberLE(signature.subarray(32));
  const k = Point.Fn.create(bytesToNumberLE(sha512.create().update(r).update(key).update(message).digest()));
  const expected = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key).multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}
