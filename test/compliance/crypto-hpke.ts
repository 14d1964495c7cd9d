// The contract of `sealTo` and `openFrom`: the RFC's known answers, keys of both suites, and what a peer may send instead.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, fromHex, toHex, utf8Encode } from "#base/bytes.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import { bytesOf, type Suite, suites, tagged, untagged } from "#base/suites.ts";
import { encodeVarint } from "#base/varint.ts";
import type { Crypto, PrivateKey, PublicKey } from "#glow";
import vectors from "../vectors/hpke-x25519.json" with { type: "json" };
import { each, forged, kindOf } from "./crypto-vectors.ts";

const hpkeSuites: readonly Suite<"hpke">[] = ["hpke-x25519-aes-256-gcm", "hpke-x25519-chacha20-poly1305"];
const keySuites: readonly Suite<"key">[] = ["ed25519", "x25519"];
const info = utf8Encode("info");
const associated = utf8Encode("associated");
const plain = utf8Encode("a key of a space, for instance");
const none = new Uint8Array(0);

/** RFC 7748: points that lead to zero with every key. */
const smallOrderPoints = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

export function cryptoHpke(crypto: Crypto): void {
  each("HPKE", 2, vectors, (vector) => {
    const suite = vector.suite as Suite<"hpke">;
    const recipient = tagged("x25519", fromHex(vector.pkR)) as PublicKey;
    const own = tagged("x25519-secret", fromHex(vector.skR)) as PrivateKey;
    const ephemeral = { fill: (target: Uint8Array) => target.set(fromHex(vector.skE)) };
    const [vectorInfo, aad, pt] = [vector.info, vector.aad, vector.pt].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const sealed = crypto.sealTo(recipient, vectorInfo, aad, pt, ephemeral, suite);
    expect(toHex(sealed)).toBe(toHex(tagged(suite, fromHex(vector.enc + vector.ct))));
    expect(toHex(crypto.openFrom(own, vectorInfo, aad, sealed))).toBe(vector.pt);
  });

  opening(crypto);
  hostileValues(crypto);
  keyForms(crypto);
}

function opening(crypto: Crypto): void {
  test.each(keySuites)("what is sealed to a key of %s opens with it, and with nothing else", (suite) => {
    const { publicKey, privateKey } = crypto.keyPair(suite, new SeededRandom(1));
    for (const hpke of [...hpkeSuites, undefined]) {
      const random = new SeededRandom(`sealing ${hpke}`);
      const sealed = crypto.sealTo(publicKey, info, associated, plain, random, hpke);
      expect(hpkeSuites).toContain(untagged(sealed).suite);
      expect(crypto.openFrom(privateKey, info, associated, sealed)).toEqual(plain);
      const other = crypto.keyPair(suite, new SeededRandom(2)).privateKey;
      expect(kindOf(() => crypto.openFrom(other, info, associated, sealed))).toBe("corrupt");
      expect(kindOf(() => crypto.openFrom(privateKey, none, associated, sealed))).toBe("corrupt");
      expect(kindOf(() => crypto.openFrom(privateKey, info, none, sealed))).toBe("corrupt");
    }
  });

  test("messages, info and associated data may have any length", () => {
    const { publicKey, privateKey } = crypto.keyPair("ed25519", new SeededRandom(1));
    const random = new SeededRandom("lengths");
    for (const length of [0, 1, 1024, 5000]) {
      const [one, two, three] = [1, 2, 3].map(() => randomBytes(random, length)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const sealed = crypto.sealTo(publicKey, one, two, three, random);
      expect(crypto.openFrom(privateKey, one, two, sealed)).toEqual(three);
    }
  });

  test("each sealing has an ephemeral key of its own, drawn from the random source", () => {
    const { publicKey } = crypto.keyPair("ed25519", new SeededRandom(1));
    const random = new SeededRandom("ephemeral");
    const seal = (from: SeededRandom) => toHex(crypto.sealTo(publicKey, info, associated, plain, from));
    expect(seal(random)).not.toBe(seal(random));
    expect(seal(new SeededRandom("same"))).toBe(seal(new SeededRandom("same")));
  });
}

function hostileValues(crypto: Crypto): void {
  const { publicKey, privateKey } = crypto.keyPair("ed25519", new SeededRandom(1));

  test("a value that was changed anywhere, cut or lengthened is refused, and never opens", () => {
    const sealed = crypto.sealTo(publicKey, info, associated, plain, new SeededRandom("changed"));
    const refused = (value: Uint8Array) =>
      expect(["corrupt", "invalid", "unsupported"]).toContain(
        kindOf(() => crypto.openFrom(privateKey, info, associated, value)),
      );
    for (let length = 0; length < sealed.length; length++) refused(sealed.subarray(0, length));
    refused(concatBytes([sealed, none, Uint8Array.of(0)]));
    const change = fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] as number) ^ by;
      // The top bit of an ephemeral key counts for nothing in X25519, but is part of what is hashed.
      refused(changed);
    });
    fc.assert(change, { numRuns: 100 });
  });

  test("an ephemeral key of small order is `corrupt`", () => {
    for (const suite of hpkeSuites) {
      for (const point of smallOrderPoints) {
        const value = tagged(suite, concatBytes([fromHex(point), new Uint8Array(64)]));
        expect(kindOf(() => crypto.openFrom(privateKey, info, associated, value))).toBe("corrupt");
      }
    }
  });

  test("what is no sealed value is `invalid` or `unsupported`", () => {
    const open = (value: Uint8Array) => kindOf(() => crypto.openFrom(privateKey, info, associated, value));
    expect(open(none)).toBe("invalid");
    for (const suite of hpkeSuites) {
      const least = suites[suite].lengthBytes;
      expect(open(forged(suite, new Uint8Array(least - 1)))).toBe("invalid");
      expect(open(forged(suite, new Uint8Array(least)))).toBe("corrupt");
    }
    expect(open(tagged("aes-256-gcm", new Uint8Array(100)))).toBe("unsupported");
    expect(open(concatBytes([encodeVarint(0x302001), new Uint8Array(100)]))).toBe("unsupported");
    expect(open(Uint8Array.of(0x80, 0x80))).toBe("invalid");
  });

  test("a key that nobody can be sealed to is `invalid`", () => {
    const seal = (key: Uint8Array) =>
      kindOf(() => crypto.sealTo(key as PublicKey, info, associated, plain, new SeededRandom(1)));
    for (const point of smallOrderPoints) expect(seal(tagged("x25519", fromHex(point)))).toBe("invalid");
    for (const point of [
      // Small order, y not below p, and y = 2, of which there is no x.
      `01${"00".repeat(31)}`,
      "00".repeat(32),
      `ee${"ff".repeat(30)}7f`,
      `02${"00".repeat(31)}`,
    ]) {
      expect(seal(tagged("ed25519", fromHex(point)))).toBe("invalid");
    }
    expect(seal(forged("ed25519", new Uint8Array(31)))).toBe("invalid");
    expect(seal(forged("x25519", new Uint8Array(33)))).toBe("invalid");
    expect(seal(tagged("blake3", new Uint8Array(32)))).toBe("invalid");
    expect(seal(none)).toBe("invalid");
  });

  test("a private key that is none is `invalid`; a suite that is none is `unsupported`", () => {
    const sealed = crypto.sealTo(publicKey, info, associated, plain, new SeededRandom(1));
    for (const key of [none, publicKey, forged("ed25519-secret", new Uint8Array(31))]) {
      expect(kindOf(() => crypto.openFrom(key as PrivateKey, info, associated, sealed))).toBe("invalid");
    }
    const suite: string = "aes-256-gcm";
    const seal = () => crypto.sealTo(publicKey, info, associated, plain, new SeededRandom(1), suite as Suite<"hpke">);
    expect(kindOf(seal)).toBe("unsupported");
  });
}

function keyForms(crypto: Crypto): void {
  // The key pair of libsodium's test of its conversion (test/default/ed25519_convert.c): seed, and the scalar and point.
  test("an Ed25519 key is sealed to in the X25519 form that other libraries know", () => {
    const seed = fromHex("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee");
    const scalar = fromHex("8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166");
    const point = fromHex("f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50");
    const signing = crypto.keyPairFromSeed("ed25519", seed);
    const agreeing = crypto.keyPairFromSeed("x25519", scalar);
    expect(bytesOf("x25519", agreeing.publicKey)).toEqual(point);
    const random = () => new SeededRandom("forms");
    const sealed = crypto.sealTo(signing.publicKey, info, associated, plain, random());
    expect(sealed).toEqual(crypto.sealTo(agreeing.publicKey, info, associated, plain, random()));
    expect(crypto.openFrom(agreeing.privateKey, info, associated, sealed)).toEqual(plain);
    expect(crypto.openFrom(signing.privateKey, info, associated, sealed)).toEqual(plain);
  });
}
