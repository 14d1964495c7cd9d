// A Firefly session: two peers, each with a root object if it offers one, and every reference between them, over one
// Pipe. This file joins the parts and hands each frame to the one that it is for.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { LeakWatch, Pipe } from "#glow";
import type { Interface } from "../codec/interface.ts";
import { Reader } from "../codec/reader.ts";
import type { Stub, StubClass } from "../codec/stub.ts";
import type { CallClock } from "./call-context.ts";
import { ExportTable, rootId, violation } from "./export-table.ts";
import { flag, floor, magic, op, version } from "./frame.ts";
import { isElsewhere } from "./held-reference.ts";
import { ImportTable } from "./import-table.ts";
import { IncomingCalls } from "./incoming-calls.ts";
import { IncomingStreams } from "./incoming-streams.ts";
import { IncomingTable } from "./incoming-table.ts";
import { LocalObjects } from "./local-objects.ts";
import { OutgoingCalls } from "./outgoing-calls.ts";
import { OutgoingStreams } from "./outgoing-streams.ts";
import { OutgoingTable } from "./outgoing-table.ts";
import { Wire } from "./wire.ts";
import { readError, writeError } from "./wire-error.ts";

/** An object and the interface under which it is offered: made with `offer`. */
export interface Root {
  readonly type: Interface;
  readonly object: object;
}

/** An object to be a root. The compiler sees to it that it implements the interface. */
export function offer<Target extends object>(type: Interface<Target>, object: NoInfer<Target>): Root {
  return { type, object };
}

export interface SessionOptions extends CallClock {
  /** What the peer can call first. Without it this side only calls. */
  readonly root?: Root;
  /** Reports stubs that were dropped without being released. */
  readonly leaks?: LeakWatch | undefined;
  /** Told what nobody else would hear of: handlers and clean-ups that failed with something else than a GlowError. */
  readonly onDefect?: (error: GlowError) => void;
  /** What the peer may have open at once; stated to it. At least the protocol's floor. */
  readonly limits?: Partial<SessionLimits>;
}

export interface SessionLimits {
  readonly calls: number;
  readonly callBytes: number;
  readonly streams: number;
}

/** How much a session holds: all zero when everything was released. */
export interface SessionSizes {
  readonly outgoingCalls: number;
  readonly incomingCalls: number;
  readonly exports: number;
  readonly imports: number;
  readonly outgoingStreams: number;
  readonly incomingStreams: number;
}

export class FireflySession implements Disposable {
  /** Resolves when the session is over, with why. Never rejects. */
  readonly closed: Promise<GlowError>;
  readonly #options: SessionOptions;
  readonly #limits: SessionLimits;
  readonly #wire: Wire;
  readonly #reader = new Reader(new Uint8Array(0));
  readonly #exports: ExportTable;
  readonly #imports: ImportTable;
  readonly #locals: LocalObjects;
  readonly #outgoing: OutgoingTable;
  readonly #incoming: IncomingTable;
  readonly #outgoingStreams: OutgoingStreams;
  readonly #incomingStreams: IncomingStreams;
  readonly #outgoingCalls: OutgoingCalls;
  readonly #incomingCalls: IncomingCalls;
  readonly #resolveClosed: (reason: GlowError) => void;
  #endReason: GlowError | undefined;
  #hasHello = false;

  /** Takes over the pipe, in the turn in which it was obtained. */
  constructor(pipe: Pipe, options: SessionOptions) {
    this.#options = options;
    this.#limits = statedLimits(options.limits);
    const closed = Promise.withResolvers<GlowError>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    const calls = (): OutgoingCalls => this.#outgoingCalls;
    this.#wire = new Wire(pipe, options.timers);
    this.#exports = new ExportTable(this.#dropExport);
    this.#locals = new LocalObjects(options, options.leaks, this.#exports, this.#dispose);
    this.#imports = new ImportTable(calls, options.leaks, this.#releaseImport);
    this.#outgoingStreams = new OutgoingStreams(this.#wire);
    this.#incomingStreams = new IncomingStreams(this.#wire, this.#limits.streams);
    this.#outgoing = new OutgoingTable(this.#wire, this.#exports, this.#outgoingStreams, calls);
    this.#incomingCalls = new IncomingCalls(
      this.#wire,
      this.#exports,
      this.#outgoing,
      this.#locals,
      this.#limits,
      this.#report,
    );
    this.#incoming = new IncomingTable(
      this.#exports,
      this.#imports,
      this.#incomingStreams,
      this.#incomingCalls.owedObject,
      this.#locals,
    );
    this.#outgoingCalls = new OutgoingCalls(this.#wire, this.#outgoing, this.#incoming, this.#locals);
    this.#outgoingStreams.connect(this.#outgoing);
    this.#incomingStreams.connect(this.#incoming);
    this.#incomingCalls.connect(this.#incoming);
    this.#wire.connect(this.#outgoingStreams, () => {
      this.#end(new GlowError("exhausted", "firefly.send", { message: "the peer does not read what it is sent" }));
    });
    this.#wire.writer.sink = this.#outgoing;
    this.#writeHello();
    pipe.attach({
      packet: (bytes, start, end) => this.#packet(bytes, start, end),
      drained: () => this.#drained(),
      closed: (reason) => this.#end(reason, true),
    });
  }

  /** The peer's root object, which has to be of this interface: if it is not, calls fail with `unsupported`. */
  root<Of extends Stub>(type: StubClass<Of>): Of {
    return new type(this.#imports.root(rootId));
  }

  get sizes(): SessionSizes {
    return {
      outgoingCalls: this.#outgoingCalls.size,
      incomingCalls: this.#incomingCalls.size,
      exports: this.#exports.size,
      imports: this.#imports.size,
      outgoingStreams: this.#outgoingStreams.size,
      incomingStreams: this.#incomingStreams.size,
    };
  }

  /** Ends the session: calls under way fail with the reason, on both sides. */
  close(
    reason: GlowError = new GlowError("disconnected", "firefly.close", { message: "the session was closed" }),
  ): void {
    this.#end(reason);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #writeHello(): void {
    const { writer } = this.#wire;
    const { root } = this.#options;
    writer.u8(op.hello | (root === undefined ? 0 : flag.root));
    for (const byte of magic) writer.u8(byte);
    writer.varint(version);
    writer.varint(this.#limits.calls);
    writer.varint(this.#limits.callBytes);
    writer.varint(this.#limits.streams);
    if (root !== undefined) {
      this.#exports.setRoot(root.object, root.type);
      this.#outgoing.names.write(writer, root.type);
    }
    this.#wire.touch();
  }

  // ------------------------------------------------------------------------------------------- receiving

  #packet(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    reader.reset(bytes, start, end);
    try {
      while (reader.at < reader.end && this.#endReason === undefined) this.#frame(reader);
    } catch (thrown) {
      const error = GlowError.from(thrown, "firefly.receive");
      this.#end(error.kind === "invalid" ? violation(`a frame is cut off or malformed (${error.message})`) : error);
    }
  }

  #frame(reader: Reader): void {
    const first = reader.u8();
    const code = first & 0x1f;
    const flags = first & 0xe0;
    if (!this.#hasHello && code !== op.hello) throw violation("its first frame is not HELLO");
    switch (code) {
      case op.call:
        return this.#incomingCalls.onCall(reader, flags, false);
      case op.ask:
        return this.#incomingCalls.onCall(reader, flags, true);
      case op.return:
        return this.#outgoingCalls.onReturn(reader, flags);
      case op.finish:
        return this.#incomingCalls.onFinish(reader);
      case op.release:
        return this.#onRelease(reader);
      case op.disembargo:
        if ((flags & flag.echo) === 0) return this.#incomingCalls.onDisembargo(reader);
        return this.#onDisembargoEcho(reader);
      case op.data:
        return this.#incomingStreams.onData(reader, flags);
      case op.end:
        return this.#incomingStreams.onEnd(reader, flags);
      case op.credit:
        return this.#outgoingStreams.onCredit(reader);
      case op.stop:
        return this.#outgoingStreams.onStop(reader);
      case op.hello:
        return this.#onHello(reader, flags);
      case op.goaway:
        return this.#onGoaway(reader);
      default:
        throw violation(`frame ${code} is unknown`);
    }
  }

  #onHello(reader: Reader, flags: number): void {
    if (this.#hasHello) throw violation("it says HELLO twice");
    for (const byte of magic) if (reader.u8() !== byte) throw violation("it does not speak Firefly");
    const theirs = reader.u32();
    if (theirs !== version) {
      throw new GlowError("unsupported", "firefly.hello", {
        message: `the peer speaks version ${theirs} of Firefly, this side version ${version}; update the older one`,
      });
    }
    const { allowance } = this.#outgoingCalls;
    allowance.calls = Math.max(allowance.calls, reader.u32());
    allowance.callBytes = Math.max(allowance.callBytes, reader.u32());
    this.#outgoingStreams.allowance = Math.max(this.#outgoingStreams.allowance, reader.u32());
    if ((flags & flag.root) !== 0) this.#incoming.names.read(reader);
    this.#hasHello = true;
  }

  #onRelease(reader: Reader): void {
    const id = reader.u32();
    this.#exports.release(id, reader.u32());
  }

  #onDisembargoEcho(reader: Reader): void {
    const question = this.#outgoingCalls.onDisembargoEcho(reader);
    // What took the long way is here, but may have to wait yet.
    this.#incomingCalls.behindParked(() => question.lift());
  }

  #onGoaway(reader: Reader): void {
    const from = reader.payload();
    const error = this.#incoming.decode(reader, from, reader.at, { write: () => undefined, read: readError });
    this.#end(
      new GlowError(error.kind, "firefly.goaway", { message: `the peer ended the session: ${error.message}` }),
      true,
    );
  }

  #drained(): void {
    this.#wire.congested = false;
    this.#incomingCalls.resume();
    this.#wire.flush();
  }

  // ------------------------------------------------------------------------------------------- releasing

  readonly #report = (thrown: unknown): void => {
    this.#options.onDefect?.(GlowError.from(thrown, "firefly.handle"));
  };

  /** The peer holds the object no longer; if it was given away, nobody else will clean it up. */
  readonly #dropExport = (object: object, given: boolean): void => {
    if (isElsewhere(object)) object.drop();
    else if (given) this.#locals.give(object);
  };

  readonly #dispose = (object: Partial<Disposable & AsyncDisposable>): void => {
    try {
      if (Symbol.dispose in object) object[Symbol.dispose]?.();
      else object[Symbol.asyncDispose]?.().then(undefined, this.#report);
    } catch (thrown) {
      this.#report(thrown);
    }
  };

  readonly #releaseImport = (id: number, count: number): void => {
    if (this.#endReason !== undefined) return;
    this.#wire.control(op.release, id, count);
  };

  #end(reason: GlowError, byPeer = false): void {
    if (this.#endReason !== undefined) return;
    // A getter of a value that is being sent has closed the session: its frame is finished first.
    if (this.#wire.isInPayload) return this.#options.timers.endOfTurn(() => this.#end(reason, byPeer));
    this.#endReason = reason;
    this.#wire.end(
      byPeer
        ? undefined
        : (writer) => {
            writer.u8(op.goaway);
            const length = writer.beginLength();
            writeError(writer, reason);
            writer.endLength(length);
          },
    );
    this.#outgoingCalls.end(reason);
    this.#incomingCalls.end(reason);
    // What the frame that was being read has brought so far.
    this.#incoming.close();
    this.#incomingStreams.end(reason);
    this.#outgoingStreams.end();
    this.#imports.clear();
    this.#exports.clear();
    this.#resolveClosed(reason);
  }
}

/** What the peer is told that it may have open; `invalid` below what every implementation has to allow. */
function statedLimits(wanted: Partial<SessionLimits> | undefined): SessionLimits {
  const limits: SessionLimits = { ...fireflyLimits, ...wanted };
  for (const name of ["calls", "callBytes", "streams"] as const) {
    if (Number.isInteger(limits[name]) && limits[name] >= floor[name] && limits[name] < 2 ** 32) continue;
    throw new GlowError("invalid", "firefly.open", {
      target: name,
      message: `a session has to allow ${floor[name]} ${name} at least, and less than 2^32, not ${limits[name]}`,
    });
  }
  return limits;
}
