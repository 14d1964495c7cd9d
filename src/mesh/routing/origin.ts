// This node as a destination: its sequence number, and when that goes up. A newer sequence makes every way to this node
// safe again for everybody who can use none any more; but each one is told to the whole mesh, so requests, of which
// there may be any number, bring out new ones only every so often.
//
// Nothing is stored: a life begins with the tenths of a second of the wall clock, which the sequence can outrun for a
// moment only (`sequenceBurst`). If that clock was set back, others believe newer announcements of an earlier life and take these
// for old ones; they then show one of those, and this node, as it has signed it, goes on above it.

import type { PublicKey } from "#glow";
import { Alarm } from "../wire/alarm.ts";
import { Announcement } from "./announcement.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";
import { TokenBucket } from "../wire/token-bucket.ts";

const clockUnitMs = 100;

export class Origin {
  readonly #powers: RoutingPowers;
  readonly #renewed: () => void;
  readonly #bucket: TokenBucket;
  readonly #alarm: Alarm;
  #announcement: Announcement;
  /** What the next sequence must be at least. */
  #wanted = 0;

  constructor(powers: RoutingPowers, limits: RoutingLimits, renewed: () => void) {
    this.#powers = powers;
    this.#renewed = renewed;
    this.#bucket = new TokenBucket(powers.clock, limits.sequenceBurst, 1000 / limits.sequenceEveryMs);
    this.#alarm = new Alarm(powers, () => this.#renew());
    this.#announcement = this.#sign(Math.max(0, Math.floor(powers.clock.wallMs() / clockUnitMs)));
  }

  get publicKey(): PublicKey {
    return this.#powers.identity.publicKey;
  }

  get announcement(): Announcement {
    return this.#announcement;
  }

  /** Goes above `sequence`, now or as soon as a new one is allowed. The caller has made sure that we have signed it. */
  exceed(sequence: number): void {
    if (sequence < this.#announcement.sequence || sequence >= Number.MAX_SAFE_INTEGER) return;
    this.#wanted = Math.max(this.#wanted, sequence + 1);
    this.#renew();
  }

  close(): void {
    this.#alarm.cancel();
  }

  #renew(): void {
    if (this.#wanted <= this.#announcement.sequence) return;
    if (!this.#bucket.take()) return this.#alarm.set(this.#bucket.nextMs());
    this.#announcement = this.#sign(this.#wanted);
    this.#renewed();
  }

  #sign(sequence: number): Announcement {
    return Announcement.sign(this.#powers.identity, sequence, this.#powers.tab ?? false);
  }
}
