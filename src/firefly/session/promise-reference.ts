// References and answers that are known later, with calls on them that wait meanwhile. They wait in a list and go on in
// its order, all in the moment in which it is known: promises would let a call that is made then overtake them.

import { GlowError } from "#base/errors.ts";
import type { Interface, Method } from "../codec/interface.ts";
import type { Answer, CallOptions, Reference } from "../codec/stub.ts";
import { LocalCallContext, refusal } from "./call-context.ts";
import { EventualReference } from "./held-reference.ts";
import { localCopy } from "./local-copy.ts";
import type { LocalObjects } from "./local-objects.ts";

/** An object that is known later. */
export class PromiseReference extends EventualReference {
  readonly #locals: LocalObjects;
  #waiting: (() => void)[] = [];

  constructor(locals: LocalObjects) {
    super(locals.leaks);
    this.#locals = locals;
  }

  override resolve(target: Reference): void {
    super.resolve(target);
    this.#goOn();
  }

  override fail(error: GlowError): void {
    super.fail(error);
    this.#goOn();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const next of waiting) next();
  }

  call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    if (this.target !== undefined) return this.target.call(type, method, args, options);
    const result = Promise.withResolvers<unknown>();
    this.#wait(type, method, args, options, result.reject, (target, taken, left) => {
      result.resolve(target.call(type, method, taken, left));
    });
    return result.promise;
  }

  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    if (this.target !== undefined) return this.target.ask(type, method, args, options);
    const answer = new PromisedAnswer(this.#locals);
    const failed = (error: GlowError): void => answer.fail(error);
    this.#wait(type, method, args, options, failed, (target, taken, left) => {
      answer.resolve(target.ask(type, method, taken, left));
    });
    return answer;
  }

  /** Takes the arguments now, and makes the call when it can be made, if nobody has given it up by then. */
  #wait(
    type: Interface,
    method: Method,
    args: readonly unknown[],
    options: CallOptions | undefined,
    failed: (error: GlowError) => void,
    make: (target: Reference, args: readonly unknown[], options: CallOptions) => void,
  ): void {
    const name = `${type.name}.${method.name}`;
    try {
      const refused = this.failure ?? refusal(options, name);
      if (refused !== undefined) throw refused;
      const taken = localCopy(method.parameters, args, this.#locals, false);
      const context = new LocalCallContext(this.#locals.time, options, name, failed);
      this.hold();
      this.#waiting.push(() => {
        const { abortReason, left } = context;
        context[Symbol.dispose]();
        if (this.failure !== undefined) failed(this.failure);
        else if (abortReason === undefined && this.target !== undefined) make(this.target, taken.value, left);
        taken[Symbol.dispose]();
        this.drop();
      });
    } catch (thrown) {
      failed(GlowError.from(thrown, "firefly.call", name));
    }
  }
}

/** An answer that is known later. */
export class PromisedAnswer implements Answer {
  readonly #locals: LocalObjects;
  #answer: Answer | undefined;
  #failure: GlowError | undefined;
  #value: PromiseWithResolvers<unknown> | undefined;
  #parts: { readonly path: readonly number[]; readonly reference: PromiseReference }[] = [];
  #isReleased = false;

  constructor(locals: LocalObjects) {
    this.#locals = locals;
  }

  /** It is this one. */
  resolve(answer: Answer): void {
    this.#answer = answer;
    for (const { path, reference } of this.#parts.splice(0)) reference.resolve(answer.at(path));
    this.#value?.resolve(answer.value());
    if (this.#isReleased) answer.release();
  }

  fail(error: GlowError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const { reference } of this.#parts.splice(0)) reference.fail(error);
    this.#value?.reject(error);
  }

  value(): Promise<unknown> {
    if (this.#answer !== undefined) return this.#answer.value();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#value ??= Promise.withResolvers();
    return this.#value.promise;
  }

  at(path: readonly number[]): Reference {
    if (this.#answer !== undefined) return this.#answer.at(path);
    const reference = new PromiseReference(this.#locals);
    if (this.#failure !== undefined) reference.fail(this.#failure);
    else this.#parts.push({ path, reference });
    return reference;
  }

  release(): void {
    this.#isReleased = true;
    this.#answer?.release();
  }
}

export function failedAnswer(error: GlowError, locals: LocalObjects): Answer {
  const answer = new PromisedAnswer(locals);
  answer.fail(error);
  return answer;
}
