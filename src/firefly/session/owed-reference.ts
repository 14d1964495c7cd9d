// An object in a result that this side owes: what the peer means when it sends such an object back before it has come.

import { GlowError } from "#base/errors.ts";
import { isElsewhere } from "./held-reference.ts";
import type { IncomingCall } from "./incoming-call.ts";
import type { LocalObjects } from "./local-objects.ts";
import { PromiseReference } from "./promise-reference.ts";

/** Waits for its call only while somebody holds it: a call may take for ever, and the peer may name it as often. */
export class OwedReference extends PromiseReference {
  readonly #call: IncomingCall;
  readonly #path: readonly number[];
  readonly #locals: LocalObjects;
  readonly #inTurn: (task: () => void) => void;

  /**
   * `inTurn` runs a task behind the calls that the peer has made on the object: some may be this side's own, which have
   * gone the long way round, and which calls made from here must not overtake.
   */
  constructor(call: IncomingCall, path: readonly number[], locals: LocalObjects, inTurn: (task: () => void) => void) {
    super(locals);
    this.#call = call;
    this.#path = path;
    this.#locals = locals;
    this.#inTurn = inTurn;
  }

  readonly #returned = (): void => {
    try {
      const object = this.#call.objectAt(this.#path);
      const target = isElsewhere(object) ? object : this.#locals.reference(object);
      // Before its turn comes the peer may have finished with the result.
      target.hold();
      this.#inTurn(() => {
        this.resolve(target);
        target.drop();
      });
    } catch (thrown) {
      const failure = GlowError.from(thrown, "firefly.call", this.#call.name);
      this.#inTurn(() => this.fail(failure));
    }
  };

  protected override held(): void {
    super.held();
    if (this.target === undefined && this.failure === undefined) this.#call.watch(this.#returned);
  }

  protected override released(): void {
    this.#call.unwatch(this.#returned);
    super.released();
  }
}
