// An object in a result that this side owes: what the peer means when it sends such an object back before it has come.

import { GlowError } from "#base/errors.ts";
import type { Reference } from "../codec/stub.ts";
import { HeldReference, isElsewhere } from "./held-reference.ts";
import type { IncomingCall } from "./incoming-call.ts";
import type { LocalObjects } from "./local-objects.ts";
import { PromiseReference } from "./promise-reference.ts";

/** The calls of the peer, in the order in which they run. */
export interface Turns {
  /** Runs `task` behind all calls whose objects have arrived. */
  behindArrived(task: () => void): void;
  /** Runs `task` when all calls have run that have come so far and that can run. */
  behindParked(task: () => void): void;
  unpark(task: () => void): void;
}

/**
 * Waits for its call, and then for its turn, only while somebody holds it: a call may take for ever, a peer may never
 * read, and the object may be named as often as it likes.
 */
export class OwedReference extends PromiseReference {
  readonly #call: IncomingCall;
  readonly #path: readonly number[];
  readonly #locals: LocalObjects;
  readonly #turns: Turns;
  /** What it turns out to be when its turn comes; held until then, as the peer may have finished with the result. */
  #outcome: (HeldReference & Reference) | GlowError | undefined;

  /**
   * It is known behind the calls that the peer has made on the object: some may be this side's own, which have gone
   * the long way round, and which calls made from here must not overtake.
   */
  constructor(call: IncomingCall, path: readonly number[], locals: LocalObjects, turns: Turns) {
    super(locals);
    this.#call = call;
    this.#path = path;
    this.#locals = locals;
    this.#turns = turns;
  }

  readonly #returned = (): void => {
    try {
      const object = this.#call.objectAt(this.#path);
      const target = isElsewhere(object) ? object : this.#locals.reference(object);
      target.hold();
      this.#outcome = target;
    } catch (thrown) {
      this.#outcome = GlowError.from(thrown, "firefly.call", this.#call.name);
    }
    this.#turns.behindArrived(this.#wait);
  };

  readonly #wait = (): void => {
    if (this.#outcome !== undefined) this.#turns.behindParked(this.#settle);
  };

  readonly #settle = (): void => {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome instanceof GlowError) {
      this.fail(outcome);
    } else if (outcome !== undefined) {
      this.resolve(outcome);
      outcome.drop();
    }
  };

  protected override held(): void {
    super.held();
    if (this.target === undefined && this.failure === undefined) this.#call.watch(this.#returned);
  }

  protected override released(): void {
    this.#call.unwatch(this.#returned);
    this.#turns.unpark(this.#settle);
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome instanceof HeldReference) outcome.drop();
    super.released();
  }
}
