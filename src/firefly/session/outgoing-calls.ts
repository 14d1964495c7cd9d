// Calls of this side: from CALL until the RETURN has come. A plain call costs two frames, CALL and RETURN. A call
// whose result pipelines costs a FINISH more, as the other side keeps the answer until told that no more calls on it
// are under way.

import { GlowError } from "#base/errors.ts";
import type { Interface, Method } from "../codec/interface.ts";
import type { Reader } from "../codec/reader.ts";
import type { CallOptions } from "../codec/stub.ts";
import { refusal } from "./call-context.ts";
import { violation } from "./export-table.ts";
import { flag, floor, op } from "./frame.ts";
import type { IncomingTable } from "./incoming-table.ts";
import type { LocalObjects } from "./local-objects.ts";
import { type OutgoingTable, writePath } from "./outgoing-table.ts";
import { nameOf, Question } from "./question.ts";
import type { AnswerReference } from "./reference.ts";
import type { Wire } from "./wire.ts";
import { readError } from "./wire-error.ts";

/** What the peer allows. */
export interface CallAllowance {
  calls: number;
  callBytes: number;
}

export class OutgoingCalls {
  readonly allowance: CallAllowance = { calls: floor.calls, callBytes: floor.callBytes };
  readonly locals: LocalObjects;
  readonly #wire: Wire;
  readonly #outgoing: OutgoingTable;
  readonly #incoming: IncomingTable;
  readonly #questions: (Question | undefined)[] = [];
  readonly #free: number[] = [];
  #bytes = 0;
  readonly #embargoes: { readonly number: number; readonly question: Question }[] = [];
  #nextEmbargo = 0;
  #ended: GlowError | undefined;

  constructor(wire: Wire, outgoing: OutgoingTable, incoming: IncomingTable, locals: LocalObjects) {
    this.#wire = wire;
    this.#outgoing = outgoing;
    this.#incoming = incoming;
    this.locals = locals;
  }

  get size(): number {
    return this.#questions.length - this.#free.length;
  }

  /**
   * Calls a method of export `target` of the peer or, if `at` is given, of the object at its path in the answer of
   * call `target`. What is wrong with the call shows in the question, never as a throw.
   */
  send(
    target: number,
    at: AnswerReference | undefined,
    type: Interface,
    method: Method,
    args: readonly unknown[],
    options: CallOptions | undefined,
  ): Question {
    const question = new Question(this, type, method);
    const refused = this.#refusal(question, options);
    if (refused !== undefined) {
      question.fail(refused);
      return question;
    }
    try {
      this.#outgoing.begin(false);
    } catch (thrown) {
      question.fail(GlowError.from(thrown, "firefly.call", nameOf(type, method)));
      return question;
    }
    // Taken only when the frame is whole: what fails before has used no id.
    const isReused = this.#free.length > 0;
    const id = isReused ? (this.#free[this.#free.length - 1] as number) : this.#questions.length;
    const { writer } = this.#wire;
    const mark = writer.mark();
    try {
      writer.reserve(1);
      const slab = writer.bytes;
      const opAt = writer.at++;
      let flags = at === undefined ? 0 : flag.toAnswer;
      writer.varint(id);
      writer.varint(target);
      if (at !== undefined) writePath(writer, at.path);
      this.#outgoing.names.write(writer, type);
      writer.varint(method.number);
      if (options?.deadlineMs !== undefined) {
        flags |= flag.deadline;
        writer.varint(Math.ceil(options.deadlineMs));
      }
      const length = writer.beginLength();
      method.parameters.write(writer, args);
      question.bytes = writer.endLength(length) + this.#outgoing.costBytes;
      if (this.#bytes + question.bytes > this.allowance.callBytes) throw this.#tooMuch(question);
      if (this.#outgoing.finish(writer)) flags |= flag.table;
      slab[opAt] = (method.pipeline === undefined ? op.call : op.ask) | flags;
    } catch (thrown) {
      writer.rewind(mark);
      this.#outgoing.rollback();
      question.fail(GlowError.from(thrown, "firefly.call", nameOf(type, method)));
      return question;
    }
    if (isReused) this.#free.pop();
    this.#bytes += question.bytes;
    if (at !== undefined) at.question.pipelined = true;
    question.id = id;
    this.#questions[id] = question;
    if (options !== undefined) this.#watch(question, options);
    this.#wire.touch();
    return question;
  }

  #refusal(question: Question, options: CallOptions | undefined): GlowError | undefined {
    if (this.#ended !== undefined) return this.#ended;
    const refused = options === undefined ? undefined : refusal(options, nameOf(question.type, question.method));
    if (refused !== undefined) return refused;
    if (this.size >= this.allowance.calls) {
      return question.error(
        "exhausted",
        `${this.size} calls are unanswered, as many as the peer allows; await some first`,
      );
    }
    return undefined;
  }

  #tooMuch(question: Question): GlowError {
    const { callBytes } = this.allowance;
    return question.error(
      "exhausted",
      `unanswered calls hold ${callBytes} bytes, as many as the peer allows; await some first`,
    );
  }

  #watch(question: Question, options: CallOptions): void {
    const { signal, deadlineMs } = options;
    if (deadlineMs !== undefined) {
      question.timer = this.locals.time.timers.after(deadlineMs, () => {
        this.cancel(question, question.error("deadline", `no answer within ${deadlineMs} ms`));
      });
    }
    if (signal !== undefined) {
      const onAbort = (): void => this.cancel(question, question.error("cancelled", "the call was given up"));
      signal.addEventListener("abort", onAbort);
      question.unlisten = () => signal.removeEventListener("abort", onAbort);
    }
  }

  /** The caller gives up: the other side is told, and its RETURN will be thrown away. */
  cancel(question: Question, reason: GlowError): void {
    if (question.isDone) return;
    const hasReturned = question.isEmbargoed;
    question.fail(reason);
    if (hasReturned) return;
    question.finishSent = true;
    this.#wire.control(op.finish, question.id);
  }

  onReturn(reader: Reader, flags: number): void {
    const id = reader.u32();
    const question = this.#questions[id];
    if (question === undefined) throw violation(`it returns call ${id}, which was not made`);
    const from = reader.payload();
    const to = reader.at;
    this.#incoming.read(reader, (flags & flag.table) !== 0);
    this.#questions[id] = undefined;
    this.#free.push(id);
    this.#bytes -= question.bytes;
    if (question.method.pipeline !== undefined && !question.finishSent) this.#wire.control(op.finish, id);
    if (!question.isDone) this.#settle(question, reader, flags, from, to);
    this.#incoming.close();
  }

  #settle(question: Question, reader: Reader, flags: number, from: number, to: number): void {
    let value: unknown;
    try {
      value = this.#incoming.decode(reader, from, to, (flags & flag.error) !== 0 ? errorCodec : question.method.result);
    } catch (thrown) {
      question.fail(GlowError.from(thrown, "firefly.return", nameOf(question.type, question.method)));
      return;
    }
    if ((flags & flag.error) !== 0) {
      question.fail(value as GlowError);
      return;
    }
    const stubs = this.#incoming.takeMade();
    // An object of our own came back, and calls made on it before are still on their way around: nothing may
    // overtake them, so it is settled only when the peer says that it has sent them all.
    const isEmbargoed = question.pipelined && this.#incoming.hadOwn;
    question.succeed(value, stubs, isEmbargoed);
    if (isEmbargoed) this.#askForEcho(question);
  }

  /** Asks the peer to answer behind all it has sent so far. */
  #askForEcho(question: Question): void {
    const number = this.#nextEmbargo;
    this.#nextEmbargo = (number + 1) >>> 0;
    this.#embargoes.push({ number, question });
    this.#wire.control(op.disembargo, number);
  }

  /** The call whose result need not be held back any more. */
  onDisembargoEcho(reader: Reader): Question {
    const number = reader.u32();
    const embargo = this.#embargoes.shift();
    if (embargo?.number !== number) throw violation(`it lifts embargo ${number} out of turn`);
    return embargo.question;
  }

  /** The session is over: no call will be answered any more. */
  end(reason: GlowError): void {
    this.#ended = reason;
    for (const { question } of this.#embargoes.splice(0)) question.lift();
    const questions = this.#questions.splice(0);
    this.#free.length = 0;
    for (const question of questions) question?.fail(question.error(reason.kind, reason.message, reason));
  }
}

const errorCodec = {
  write: (): never => {
    throw new GlowError("internal", "firefly.return");
  },
  read: readError,
};
