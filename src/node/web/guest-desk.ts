// Where guests come in: a WebSocket with Firefly directly on it, since a page over plain HTTP has no key of its own that it could
// keep from others. What one gets is a narrow node, for a time, from one address.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Clock, Pipe, Platform, Timers } from "#glow";
import { type GuestDoor, GuestDoorInterface, type GuestEntry } from "#interfaces/generated/guest.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import { Access } from "#services/access/access.ts";
import { GuestNode, type GuestNodeParts } from "#services/guest/guest-node.ts";
import type { PagesCaller } from "#services/node/node-service.ts";
import type { GuestPass, GuestPasses } from "./guest-passes.ts";

export interface GuestDeskOptions {
  readonly platform: Pick<Platform, "clock" | "timers" | "leaks">;
  readonly passes: GuestPasses;
  /** The node that is there now. */
  readonly node: () => Pick<GuestNodeParts, "describe" | "drives">;
  /** What one guest may write, as it is set now. */
  readonly mostBytes: () => number;
  /** Contents for who is at this address. */
  readonly pages: (caller: PagesCaller, address: string) => Pages & Partial<Disposable>;
  readonly problem: (error: GlowError) => void;
}

/** A connection. */
interface Visit {
  readonly session: FireflySession;
  /** Of the pass, once it was let in. */
  pass?: string;
}

export class GuestDesk {
  readonly #options: GuestDeskOptions;
  readonly #visits = new Set<Visit>();

  constructor(options: GuestDeskOptions) {
    this.#options = options;
  }

  get sessionCount(): number {
    return this.#visits.size;
  }

  /** Takes a pipe of a page that was served from here. */
  accept(pipe: Pipe, address: string): void {
    const { clock, timers, leaks } = this.#options.platform;
    const onDefect = (error: GlowError) => this.#options.problem(error);
    const door = new OwnDoor(this.#options, address, (pass) => this.#enter(visit, pass));
    const session = new FireflySession(pipe, { clock, timers, leaks, root: offer(GuestDoorInterface, door), onDefect });
    const visit: Visit = { session };
    if (this.#visits.size >= webLimits.guestSessions) {
      const message = `${webLimits.guestSessions} guests are connected, as many as can be: try again later`;
      return session.close(new GlowError("exhausted", "guest.accept", { message }));
    }
    this.#visits.add(visit);
    const entry = timers.after(webLimits.guestEntryMs, () => {
      if (visit.pass === undefined)
        session.close(new GlowError("deadline", "guest.accept", { message: "nobody came in" }));
    });
    void session.closed.then(() => {
      entry.cancel();
      door[Symbol.dispose]();
      this.#visits.delete(visit);
    });
  }

  /** A pass has ended: so does what goes on with it. */
  dismiss(pass: string): void {
    const message = "what you were given here was taken back";
    for (const visit of this.#visits) {
      if (visit.pass === pass) visit.session.close(new GlowError("denied", "guest.session", { message }));
    }
  }

  close(): void {
    for (const { session } of this.#visits) session.close();
  }

  #enter(visit: Visit, { id }: GuestPass): void {
    const others = [...this.#visits].filter((each) => each !== visit && each.pass === id);
    // Pages that were left may hang on for a while: the oldest goes.
    if (others.length >= webLimits.guestSessionsEach) {
      const message = `this was opened in more than ${webLimits.guestSessionsEach} pages at once`;
      others[0]?.session.close(new GlowError("exhausted", "guest.session", { message }));
    }
    visit.pass = id;
  }
}

/** For one connection. */
class OwnDoor implements GuestDoor, Disposable {
  readonly #options: GuestDeskOptions;
  readonly #address: string;
  readonly #entered: (pass: GuestPass) => void;
  readonly #access = new Set<Access>();
  #attempts = 0;

  constructor(options: GuestDeskOptions, address: string, entered: (pass: GuestPass) => void) {
    this.#options = options;
    this.#address = address;
    this.#entered = entered;
  }

  async enter(token: string, browser: string): Promise<GuestEntry> {
    this.#checkAttempts("guest.enter");
    const { session, pass } = await this.#options.passes.enter(token, this.#address, browser);
    return { session, node: this.#nodeFor(pass) };
  }

  resume(session: string): GuestNode {
    this.#checkAttempts("guest.resume");
    return this.#nodeFor(this.#options.passes.resume(session, this.#address));
  }

  async leave(session: string): Promise<void> {
    this.#checkAttempts("guest.leave");
    await this.#options.passes.end(this.#options.passes.resume(session, this.#address).id);
  }

  [Symbol.dispose](): void {
    for (const access of this.#access) access.end();
  }

  #checkAttempts(op: string): void {
    if (++this.#attempts <= webLimits.guestAttempts) return;
    throw new GlowError("exhausted", op, { message: "too many attempts on one connection: open the page again" });
  }

  #nodeFor(pass: GuestPass): GuestNode {
    const { node, pages, platform, passes, mostBytes } = this.#options;
    const { clock, timers }: { readonly clock: Clock; readonly timers: Timers } = platform;
    const access = new Access({ clock, timers }, pass.write ? ["read", "write"] : ["read"], pass.expiresMs);
    this.#access.add(access);
    this.#entered(pass);
    return new GuestNode(
      {
        clock,
        describe: () => node().describe(),
        drives: () => node().drives(),
        pages: (caller) => pages(caller, this.#address),
        places: pass.places,
        holder: pass.id,
        allowance: passes.allowance(pass.id, mostBytes),
      },
      access,
    );
  }
}
