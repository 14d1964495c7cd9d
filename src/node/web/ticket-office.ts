// Tickets for contents: a browser can fetch a URL, and play a film from it, but makes no calls for it. Who holds a ticket gets
// one version of one file, through the capability of whoever asked for it, as long as that holds.
//
// A ticket is 128 random bits in a URL of this server's: nobody guesses it, and other sites are kept from using it by
// `SiteAuthority`, should they learn it.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { Clock, Random } from "#glow";
import type { Drive } from "#interfaces/generated/drive.ts";
import { randomHex } from "./nonce.ts";

/** A drive as this process has it, or a stub of one. */
export type ReadableDrive = Pick<Drive, "read" | "readObject"> & Partial<Disposable>;

export interface Ticket {
  readonly drive: ReadableDrive;
  readonly object: string;
  readonly version: string | undefined;
  /** Under which it is saved. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly download: boolean;
  /** The one address that may read it; undefined: whoever knows its name. */
  readonly reader?: string | undefined;
}

interface Issued {
  readonly ticket: Ticket;
  readonly owner: TicketOwner;
  /** By the monotonic clock. */
  readonly expiresMs: number;
}

/** All that one caller asked for. */
export interface TicketOwner {
  readonly names: Set<string>;
}

export class TicketOffice {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #issued = new Map<string, Issued>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#issued.size;
  }

  /** The name of a new ticket. Of too many of one owner the oldest ends; `exhausted` if there are too many in all. */
  issue(owner: TicketOwner, ticket: Ticket): string {
    this.#forgetExpired();
    const [oldest] = owner.names;
    if (owner.names.size >= webLimits.ticketsPerCaller && oldest !== undefined) this.#end(oldest);
    if (this.#issued.size >= webLimits.tickets) {
      const message = `${webLimits.tickets} contents are open in browsers, as many as can be: close some pages, or wait`;
      throw new GlowError("exhausted", "ticket.issue", { message });
    }
    const name = randomHex(this.#random);
    this.#issued.set(name, { ticket, owner, expiresMs: this.#clock.monotonicMs() + webLimits.ticketMs });
    owner.names.add(name);
    return name;
  }

  find(name: string): Ticket | undefined {
    const found = this.#issued.get(name);
    if (found === undefined || found.expiresMs > this.#clock.monotonicMs()) return found?.ticket;
    this.#end(name);
    return undefined;
  }

  /** Ends all tickets of an owner. */
  endAll(owner: TicketOwner): void {
    for (const name of owner.names) this.#end(name);
  }

  /** They lie in the order in which they end. */
  #forgetExpired(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [name, { expiresMs }] of this.#issued) {
      if (expiresMs > nowMs) return;
      this.#end(name);
    }
  }

  #end(name: string): void {
    const found = this.#issued.get(name);
    if (found === undefined) return;
    this.#issued.delete(name);
    found.owner.names.delete(name);
    found.ticket.drive[Symbol.dispose]?.();
  }
}
