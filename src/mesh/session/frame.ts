// What a session's packets say: a payload is a sequence of frames, sealed end to end.
//
//   payload = frames, one after the other
//   frame   = 1 ACK    | largest (u48) | delay (u16) | congested (u32) | ranges (u8, 1 to 32) | first range | ranges
//           | 2 OPEN   | stream (u32) | priority (u8: 0 control, 1 interactive, 2 bulk) | length (u8) | protocol (UTF-8)
//           | 3 DATA   | stream (u32) | offset (u48) | length (u24) | bytes
//           | 4 CREDIT | stream (u32) | offset up to which the peer may send (u48)
//           | 5 END    | stream (u32) | offset at which the sender's bytes end (u48)
//           | 6 RESET  | stream (u32) | reason
//           | 7 PROBE  | unanswered (u8): how many before it had no answer, 255 for more
//           | 8 CLOSE  | reason
//   reason  = error kind (u8, as in src/base/errors.ts) | length (u16) | message (UTF-8)
//
// Numbers are little-endian. Each packet has a fresh number, counted from 0 over all paths; it is the nonce that seals
// it. What was lost is sent again in a packet with a new number, never the packet itself.
//
// ACK names the packets that have arrived, as in RFC 9000, 19.3: the first range is a count (varint, src/base/varint.ts)
// of packets before `largest`; each further one is a gap and a count (varints): the next range ends at (smallest of the
// one before) - gap - 2. `delay` is the time since `largest` arrived, in units of 0.1 ms; `congested` counts all packets so
// far that a relay has marked. All frames but ACK and CLOSE are acknowledged.
//
// A stream's id is even if the session's initiator began it, odd otherwise, and is never used again. OPEN comes before
// every other frame of a stream, in each packet, until one of them was acknowledged: so no packet depends on another. All
// frames may come more than once, and do the second time what they did the first: nothing.
//
// A stream carries bytes each way: packets with their length in front (src/base/packet-reader.ts). END says that its
// sender has closed the stream and takes nothing more; whoever has all bytes up to it answers with RESET. RESET ends a
// stream at once, whatever is under way; it is the last frame that its sender has for the stream.

import { GlowError } from "#base/errors.ts";

export const frameType = {
  ack: 1,
  open: 2,
  data: 3,
  credit: 4,
  end: 5,
  reset: 6,
  probe: 7,
  close: 8,
} as const;

export const probeFrameBytes = 2;
/** Bytes of a frame before what has no fixed length. */
export const ackHeaderBytes = 14;
export const openHeaderBytes = 7;
export const dataHeaderBytes = 14;
export const offsetFrameBytes = 11;
export const resetHeaderBytes = 8;
export const closeHeaderBytes = 4;

/** What the peer may not do; ends the session. */
export function violation(message: string): GlowError {
  return new GlowError("protocol", "mesh.session", { message: `the other side breaks the protocol: ${message}` });
}
