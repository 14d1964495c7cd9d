// Credentials are believed if they say the right thing in the right form, signed by the right key; else by nobody.

import { describe, expect, test } from "vitest";
import { type CborValue, encodeCbor } from "#base/cbor.ts";
import { concatBytes } from "#base/bytes.ts";
import { SeededRandom } from "#base/random.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { encodeCredentials, readCredentials } from "./credentials.ts";
import { HandshakeKeys } from "./handshake-keys.ts";

const crypto = new NodeCrypto();
const random = new SeededRandom("credentials");
const identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", random));
const keys = new HandshakeKeys(identity, crypto, random);
const hello = Uint8Array.of(1, 2, 3);
const key = identity.publicKey;
const { signature } = keys;

test("tell who sent them, and what it says", () => {
  const read = readCredentials(crypto, encodeCredentials(keys, hello), keys.static.publicKey);
  expect(read).toEqual({ peer: identity.id, peerKey: key, hello });
});

test("vouch for one static key, not for that of the next process", () => {
  const next = new HandshakeKeys(identity, crypto, random);
  const read = () => readCredentials(crypto, encodeCredentials(keys, hello), next.static.publicKey);
  expect(read).toThrow(expect.objectContaining({ kind: "denied" }));
});

describe("are refused if they are", () => {
  const whole = encodeCredentials(keys, hello);
  const forms: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["cut short", whole.subarray(0, -1)],
    ["followed by more", concatBytes([whole, Uint8Array.of(0)])],
    ["not an array", encodeCbor({ key, signature, hello })],
    ["too few", encodeCbor([key, signature])],
    ["too many", encodeCbor([key, signature, hello, hello])],
    ...[0, 1, 2].flatMap((at) =>
      ["text", 7, null, []].map((value): [string, Uint8Array] => {
        const items: CborValue[] = [key, signature, hello];
        items[at] = value;
        return [`of ${JSON.stringify(value)} at ${at}`, encodeCbor(items)];
      }),
    ),
  ];

  test.each(forms)("%s", (_name, payload) => {
    const read = () => readCredentials(crypto, payload, keys.static.publicKey);
    expect(read).toThrow(expect.objectContaining({ kind: "protocol" }));
  });
});
