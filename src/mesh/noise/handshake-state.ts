// One side of a Noise handshake (revision 34, section 5.3): writes and reads the messages of a pattern in turn, and ends
// with the other side's static key, a key for each direction, and a hash over all that was said.
//
//   message = for each token e: public key (32 bytes); s: public key, sealed once there is a key | payload, likewise
//
// Whose the static key is and whether to trust it is for the layer above to say.

import { concatBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { noiseLimits } from "#base/limits.ts";
import { bytesOf, suites, tagged } from "#base/suites.ts";
import type { Crypto, KeyPair, PublicKey, Random } from "#glow";
import { keyBytes } from "./cipher-state.ts";
import { hasPsk, type NoiseProtocol, type Pattern, patterns, protocolName, type Token } from "./pattern.ts";
import { SymmetricState } from "./symmetric-state.ts";

const empty = new Uint8Array();

export interface HandshakeStateOptions {
  readonly protocol: NoiseProtocol;
  readonly initiator: boolean;
  /** What both sides have said to each other before, if anything: the handshake fails unless it was the same. */
  readonly prologue: Uint8Array;
  /** This side's `x25519` pair. */
  readonly static: KeyPair;
  /** Of `x25519`, for this handshake alone: given if its public half had to be sent before the rest was known. */
  readonly ephemeral?: KeyPair;
  /** 32 bytes that both sides knew before; present exactly if the pattern has a `psk`. */
  readonly psk?: Uint8Array;
  readonly crypto: Crypto;
  readonly random: Random;
}

/** What a finished handshake leaves: 32 bytes each. */
export interface TransportKeys {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** After an error it is of no more use. To write or read out of turn is a defect of the caller. */
export class HandshakeState {
  readonly #options: HandshakeStateOptions;
  readonly #pattern: Pattern;
  readonly #hasPsk: boolean;
  readonly #symmetric: SymmetricState;
  #ephemeral: KeyPair | undefined;
  #remoteEphemeral: PublicKey | undefined;
  #remoteStatic: PublicKey | undefined;
  #messages = 0;
  #broken = false;

  constructor(options: HandshakeStateOptions) {
    const { protocol, prologue, psk, crypto } = options;
    this.#options = options;
    this.#pattern = patterns[protocol.pattern];
    this.#hasPsk = hasPsk(protocol.pattern);
    assert(psk?.length === (this.#hasPsk ? keyBytes : undefined), "a psk of 32 bytes goes with a pattern that has one");
    this.#symmetric = new SymmetricState(crypto, protocolName(protocol), protocol.suite);
    this.#symmetric.mixHash(prologue);
  }

  get finished(): boolean {
    return this.#messages === this.#pattern.length && !this.#broken;
  }

  /** The other side's, once it has sent it. That it has the private half too is proved by what it seals next. */
  get remoteStatic(): PublicKey | undefined {
    return this.#remoteStatic;
  }

  /** 32 bytes, different for every handshake and the same on both sides: a name for the channel (section 11.2). */
  get handshakeHash(): Uint8Array {
    assert(this.finished, "the hash of a handshake is known at its end");
    return this.#symmetric.handshakeHash;
  }

  /** The next message. `too-large` past what Noise allows. */
  writeMessage(payload: Uint8Array): Uint8Array {
    return this.#turn(true, (tokens) => {
      const parts = tokens.map((token) => this.#write(token));
      const message = concatBytes([...parts, this.#symmetric.encryptAndHash(payload)]);
      if (message.length <= noiseLimits.messageBytes) return message;
      throw tooLarge("noise.write", message.length);
    });
  }

  /**
   * The payload of the other side's next message. `corrupt` if it was not made by whom we have spoken to up to now, for
   * us, with the same prologue and psk; `protocol` if it is cut short or its keys are of no use.
   */
  readMessage(message: Uint8Array): Uint8Array {
    if (message.length > noiseLimits.messageBytes) throw tooLarge("noise.read", message.length);
    return this.#turn(false, (tokens) => {
      let rest = message;
      for (const token of tokens) rest = rest.subarray(this.#read(token, rest));
      return this.#symmetric.decryptAndHash(rest);
    });
  }

  /** The keys for what comes after the handshake. */
  split(): TransportKeys {
    assert(this.finished, "keys are known at the end of a handshake");
    const { initiatorKey, responderKey } = this.#symmetric.split();
    return this.#options.initiator
      ? { sendKey: initiatorKey, receiveKey: responderKey }
      : { sendKey: responderKey, receiveKey: initiatorKey };
  }

  #turn(writing: boolean, work: (tokens: readonly Token[]) => Uint8Array): Uint8Array {
    const tokens = this.#pattern[this.#messages];
    assert(!this.#broken, "a handshake that has failed is not used again");
    assert(tokens !== undefined, "a handshake has the messages of its pattern, and no more");
    assert(
      (this.#messages % 2 === 0) === (this.#options.initiator === writing),
      "both sides of a handshake take turns",
    );
    this.#broken = true;
    const result = work(tokens);
    this.#broken = false;
    this.#messages++;
    return result;
  }

  #write(token: Token): Uint8Array {
    const { crypto, random, ephemeral, static: ownStatic } = this.#options;
    switch (token) {
      case "e": {
        this.#ephemeral = ephemeral ?? crypto.keyPair("x25519", random);
        const key = bytesOf("x25519", this.#ephemeral.publicKey);
        this.#mixEphemeral(key);
        return key;
      }
      case "s":
        return this.#symmetric.encryptAndHash(bytesOf("x25519", ownStatic.publicKey));
      default:
        this.#mix(token);
        return empty;
    }
  }

  /** How many bytes the token takes of the message's `rest`. */
  #read(token: Token, rest: Uint8Array): number {
    switch (token) {
      case "e": {
        const key = prefix(rest, keyBytes);
        this.#remoteEphemeral = tagged("x25519", key) as PublicKey;
        this.#mixEphemeral(key);
        return key.length;
      }
      case "s": {
        const tagBytes = this.#symmetric.hasKey ? suites[this.#options.protocol.suite].lengthBytes : 0;
        const sealed = prefix(rest, keyBytes + tagBytes);
        this.#remoteStatic = tagged("x25519", this.#symmetric.decryptAndHash(sealed)) as PublicKey;
        return sealed.length;
      }
      default:
        this.#mix(token);
        return 0;
    }
  }

  #mixEphemeral(key: Uint8Array): void {
    this.#symmetric.mixHash(key);
    // Where a psk is, keys must depend on something fresh even before the first agreement (section 9.2).
    if (this.#hasPsk) this.#symmetric.mixKey(key);
  }

  #mix(token: Exclude<Token, "e" | "s">): void {
    if (token === "psk") {
      this.#symmetric.mixKeyAndHash(this.#options.psk as Uint8Array);
      return;
    }
    const { initiator, static: ownStatic } = this.#options;
    const [first, second] = token;
    const own = (initiator ? first : second) === "e" ? this.#ephemeral : ownStatic;
    const theirs = (initiator ? second : first) === "e" ? this.#remoteEphemeral : this.#remoteStatic;
    assert(own !== undefined && theirs !== undefined, "a pattern agrees on keys that were sent before");
    this.#symmetric.mixKey(this.#agree(own, theirs));
  }

  /** Section 12.1 lets a key of small order pass; it is refused, as no honest side has one. */
  #agree(own: KeyPair, theirs: PublicKey): Uint8Array {
    try {
      return this.#options.crypto.agree(own.privateKey, theirs);
    } catch (cause) {
      if (!(cause instanceof GlowError) || cause.kind !== "invalid") throw cause;
      const message = "the other side sent a key of small order, which would make the same secret with everybody";
      throw new GlowError("protocol", "noise.read", { message, cause });
    }
  }
}

/**
 * The first message of a pattern that begins with `e` alone, with no payload. All of it follows from what is public: so
 * whoever was told the ephemeral key (32 bytes, no tag) can write it down, and nothing but that key need be sent.
 */
export function openingMessage(
  crypto: Crypto,
  protocol: NoiseProtocol,
  prologue: Uint8Array,
  ephemeral: Uint8Array,
): Uint8Array {
  const symmetric = new SymmetricState(crypto, protocolName(protocol), protocol.suite);
  symmetric.mixHash(prologue);
  symmetric.mixHash(ephemeral);
  if (hasPsk(protocol.pattern)) symmetric.mixKey(ephemeral);
  return concatBytes([ephemeral, symmetric.encryptAndHash(empty)]);
}

function prefix(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes.subarray(0, length);
  throw new GlowError("protocol", "noise.read", {
    message: `the other side sent ${bytes.length} bytes where a handshake needs ${length} or more`,
  });
}

function tooLarge(op: string, length: number): GlowError {
  const message = `a message of Noise has at most ${noiseLimits.messageBytes} bytes, not ${length}`;
  return new GlowError("too-large", op, { message });
}
