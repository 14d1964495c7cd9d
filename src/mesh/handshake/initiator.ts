// The side of a handshake that speaks first. It offers, and draws its ephemeral key, before it knows in which suite; so
// its Noise handshake begins when the choice is there.

import { concatBytes } from "#base/bytes.ts";
import { handshakeLimits } from "#base/limits.ts";
import { bytesOf, type Suite, suites } from "#base/suites.ts";
import type { KeyPair } from "#glow";
import { decodeChoice } from "./choice.ts";
import type { HandshakeKeys } from "./handshake-keys.ts";
import { handshakeVersions } from "./handshake-versions.ts";
import { type InvitationKeys, invitationKeys } from "./invitation-keys.ts";
import { encodeOffer } from "./offer.ts";
import { SealedPart } from "./sealed-part.ts";
import type { HandshakeOptions, Side, Step } from "./side.ts";

export interface InitiatorOptions extends HandshakeOptions {
  /** The secret of an invitation by the other side. */
  readonly invitation?: Uint8Array | undefined;
}

export class Initiator implements Side {
  readonly #keys: HandshakeKeys;
  readonly #options: InitiatorOptions;
  readonly #ephemeral: KeyPair;
  readonly #invitation: InvitationKeys | undefined;
  readonly #suites: readonly Suite<"aead">[];
  readonly #negotiation: Uint8Array;

  constructor(keys: HandshakeKeys, options: InitiatorOptions) {
    const { purpose, invitation, crypto, random } = options;
    this.#keys = keys;
    this.#options = options;
    this.#ephemeral = crypto.keyPair("x25519", random);
    this.#invitation = invitation === undefined ? undefined : invitationKeys(crypto, invitation);
    this.#suites = crypto.aeadSuites.slice(0, handshakeLimits.suites);
    this.#negotiation = encodeOffer({
      purpose,
      versions: handshakeVersions,
      suiteTags: this.#suites.map((suite) => suites[suite].tag),
      ...(this.#invitation === undefined ? {} : { invitation: this.#invitation.id }),
    });
  }

  /** Message 1. */
  start(): Uint8Array {
    return concatBytes([this.#negotiation, bytesOf("x25519", this.#ephemeral.publicKey)]);
  }

  /** Message 2, answered by message 3. We reveal ourselves only to who has proved to be whom we want. */
  receive(message: Uint8Array): Step {
    const { choice, bytes: choiceBytes, rest } = decodeChoice(message, handshakeVersions, this.#suites);
    const sealed = new SealedPart(this.#keys, this.#options, {
      initiator: true,
      negotiation: this.#negotiation,
      choice,
      choiceBytes,
      invitation: this.#invitation,
      ephemeral: this.#ephemeral,
    });
    sealed.writeOpening();
    sealed.readCredentials(rest);
    return { reply: sealed.writeCredentials(), result: sealed.result() };
  }
}
