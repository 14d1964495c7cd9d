// A call of this side on its way: what its stubs and promises wait for.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import type { Timer } from "#glow";
import type { Interface, Method } from "../codec/interface.ts";
import { type Answer, type Reference, Stub } from "../codec/stub.ts";
import { noObject } from "./local-reference.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import { PromiseReference } from "./promise-reference.ts";
import { AnswerReference } from "./reference.ts";

/** Objects in a result that is here but may not be used yet. */
interface Embargo {
  readonly waiting: { readonly path: readonly number[]; readonly reference: PromiseReference }[];
}

export class Question implements Answer {
  id = -1;
  /** What counts against the peer's allowance. */
  bytes = 0;
  /** Calls were made on its result before it came. */
  pipelined = false;
  finishSent = false;
  /** Settled: with its result, or with an error. */
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
  #embargo: Embargo | undefined;
  #isWanted = false;
  #isReleased = false;

  constructor(calls: OutgoingCalls, type: Interface, method: Method) {
    this.calls = calls;
    this.type = type;
    this.method = method;
  }

  error(kind: ErrorKind, message: string, cause?: unknown): GlowError {
    return new GlowError(kind, "firefly.call", { target: nameOf(this.type, this.method), message, cause });
  }

  /** The result is here, but calls that were made on it before are still on their way. */
  get isEmbargoed(): boolean {
    return this.#embargo !== undefined;
  }

  value(): Promise<unknown> {
    this.#isWanted = true;
    if (this.#promise === undefined) {
      this.#promise = Promise.withResolvers();
      if (this.#failure !== undefined) this.#promise.reject(this.#failure);
      else if (this.isDone) this.#promise.resolve(this.#value);
    }
    return this.#promise.promise;
  }

  at(path: readonly number[]): Reference {
    const reference = new AnswerReference(this, path, this.calls.locals.leaks);
    if (this.#failure !== undefined) reference.fail(this.#failure);
    else if (this.isDone) this.#resolve(reference, path);
    else if (this.#embargo !== undefined) this.#holdBack(reference, this.#embargo);
    else if (this.#references === undefined) this.#references = [reference];
    else this.#references.push(reference);
    return reference;
  }

  #resolve(reference: AnswerReference | PromiseReference, path: readonly number[]): void {
    const found = this.method.pipeline?.follow(this.#value, path);
    const target = found instanceof Stub ? found.$reference : undefined;
    if (target === undefined) reference.fail(noObject(nameOf(this.type, this.method)));
    else reference.resolve(target);
  }

  #holdBack(reference: AnswerReference, embargo: Embargo): void {
    const later = new PromiseReference(this.calls.locals);
    embargo.waiting.push({ path: reference.path, reference: later });
    reference.resolve(later);
  }

  release(): void {
    this.#isReleased = true;
    if (this.isDone) this.#releaseValue();
  }

  #releaseValue(): void {
    if (this.#isWanted || !this.#isReleased) return;
    this.#releaseStubs();
  }

  #releaseStubs(): void {
    for (const stub of this.#stubs) stub[Symbol.dispose]();
    this.#stubs = [];
  }

  /** The result has come. Under an embargo it is shown, and calls on it are let through, only by `lift`. */
  succeed(value: unknown, stubs: readonly Disposable[], isEmbargoed: boolean): void {
    this.#value = value;
    this.#stubs = stubs;
    if (!isEmbargoed) {
      this.#show();
      return;
    }
    const embargo = { waiting: [] };
    this.#embargo = embargo;
    for (const reference of this.#takeReferences()) this.#holdBack(reference, embargo);
  }

  /** The calls that were made before have arrived: those held back go on now, and those to come find no queue. */
  lift(): void {
    if (!this.isDone) this.#show();
  }

  #show(): void {
    const waiting = this.#embargo?.waiting ?? [];
    const references = this.#takeReferences();
    this.#close();
    for (const reference of references) this.#resolve(reference, reference.path);
    for (const { path, reference } of waiting) this.#resolve(reference, path);
    this.#promise?.resolve(this.#value);
    this.#releaseValue();
  }

  #takeReferences(): readonly AnswerReference[] {
    const references = this.#references ?? [];
    this.#references = undefined;
    return references;
  }

  #close(): void {
    this.isDone = true;
    this.timer?.cancel();
    this.unlisten?.();
    this.#embargo = undefined;
  }

  fail(error: GlowError): void {
    if (this.isDone) return;
    const waiting = this.#embargo?.waiting ?? [];
    const references = this.#takeReferences();
    this.#failure = error;
    this.#close();
    for (const reference of references) reference.fail(error);
    for (const { reference } of waiting) reference.fail(error);
    this.#promise?.reject(error);
    // A result that came and was held back: it is given up with the call.
    this.#releaseStubs();
  }
}

/** For errors. */
export function nameOf(type: Interface, method: Method): string {
  return `${type.name}.${method.name}`;
}
