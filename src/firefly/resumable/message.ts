// The messages of ResumablePipe. Each is one packet of the connection below:
//
//   message = type (1 byte) | fields        numbers are varints (src/base/varint.ts)
//
//   01 HELLO    version | attempt | window | if attempt > 0: token (16 bytes) | received
//   02 WELCOME  version | window | token (16 bytes) | received
//   03 ABORT    kind (the code of an error kind)
//   04 PART     exactly 65,536 bytes of a packet of which more follows
//   05 PACKET   0 to 65,536 bytes: a packet, or the end of one that began with PARTs
//   06 END      (nothing)
//   07 ACK      received
//   08 PING     number
//   09 PONG     number
//
// PART, PACKET and END are *segments*. Each side numbers those it sends from 0 in the order it sends them, over all
// connections of the pipe; `received` is how many segments of the other side have come. docs/resumable-pipe.md says
// when each is sent, and why.

import { concatBytes } from "#base/bytes.ts";
import { type ErrorKind, errorKindOf, errorKinds, GlowError } from "#base/errors.ts";
import { decodeVarint, encodeVarint } from "#base/varint.ts";

export const protocolVersion = 1;
export const tokenBytes = 16;

export const messageType = {
  hello: 1,
  welcome: 2,
  abort: 3,
  part: 4,
  packet: 5,
  end: 6,
  ack: 7,
  ping: 8,
  pong: 9,
} as const;

/** What proves that a connection belongs to a pipe, and where that side stands. */
export interface Position {
  readonly token: Uint8Array;
  /** Segments that came from the side that is told this. */
  readonly received: number;
}

export interface Hello {
  readonly type: "hello";
  /** How often the pipe was dialled before; 0 asks for a new pipe. */
  readonly attempt: number;
  readonly windowBytes: number;
  /** Present exactly if `attempt` is above 0. */
  readonly resume?: Position;
}

export interface Welcome extends Position {
  readonly type: "welcome";
  readonly windowBytes: number;
}

/** Messages other than segments. */
export type ControlMessage =
  | Hello
  | Welcome
  | { readonly type: "abort"; readonly kind: ErrorKind }
  | { readonly type: "ack"; readonly received: number }
  | { readonly type: "ping" | "pong"; readonly number: number };

export function encodeMessage(message: ControlMessage): Uint8Array<ArrayBuffer> {
  const type = messageType[message.type];
  switch (message.type) {
    case "hello":
      return joined(type, protocolVersion, message.attempt, message.windowBytes, ...positionFields(message.resume));
    case "welcome":
      return joined(type, protocolVersion, message.windowBytes, ...positionFields(message));
    case "abort":
      return joined(type, errorKinds[message.kind].code);
    case "ack":
      return joined(type, message.received);
    case "ping":
    case "pong":
      return joined(type, message.number);
  }
}

/**
 * The message that is all of `bytes`. `protocol` for a segment and for what is no message; `unsupported` for a HELLO
 * or WELCOME of another version, whose further fields are not read.
 */
export function decodeMessage(bytes: Uint8Array): ControlMessage {
  const fields = new Fields(bytes);
  const message = readMessage(fields);
  fields.finish();
  return message;
}

function readMessage(fields: Fields): ControlMessage {
  const type = fields.type();
  switch (type) {
    case messageType.hello:
      return readHello(fields);
    case messageType.welcome:
      fields.version();
      return { type: "welcome", windowBytes: fields.number(), ...fields.position() };
    case messageType.abort:
      return { type: "abort", kind: errorKindOf(fields.number()) };
    case messageType.ack:
      return { type: "ack", received: fields.number() };
    case messageType.ping:
      return { type: "ping", number: fields.number() };
    case messageType.pong:
      return { type: "pong", number: fields.number() };
    default:
      throw violation(`a message of type ${type}`);
  }
}

function readHello(fields: Fields): Hello {
  fields.version();
  const attempt = fields.number();
  const windowBytes = fields.number();
  if (attempt === 0) return { type: "hello", attempt, windowBytes };
  return { type: "hello", attempt, windowBytes, resume: fields.position() };
}

/** An error for bytes that break the protocol; `what` says what came. */
export function violation(what: string, cause?: unknown): GlowError {
  return new GlowError("protocol", "pipe.receive", {
    message: `the other side does not speak the protocol of a resumable pipe: it sent ${what}`,
    cause,
  });
}

function joined(type: number, ...fields: (number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const encoded = fields.map((field) => (typeof field === "number" ? encodeVarint(field) : field));
  return concatBytes([Uint8Array.of(type), ...encoded]);
}

function positionFields(position: Position | undefined): (number | Uint8Array)[] {
  return position === undefined ? [] : [position.token, position.received];
}

/** Reads one message from its first byte to its last; everything malformed is `protocol`. */
class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  type(): number {
    if (this.#bytes.length === 0) throw violation("an empty message");
    return this.#bytes[this.#at++] as number;
  }

  version(): void {
    const version = this.number();
    if (version === protocolVersion) return;
    throw new GlowError("unsupported", "pipe.receive", {
      message: `the other side speaks version ${version} of the protocol of resumable pipes, this one ${protocolVersion}`,
    });
  }

  number(): number {
    try {
      const { value, end } = decodeVarint(this.#bytes, this.#at);
      this.#at = end;
      return value;
    } catch (cause) {
      throw violation("a malformed number", cause);
    }
  }

  position(): Position {
    const end = this.#at + tokenBytes;
    if (end > this.#bytes.length) throw violation("a token that is too short");
    // A copy: the token outlives the packet it came in.
    const token = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return { token, received: this.number() };
  }

  finish(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw violation(`a message with ${left} bytes too many`);
  }
}
