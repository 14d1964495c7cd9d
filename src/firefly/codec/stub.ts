// A stub stands for an object somewhere else. Its class is generated from the interface, with one method for each of
// the interface's; this file holds what all stubs share. A stub owns one handle on its reference, and gives it back
// when it is released: `using file = await folder.open("x")`.
//
// A call whose result is an object returns a stub at once. Calls on it are sent right behind the first (promise
// pipelining), and it can be awaited: then it resolves to itself, once the object is known to exist.

import { GlowError } from "#base/errors.ts";
import type { Interface, Method } from "./interface.ts";

/** What every call takes as its last argument. A handler's context is one: so it passes on its signal and deadline. */
export interface CallOptions {
  /** Gives up the call: the promise rejects with `cancelled` and the other side is told to stop. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after this long (`deadline`). The other side is told what is left, and so are the calls it makes. */
  readonly deadlineMs?: number | undefined;
}

/** What every handler gets as its last argument. */
export interface CallContext {
  /** Aborted when the caller gave up, its deadline passed or the connection ended. */
  readonly signal: AbortSignal;
  /** What is left of the caller's deadline, in ms; undefined if there is none. */
  readonly deadlineMs: number | undefined;
}

export type Awaitable<Value> = Value | PromiseLike<Value>;

/** A stub whose object may still be on its way: call it at once, or await it first. */
export type Pipelined<Of extends Stub> = Of & PromiseLike<Of>;

/** Something that calls can be sent to. Sessions implement it: for objects of the peer, for answers, for local objects. */
export interface Reference {
  /** Calls a method whose result holds nothing to make calls on. */
  call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** Calls a method whose result pipelines. */
  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer;
  /** False while the object is still on its way. */
  readonly isSettled: boolean;
  /** Resolves when the object is known to exist; rejects with why there is none. */
  settled(): Promise<void>;
  /** The object itself, if it lives in this process. */
  readonly local: object | undefined;
  /** One more handle. If a `holder` is named, it may be watched for being dropped without a release. */
  hold(holder?: object): void;
  /** The handle is given back; with the last one, the other side is told. */
  drop(holder?: object): void;
}

/** A result on its way. */
export interface Answer {
  /** The whole result. A rejection that nobody looks at bothers nobody. */
  value(): Promise<unknown>;
  /** The object at a path of field numbers into the result; held by nobody yet. */
  at(path: readonly number[]): Reference;
  /** Nobody will look at the result any more: what it holds is released when it comes. */
  release(): void;
}

export interface StubClass<Of extends Stub> {
  new (reference: Reference): Of;
}

export abstract class Stub implements Disposable {
  /** Internal. The reference behind the stub; undefined once released. */
  $reference: Reference | undefined;

  constructor(reference: Reference) {
    this.$reference = reference;
    reference.hold(this);
  }

  /** Internal. What the object is called through. */
  abstract get $interface(): Interface;

  /** Releases the object: the stub cannot be called any more. Calls already made go on. */
  [Symbol.dispose](): void {
    const reference = this.$reference;
    if (reference === undefined) return;
    this.$reference = undefined;
    reference.drop(this);
  }
}

/** Internal, for generated stubs. A call with a plain result. */
export function call<Result>(
  stub: Stub,
  method: Method,
  args: readonly unknown[],
  options: CallOptions | undefined,
): Promise<Result> {
  const reference = stub.$reference;
  if (reference === undefined) return Promise.reject(releasedError(stub, method));
  return reference.call(stub.$interface, method, args, options) as Promise<Result>;
}

/** Internal, for generated stubs. A call with a result that pipelines. */
export function ask(stub: Stub, method: Method, args: readonly unknown[], options: CallOptions | undefined): Answer {
  const reference = stub.$reference;
  if (reference === undefined) throw releasedError(stub, method);
  return reference.ask(stub.$interface, method, args, options);
}

/** Internal, for generated stubs: the object that an answer is, as a stub that can be called at once. */
export function pipelined<Of extends Stub>(answer: Answer, type: StubClass<Of>): Pipelined<Of> {
  const stub = new type(answer.at([]));
  answer.release();
  return stub as Pipelined<Of>;
}

// A stub is thenable only until its object has arrived, and then resolves to itself. TypeScript must not take
// every stub for a promise, so `then` is not a declared member; `Pipelined` says where it counts.
// oxlint-disable-next-line unicorn/no-thenable -- being awaitable is what a stub on its way is for
Object.defineProperty(Stub.prototype, "then", {
  get(this: Stub) {
    const reference = this.$reference;
    if (reference === undefined || reference.isSettled) return undefined;
    return (fulfilled?: (stub: Stub) => unknown, rejected?: (reason: unknown) => unknown) =>
      reference
        .settled()
        .then(() => this)
        .then(fulfilled, rejected);
  },
});

/** A result with objects in it, on its way: its objects can be called at once, and it can be awaited for the whole. */
export abstract class Pipeline<Value> implements PromiseLike<Value>, Disposable {
  /** Internal. */
  readonly $answer: Answer;
  readonly $path: readonly number[];
  readonly #stubs: (Stub | undefined)[] = [];

  constructor(answer: Answer, path: readonly number[] = []) {
    this.$answer = answer;
    this.$path = path;
  }

  /** Internal. The object in a field, by the field's number; the same stub each time. */
  $field<Of extends Stub>(type: StubClass<Of>, field: number): Pipelined<Of> {
    const stub = this.#stubs[field] ?? new type(this.$answer.at([...this.$path, field]));
    this.#stubs[field] = stub;
    return stub as Pipelined<Of>;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is what this class is for
  then<Fulfilled = Value, Rejected = never>(
    fulfilled?: ((value: Value) => Awaitable<Fulfilled>) | null,
    rejected?: ((reason: unknown) => Awaitable<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return (this.$answer.value() as Promise<Value>).then(fulfilled, rejected);
  }

  /** Releases the stubs taken from here. If the whole was never awaited, what it holds is released too. */
  [Symbol.dispose](): void {
    for (const stub of this.#stubs) stub?.[Symbol.dispose]();
    this.#stubs.length = 0;
    this.$answer.release();
  }
}

/** A second stub for the same object, to be released on its own. `released` if the first one was. */
export function duplicate<Of extends Stub>(stub: Of): Of {
  if (stub.$reference === undefined) throw releasedError(stub, undefined);
  return new stub.$interface.stub(stub.$reference) as Of;
}

/** The object behind a stub, if it lives in this process: how a host knows its own objects when they come back. */
export function localObject(stub: Stub): object | undefined {
  return stub.$reference?.local;
}

function releasedError(stub: Stub, method: Method | undefined): GlowError {
  return new GlowError("released", "firefly.call", {
    target: method === undefined ? stub.$interface.name : `${stub.$interface.name}.${method.name}`,
    message: "the stub was released before; take a duplicate() where it is needed for longer",
  });
}
