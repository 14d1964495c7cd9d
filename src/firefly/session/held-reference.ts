// What all references share: how many stubs and tables hold them, and, where the object is not known yet, how they
// come to it.

import type { GlowError } from "#base/errors.ts";
import type { LeakWatch } from "#glow";
import type { Interface, Method } from "../codec/interface.ts";
import type { Answer, CallOptions, Reference } from "../codec/stub.ts";

/** Counts the holders of a reference; the last to let go triggers `released`. */
export abstract class HeldReference {
  #holders = 0;
  readonly #leaks: LeakWatch | undefined;

  constructor(leaks: LeakWatch | undefined) {
    this.#leaks = leaks;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  hold(holder?: object): void {
    if (holder !== undefined) this.#leaks?.watch(holder, this.#letGo);
    if (this.#holders++ === 0) this.held();
  }

  drop(holder?: object): void {
    if (holder !== undefined) this.#leaks?.unwatch(holder);
    this.#letGo();
  }

  readonly #letGo = (): void => {
    if (--this.#holders === 0) this.released();
  };

  protected abstract held(): void;
  protected abstract released(): void;
}

/** Whether an object that a table hosts is really elsewhere: calls on it are made again on the reference. */
export function isElsewhere(object: object): object is HeldReference & Reference {
  return object instanceof HeldReference;
}

/** A reference that turns out to be another one, which it then holds for as long as it is held itself. */
export abstract class EventualReference extends HeldReference implements Reference {
  #target: Reference | undefined;
  #failure: GlowError | undefined;
  #arrived: PromiseWithResolvers<void> | undefined;

  /** What it turned out to be; undefined while it is on its way. */
  get target(): Reference | undefined {
    return this.#target;
  }

  get failure(): GlowError | undefined {
    return this.#failure;
  }

  get isSettled(): boolean {
    return this.#target?.isSettled ?? false;
  }

  get local(): object | undefined {
    return this.#target?.local;
  }

  settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#target !== undefined) return this.#target.settled();
    this.#arrived ??= Promise.withResolvers<void>();
    return this.#arrived.promise.then(() => this.#target?.settled());
  }

  /** It has come: from now on calls go to `target`. */
  resolve(target: Reference): void {
    // Straight to the end: a peer can have one reference turn out to be another without end.
    let end = target;
    while (end instanceof EventualReference && end.target !== undefined) end = end.target;
    this.#target = end;
    if (this.isHeld) end.hold();
    this.#arrived?.resolve();
  }

  fail(error: GlowError): void {
    this.#failure = error;
    // Whoever waits has a promise of his own that was made of this one.
    this.#arrived?.promise.catch(() => undefined);
    this.#arrived?.reject(error);
  }

  abstract call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  abstract ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer;

  protected override held(): void {
    this.#target?.hold();
  }

  protected override released(): void {
    this.#target?.drop();
  }
}
