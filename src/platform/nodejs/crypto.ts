// Cryptography as Node has it: OpenSSL, called synchronously, and BLAKE3 from a native module.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { Blake3Hasher, blake3 } from "@napi-rs/blake-hash";
import { equalBytes } from "#base/bytes.ts";
import { type Suite, suites } from "#base/suites.ts";
import { type PrimitiveHasher, type Primitives, SuiteCrypto } from "../suite-crypto.ts";
import { NodeAeadKey } from "./aead-key.ts";
import { owned } from "./owned-bytes.ts";

export class NodeCrypto extends SuiteCrypto<KeyObject> {
  constructor() {
    super(primitives);
  }
}

const primitives: Primitives<KeyObject> = {
  // 25 us, as much as a signature: the reason why prepared secrets are kept. A public key takes 2, so those are not.
  secret: (suite, seed) => createPrivateKey({ key: seed, format: "raw-private", asymmetricKeyType: suite }),
  publicKey: (_suite, secret) => owned(createPublicKey(secret).export({ format: "raw-public" })),
  ed25519Sign: (secret, message) => owned(sign(null, message, secret)),
  // OpenSSL checks as the contract asks: without the cofactor, S below L, R compared as bytes; Node then refuses
  // points of small order, as the contract has done before.
  ed25519Verify: (key, message, signature) => verify(null, message, publicKey("ed25519", key), signature),
  x25519: (secret, theirs) => owned(diffieHellman({ privateKey: secret, publicKey: publicKey("x25519", theirs) })),
  hash: (suite, bytes) => owned(suite === "blake3" ? blake3(bytes) : hash("sha256", bytes, "buffer")),
  hasher: (suite) => (suite === "blake3" ? new Blake3(new Blake3Hasher()) : new Sha256()),
  blake3Keyed: (key, bytes) => owned(keyedHasher(key).update(bytes).digestBuffer()),
  hkdfSha256: (secret, salt, info, lengthBytes) => new Uint8Array(hkdfSync("sha256", secret, salt, info, lengthBytes)),
  seal,
  open,
  // With the instructions that all processors of today have for it, AES is the faster one by half.
  aeadSuites: ["aes-256-gcm", "chacha20-poly1305"],
  aeadKey: (suite, key) => new NodeAeadKey(suite, key),
};

/** Hashers of the keys that are in use, each with the key as it was. Making one takes 10 us, as long as hashing 64 KiB. */
const keyedHashers = new WeakMap<Uint8Array, { readonly key: Uint8Array; readonly hasher: Blake3Hasher }>();

/** One that has hashed nothing yet. */
function keyedHasher(key: Uint8Array): Blake3Hasher {
  const known = keyedHashers.get(key);
  if (known !== undefined && equalBytes(known.key, key)) {
    known.hasher.reset();
    return known.hasher;
  }
  const hasher = Blake3Hasher.newKeyed(Buffer.from(key));
  keyedHashers.set(key, { key: Uint8Array.from(key), hasher });
  return hasher;
}

function seal(suite: Suite<"aead">, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array) {
  const options = { authTagLength: suites[suite].lengthBytes };
  // Told apart only because each has an overload of its own.
  const cipher =
    suite === "aes-256-gcm" ? createCipheriv(suite, key, nonce, options) : createCipheriv(suite, key, nonce, options);
  cipher.setAAD(associated, { plaintextLength: plain.length });
  const body = cipher.update(plain);
  cipher.final();
  const sealed = new Uint8Array(body.length + options.authTagLength);
  sealed.set(body);
  sealed.set(cipher.getAuthTag(), body.length);
  return sealed;
}

function open(suite: Suite<"aead">, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array) {
  const options = { authTagLength: suites[suite].lengthBytes };
  const end = sealed.length - options.authTagLength;
  const decipher =
    suite === "aes-256-gcm"
      ? createDecipheriv(suite, key, nonce, options)
      : createDecipheriv(suite, key, nonce, options);
  decipher.setAAD(associated, { plaintextLength: end });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  // Throws if the tag does not verify: until here nothing of `plain` may leave.
  decipher.final();
  return owned(plain);
}

function publicKey(suite: Suite<"key">, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: bytes, format: "raw-public", asymmetricKeyType: suite });
}

class Blake3 implements PrimitiveHasher {
  readonly #hasher: Blake3Hasher;

  constructor(hasher: Blake3Hasher) {
    this.#hasher = hasher;
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  digest(): Uint8Array {
    return owned(this.#hasher.digestBuffer());
  }
}

class Sha256 implements PrimitiveHasher {
  readonly #hash = createHash("sha256");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Uint8Array {
    return owned(this.#hash.digest());
  }
}
