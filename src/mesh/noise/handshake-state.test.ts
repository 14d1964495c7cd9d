// Noise as published: every vector there is for the patterns and suites that we have, on each platform's cryptography,
// and what must fail does.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "#base/bytes.ts";
import { noiseLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { bytesOf } from "#base/suites.ts";
import type { Crypto, Random } from "#glow";
import { NobleCrypto } from "#platform/browser/crypto.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import vectors from "../../../test/vectors/noise.json" with { type: "json" };
import { CipherState } from "./cipher-state.ts";
import { HandshakeState, type HandshakeStateOptions, openingMessage } from "./handshake-state.ts";
import { type NoiseProtocol, type PatternName, patterns, protocolName } from "./pattern.ts";

const crypto = new NodeCrypto();
const suites = ["aes-256-gcm", "chacha20-poly1305"] as const;
const protocols: readonly NoiseProtocol[] = (Object.keys(patterns) as PatternName[]).flatMap((pattern) =>
  suites.map((suite) => ({ pattern, suite })),
);
const empty = new Uint8Array();

/** Chance that has been used up: what a vector's ephemeral key was drawn from. */
function drawn(bytes: Uint8Array): Random {
  return { fill: (target) => target.set(bytes) };
}

interface Pair {
  readonly initiator: HandshakeState;
  readonly responder: HandshakeState;
}

function pairOf(protocol: NoiseProtocol, change: Partial<HandshakeStateOptions> = {}, seed = 1): Pair {
  const random = new SeededRandom(seed);
  const side = (initiator: boolean, more: Partial<HandshakeStateOptions>): HandshakeState =>
    new HandshakeState({
      protocol,
      initiator,
      prologue: fromHex("0102"),
      static: crypto.keyPair("x25519", random),
      ...(protocol.pattern === "XXpsk3" ? { psk: new Uint8Array(32).fill(7) } : {}),
      crypto,
      random,
      ...more,
    });
  return { initiator: side(true, {}), responder: side(false, change) };
}

/** Who sends and who reads the message of this number. */
function turn({ initiator, responder }: Pair, index: number): readonly [HandshakeState, HandshakeState] {
  return index % 2 === 0 ? [initiator, responder] : [responder, initiator];
}

/** The handshake with empty payloads, each message passed through `carry`. */
function run(pair: Pair, carry: (message: Uint8Array, index: number) => Uint8Array = (message) => message): void {
  for (let index = 0; index < 3; index++) {
    const [sender, reader] = turn(pair, index);
    reader.readMessage(carry(sender.writeMessage(empty), index));
  }
}

type Vector = (typeof vectors)[number];

function sidesOf(vector: Vector, protocol: NoiseProtocol, platform: Crypto): Pair {
  const side = (initiator: boolean, seed: string, ephemeral: string): HandshakeState =>
    new HandshakeState({
      protocol,
      initiator,
      prologue: fromHex(vector.prologue),
      static: platform.keyPairFromSeed("x25519", fromHex(seed)),
      ...(vector.psk === null ? {} : { psk: fromHex(vector.psk) }),
      crypto: platform,
      random: drawn(fromHex(ephemeral)),
    });
  return {
    initiator: side(true, vector.init_static, vector.init_ephemeral),
    responder: side(false, vector.resp_static, vector.resp_ephemeral),
  };
}

function runVector(vector: Vector, platform: Crypto): void {
  const protocol = protocols.find((each) => protocolName(each) === vector.protocol_name) as NoiseProtocol;
  const pair = sidesOf(vector, protocol, platform);
  for (const [index, { payload, ciphertext }] of vector.messages.slice(0, 3).entries()) {
    const [sender, reader] = turn(pair, index);
    const message = sender.writeMessage(fromHex(payload));
    expect(toHex(message)).toBe(ciphertext);
    expect(toHex(reader.readMessage(message))).toBe(payload);
  }
  const { initiator, responder } = pair;
  expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
  if (vector.handshake_hash !== null) expect(toHex(initiator.handshakeHash)).toBe(vector.handshake_hash);
  const theirs = platform.keyPairFromSeed("x25519", fromHex(vector.resp_static)).publicKey;
  expect(initiator.remoteStatic).toEqual(theirs);
  transport(vector, protocol, pair, platform);
}

/** What follows after the split, from both sides in turn. */
function transport(vector: Vector, { suite }: NoiseProtocol, pair: Pair, platform: Crypto): void {
  const ways = [pair.initiator, pair.responder].map((side) => side.split());
  const sending = ways.map(({ sendKey }) => new CipherState(platform, suite, sendKey));
  const receiving = ways.map(({ receiveKey }) => new CipherState(platform, suite, receiveKey));
  for (const [at, { payload, ciphertext }] of vector.messages.slice(3).entries()) {
    // The fourth message of all is the responder's.
    const sender = (at + 1) % 2;
    const sealed = (sending[sender] as CipherState).seal(empty, fromHex(payload));
    expect(toHex(sealed)).toBe(ciphertext);
    expect(toHex((receiving[1 - sender] as CipherState).open(empty, sealed))).toBe(payload);
  }
}

describe.each([
  ["Node's", new NodeCrypto()],
  ["noble's", new NobleCrypto()],
] as const)("the published vectors, by %s cryptography", (_name, platform) => {
  test("there are six", () => {
    expect(vectors.map(({ source, protocol_name }) => `${source} ${protocol_name}`).sort()).toEqual([
      "cacophony Noise_XX_25519_AESGCM_SHA256",
      "cacophony Noise_XX_25519_ChaChaPoly_SHA256",
      "cacophony Noise_XXpsk3_25519_AESGCM_SHA256",
      "cacophony Noise_XXpsk3_25519_ChaChaPoly_SHA256",
      "snow Noise_XX_25519_AESGCM_SHA256",
      "snow Noise_XX_25519_ChaChaPoly_SHA256",
    ]);
    for (const { messages } of vectors) expect(messages.length).toBeGreaterThanOrEqual(5);
  });

  test.each(vectors)("$source $protocol_name", (vector) => runVector(vector, platform));
});

describe.each(protocols)("$pattern with $suite", (protocol) => {
  test("both sides end with the same hash, and with keys that fit each other", () => {
    const { initiator, responder } = pairOf(protocol);
    run({ initiator, responder });
    expect(initiator.finished && responder.finished).toBe(true);
    expect(initiator.split().sendKey).toEqual(responder.split().receiveKey);
    expect(initiator.split().receiveKey).toEqual(responder.split().sendKey);
    expect(initiator.split().sendKey).not.toEqual(initiator.split().receiveKey);
  });

  test("a changed byte anywhere is noticed by the end", () => {
    const lengths: number[] = [];
    run(pairOf(protocol), (message) => {
      lengths.push(message.length);
      return message;
    });
    const anyByte = fc
      .integer({ min: 0, max: 2 })
      .chain((index) => fc.tuple(fc.constant(index), fc.integer({ min: 0, max: (lengths[index] as number) - 1 })));
    fc.assert(
      fc.property(anyByte, fc.integer({ min: 1, max: 255 }), ([changed, at], mask) => {
        const flip = (message: Uint8Array, index: number): Uint8Array =>
          index === changed ? message.map((byte, i) => (i === at ? byte ^ mask : byte)) : message;
        expect(() => run(pairOf(protocol), flip)).toThrow(expect.objectContaining({ kind: "corrupt" }));
      }),
    );
  });

  test("another prologue is noticed", () => {
    const kind = { kind: "corrupt" };
    expect(() => run(pairOf(protocol, { prologue: fromHex("0103") }))).toThrow(expect.objectContaining(kind));
  });

  test("a message that is cut short is refused", () => {
    for (const cut of [0, 1, 2]) {
      const shorten = (message: Uint8Array, index: number) => (index === cut ? message.subarray(0, 31) : message);
      const kind = { kind: "protocol" };
      expect(() => run(pairOf(protocol), shorten), `message ${cut}`).toThrow(expect.objectContaining(kind));
    }
  });

  test("the opening message follows from its ephemeral key", () => {
    const { initiator } = pairOf(protocol);
    const message = initiator.writeMessage(empty);
    expect(openingMessage(crypto, protocol, fromHex("0102"), message.subarray(0, 32))).toEqual(message);
  });

  test("an ephemeral key may have been drawn before", () => {
    const ephemeral = crypto.keyPair("x25519", new SeededRandom("before"));
    const { responder } = pairOf(protocol, { ephemeral });
    responder.readMessage(pairOf(protocol).initiator.writeMessage(empty));
    expect(responder.writeMessage(empty).subarray(0, 32)).toEqual(bytesOf("x25519", ephemeral.publicKey));
  });

  test("a message has a limit, in both directions", () => {
    const { initiator, responder } = pairOf(protocol);
    const kind = { kind: "too-large" };
    const most = new Uint8Array(noiseLimits.messageBytes);
    expect(() => responder.readMessage(new Uint8Array(most.length + 1))).toThrow(expect.objectContaining(kind));
    expect(() => initiator.writeMessage(most)).toThrow(expect.objectContaining(kind));
    const tagBytes = protocol.pattern === "XXpsk3" ? 16 : 0;
    const longest = pairOf(protocol).initiator.writeMessage(most.subarray(32 + tagBytes));
    expect(longest).toHaveLength(most.length);
    expect(responder.readMessage(longest)).toHaveLength(most.length - 32 - tagBytes);
  });
});

test("another psk is noticed in the third message, not before", () => {
  const protocol = { pattern: "XXpsk3", suite: "aes-256-gcm" } as const;
  const pair = pairOf(protocol, { psk: new Uint8Array(32).fill(8) });
  const seen: number[] = [];
  const watch = (message: Uint8Array, index: number): Uint8Array => {
    seen.push(index);
    return message;
  };
  expect(() => run(pair, watch)).toThrow(expect.objectContaining({ kind: "corrupt" }));
  expect(seen).toEqual([0, 1, 2]);
});

test("a key of small order is refused", () => {
  const { responder } = pairOf({ pattern: "XX", suite: "aes-256-gcm" });
  responder.readMessage(new Uint8Array(32));
  expect(() => responder.writeMessage(empty)).toThrow(expect.objectContaining({ kind: "protocol" }));
});

describe("defects of the caller", () => {
  const protocol = { pattern: "XX", suite: "aes-256-gcm" } as const;
  const defect = expect.objectContaining({ kind: "internal" });

  test("out of turn", () => {
    const { initiator, responder } = pairOf(protocol);
    expect(() => initiator.readMessage(new Uint8Array(32))).toThrow(defect);
    expect(() => responder.writeMessage(empty)).toThrow(defect);
  });

  test("before the end and after it", () => {
    const pair = pairOf(protocol);
    expect(() => pair.initiator.split()).toThrow(defect);
    expect(() => pair.initiator.handshakeHash).toThrow(defect);
    run(pair);
    expect(() => pair.responder.writeMessage(empty)).toThrow(defect);
  });

  test("after a failure", () => {
    const { responder } = pairOf(protocol);
    expect(() => responder.readMessage(new Uint8Array(8))).toThrow(expect.objectContaining({ kind: "protocol" }));
    expect(() => responder.readMessage(new Uint8Array(32))).toThrow(defect);
    expect(responder.finished).toBe(false);
  });

  test("a psk too many, too few or too short", () => {
    const psk = new Uint8Array(32);
    const { suite } = protocol;
    expect(() => pairOf(protocol, { psk })).toThrow(defect);
    expect(() => pairOf({ pattern: "XXpsk3", suite }, { psk: psk.subarray(1) })).toThrow(defect);
  });
});
