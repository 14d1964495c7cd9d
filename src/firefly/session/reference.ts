// What stubs point at: an object of the peer (ImportReference), or an object that a call still owes (AnswerReference).
// Objects that have to be waited for are in promise-reference.ts, objects of this process in local-reference.ts.

import type { LeakWatch } from "#glow";
import type { Interface, Method } from "../codec/interface.ts";
import type { Answer, CallOptions, Reference } from "../codec/stub.ts";
import { EventualReference, HeldReference } from "./held-reference.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import { failedAnswer } from "./promise-reference.ts";
import type { Question } from "./question.ts";

/** An object that the peer hosts. */
export class ImportReference extends HeldReference implements Reference {
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

  readonly isSettled = true;
  readonly local = undefined;

  settled(): Promise<void> {
    return Promise.resolve();
  }

  call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.calls.send(this.id, undefined, type, method, args, options).value();
  }

  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    return this.calls.send(this.id, undefined, type, method, args, options);
  }

  protected override held(): void {}

  protected override released(): void {
    this.#released(this);
  }
}

/** An object in the result of a call that has not returned yet. Calls on it are sent at once, behind that call. */
export class AnswerReference extends EventualReference {
  readonly question: Question;
  readonly path: readonly number[];

  constructor(question: Question, path: readonly number[], leaks: LeakWatch | undefined) {
    super(leaks);
    this.question = question;
    this.path = path;
  }

  call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    if (this.target !== undefined) return this.target.call(type, method, args, options);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return this.question.calls.send(this.question.id, this, type, method, args, options).value();
  }

  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    if (this.target !== undefined) return this.target.ask(type, method, args, options);
    if (this.failure !== undefined) return failedAnswer(this.failure, this.question.calls.locals);
    return this.question.calls.send(this.question.id, this, type, method, args, options);
  }
}
