// A reference to an object of this process: what a stub points at when an object came back to its host. Calls on it
// mean the same as if they crossed a wire: arguments and results are copied, objects in them become stubs, and the
// method is called in a later turn.

import { GlowError } from "#base/errors.ts";
import type { Interface, Method } from "../codec/interface.ts";
import { type Answer, type CallOptions, type Reference, Stub } from "../codec/stub.ts";
import { LocalCallContext, refusal } from "./call-context.ts";
import { HeldReference } from "./held-reference.ts";
import { type LocalCopy, localCopy } from "./local-copy.ts";
import type { LocalObjects } from "./local-objects.ts";
import { PromiseReference } from "./promise-reference.ts";
import { publicError } from "./wire-error.ts";

export class LocalReference extends HeldReference implements Reference {
  readonly local: object;
  readonly isSettled = true;
  readonly #locals: LocalObjects;

  constructor(object: object, locals: LocalObjects) {
    super(locals.leaks);
    this.local = object;
    this.#locals = locals;
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return (await this.#run(type, method, args, options)).value;
  }

  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    return new LocalAnswer(this.#run(type, method, args, options), method, this.#locals);
  }

  async #run(
    type: Interface,
    method: Method,
    args: readonly unknown[],
    options: CallOptions | undefined,
  ): Promise<LocalCopy<unknown>> {
    const name = `${type.name}.${method.name}`;
    const refused = refusal(options, name);
    if (refused !== undefined) throw refused;
    using taken = localCopy(method.parameters, args, this.#locals, false);
    const stopped = Promise.withResolvers<never>();
    using context = new LocalCallContext(this.#locals.time, options, name, stopped.reject);
    // The object lives until the call is over, whatever becomes of the stub.
    this.hold();
    try {
      await Promise.resolve();
      const result = invoke(this.local, method, taken.value, context);
      const value = await Promise.race([result, stopped.promise]).catch((thrown: unknown) => {
        if (context.abortReason !== undefined) this.#discard(method, result);
        throw thrown;
      });
      return localCopy(method.result, value, this.#locals, true);
    } catch (thrown) {
      throw publicError(thrown, name);
    } finally {
      this.drop();
    }
  }

  /** A result that nobody waits for any more. */
  #discard(method: Method, result: unknown): void {
    Promise.resolve(result)
      .then((value) => localCopy(method.result, value, this.#locals, true)[Symbol.dispose]())
      .catch(() => undefined);
  }

  protected override held(): void {
    this.#locals.hold(this.local);
  }

  protected override released(): void {
    this.#locals.drop(this.local);
  }
}

/** Calls the method of a handler object. `unsupported` if the object does not have it. */
export function invoke(object: object, method: Method, args: readonly unknown[], context: unknown): unknown {
  const handler: unknown = Reflect.get(object, method.name);
  if (typeof handler !== "function") {
    throw new GlowError("unsupported", "firefly.call", {
      target: method.name,
      message: `the object does not implement ${method.name}`,
    });
  }
  return Reflect.apply(handler, object, [...args, context]);
}

class LocalAnswer implements Answer {
  readonly #result: Promise<LocalCopy<unknown>>;
  readonly #method: Method;
  readonly #locals: LocalObjects;
  #isWanted = false;

  constructor(result: Promise<LocalCopy<unknown>>, method: Method, locals: LocalObjects) {
    this.#result = result;
    this.#method = method;
    this.#locals = locals;
    result.catch(() => undefined);
  }

  value(): Promise<unknown> {
    this.#isWanted = true;
    return this.#result.then(({ value }) => value);
  }

  at(path: readonly number[]): Reference {
    const reference = new PromiseReference(this.#locals);
    this.#result.then(
      ({ value }) => {
        const found = this.#method.pipeline?.follow(value, path);
        if (found instanceof Stub && found.$reference !== undefined) reference.resolve(found.$reference);
        else reference.fail(noObject());
      },
      (thrown: unknown) => reference.fail(GlowError.from(thrown, "firefly.call")),
    );
    return reference;
  }

  release(): void {
    const release = (copy: Disposable): void => {
      if (!this.#isWanted) copy[Symbol.dispose]();
    };
    this.#result.then(release, () => undefined);
  }
}

/** For calls on what a result was thought to hold. */
export function noObject(target?: string): GlowError {
  return new GlowError("not-found", "firefly.call", { target, message: "the result holds no object at this place" });
}
