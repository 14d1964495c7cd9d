// What the holder of a capability may do, and until when. One that was narrowed holds no longer, and gives no more, than the
// one that it was made of.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, Timer, Timers } from "#glow";
import type { Right } from "#interfaces/generated/node.ts";

export const allRights: readonly Right[] = ["read", "write", "folders", "invite", "administer"];

export interface AccessOptions {
  readonly clock: Clock;
  readonly timers: Timers;
}

export class Access {
  readonly rights: ReadonlySet<Right>;
  /** By the wall clock; undefined: for ever. */
  readonly expiresMs: number | undefined;
  /** Ids of the drives that can be seen; undefined: all. */
  readonly drives: ReadonlySet<string> | undefined;
  readonly #options: AccessOptions;
  readonly #endings = new Set<() => void>();
  #end: GlowError | undefined;
  /** What was made of it and has not ended. */
  #lent = 0;
  #timer: Timer | undefined;

  constructor(options: AccessOptions, rights: readonly Right[], expiresMs?: number, drives?: ReadonlySet<string>) {
    this.#options = options;
    this.rights = new Set(rights);
    this.expiresMs = expiresMs;
    this.drives = drives;
    this.#awaitEnd();
  }

  /** Whether it is all there is, for ever: then nothing needs to be guarded. */
  get isWhole(): boolean {
    return (
      this.expiresMs === undefined && this.drives === undefined && allRights.every((right) => this.rights.has(right))
    );
  }

  /** `denied` if this is not allowed, or not any more. */
  check(right: Right | undefined, op: string): void {
    if (this.#end !== undefined) throw this.#end;
    if (right === undefined || this.rights.has(right)) return;
    const message = `this needs the right to ${right}, which you were not given: ask an administrator of this node`;
    throw new GlowError("denied", op, { message });
  }

  /** Of the rights asked for those that it has, for at most so long. `drives` are ids. */
  narrowed(rights: readonly Right[], lifetimeMs: number, drives: readonly string[] | undefined): Access {
    if (!(lifetimeMs > 0 && lifetimeMs <= nodeLimits.lentMs)) {
      const message = `what is lent is lent for more than nothing, and at most ${nodeLimits.lentMs / 1000} s`;
      throw new GlowError("invalid", "node.lend", { message });
    }
    if (this.#lent >= nodeLimits.lent) {
      const message = `${nodeLimits.lent} were lent already that hold still: let go of some first`;
      throw new GlowError("exhausted", "node.lend", { message });
    }
    const kept = rights.filter((right) => this.rights.has(right));
    const untilMs = Math.min(this.#options.clock.wallMs() + lifetimeMs, this.expiresMs ?? Number.POSITIVE_INFINITY);
    const seen = drives === undefined ? this.drives : new Set(drives.filter((id) => this.drives?.has(id) ?? true));
    const narrowed = new Access(this.#options, kept, untilMs, seen);
    const stop = this.onEnd(() => narrowed.end());
    this.#lent++;
    narrowed.onEnd(() => {
      this.#lent--;
      stop();
    });
    return narrowed;
  }

  /** It ends now. */
  end(): void {
    if (this.#end !== undefined) return;
    this.#timer?.cancel();
    const message = "the time for which you were let in is over: ask for another link";
    this.#end = new GlowError("denied", "node.access", { message });
    const endings = [...this.#endings];
    this.#endings.clear();
    for (const told of endings) told();
  }

  /** `told` when it ends; what is given back stops that. */
  onEnd(told: () => void): () => void {
    if (this.#end === undefined) this.#endings.add(told);
    else told();
    return () => void this.#endings.delete(told);
  }

  #awaitEnd(): void {
    if (this.expiresMs === undefined) return;
    const { clock, timers } = this.#options;
    const leftMs = this.expiresMs - clock.wallMs();
    if (leftMs <= 0) this.end();
    // In steps, since the wall clock may be set meanwhile.
    else this.#timer = timers.after(Math.min(leftMs, nodeLimits.expiryCheckMs), () => this.#awaitEnd());
  }
}
