// The messages between the routing of two neighbours, over a link that keeps them whole and in order:
//
//   message = record*                        at most `routingLimits.messageBytes`, `routingLimits.recordsPerMessage`
//   record  = type (1 byte) | length of the body | body         numbers are varints (src/base/varint.ts)
//
//   01 ROUTE     metric | hops | announcement    I reach this node: it replaces what I said of it before
//   02 RETRACT   id (33 bytes)                   I no longer do, or only through you
//   03 REQUEST   hops left | announcement        this is the newest I know of this node, and I need a newer one
//   04 REMIND    announcement                    of you yourself: you have said this once, so count on from there
//   05 SYNC      number                          tell me when you have read this far
//   06 SYNCED    number                          I have
//   07 RESEND    (nothing)                       I had no room for all: tell me everything again
//
// The announcement is described in announcement.ts. A metric is a sum of link costs (link-cost.ts) below 2^32 - 1, and 0
// at the node itself, like the hops. A record of a type that is not known is passed over: later versions may have more.
//
// A REQUEST brings along what it wants exceeded, with its signature, and not just a number: else anybody could drive
// a node's numbers up to their end, above which nobody would believe it any more.

import { GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import { decodeVarint } from "#base/varint.ts";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { Announcement } from "./announcement.ts";

export const recordType = { route: 1, retract: 2, request: 3, remind: 4, sync: 5, synced: 6, resend: 7 } as const;

/** One more than the highest metric. */
export const unreachable = 2 ** 32 - 1;

export type RoutingRecord =
  | { readonly type: "route"; readonly metric: number; readonly hops: number; readonly announcement: Announcement }
  | { readonly type: "retract"; readonly id: Uint8Array }
  | { readonly type: "request"; readonly hopsLeft: number; readonly announcement: Announcement }
  | { readonly type: "remind"; readonly announcement: Announcement }
  | { readonly type: "sync" | "synced"; readonly number: number }
  | { readonly type: "resend" };

/** The records that this version knows, in order; they keep views of the message. `protocol` if it makes no sense. */
export function readMessage(message: Uint8Array): RoutingRecord[] {
  if (message.length > routingLimits.messageBytes) {
    throw violation(`a message of ${message.length} bytes, above the limit of ${routingLimits.messageBytes}`);
  }
  const records: RoutingRecord[] = [];
  let at = 0;
  for (let count = 0; at < message.length; count++) {
    if (count === routingLimits.recordsPerMessage) throw violation(`more than ${count} records in a message`);
    const { value: length, end: bodyAt } = number(message, at + 1);
    const end = bodyAt + length;
    if (end > message.length) throw violation("a record that is cut short");
    const record = readRecord(message[at] as number, message.subarray(bodyAt, end));
    if (record !== undefined) records.push(record);
    at = end;
  }
  return records;
}

/** An error for what breaks the protocol; `what` says what came. */
export function violation(what: string, cause?: unknown): GlowError {
  const message = `the neighbour does not speak the routing protocol: it sent ${what}`;
  return new GlowError("protocol", "routing.receive", { message, cause });
}

function readRecord(type: number, body: Uint8Array): RoutingRecord | undefined {
  switch (type) {
    case recordType.route:
      return readRoute(body);
    case recordType.retract:
      if (body.length !== nodeIdBytes) throw violation(`an id of ${body.length} bytes`);
      return { type: "retract", id: body };
    case recordType.request: {
      const { value: hopsLeft, end } = number(body, 0);
      if (hopsLeft > routingLimits.hops) throw violation(`a request for ${hopsLeft} hops`);
      return { type: "request", hopsLeft, announcement: announcement(body.subarray(end)) };
    }
    case recordType.remind:
      return { type: "remind", announcement: announcement(body) };
    case recordType.sync:
    case recordType.synced: {
      const { value, end } = number(body, 0);
      if (end !== body.length) throw violation("a record with bytes too many");
      return { type: type === recordType.sync ? "sync" : "synced", number: value };
    }
    case recordType.resend:
      if (body.length > 0) throw violation("a record with bytes too many");
      return { type: "resend" };
    default:
      return undefined;
  }
}

function readRoute(body: Uint8Array): RoutingRecord {
  const { value: metric, end: hopsAt } = number(body, 0);
  const { value: hops, end } = number(body, hopsAt);
  if (metric >= unreachable) throw violation(`a metric of ${metric}`);
  if (hops > routingLimits.hops) throw violation(`a route of ${hops} hops`);
  return { type: "route", metric, hops, announcement: announcement(body.subarray(end)) };
}

function announcement(bytes: Uint8Array): Announcement {
  try {
    return Announcement.read(bytes);
  } catch (cause) {
    throw violation("a malformed announcement", cause);
  }
}

function number(bytes: Uint8Array, at: number): { value: number; end: number } {
  try {
    return decodeVarint(bytes, at);
  } catch (cause) {
    throw violation("a malformed number", cause);
  }
}
