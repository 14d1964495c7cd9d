// What two nodes say to begin a session, over a way that loses packets:
//
//   body    = 0 (u32, no session's tag) | step (u8) | attempt (u32, drawn by who began) | handshake message
//   step    = 1, 2, 3: the handshake's messages
//           | 4: there is no such session; the message is the packet's tag (u32) and number (u48)
//   hello   = tag (u32): by which packets to this side name the session

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Handshake, HandshakeResult } from "../handshake/handshake.ts";

export const setupTag = 0;
export const step = { first: 1, second: 2, third: 3, unknown: 4 } as const;
/** What follows the tag before the handshake's message. */
export const stepBytes = 5;
const tagBytes = 4;
const unknownBytes = 10;

export function setupBody(kind: number, attempt: number, message: Uint8Array): Uint8Array {
  const header = new Uint8Array(tagBytes + stepBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, setupTag, true);
  view.setUint8(4, kind);
  view.setUint32(5, attempt, true);
  return concatBytes([header, message]);
}

/** `step.unknown`, of a packet with this tag and number. */
export function unknownBody(tag: number, number: number): Uint8Array {
  const message = new Uint8Array(unknownBytes);
  const view = new DataView(message.buffer);
  view.setUint32(0, tag, true);
  view.setUint32(4, number % 2 ** 32, true);
  view.setUint16(8, number / 2 ** 32, true);
  return setupBody(step.unknown, 0, message);
}

/** The tag in the message of `step.unknown`; undefined if it makes no sense. */
export function unknownTag(message: Uint8Array): number | undefined {
  return message.length === unknownBytes ? u32At(message, 0) : undefined;
}

export function helloOf(tag: number): Uint8Array {
  const bytes = new Uint8Array(tagBytes);
  new DataView(bytes.buffer).setUint32(0, tag, true);
  return bytes;
}

/** The tag by which packets to the peer name the session; undefined if it has said none. */
export function remoteTagOf({ peerHello }: HandshakeResult): number | undefined {
  return peerHello.length < tagBytes ? undefined : u32At(peerHello, 0);
}

/** The next message of a handshake, if there is one. A bad message is no event: it costs who sent it, and nobody else. */
export function nextMessage(handshake: Handshake, message: Uint8Array): Uint8Array | undefined {
  try {
    return handshake.receive(message);
  } catch (error) {
    GlowError.from(error, "mesh.handshake");
    return undefined;
  }
}

function u32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
