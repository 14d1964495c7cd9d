// One call of the peer, and the context that its handler gets.

import { GlowError } from "#base/errors.ts";
import type { Interface, Method } from "../codec/interface.ts";
import { type Reference, Stub } from "../codec/stub.ts";
import { AbortableContext, type CallClock } from "./call-context.ts";
import { isElsewhere } from "./held-reference.ts";
import { invoke, noObject } from "./local-reference.ts";
import { takeBack } from "./received-stream.ts";

const nothing: readonly never[] = [];

export class IncomingCall extends AbortableContext {
  readonly id: number;
  /** The answer is kept until FINISH. */
  readonly isAsked: boolean;
  /** Undefined if it was not known: then the call has failed. */
  readonly type: Interface | undefined;
  readonly method: Method | undefined;
  args: readonly unknown[] = nothing;
  /** Stubs and streams in the arguments: lent to the handler until it is done. */
  lent: readonly Disposable[] = nothing;
  /** Stubs in the result: this side's, until the peer has finished with the answer. */
  given: readonly Disposable[] = nothing;
  /** What it counts against this side's limit. */
  bytes = 0;
  state: "waiting" | "running" | "returned" = "waiting";
  isEntered = false;
  isFinished = false;
  result: unknown;
  failure: GlowError | undefined;
  /** Its handler goes on although it was answered. */
  isAbandoned = false;
  /** Takes the call out of the list it waits in: what is over leaves nothing there. */
  leaveQueue: (() => void) | undefined;
  readonly #onAbort: (call: IncomingCall, reason: GlowError) => void;
  #followers: Set<() => void> | undefined;
  #watchers: Set<() => void> | undefined;

  constructor(
    onAbort: (call: IncomingCall, reason: GlowError) => void,
    time: CallClock,
    id: number,
    isAsked: boolean,
    type: Interface | undefined,
    method: Method | undefined,
  ) {
    super(time);
    this.#onAbort = onAbort;
    this.id = id;
    this.isAsked = isAsked;
    this.type = type;
    this.method = method;
  }

  /** For errors: interface and method. */
  get name(): string {
    return `${this.type?.name ?? "unknown"}.${this.method?.name ?? "unknown"}`;
  }

  limitTime(deadlineMs: number): void {
    this.expireAfter(deadlineMs, this.name);
  }

  protected override aborted(reason: GlowError): void {
    this.#onAbort(this, reason);
  }

  /** Runs the handler, or makes the call again where the object really is. */
  invoke(object: object): unknown {
    const { type, method } = this;
    if (type === undefined || method === undefined)
      throw new GlowError("internal", "firefly.call", { target: this.name });
    return isElsewhere(object) ? forward(this, type, method, object) : invoke(object, method, this.args, this);
  }

  /** Runs `task` once the result is there: at once if it is. */
  follow(task: () => void): void {
    if (this.state === "returned") task();
    else if (this.#followers === undefined) this.#followers = new Set([task]);
    else this.#followers.add(task);
  }

  /** The task is not needed any more: a call may be long under way, and those that wait for it come and go. */
  unfollow(task: () => void): void {
    this.#followers?.delete(task);
  }

  /** Runs `task` likewise, behind all that follow. */
  watch(task: () => void): void {
    if (this.state === "returned") task();
    else if (this.#watchers === undefined) this.#watchers = new Set([task]);
    else this.#watchers.add(task);
  }

  unwatch(task: () => void): void {
    this.#watchers?.delete(task);
  }

  /** The object at a path of the result. Throws the call's own error if it failed. */
  objectAt(path: readonly number[]): object {
    if (this.failure !== undefined) throw this.failure;
    const found = this.method?.pipeline?.follow(this.result, path);
    if (found instanceof Stub) {
      if (found.$reference !== undefined) return toTarget(found.$reference);
    } else if (typeof found === "object" && found !== null) return found;
    throw noObject(this.name);
  }

  /** It has returned: what was lent is taken back, and who waited goes on. */
  settle(): void {
    this.state = "returned";
    this.stopTimer();
    this.leaveQueue?.();
    this.leaveQueue = undefined;
    this.#takeBackLent();
    this.args = nothing;
    const followers = this.#followers;
    const watchers = this.#watchers;
    this.#followers = undefined;
    this.#watchers = undefined;
    if (followers !== undefined) for (const follower of followers) follower();
    if (watchers !== undefined) for (const watcher of watchers) watcher();
  }

  #takeBackLent(): void {
    const { lent } = this;
    if (lent.length === 0) return;
    this.lent = nothing;
    // A handler may return what it was lent: then it is the answer's, on which calls may be under way.
    const given = this.given.length === 0 ? undefined : new Set(this.given);
    for (const each of lent) if (given?.has(each) !== true) takeBack(each);
  }

  releaseGiven(): void {
    for (const given of this.given) given[Symbol.dispose]();
    this.given = nothing;
    this.result = undefined;
  }
}

/** A call to an object that is itself elsewhere: made again there, with what is left of the deadline. */
function forward(call: IncomingCall, type: Interface, method: Method, reference: Reference): Promise<unknown> {
  const { deadlineMs, signal } = call;
  const options = deadlineMs === undefined ? { signal } : { signal, deadlineMs };
  if (method.pipeline === undefined) return reference.call(type, method, call.args, options);
  return reference.ask(type, method, call.args, options).value();
}

/** What calls are made on: the object itself if it is here, else the reference to it. */
function toTarget(reference: Reference): object {
  return reference.local ?? reference;
}
