// Calls of the peer: from CALL until RETURN, and for results that pipeline until FINISH. A handler runs in the turn in
// which its call came, unless the object it is meant for is not there yet, or the pipe is so full that results would
// pile up; then the call waits, in its place in the order.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Interface } from "../codec/interface.ts";
import type { Reader } from "../codec/reader.ts";
import type { Reference } from "../codec/stub.ts";
import { type ExportTable, violation } from "./export-table.ts";
import { flag, op } from "./frame.ts";
import { type HeldReference, isElsewhere } from "./held-reference.ts";
import { IncomingCall } from "./incoming-call.ts";
import { type IncomingTable, type OwedObject, readPath } from "./incoming-table.ts";
import type { LocalObjects } from "./local-objects.ts";
import type { OutgoingTable } from "./outgoing-table.ts";
import { OwedReference, type Turns } from "./owed-reference.ts";
import type { Wire } from "./wire.ts";
import { publicError, writeError } from "./wire-error.ts";

export interface IncomingLimits {
  readonly calls: number;
  readonly callBytes: number;
}

export class IncomingCalls implements Turns {
  readonly #wire: Wire;
  readonly #exports: ExportTable;
  readonly #outgoing: OutgoingTable;
  readonly #locals: LocalObjects;
  readonly #limits: IncomingLimits;
  #incoming: IncomingTable | undefined;
  /** Calls that are not finished, by the id that the peer gave. */
  readonly #calls: (IncomingCall | undefined)[] = [];
  #size = 0;
  #bytes = 0;
  /** What waits for the pipe to have room: calls, and what must not come before them, in order. */
  readonly #parked = new Set<() => void>();
  /** Calls whose object has just arrived. A list, not recursion: a chain of answers may be thousands long. */
  readonly #arrived: (() => void)[] = [];
  #isRunningArrived = false;
  /** Handlers that go on although their callers have given up: they are not in `#calls`, and bounded like those. */
  #abandoned = 0;
  #abandonedBytes = 0;
  readonly #report: (thrown: unknown) => void;
  #isEnded = false;

  constructor(
    wire: Wire,
    exports: ExportTable,
    outgoing: OutgoingTable,
    locals: LocalObjects,
    limits: IncomingLimits,
    report: (thrown: unknown) => void,
  ) {
    this.#report = report;
    this.#wire = wire;
    this.#exports = exports;
    this.#outgoing = outgoing;
    this.#locals = locals;
    this.#limits = limits;
  }

  connect(incoming: IncomingTable): void {
    this.#incoming = incoming;
  }

  get size(): number {
    return this.#size;
  }

  get #table(): IncomingTable {
    if (this.#incoming === undefined) throw new GlowError("internal", "firefly.receive");
    return this.#incoming;
  }

  // ------------------------------------------------------------------------------------------- receiving

  onCall(reader: Reader, flags: number, isAsked: boolean): void {
    const id = reader.u32();
    if (id >= this.#limits.calls) throw violation(`call id ${id} is above the limit of ${this.#limits.calls} calls`);
    if (this.#calls[id] !== undefined) throw violation(`call ${id} is not finished and cannot be made again`);
    const target = reader.u32();
    const path = (flags & flag.toAnswer) !== 0 ? readPath(reader) : undefined;
    const named = this.#table.names.read(reader);
    const number = reader.u32();
    const deadlineMs = (flags & flag.deadline) !== 0 ? reader.u32() : undefined;
    if (deadlineMs !== undefined && deadlineMs > fireflyLimits.deadlineMs)
      throw violation(`a deadline of ${deadlineMs} ms`);
    const from = reader.payload();
    const to = reader.at;
    this.#table.read(reader, (flags & flag.table) !== 0);
    const answer = path === undefined ? undefined : this.#owed(target);
    const hosted = answer === undefined ? this.#exports.get(target) : undefined;
    const type = hosted?.type ?? answer?.method?.pipeline?.typeAt(path ?? []);
    const method = type?.hash === named ? type.methods[number] : undefined;
    const call = new IncomingCall(this.#onAbort, this.#locals.time, id, isAsked, type, method);
    call.bytes = to - from + this.#table.costBytes;
    if (this.#bytes + call.bytes > this.#limits.callBytes) {
      throw violation(`its unanswered calls hold more than ${this.#limits.callBytes} bytes`);
    }
    try {
      if (answer === undefined && hosted === undefined) throw noRoot();
      if (answer?.failure !== undefined) throw answer.failure;
      this.#checkAbandoned();
      if (method === undefined) throw unknownMethod(type, named, number);
      call.args = this.#table.decode(reader, from, to, method.parameters);
      call.lent = this.#table.takeMade();
    } catch (thrown) {
      this.#enter(call);
      this.#fail(call, GlowError.from(thrown, "firefly.call", call.name));
      return;
    } finally {
      this.#table.close();
    }
    if (deadlineMs !== undefined) call.limitTime(deadlineMs);
    if (hosted !== undefined) this.#admit(call, hosted.object);
    else if (answer !== undefined) this.#pipeline(call, answer, path ?? []);
  }

  /** A call whose answer is kept and that the peer has not finished. */
  #owed(id: number): IncomingCall {
    const call = this.#calls[id];
    if (call?.isAsked !== true) throw violation(`it names the answer of call ${id}, which it is not owed`);
    return call;
  }

  /** For the table: the object at a path of a result that this side owes. */
  readonly owedObject = (id: number, path: readonly number[]): OwedObject => {
    const call = this.#owed(id);
    const reference = new OwedReference(call, path, this.#locals, this);
    return { reference, type: call.method?.pipeline?.typeAt(path)?.hash };
  };

  #toReference(object: object): HeldReference & Reference {
    return isElsewhere(object) ? object : this.#locals.reference(object);
  }

  #pipeline(call: IncomingCall, answer: IncomingCall, path: readonly number[]): void {
    this.#enter(call);
    const arrived = (): void => {
      this.#arrived.push(() => this.#arrive(call, answer, path));
      this.#runArrived();
    };
    call.leaveQueue = () => answer.unfollow(arrived);
    answer.follow(arrived);
  }

  #arrive(call: IncomingCall, answer: IncomingCall, path: readonly number[]): void {
    if (call.state !== "waiting") return;
    try {
      this.#admit(call, answer.objectAt(path));
    } catch (thrown) {
      this.#fail(call, GlowError.from(thrown, "firefly.call", call.name));
    }
  }

  /** Runs `task` behind all calls whose objects have arrived. */
  behindArrived(task: () => void): void {
    this.#arrived.push(task);
    this.#runArrived();
  }

  /** Runs `task` when all calls have run that have come so far and that can run. */
  behindParked(task: () => void): void {
    if (this.#parked.size === 0) task();
    else this.#parked.add(task);
  }

  /** The task need not run any more: it leaves nothing behind, however long the pipe stays full. */
  unpark(task: () => void): void {
    this.#parked.delete(task);
  }

  #runArrived(): void {
    if (this.#isRunningArrived) return;
    this.#isRunningArrived = true;
    for (let next = 0; next < this.#arrived.length; next++) this.#arrived[next]?.();
    this.#arrived.length = 0;
    this.#isRunningArrived = false;
  }

  /** The object is here: run now, or when there is room for results. */
  #admit(call: IncomingCall, object: object): void {
    if (!this.#wire.congested && this.#parked.size === 0) {
      this.#run(call, object);
      return;
    }
    this.#enter(call);
    // The peer may let go of the object meanwhile; a call that was made goes on.
    const reference = this.#toReference(object);
    reference.hold();
    const go = (): void => {
      this.#run(call, object);
      reference.drop();
    };
    call.leaveQueue = () => {
      if (this.#parked.delete(go)) reference.drop();
    };
    this.#parked.add(go);
  }

  /** The pipe has room again. */
  resume(): void {
    let done = 0;
    for (const parked of this.#parked) {
      if (this.#wire.congested) return;
      this.#parked.delete(parked);
      parked();
      // Results go out as they come, so that the pipe can say when it is full.
      if ((++done & 63) === 0 || this.#wire.writer.length > fireflyLimits.sendHighWaterBytes) this.#wire.flush();
    }
  }

  onDisembargo(reader: Reader): void {
    const number = reader.u32();
    const echo = (): void => this.#wire.control(op.disembargo | flag.echo, number);
    if (this.#parked.size === 0) echo();
    else if (this.#parked.size < 2 * this.#limits.calls) this.#parked.add(echo);
    else throw violation("too many embargoes");
  }

  onFinish(reader: Reader): void {
    const id = reader.u32();
    if (id >= this.#limits.calls) throw violation(`call id ${id} is above the limit of ${this.#limits.calls} calls`);
    const call = this.#calls[id];
    // A call that has returned plainly is forgotten; its caller may have given it up in the same moment.
    if (call === undefined) return;
    call.isFinished = true;
    if (call.state === "returned") this.#leave(call);
    else
      call.abort(new GlowError("cancelled", "firefly.call", { target: call.name, message: "the caller gave it up" }));
  }

  // ------------------------------------------------------------------------------------------- running

  #enter(call: IncomingCall): void {
    if (call.isEntered) return;
    call.isEntered = true;
    this.#bytes += call.bytes;
    this.#calls[call.id] = call;
    this.#size++;
  }

  #leave(call: IncomingCall): void {
    if (!call.isEntered) return;
    call.isEntered = false;
    this.#calls[call.id] = undefined;
    this.#size--;
    call.releaseGiven();
  }

  #run(call: IncomingCall, object: object): void {
    call.state = "running";
    let result: unknown;
    try {
      result = call.invoke(object);
    } catch (thrown) {
      this.#enter(call);
      this.#failHandled(call, thrown);
      return;
    }
    if (isThenable(result)) {
      this.#enter(call);
      result.then(
        (value) => {
          this.#handled(call);
          this.#succeed(call, value);
        },
        (thrown: unknown) => {
          this.#handled(call);
          this.#failHandled(call, thrown);
        },
      );
      return;
    }
    if (call.isAsked) this.#enter(call);
    this.#succeed(call, result);
  }

  #succeed(call: IncomingCall, value: unknown): void {
    if (call.state === "returned" || this.#isEnded) {
      if (call.method !== undefined) this.#outgoing.discard(call.method.result, value);
      return;
    }
    const { method } = call;
    if (method === undefined) return;
    const { writer } = this.#wire;
    const mark = writer.mark();
    try {
      this.#outgoing.begin(true);
      writer.reserve(1);
      const slab = writer.bytes;
      const opAt = writer.at++;
      writer.varint(call.id);
      const length = writer.beginLength();
      method.result.write(writer, value);
      writer.endLength(length);
      slab[opAt] = op.return | (this.#outgoing.finish(writer) ? flag.table : 0);
    } catch (thrown) {
      writer.rewind(mark);
      this.#outgoing.rollback();
      this.#fail(call, GlowError.from(thrown, "firefly.return", call.name));
      return;
    }
    call.given = this.#outgoing.takeGiven();
    if (method.pipeline !== undefined) call.result = value;
    this.#returned(call);
  }

  #failHandled(call: IncomingCall, thrown: unknown): void {
    if (!(thrown instanceof GlowError)) this.#report(thrown);
    this.#fail(call, publicError(thrown, call.name));
  }

  #fail(call: IncomingCall, error: GlowError): void {
    if (call.state === "returned" || this.#isEnded) return;
    call.failure = error;
    this.#writeError(call.id, error);
    this.#returned(call);
  }

  #writeError(id: number, error: GlowError): void {
    const { writer } = this.#wire;
    writer.u8(op.return | flag.error);
    writer.varint(id);
    const length = writer.beginLength();
    writeError(writer, error);
    writer.endLength(length);
    this.#wire.touch();
  }

  #returned(call: IncomingCall): void {
    if (call.isEntered) this.#bytes -= call.bytes;
    call.settle();
    this.#wire.touch();
    if (!call.isAsked || call.isFinished) {
      if (call.isEntered) this.#leave(call);
      else call.releaseGiven();
    }
  }

  /** The caller gave up, or the time is over: answered at once; whatever the handler still returns is thrown away. */
  readonly #onAbort = (call: IncomingCall, reason: GlowError): void => {
    if (call.state === "returned") return;
    if (call.state === "running") {
      call.isAbandoned = true;
      this.#abandoned++;
      this.#abandonedBytes += call.bytes;
    }
    this.#fail(call, reason);
  };

  /** A peer that makes calls and gives them up at once must not keep more handlers busy than one that waits. */
  #checkAbandoned(): void {
    if (this.#abandoned < this.#limits.calls && this.#abandonedBytes < this.#limits.callBytes) return;
    throw new GlowError("exhausted", "firefly.call", {
      message: `${this.#abandoned} calls that were given up are still being worked on; wait for some of them to end`,
    });
  }

  /** Its handler is done. */
  #handled(call: IncomingCall): void {
    if (!call.isAbandoned) return;
    call.isAbandoned = false;
    this.#abandoned--;
    this.#abandonedBytes -= call.bytes;
  }

  /** The session is over: handlers are told that nobody waits. */
  end(reason: GlowError): void {
    this.#isEnded = true;
    for (const call of this.#calls.splice(0)) {
      if (call === undefined) continue;
      call.isEntered = false;
      if (call.state !== "returned") call.abort(reason);
      call.settle();
      call.releaseGiven();
    }
    // Calls have left by now, and those who wait behind them go on.
    for (const parked of this.#parked) parked();
    this.#parked.clear();
    this.#size = 0;
    this.#bytes = 0;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** For calls on the root of a side that has none, which its peer cannot know when it sends its first calls. */
function noRoot(): GlowError {
  return new GlowError("not-found", "firefly.call", { target: "root", message: "the peer offers no root object" });
}

function unknownMethod(type: Interface | undefined, named: string, number: number): GlowError {
  const message =
    type === undefined
      ? "there is no object at this place of the result"
      : type.hash === named
        ? `${type.name} has no method number ${number}`
        : `the object is a ${type.name} of version ${type.hash.slice(2, 10)}; the call was meant for ${named.slice(2, 10)}`;
  return new GlowError("unsupported", "firefly.call", { target: type?.name, message });
}
