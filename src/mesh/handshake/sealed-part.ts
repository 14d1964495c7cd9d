// The Noise handshake with Glow's payloads in it, from when a side knows what to speak until its end: the same for both
// sides, but for whose turn it is.

import { concatBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import type { KeyPair, NodeId } from "#glow";
import { HandshakeState } from "../noise/handshake-state.ts";
import type { NoiseProtocol } from "../noise/pattern.ts";
import type { Choice } from "./choice.ts";
import { type Credentials, encodeCredentials, readCredentials } from "./credentials.ts";
import type { HandshakeKeys } from "./handshake-keys.ts";
import type { InvitationKeys } from "./invitation-keys.ts";
import type { HandshakeOptions, HandshakeResult } from "./side.ts";

/** What was settled before the first sealed byte. */
export interface Settled {
  readonly initiator: boolean;
  readonly negotiation: Uint8Array;
  readonly choice: Choice;
  readonly choiceBytes: Uint8Array;
  readonly invitation: InvitationKeys | undefined;
  readonly ephemeral?: KeyPair;
}

export class SealedPart {
  readonly protocol: NoiseProtocol;
  /** All that was said in the clear. */
  readonly prologue: Uint8Array;
  readonly #keys: HandshakeKeys;
  readonly #options: HandshakeOptions;
  readonly #settled: Settled;
  readonly #noise: HandshakeState;
  #credentials: Credentials | undefined;

  constructor(keys: HandshakeKeys, options: HandshakeOptions, settled: Settled) {
    const { initiator, negotiation, choice, choiceBytes, invitation, ephemeral } = settled;
    const { crypto, random } = options;
    this.#keys = keys;
    this.#options = options;
    this.#settled = settled;
    this.protocol = { pattern: invitation === undefined ? "XX" : "XXpsk3", suite: choice.suite };
    this.prologue = concatBytes([negotiation, choiceBytes]);
    this.#noise = new HandshakeState({
      protocol: this.protocol,
      initiator,
      prologue: this.prologue,
      static: keys.static,
      ...(ephemeral === undefined ? {} : { ephemeral }),
      ...(invitation === undefined ? {} : { psk: invitation.key }),
      crypto,
      random,
    });
  }

  /** The opening message, of which both sides compute what was not sent. */
  writeOpening(): void {
    this.#noise.writeMessage(new Uint8Array());
  }

  readOpening(message: Uint8Array): void {
    this.#noise.readMessage(message);
  }

  writeCredentials(): Uint8Array {
    return this.#noise.writeMessage(encodeCredentials(this.#keys, this.#options.hello));
  }

  /** `denied` if the other side is not who it says, not `expected`, or ourselves. */
  readCredentials(message: Uint8Array): void {
    const payload = this.#noise.readMessage(message);
    const remoteStatic = this.#noise.remoteStatic;
    assert(remoteStatic !== undefined, "both patterns send the static key before the credentials");
    this.#credentials = readCredentials(this.#options.crypto, payload, remoteStatic);
    checkPeer(this.#credentials.peer, this.#keys.identity.id, this.#options.expected);
  }

  result(): HandshakeResult {
    const { choice, invitation } = this.#settled;
    assert(this.#credentials !== undefined, "a handshake ends when both sides have proved themselves");
    const { peer, peerKey, hello } = this.#credentials;
    return {
      peer,
      peerKey,
      peerHello: hello,
      ...choice,
      ...this.#noise.split(),
      handshakeHash: this.#noise.handshakeHash,
      ...(invitation === undefined ? {} : { invitation: invitation.id }),
    };
  }
}

function checkPeer(peer: NodeId, self: NodeId, expected: NodeId | undefined): void {
  if (peer === self) {
    const message = "this node has connected to itself: the address is one of its own";
    throw new GlowError("denied", "handshake.receive", { target: peer, message });
  }
  if (expected !== undefined && peer !== expected) {
    const message = `another node answers there than ${expected}: look its address up again`;
    throw new GlowError("denied", "handshake.receive", { target: peer, message });
  }
}
