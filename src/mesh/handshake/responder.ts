// The side of a handshake that answers. Until an initiator has proved itself, which is with its last message, it may be
// anybody: so the first message is checked in full before a key is computed.

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { openingMessage } from "../noise/handshake-state.ts";
import { choose, encodeChoice, encodeRefusal, type RefusalReason, refusalError } from "./choice.ts";
import type { HandshakeKeys } from "./handshake-keys.ts";
import { handshakeVersions } from "./handshake-versions.ts";
import type { InvitationKeys } from "./invitation-keys.ts";
import { decodeFirstMessage, type Offer } from "./offer.ts";
import { SealedPart } from "./sealed-part.ts";
import type { HandshakeOptions, Side, Step } from "./side.ts";

export interface ResponderOptions extends HandshakeOptions {
  /**
   * The key that `invitationKeys` derived from the invitation of this id, while that may still be redeemed. Anybody can
   * ask for any id: it must cost little. Without it, nobody comes in by invitation.
   */
  readonly invitationKey?: ((id: Uint8Array) => Uint8Array | undefined) | undefined;
}

export class Responder implements Side {
  readonly #keys: HandshakeKeys;
  readonly #options: ResponderOptions;
  #sealed: SealedPart | undefined;
  #refusal: Uint8Array | undefined;

  constructor(keys: HandshakeKeys, options: ResponderOptions) {
    this.#keys = keys;
    this.#options = options;
  }

  get refusal(): Uint8Array | undefined {
    return this.#refusal;
  }

  receive(message: Uint8Array): Step {
    return this.#sealed === undefined ? this.#answer(message) : this.#finish(this.#sealed, message);
  }

  /** Message 1, answered by message 2. */
  #answer(message: Uint8Array): Step {
    const { crypto, purpose } = this.#options;
    const { offer, negotiation, ephemeral } = decodeFirstMessage(message);
    if (offer.purpose !== purpose) throw wrongPurpose(offer, purpose);
    const choice = choose(offer, handshakeVersions, crypto.aeadSuites);
    if (typeof choice === "string") throw this.#refuse(choice);
    const invitation = this.#invitation(offer);
    const choiceBytes = encodeChoice(choice);
    const sealed = new SealedPart(this.#keys, this.#options, {
      initiator: false,
      negotiation,
      choice,
      choiceBytes,
      invitation,
    });
    sealed.readOpening(openingMessage(crypto, sealed.protocol, sealed.prologue, ephemeral));
    this.#sealed = sealed;
    return { reply: concatBytes([choiceBytes, sealed.writeCredentials()]) };
  }

  /** Message 3. */
  #finish(sealed: SealedPart, message: Uint8Array): Step {
    sealed.readCredentials(message);
    return { result: sealed.result() };
  }

  #invitation({ invitation: id }: Offer): InvitationKeys | undefined {
    if (id === undefined) return undefined;
    const key = this.#options.invitationKey?.(id);
    if (key === undefined) throw this.#refuse("invitation");
    return { id, key };
  }

  #refuse(reason: RefusalReason): GlowError {
    this.#refusal = encodeRefusal(reason);
    return refusalError(reason);
  }
}

function wrongPurpose(offer: Offer, purpose: string): GlowError {
  const message = `the other side wants to make a ${offer.purpose} where only a ${purpose} can be made`;
  return new GlowError("protocol", "handshake.respond", { message });
}
