// The contract of Crypto. Known answers are in crypto-vectors.ts; here is what holds around them: keys, errors,
// memory, and that a signature is valid on every platform or on none.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8Encode } from "#base/bytes.ts";
import { cryptoLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { bytesOf, type Suite, tagged } from "#base/suites.ts";
import type { Crypto, PrivateKey, PublicKey, Signature } from "#glow";
import { cryptoForgeries } from "./crypto-forgeries.ts";
import { cryptoHpke } from "./crypto-hpke.ts";
import { cryptoParts } from "./crypto-parts.ts";
import { cryptoVectors, forged, kindOf } from "./crypto-vectors.ts";

const aeadSuites: readonly Suite<"aead">[] = ["aes-256-gcm", "chacha20-poly1305"];
const hashSuites: readonly Suite<"hash">[] = ["sha2-256", "blake3"];
const keySuites: readonly Suite<"key">[] = ["ed25519", "x25519"];
const none = new Uint8Array(0);

export function cryptoCompliance(name: string, crypto: Crypto): void {
  describe(`Crypto: ${name}`, () => {
    cryptoVectors(crypto);
    cryptoForgeries(crypto);
    keys(crypto);
    signatures(crypto);
    agreement(crypto);
    hashing(crypto);
    derivation(crypto);
    sealing(crypto);
    cryptoParts(crypto);
    cryptoHpke(crypto);
    memory(crypto);
  });
}

function keys(crypto: Crypto): void {
  test.each(keySuites)("%s key pairs follow from the random source alone", (suite) => {
    const first = crypto.keyPair(suite, new SeededRandom(1));
    expect(crypto.keyPair(suite, new SeededRandom(1))).toEqual(first);
    expect(crypto.keyPair(suite, new SeededRandom(2))).not.toEqual(first);
    expect(crypto.keyPairFromSeed(suite, bytesOf(`${suite}-secret`, first.privateKey))).toEqual(first);
    expect(bytesOf(suite, first.publicKey)).toHaveLength(32);
  });

  test("the seed has 32 bytes and the suite must be one of keys", () => {
    for (const length of [0, 31, 33]) {
      expect(kindOf(() => crypto.keyPairFromSeed("ed25519", new Uint8Array(length)))).toBe("invalid");
    }
    for (const suite of ["blake3", "ed25519-secret", "ed448", "constructor", "__proto__"]) {
      expect(kindOf(() => crypto.keyPairFromSeed(suite as "ed25519", new Uint8Array(32)))).toBe("unsupported");
    }
  });

  test("a key that is overwritten is no longer the key it was", () => {
    const [one, two] = [1, 2].map((seed) => crypto.keyPair("ed25519", new SeededRandom(seed)));
    if (one === undefined || two === undefined) throw new Error("two were made");
    const message = utf8Encode("message");
    expect(crypto.verify(one.publicKey, message, crypto.sign(one.privateKey, message))).toBe(true);
    one.privateKey.set(two.privateKey);
    expect(crypto.sign(one.privateKey, message)).toEqual(crypto.sign(two.privateKey, message));
  });
}

function signatures(crypto: Crypto): void {
  // RFC 8032, 7.1, tests 1 to 3: secret key, public key, message, signature.
  test.each([
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ])("signs as RFC 8032 does: %s", (seed, publicKey, message, signature) => {
    const pair = crypto.keyPairFromSeed("ed25519", fromHex(seed));
    expect(toHex(bytesOf("ed25519", pair.publicKey))).toBe(publicKey);
    expect(toHex(bytesOf("ed25519-signature", crypto.sign(pair.privateKey, fromHex(message))))).toBe(signature);
  });

  test("a signature holds for its key and message, and for no other", () => {
    const pair = crypto.keyPair("ed25519", new SeededRandom(1));
    const other = crypto.keyPair("ed25519", new SeededRandom(2));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (message, bit) => {
        const signature = crypto.sign(pair.privateKey, message);
        expect(crypto.verify(pair.publicKey, message, signature)).toBe(true);
        expect(crypto.verify(other.publicKey, message, signature)).toBe(false);
        expect(crypto.verify(pair.publicKey, Uint8Array.of(...message, 0), signature)).toBe(false);
        expect(crypto.verify(pair.publicKey, message, flipped(signature, bit) as Signature)).toBe(false);
      }),
      { numRuns: 15 },
    );
  }, 30_000);

  test("whatever comes as key and signature, verify answers, and answers no", () => {
    const pair = crypto.keyPair("ed25519", new SeededRandom(1));
    const message = utf8Encode("message");
    const signature = crypto.sign(pair.privateKey, message);
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => forged("ed25519", bytes)),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => forged("ed25519", bytes)),
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => forged("ed25519-signature", bytes)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(crypto.verify(bytes as PublicKey, message, signature)).toBe(false);
        expect(crypto.verify(pair.publicKey, message, bytes as Signature)).toBe(false);
      }),
      { numRuns: 100 },
    );
    expect(crypto.verify(pair.privateKey as Uint8Array as PublicKey, message, signature)).toBe(false);
  }, 30_000);

  test("signs with no key but its own kind", () => {
    const key = crypto.keyPair("x25519", new SeededRandom(1)).privateKey;
    expect(kindOf(() => crypto.sign(key, none))).toBe("invalid");
    expect(kindOf(() => crypto.sign(none as PrivateKey, none))).toBe("invalid");
    expect(kindOf(() => crypto.sign(Uint8Array.of(99, ...new Uint8Array(32)) as PrivateKey, none))).toBe("unsupported");
  });
}

function agreement(crypto: Crypto): void {
  test("agrees as RFC 7748, 6.1 does", () => {
    const bob = crypto.keyPairFromSeed(
      "x25519",
      fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
    );
    expect(toHex(bytesOf("x25519", bob.publicKey))).toBe(
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    );
    const alice = fromHex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(toHex(crypto.agree(bob.privateKey, tagged("x25519", alice) as PublicKey))).toBe(
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    );
  });

  test("both sides get the same", () => {
    const random = new SeededRandom("agreement");
    const a = crypto.keyPair("x25519", random);
    const b = crypto.keyPair("x25519", random);
    expect(crypto.agree(a.privateKey, b.publicKey)).toEqual(crypto.agree(b.privateKey, a.publicKey));
  });

  test("refuses keys of another kind, cut keys, and the zero key", () => {
    const own = crypto.keyPair("x25519", new SeededRandom(1));
    const signing = crypto.keyPair("ed25519", new SeededRandom(1));
    expect(kindOf(() => crypto.agree(own.privateKey, signing.publicKey))).toBe("invalid");
    expect(kindOf(() => crypto.agree(signing.privateKey, own.publicKey))).toBe("invalid");
    expect(kindOf(() => crypto.agree(own.privateKey, own.publicKey.slice(0, 20) as PublicKey))).toBe("invalid");
    const zero = tagged("x25519", new Uint8Array(32)) as PublicKey;
    expect(kindOf(() => crypto.agree(own.privateKey, zero))).toBe("invalid");
  });
}

function hashing(crypto: Crypto): void {
  test.each(hashSuites)("%s of parts is that of the whole", (suite) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000, size: "max" }), { maxLength: 6 }), (parts) => {
        const hasher = crypto.hasher(suite);
        for (const part of parts) hasher.update(part);
        expect(hasher.digest()).toEqual(crypto.hash(suite, Uint8Array.from(parts.flatMap((part) => [...part]))));
      }),
      { numRuns: 30 },
    );
  });

  test.each(hashSuites)("a %s hasher ends with its digest", (suite) => {
    const hasher = crypto.hasher(suite);
    hasher.digest();
    expect(kindOf(() => hasher.update(none))).toBe("released");
    expect(kindOf(() => hasher.digest())).toBe("released");
  });

  test("a keyed hash is that of its key and bytes alone, also when the key is used again or overwritten", () => {
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const message = utf8Encode("message");
    const first = crypto.keyedHash(one, message);
    crypto.keyedHash(one, utf8Encode("another"));
    expect(crypto.keyedHash(one, message)).toEqual(first);
    expect(crypto.keyedHash(one.slice(), message)).toEqual(first);
    const second = crypto.keyedHash(other, message);
    expect(second).not.toEqual(first);
    one.set(other);
    expect(crypto.keyedHash(one, message)).toEqual(second);
  });

  test("two hashers do not mix", () => {
    const [a, b] = [crypto.hasher("blake3"), crypto.hasher("blake3")];
    a.update(utf8Encode("a"));
    b.update(utf8Encode("b"));
    expect(a.digest()).toEqual(crypto.hash("blake3", utf8Encode("a")));
    expect(b.digest()).toEqual(crypto.hash("blake3", utf8Encode("b")));
  });

  test("there is no other hash, and no other length of key", () => {
    expect(kindOf(() => crypto.hash("md5" as "blake3", none))).toBe("unsupported");
    expect(kindOf(() => crypto.hasher("ed25519" as "blake3"))).toBe("unsupported");
    for (const length of [0, 31, 33]) {
      expect(kindOf(() => crypto.keyedHash(new Uint8Array(length), none))).toBe("invalid");
    }
  });
}

function derivation(crypto: Crypto): void {
  test("gives as many bytes as the limit says, fewer being a prefix of more", () => {
    const most = cryptoLimits.derivedBytes;
    const longest = crypto.derive(utf8Encode("secret"), none, none, most);
    for (const length of [1, 31, 32, 33, 100]) {
      expect(crypto.derive(utf8Encode("secret"), none, none, length)).toEqual(longest.slice(0, length));
    }
    for (const length of [most + 1, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(kindOf(() => crypto.derive(none, none, none, length))).toBe("invalid");
    }
  });

  test("takes as much info as the limit says", () => {
    const most = cryptoLimits.deriveInfoBytes;
    expect(crypto.derive(none, none, new Uint8Array(most), 32)).toHaveLength(32);
    expect(kindOf(() => crypto.derive(none, none, new Uint8Array(most + 1), 32))).toBe("invalid");
  });
}

function sealing(crypto: Crypto): void {
  const key = new Uint8Array(32).fill(1);
  const nonce = new Uint8Array(12).fill(2);

  test.each(aeadSuites)("%s opens what was sealed, and nothing else", (suite) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(9000),
        (plain, aad, bit) => {
          const sealed = crypto.seal(suite, key, nonce, aad, plain);
          expect(sealed).toHaveLength(plain.length + 16);
          expect(crypto.open(suite, key, nonce, aad, sealed)).toEqual(plain);
          const attempts = [
            () => crypto.open(suite, flipped(key, bit), nonce, aad, sealed),
            () => crypto.open(suite, key, flipped(nonce, bit), aad, sealed),
            () => crypto.open(suite, key, nonce, Uint8Array.of(...aad, 0), sealed),
            () => crypto.open(suite, key, nonce, aad, flipped(sealed, bit)),
            () => crypto.open(suite, key, nonce, aad, sealed.subarray(0, bit % sealed.length)),
            () => crypto.open(suite, key, nonce, aad, Uint8Array.of(...sealed, 0)),
          ];
          expect(attempts.map(kindOf)).toEqual(attempts.map(() => "corrupt"));
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each(aeadSuites)("%s carries a megabyte", (suite) => {
    const plain = new Uint8Array(1024 * 1024);
    new SeededRandom(1).fill(plain);
    const sealed = crypto.seal(suite, key, nonce, none, plain);
    // Compared by hash: a failing comparison of a megabyte would print it.
    const opened = crypto.open(suite, key, nonce, none, sealed);
    expect(crypto.hash("blake3", opened)).toEqual(crypto.hash("blake3", plain));
    expect(kindOf(() => crypto.open(suite, key, nonce, none, flipped(sealed, 4_000_000)))).toBe("corrupt");
  });

  test.each(aeadSuites)("%s takes keys of 32 bytes and nonces of 12", (suite) => {
    for (const length of [0, 16, 31, 33]) {
      expect(kindOf(() => crypto.seal(suite, new Uint8Array(length), nonce, none, none))).toBe("invalid");
      expect(kindOf(() => crypto.open(suite, new Uint8Array(length), nonce, none, new Uint8Array(16)))).toBe("invalid");
    }
    for (const length of [0, 8, 11, 13, 16]) {
      expect(kindOf(() => crypto.seal(suite, key, new Uint8Array(length), none, none))).toBe("invalid");
      expect(kindOf(() => crypto.open(suite, key, new Uint8Array(length), none, new Uint8Array(16)))).toBe("invalid");
    }
  });

  test("there is no other way to seal", () => {
    expect(kindOf(() => crypto.seal("aes-128-gcm" as "aes-256-gcm", key, nonce, none, none))).toBe("unsupported");
    expect(kindOf(() => crypto.open("blake3" as "aes-256-gcm", key, nonce, none, none))).toBe("unsupported");
  });
}

function memory(crypto: Crypto): void {
  /** Every method that returns bytes, once, on arguments made by `give`. */
  function results(give: (bytes: Uint8Array) => Uint8Array): Uint8Array[] {
    const seed = give(new Uint8Array(32).fill(7));
    const signing = crypto.keyPairFromSeed("ed25519", seed);
    const agreeing = crypto.keyPairFromSeed("x25519", seed);
    const message = give(utf8Encode("message"));
    const nonce = give(new Uint8Array(12));
    const made = [signing.publicKey, signing.privateKey, agreeing.publicKey, agreeing.privateKey];
    made.push(crypto.sign(give(signing.privateKey) as PrivateKey, message) as Uint8Array as PublicKey);
    const bytes: Uint8Array[] = [...made];
    bytes.push(crypto.agree(give(agreeing.privateKey) as PrivateKey, give(agreeing.publicKey) as PublicKey));
    for (const suite of hashSuites) {
      const hasher = crypto.hasher(suite);
      hasher.update(message);
      bytes.push(crypto.hash(suite, message), hasher.digest());
    }
    bytes.push(crypto.keyedHash(seed, message), crypto.derive(seed, nonce, message, 40));
    for (const suite of aeadSuites) {
      const sealed = crypto.seal(suite, seed, nonce, message, message);
      bytes.push(sealed, crypto.open(suite, seed, nonce, message, give(sealed)));
    }
    return bytes;
  }

  test("what is returned is a plain Uint8Array with memory of its own", () => {
    for (const bytes of results((given) => given)) {
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes.byteOffset).toBe(0);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  test("arguments may be views, and are left as they were", () => {
    const given: { view: Uint8Array; before: string }[] = [];
    const fromViews = results((bytes) => {
      const around = new Uint8Array(bytes.length + 10).fill(0xaa);
      around.set(bytes, 3);
      const view = around.subarray(3, 3 + bytes.length);
      given.push({ view, before: toHex(around) });
      return view;
    });
    expect(fromViews).toEqual(results((bytes) => bytes));
    for (const { view, before } of given) expect(toHex(new Uint8Array(view.buffer))).toBe(before);
  });
}

/** A copy with one bit changed. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8));
  return copy;
}
