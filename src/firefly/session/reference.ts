// What stubs point at: an object of the peer (ImportReference), an object that a call still owes (AnswerReference),
// an object that will be known later (PromiseReference). Objects of this process are in local-reference.ts.

import type { GlowError } from "#base/errors.ts";
import type { LeakWatch } from "#glow";
import type { Interface, Method } from "../codec/interface.ts";
import type { Answer, CallOptions, Reference } from "../codec/stub.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import type { Question } from "./question.ts";

/** Counts the holders of a reference; the last to let go triggers `released`. */
export abstract class HeldReference implements Reference {
  abstract readonly isSettled: boolean;
  abstract readonly local: object | undefined;
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

  abstract call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  abstract ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer;
  abstract settled(): Promise<void>;
  protected abstract held(): void;
  protected abstract released(): void;
}

/** An object that the peer hosts. */
export class ImportReference extends HeldReference {
  readonly id: number;
  readonly calls: OutgoingCalls;
  /** How often the peer has sent it: what a RELEASE gives back. */
  received = 0;
  readonly #released: (reference: ImportReference) => void;

  constructor(
    id: number,
    calls: OutgoingCalls,
    leaks: LeakWatch | undefined,
    released: (reference: ImportReference) => void,
  ) {
    super(leaks);
    this.id = id;
    this.calls = calls;
    this.#released = released;
  }

  override readonly isSettled = true;
  override readonly local = undefined;

  override settled(): Promise<void> {
    return Promise.resolve();
  }

  override call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.calls.send(this.id, undefined, type, method, args, options).value();
  }

  override ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    return this.calls.send(this.id, undefined, type, method, args, options);
  }

  protected override held(): void {}

  protected override released(): void {
    this.#released(this);
  }
}

/** An object in the result of a call that has not returned yet. Calls on it are sent at once, behind that call. */
export class AnswerReference extends HeldReference {
  readonly question: Question;
  readonly path: readonly number[];
  #target: Reference | undefined;
  #failure: GlowError | undefined;
  #arrived: PromiseWithResolvers<void> | undefined;

  constructor(question: Question, path: readonly number[], leaks: LeakWatch | undefined) {
    super(leaks);
    this.question = question;
    this.path = path;
  }

  /** What it turned out to be; undefined while it is on its way. */
  get target(): Reference | undefined {
    return this.#target;
  }

  get failure(): GlowError | undefined {
    return this.#failure;
  }

  override get isSettled(): boolean {
    return this.#target?.isSettled ?? false;
  }

  override get local(): object | undefined {
    return this.#target?.local;
  }

  override settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#target !== undefined) return this.#target.settled();
    this.#arrived ??= Promise.withResolvers<void>();
    return this.#arrived.promise.then(() => this.#target?.settled());
  }

  override call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#target !== undefined) return this.#target.call(type, method, args, options);
    return this.question.calls.send(this.question.id, this, type, method, args, options).value();
  }

  override ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    if (this.#target !== undefined) return this.#target.ask(type, method, args, options);
    if (this.#failure !== undefined) return failedAnswer(this.#failure);
    return this.question.calls.send(this.question.id, this, type, method, args, options);
  }

  /** The result has come: from now on calls go to `target`. */
  resolve(target: Reference): void {
    this.#target = target;
    if (this.isHeld) target.hold();
    this.#arrived?.resolve();
  }

  fail(error: GlowError): void {
    this.#failure = error;
    this.#arrived?.promise.catch(ignore);
    this.#arrived?.reject(error);
  }

  protected override held(): void {
    this.#target?.hold();
  }

  protected override released(): void {
    this.#target?.drop();
  }
}

/** A reference that is known later. Calls wait for it, in their order. */
export class PromiseReference extends HeldReference {
  readonly #promise: Promise<Reference>;
  #target: Reference | undefined;

  constructor(promise: Promise<Reference>) {
    super(undefined);
    this.#promise = promise.then((target) => {
      this.#target = target;
      if (this.isHeld) target.hold();
      return target;
    });
    this.#promise.catch(ignore);
  }

  override get isSettled(): boolean {
    return this.#target?.isSettled ?? false;
  }

  override get local(): object | undefined {
    return this.#target?.local;
  }

  override async settled(): Promise<void> {
    await (await this.#promise).settled();
  }

  override async call(
    type: Interface,
    method: Method,
    args: readonly unknown[],
    options?: CallOptions,
  ): Promise<unknown> {
    return (await this.#promise).call(type, method, args, options);
  }

  override ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    return new PromisedAnswer(this.#promise.then((target) => target.ask(type, method, args, options)));
  }

  protected override held(): void {
    this.#target?.hold();
  }

  protected override released(): void {
    this.#target?.drop();
  }
}

/** An answer that is known later. */
export class PromisedAnswer implements Answer {
  readonly #promise: Promise<Answer>;

  constructor(promise: Promise<Answer>) {
    this.#promise = promise;
    promise.catch(ignore);
  }

  value(): Promise<unknown> {
    const value = this.#promise.then((answer) => answer.value());
    value.catch(ignore);
    return value;
  }

  at(path: readonly number[]): Reference {
    return new PromiseReference(this.#promise.then((answer) => answer.at(path)));
  }

  release(): void {
    this.#promise.then((answer) => answer.release(), ignore);
  }
}

function failedAnswer(error: GlowError): Answer {
  return new PromisedAnswer(Promise.reject(error));
}

function ignore(): void {}
