// Two nodes prove who they are, and agree on keys: the Noise patterns XX and XXpsk3 (../noise/) with Glow's negotiation
// before and credentials inside. It is used twice, on a new pipe of a transport (a link), and end to end over relays
// (a session). It is driven by messages, each in a packet of its own; numbers are little-endian.
//
//   message 1, initiator  negotiation | ephemeral key (32 bytes)
//     negotiation         "GLOW" | purpose (u8: 1 link, 2 session) | count (u8), versions (u16 each)
//                         | count (u8), suites (varint tags, preferred first) | length (u8: 0 or 16), invitation id
//   message 2, responder  choice | Noise message 2 with the responder's credentials
//     choice              version (u16) | suite (varint tag); or a refusal: 0 (u16) | reason (u8)
//   message 3, initiator  Noise message 3 with the initiator's credentials
//     credentials         CBOR [public key, signature of the static key, hello]
//
//   prologue = negotiation | choice
//
// Nothing in the clear can be changed on the way: both sides put what they saw into the prologue, and where the two
// differ nothing opens. So an attacker can keep two nodes apart, but not make them speak an older version or a weaker
// suite than they would have. Noise message 1 of XXpsk3 ends with the tag of an empty payload under a key that follows
// from public values; it depends on the suite, which is not chosen yet, so both sides compute it, and it is not sent.
//
// With an invitation (XXpsk3), the key derived from its secret is mixed in. What is proved when:
//
//   message 2 opens   the initiator knows that the responder is the node that its credentials name, and that this is
//                     not a replay. The responder's credentials can be read by anybody who asks.
//   message 3 opens   the responder knows the same of the initiator, and with an invitation that it has the secret.
//                     The initiator's credentials can only be read by whom it spoke to, and who has the secret.
//   first sealed      the initiator knows that the responder has read message 3, and has the invitation's secret. Until
//   packet opens      then it must not rely on the latter: the `expected` id, which stands in an invitation, is proof.

import { assert, GlowError } from "#base/errors.ts";
import { handshakeLimits } from "#base/limits.ts";
import { tooLarge } from "./fields.ts";
import type { HandshakeKeys } from "./handshake-keys.ts";
import { Initiator, type InitiatorOptions } from "./initiator.ts";
import { Responder, type ResponderOptions } from "./responder.ts";
import type { HandshakeResult, Side } from "./side.ts";

export type { InitiatorOptions } from "./initiator.ts";
export type { ResponderOptions } from "./responder.ts";
export type { HandshakeResult } from "./side.ts";

/** One handshake, from one side. Synchronous; bounding its time, and how many there are, is up to who drives it. */
export class Handshake {
  readonly #side: Side;
  readonly #first: Uint8Array | undefined;
  #result: HandshakeResult | undefined;
  #ended = false;

  private constructor(side: Side, first?: Uint8Array) {
    this.#side = side;
    this.#first = first;
  }

  /** `too-large` if the hello is, `invalid` if the invitation's secret has not 16 bytes. */
  static initiate(keys: HandshakeKeys, options: InitiatorOptions): Handshake {
    checkHello(options.hello);
    const side = new Initiator(keys, options);
    return new Handshake(side, side.start());
  }

  /** `too-large` if the hello is. */
  static respond(keys: HandshakeKeys, options: ResponderOptions): Handshake {
    checkHello(options.hello);
    return new Handshake(new Responder(keys, options));
  }

  /** The initiator's first message. */
  start(): Uint8Array {
    assert(this.#first !== undefined, "only the initiator starts a handshake");
    return this.#first;
  }

  /**
   * Takes the other side's next message, and gives what to send next, if anything; afterwards `result` may be there.
   * Every error ends the handshake: `corrupt` if something was changed on the way or the invitation's secret is not the
   * same, `denied` if the other side is not who it says, who was expected, or one who is let in, `unsupported` if there
   * is no common version or suite, `protocol` or `too-large` for what is no handshake. After the end: `released`.
   */
  receive(message: Uint8Array): Uint8Array | undefined {
    if (this.#ended) {
      throw new GlowError("released", "handshake.receive", { message: "this handshake is over: make a new one" });
    }
    // Stays so if anything is thrown.
    this.#ended = true;
    const most = handshakeLimits.messageBytes;
    if (message.length > most) throw tooLarge(`a message of ${message.length} bytes`, most);
    const { reply, result } = this.#side.receive(message);
    this.#result = result;
    this.#ended = result !== undefined;
    return reply;
  }

  /** Once this side is done. The initiator is before the responder: it then still has `receive`'s answer to send. */
  get result(): HandshakeResult | undefined {
    return this.#result;
  }

  /** After an error of `receive`: what to send before closing, so that the other side can say what is wrong. */
  get refusal(): Uint8Array | undefined {
    return this.#side.refusal;
  }
}

function checkHello(hello: Uint8Array): void {
  const most = handshakeLimits.helloBytes;
  if (hello.length <= most) return;
  const message = `a hello has at most ${most} bytes, not ${hello.length}`;
  throw new GlowError("too-large", "handshake.start", { message });
}
