// A call of this side on its way: what its stubs and promises wait for.

import { GlowError } from "#base/errors.ts";
import type { Timer } from "#glow";
import type { Interface, Method } from "../codec/interface.ts";
import { type Answer, type Reference, Stub } from "../codec/stub.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import { AnswerReference, PromiseReference } from "./reference.ts";

export class Question implements Answer {
  id = -1;
  /** Payload bytes that count against the peer's allowance. */
  bytes = 0;
  /** Calls were made on its result before it came. */
  pipelined = false;
  finishSent = false;
  isDone = false;
  timer: Timer | undefined;
  unlisten: (() => void) | undefined;
  readonly calls: OutgoingCalls;
  readonly type: Interface;
  readonly method: Method;
  #promise: PromiseWithResolvers<unknown> | undefined;
  #value: unknown;
  #failure: GlowError | undefined;
  #references: AnswerReference[] | undefined;
  #stubs: readonly Disposable[] = [];
  #embargo: Promise<void> | undefined;
  #isWanted = false;
  #isReleased = false;

  constructor(calls: OutgoingCalls, type: Interface, method: Method) {
    this.calls = calls;
    this.type = type;
    this.method = method;
  }

  error(kind: GlowError["kind"], message: string, cause?: unknown): GlowError {
    return new GlowError(kind, "firefly.call", { target: nameOf(this.type, this.method), message, cause });
  }

  value(): Promise<unknown> {
    this.#isWanted = true;
    if (this.#promise === undefined) {
      this.#promise = Promise.withResolvers();
      if (this.#failure !== undefined) this.#promise.reject(this.#failure);
      else if (this.isDone) this.#deliver();
    }
    return this.#promise.promise;
  }

  #deliver(): void {
    const value = this.#value;
    if (this.#embargo === undefined) this.#promise?.resolve(value);
    else this.#promise?.resolve(this.#embargo.then(() => value));
  }

  at(path: readonly number[]): Reference {
    const reference = new AnswerReference(this, path, this.calls.leaks);
    if (this.#failure !== undefined) reference.fail(this.#failure);
    else if (this.isDone) this.#resolve(reference);
    else if (this.#references === undefined) this.#references = [reference];
    else this.#references.push(reference);
    return reference;
  }

  #resolve(reference: AnswerReference): void {
    const found = this.method.pipeline?.follow(this.#value, reference.path);
    const target = found instanceof Stub ? found.$reference : undefined;
    if (target === undefined) reference.fail(this.error("not-found", "the result holds no object at this place"));
    else if (this.#embargo === undefined) reference.resolve(target);
    else reference.resolve(new PromiseReference(this.#embargo.then(() => target)));
  }

  release(): void {
    this.#isReleased = true;
    if (this.isDone) this.#releaseValue();
  }

  #releaseValue(): void {
    if (this.#isWanted || !this.#isReleased) return;
    for (const stub of this.#stubs) stub[Symbol.dispose]();
    this.#stubs = [];
  }

  #done(): readonly AnswerReference[] {
    const references = this.#references ?? [];
    this.isDone = true;
    this.timer?.cancel();
    this.unlisten?.();
    this.#references = undefined;
    return references;
  }

  /** The result has come. Under an embargo it is shown, and calls on it are let through, only when that is lifted. */
  succeed(value: unknown, stubs: readonly Disposable[], embargo: Promise<void> | undefined): void {
    this.#value = value;
    this.#stubs = stubs;
    this.#embargo = embargo;
    for (const reference of this.#done()) this.#resolve(reference);
    this.#deliver();
    if (embargo === undefined) this.#releaseValue();
    else void embargo.then(() => this.#releaseValue());
  }

  fail(error: GlowError): void {
    if (this.isDone) return;
    this.#failure = error;
    for (const reference of this.#done()) reference.fail(error);
    this.#promise?.reject(error);
  }
}

/** For errors. */
export function nameOf(type: Interface, method: Method): string {
  return `${type.name}.${method.name}`;
}
