// A Pipe that outlives its connections: what is sent arrives whole, in order and none twice, over as many connections
// as it takes. The side that dials makes one with `dialResumable` (resumable-dialer.ts), the side that listens gets
// them from a `ResumableAcceptor` (resumable-acceptor.ts). docs/resumable-pipe.md has the protocol.

import { GlowError } from "#base/errors.ts";
import { resumableLimits } from "#base/limits.ts";
import type { Clock, Pipe, Random, Timers } from "#glow";
import { segmentCost } from "./segment-ring.ts";

/** `closed` is the end; from `reconnecting` it goes either way. */
export type ResumableState = "connected" | "reconnecting" | "closed";

/**
 * The receiver's `closed` comes with `disconnected` after a close on either side, when the pipe was cut and not resumed
 * in time, or when the other side no longer knows it; with `exhausted` when more was sent than `queueBytes`, or than
 * the acceptor could hold; with `protocol` when the other side's bytes made no sense.
 */
export interface ResumablePipe extends Pipe {
  readonly state: ResumableState;
  /** Called after each change of `state`. For people; a program needs it for nothing. */
  onState: ((state: ResumableState) => void) | undefined;
  /** How often the pipe has gone on over a new connection. */
  readonly reconnects: number;
  /** Payload bytes that were sent more than once, over all reconnects. At most `windowBytes` for each. */
  readonly resentBytes: number;
  /** The last measured round trip, in ms, with the time that bytes ahead of the ping took; undefined before the first. */
  readonly roundTripMs: number | undefined;
}

/** What a resumable pipe needs of its machine. */
export interface ResumablePowers {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
}

type Fixed = "segmentBytes" | "segmentCostBytes";

/** `resumableLimits` less those that the protocol fixes. */
export type ResumableLimits = { readonly [Name in Exclude<keyof typeof resumableLimits, Fixed>]: number };

/** The smallest window: four full segments, as the other side acknowledges each quarter of it. */
export const leastWindowBytes = 4 * segmentCost(resumableLimits.segmentBytes);

/** What `Timers.after` takes. */
const longestMs = 2 ** 31 - 1;

/** The usual limits with `changes`. `invalid` if they contradict one another. */
export function resumableLimitsWith(changes: Partial<ResumableLimits> = {}): ResumableLimits {
  const limits = { ...resumableLimits, ...changes };
  const problem = contradiction(limits);
  if (problem !== undefined) throw new GlowError("invalid", "pipe.configure", { message: problem });
  return limits;
}

function contradiction(limits: ResumableLimits): string | undefined {
  for (const [name, value] of Object.entries(limits)) {
    const most = name.endsWith("Ms") ? longestMs : Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < 0 || value > most) {
      return `${name} is a whole number from 0 to ${most}, not ${value}`;
    }
  }
  if (limits.windowBytes < leastWindowBytes) return `windowBytes is at least ${leastWindowBytes}`;
  if (limits.queueBytes < limits.windowBytes) return "queueBytes is at least windowBytes";
  if (limits.deadAfterMs <= limits.pingAfterMs) return "deadAfterMs is above pingAfterMs: a ping takes its time";
  return undefined;
}
