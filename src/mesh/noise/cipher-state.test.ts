// Nonces count, keys change, and neither goes wrong unseen.

import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, utf8Encode } from "#base/bytes.ts";
import { noiseLimits } from "#base/limits.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { CipherState } from "./cipher-state.ts";

const crypto = new NodeCrypto();
const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const associated = utf8Encode("head");
const plain = utf8Encode("body");

describe.each([
  ["aes-256-gcm", "000000000000000000000001"],
  ["chacha20-poly1305", "000000000100000000000000"],
] as const)("%s", (suite, secondNonce) => {
  const fresh = () => new CipherState(crypto, suite, key);

  test("the second message has nonce 1, in the byte order of the suite", () => {
    const state = fresh();
    state.seal(associated, plain);
    expect(state.seal(associated, plain)).toEqual(crypto.seal(suite, key, fromHex(secondNonce), associated, plain));
  });

  test("what doesn't open is not counted", () => {
    const sender = fresh();
    const receiver = fresh();
    const sealed = sender.seal(associated, plain);
    const changed = sealed.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    expect(() => receiver.open(associated, changed)).toThrow(expect.objectContaining({ kind: "corrupt" }));
    expect(() => receiver.open(plain, sealed)).toThrow(expect.objectContaining({ kind: "corrupt" }));
    expect(receiver.open(associated, sealed)).toEqual(plain);
    expect(() => receiver.open(associated, sealed)).toThrow(expect.objectContaining({ kind: "corrupt" }));
  });

  test("a new key is the old one's seal of zeros under the last nonce; the numbers go on", () => {
    const state = fresh();
    state.seal(associated, plain);
    state.rekey();
    const lastNonce = concatBytes([new Uint8Array(4), new Uint8Array(8).fill(255)]);
    const next = crypto.seal(suite, key, lastNonce, new Uint8Array(), new Uint8Array(32)).slice(0, 32);
    expect(state.seal(associated, plain)).toEqual(crypto.seal(suite, next, fromHex(secondNonce), associated, plain));
  });

  test("both sides may take a new key at the same message", () => {
    const sender = fresh();
    const receiver = fresh();
    for (let round = 0; round < 3; round++) {
      expect(receiver.open(associated, sender.seal(associated, plain))).toEqual(plain);
      sender.rekey();
      receiver.rekey();
    }
  });

  test("a message may be opened out of order by its number", () => {
    const sender = fresh();
    const receiver = fresh();
    sender.seal(associated, plain);
    receiver.setNonce(1);
    expect(receiver.open(associated, sender.seal(associated, plain))).toEqual(plain);
  });

  test("a key ends after noiseLimits.nonce messages", () => {
    const state = fresh();
    state.setNonce(noiseLimits.nonce - 1);
    const last = state.seal(associated, plain);
    expect(() => state.seal(associated, plain)).toThrow(expect.objectContaining({ kind: "exhausted" }));
    expect(() => state.open(associated, last)).toThrow(expect.objectContaining({ kind: "exhausted" }));
  });

  test("without a key nothing is sealed", () => {
    const state = new CipherState(crypto, suite);
    expect(state.seal(associated, plain)).toEqual(plain);
    expect(state.open(associated, plain)).toEqual(plain);
    expect(() => state.rekey()).toThrow(expect.objectContaining({ kind: "internal" }));
  });

  test("keys have 32 bytes and numbers are whole", () => {
    const defect = expect.objectContaining({ kind: "internal" });
    expect(() => new CipherState(crypto, suite, key.subarray(1))).toThrow(defect);
    for (const number of [-1, 0.5, 2 ** 53]) expect(() => fresh().setNonce(number)).toThrow(defect);
  });
});
