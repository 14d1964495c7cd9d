// The sealed part opens only if both sides saw the same in the clear, to the last bit.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { SeededRandom } from "#base/random.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { openingMessage } from "../noise/handshake-state.ts";
import { type Choice, encodeChoice } from "./choice.ts";
import { HandshakeKeys } from "./handshake-keys.ts";
import { SealedPart, type Settled } from "./sealed-part.ts";

const crypto = new NodeCrypto();
const random = new SeededRandom("sealed part");
const ephemeral = crypto.keyPair("x25519", random);

function part(initiator: boolean, choice: Choice, negotiation: string): SealedPart {
  const keys = new HandshakeKeys(new NodeIdentity(crypto, crypto.keyPair("ed25519", random)), crypto, random);
  const settled: Settled = {
    initiator,
    negotiation: utf8Encode(negotiation),
    choice,
    choiceBytes: encodeChoice(choice),
    invitation: undefined,
    ...(initiator ? { ephemeral } : {}),
  };
  return new SealedPart(keys, { purpose: "link", hello: new Uint8Array(), crypto, random }, settled);
}

/** As far as the initiator's reading of the second message. */
function meet(initiator: SealedPart, responder: SealedPart): void {
  initiator.writeOpening();
  const key = ephemeral.publicKey.subarray(-32);
  responder.readOpening(openingMessage(crypto, responder.protocol, responder.prologue, key));
  initiator.readCredentials(responder.writeCredentials());
}

const choice = { version: 1, suite: "aes-256-gcm" } as const;

test("with the same choice of the same offer both sides go on to the end", () => {
  const [initiator, responder] = [part(true, choice, "offer"), part(false, choice, "offer")];
  meet(initiator, responder);
  responder.readCredentials(initiator.writeCredentials());
  expect(toHex(initiator.result().sendKey)).toBe(toHex(responder.result().receiveKey));
});

test.each([
  ["version", { ...choice, version: 2 }, "offer"],
  ["suite", { ...choice, suite: "chacha20-poly1305" as const }, "offer"],
  ["offer", choice, "0ffer"],
])("with another %s they do not", (_what, theirs, negotiation) => {
  const [initiator, responder] = [part(true, choice, "offer"), part(false, theirs, negotiation)];
  expect(() => meet(initiator, responder)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});
