// What sends through a link: sessions, relayed flows, the link's own control. Nothing is pushed into a link; it asks
// its sources when its pipe has room, so that what is urgent never queues behind what is not.

import type { PriorityClass } from "../wire/priority.ts";
import type { LinkPacket } from "./link-packet.ts";

export interface LinkSource {
  /**
   * Adds what it has of this priority to `packet`: at least something, if it has anything that fits, and at most one
   * session packet, so that sources take turns. True if more of this priority is left.
   */
  fill(packet: LinkPacket, priority: PriorityClass): boolean;
}

/** A link as its sources see it. */
export interface LinkOutput {
  /** The source has something to send: `fill` follows, in this turn's end or when the pipe has room. Idempotent. */
  ready(source: LinkSource, priority: PriorityClass): void;
}
