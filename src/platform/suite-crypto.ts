// What every implementation of Crypto has in common: tags, lengths, errors, and one answer to what a valid signature
// is. A platform adds `Primitives`, which see bare bytes of the right length. So two platforms cannot differ in what
// they take or refuse, other than by a defect in a primitive, which the vectors of the compliance suite would show.

import { concatBytes, equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { cryptoLimits } from "#base/limits.ts";
import { bytesOf, type Suite, suites, tagged, untagged } from "#base/suites.ts";
import type { AeadKey, Crypto, Hash, Hasher, KeyPair, PrivateKey, PublicKey, Random, Signature } from "#glow";
import { checkKind, checkLength } from "./crypto-argument.ts";
import { isStrictEd25519Point } from "./ed25519-point.ts";
import { x25519Point, x25519Scalar } from "./ed25519-to-x25519.ts";
import { hpkeAeads, hpkeKeyBytes, hpkeMessageKey } from "./hpke.ts";
import { aeadNonceBytes, notSealed, type PrimitiveAeadKey, SuiteAeadKey } from "./suite-aead-key.ts";

/** A platform's bare algorithms. What they return is their own memory, no part of a pool. */
export interface Primitives<Secret> {
  /** A 32-byte seed in the form that the others want it. May be costly: it is kept for as long as its key is in use. */
  secret(suite: Suite<"key">, seed: Uint8Array): Secret;
  publicKey(suite: Suite<"key">, secret: Secret): Uint8Array;
  ed25519Sign(secret: Secret, message: Uint8Array): Uint8Array;
  /**
   * RFC 8032, 5.1.7 without the cofactor: true if S < L and the encoding of [S]B - [k]A is, byte for byte, the
   * signature's R. Key and R were found to be strict (ed25519-point.ts). May throw for `false`.
   */
  ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Throws if the result is all zero. */
  x25519(secret: Secret, theirs: Uint8Array): Uint8Array;
  hash(suite: Suite<"hash">, bytes: Uint8Array): Uint8Array;
  hasher(suite: Suite<"hash">): PrimitiveHasher;
  blake3Keyed(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array;
  seal(suite: Suite<"aead">, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Throws, having given out nothing, if the tag does not verify. */
  open(
    suite: Suite<"aead">,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array;
  /** As in `Crypto`. */
  readonly aeadSuites: readonly Suite<"aead">[];
  aeadKey(suite: Suite<"aead">, key: Uint8Array): PrimitiveAeadKey;
}

export interface PrimitiveHasher {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

const seedBytes = 32;
const aeadKeyBytes = 32;
const secretSuites = { ed25519: "ed25519-secret", x25519: "x25519-secret" } as const;

export class SuiteCrypto<Secret> implements Crypto {
  readonly #primitives: Primitives<Secret>;
  /** Prepared secrets, each for as long as somebody holds its key. The seed tells if that key was overwritten. */
  readonly #secrets = new WeakMap<PrivateKey, { readonly seed: Uint8Array; readonly secret: Secret }>();

  constructor(primitives: Primitives<Secret>) {
    this.#primitives = primitives;
  }

  keyPair(suite: Suite<"key">, random: Random): KeyPair {
    const seed = new Uint8Array(seedBytes);
    random.fill(seed);
    return this.keyPairFromSeed(suite, seed);
  }

  keyPairFromSeed(suite: Suite<"key">, seed: Uint8Array): KeyPair {
    checkKind(suite, "key", "crypto.key-pair");
    checkLength("crypto.key-pair", "seed", seed, seedBytes);
    const privateKey = tagged(secretSuites[suite], seed) as PrivateKey;
    const publicKey = tagged(suite, this.#primitives.publicKey(suite, this.#secret(suite, privateKey))) as PublicKey;
    return { publicKey, privateKey };
  }

  sign(key: PrivateKey, message: Uint8Array): Signature {
    return tagged(
      "ed25519-signature",
      this.#primitives.ed25519Sign(this.#secret("ed25519", key), message),
    ) as Signature;
  }

  verify(key: PublicKey, message: Uint8Array, signature: Signature): boolean {
    try {
      const point = bytesOf("ed25519", key);
      const bytes = bytesOf("ed25519-signature", signature);
      const strict = isStrictEd25519Point(point) && isStrictEd25519Point(bytes.subarray(0, 32));
      return strict && this.#primitives.ed25519Verify(point, message, bytes);
    } catch {
      return false;
    }
  }

  agree(own: PrivateKey, theirs: PublicKey): Uint8Array {
    const secret = this.#secret("x25519", own);
    const point = bytesOf("x25519", theirs);
    try {
      return this.#primitives.x25519(secret, point);
    } catch (cause) {
      // With two keys of the right length nothing else can fail.
      throw new GlowError("invalid", "crypto.agree", {
        message: "the other side's key is of small order: it would make the same secret with everybody",
        cause,
      });
    }
  }

  hash(suite: Suite<"hash">, bytes: Uint8Array): Hash {
    checkKind(suite, "hash", "crypto.hash");
    return tagged(suite, this.#primitives.hash(suite, bytes)) as Hash;
  }

  hasher(suite: Suite<"hash">): Hasher {
    checkKind(suite, "hash", "crypto.hash");
    return new SuiteHasher(suite, this.#primitives.hasher(suite));
  }

  keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    checkLength("crypto.keyed-hash", "key", key, seedBytes);
    return this.#primitives.blake3Keyed(key, bytes);
  }

  derive(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array {
    if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > cryptoLimits.derivedBytes) {
      const message = `derives 1 to ${cryptoLimits.derivedBytes} bytes, not ${lengthBytes}`;
      throw new GlowError("invalid", "crypto.derive", { message });
    }
    if (info.length > cryptoLimits.deriveInfoBytes) {
      const message = `info has at most ${cryptoLimits.deriveInfoBytes} bytes, not ${info.length}: put a hash of it`;
      throw new GlowError("invalid", "crypto.derive", { message });
    }
    return this.#primitives.hkdfSha256(secret, salt, info, lengthBytes);
  }

  seal(
    suite: Suite<"aead">,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    plain: Uint8Array,
  ): Uint8Array {
    checkAead("crypto.seal", suite, key, nonce);
    return this.#primitives.seal(suite, key, nonce, associated, plain);
  }

  open(
    suite: Suite<"aead">,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array {
    checkAead("crypto.open", suite, key, nonce);
    if (sealed.length >= suites[suite].lengthBytes) {
      try {
        return this.#primitives.open(suite, key, nonce, associated, sealed);
      } catch {
        // No cause: how it failed must tell nothing about the key or the plaintext.
      }
    }
    throw notSealed(suite);
  }

  get aeadSuites(): readonly Suite<"aead">[] {
    return this.#primitives.aeadSuites;
  }

  aeadKey(suite: Suite<"aead">, key: Uint8Array): AeadKey {
    checkKind(suite, "aead", "crypto.aead-key");
    checkLength("crypto.aead-key", "key", key, aeadKeyBytes);
    return new SuiteAeadKey(suite, this.#primitives.aeadKey(suite, key));
  }

  sealTo(
    recipient: PublicKey,
    info: Uint8Array,
    associated: Uint8Array,
    plain: Uint8Array,
    random: Random,
    suite: Suite<"hpke"> = this.#fastestHpke,
  ): Uint8Array {
    checkKind(suite, "hpke", "crypto.seal-to");
    const aead = hpkeAeads[suite];
    const point = agreementPoint(recipient);
    const own = this.keyPair("x25519", random);
    const ephemeral = bytesOf("x25519", own.publicKey);
    const agreed = this.agree(own.privateKey, tagged("x25519", point) as PublicKey);
    const { key, nonce } = hpkeMessageKey(aead, agreed, ephemeral, point, info);
    return tagged(suite, concatBytes([ephemeral, this.seal(aead, key, nonce, associated, plain)]));
  }

  openFrom(own: PrivateKey, info: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    const op = "crypto.open-from";
    const { suite, bytes } = untagged(sealed);
    checkKind(suite, "hpke", op);
    const aead = hpkeAeads[suite as Suite<"hpke">];
    const { publicKey, privateKey } = this.#agreementPair(own);
    const ephemeral = bytes.subarray(0, hpkeKeyBytes);
    try {
      const agreed = this.agree(privateKey, tagged("x25519", ephemeral) as PublicKey);
      const { key, nonce } = hpkeMessageKey(aead, agreed, ephemeral, bytesOf("x25519", publicKey), info);
      return this.open(aead, key, nonce, associated, bytes.subarray(hpkeKeyBytes));
    } catch {
      // No cause: how it failed must tell nothing about the key or the plaintext.
      throw new GlowError("corrupt", op, {
        target: suite,
        message: "this was not sealed for this key, or not with this info and associated data, or was changed since",
      });
    }
  }

  get #fastestHpke(): Suite<"hpke"> {
    return `hpke-x25519-${this.aeadSuites[0] as Suite<"aead">}`;
  }

  #agreementPair(own: PrivateKey): KeyPair {
    const { suite, bytes } = untagged(own);
    return this.keyPairFromSeed(
      "x25519",
      suite === "ed25519-secret" ? x25519Scalar(bytes) : bytesOf("x25519-secret", own),
    );
  }

  #secret(suite: Suite<"key">, key: PrivateKey): Secret {
    const seed = bytesOf(secretSuites[suite], key);
    const known = this.#secrets.get(key);
    if (known !== undefined && equalBytes(known.seed, seed)) return known.secret;
    const secret = this.#primitives.secret(suite, seed);
    this.#secrets.set(key, { seed: Uint8Array.from(seed), secret });
    return secret;
  }
}

class SuiteHasher implements Hasher {
  readonly #suite: Suite<"hash">;
  #hasher: PrimitiveHasher | undefined;

  constructor(suite: Suite<"hash">, hasher: PrimitiveHasher) {
    this.#suite = suite;
    this.#hasher = hasher;
  }

  update(bytes: Uint8Array): void {
    this.#open().update(bytes);
  }

  digest(): Hash {
    const hash = this.#open().digest();
    this.#hasher = undefined;
    return tagged(this.#suite, hash) as Hash;
  }

  #open(): PrimitiveHasher {
    if (this.#hasher !== undefined) return this.#hasher;
    throw new GlowError("released", "hasher.use", { message: "this hasher has given its digest: make a new one" });
  }
}

/** The X25519 form of a key of either suite. */
function agreementPoint(key: PublicKey): Uint8Array {
  const { suite, bytes } = untagged(key);
  return suite === "ed25519" ? x25519Point(bytes) : bytesOf("x25519", key);
}

function checkAead(op: string, suite: Suite<"aead">, key: Uint8Array, nonce: Uint8Array): void {
  checkKind(suite, "aead", op);
  checkLength(op, "key", key, aeadKeyBytes);
  checkLength(op, "nonce", nonce, aeadNonceBytes);
}
