// The table of a frame under way out: gives each capability and stream that the payload mentions an index. If the
// payload turns out not to be writable, all that was listed is taken back.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, Codec, Interface, StreamCodec } from "../codec/interface.ts";
import type { StreamSource } from "../codec/stream.ts";
import { type Reference, Stub } from "../codec/stub.ts";
import { type CapabilitySink, mismatch, type Writer } from "../codec/writer.ts";
import type { Export, ExportTable } from "./export-table.ts";
import { entry } from "./frame.ts";
import { EventualReference, isElsewhere } from "./held-reference.ts";
import { OutgoingInterfaceNames } from "./interface-names.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import type { OutgoingStreams } from "./outgoing-streams.ts";
import { AnswerReference, ImportReference } from "./reference.ts";
import type { Wire } from "./wire.ts";

export type Listed =
  | { kind: typeof entry.export; item: Export; becameGiven: boolean }
  | { kind: typeof entry.import; item: ImportReference }
  | { kind: typeof entry.answer; item: AnswerReference }
  | { kind: typeof entry.stream; item: number }
  | { kind: typeof unsent; item: object };

/** An object that was to be given away and that cannot be listed. */
const unsent = -1;

const nothing: readonly Stub[] = [];

export class OutgoingTable implements CapabilitySink {
  readonly names = new OutgoingInterfaceNames();
  readonly #exports: ExportTable;
  readonly #streams: OutgoingStreams;
  /** Which references are the peer's own: those whose calls go to it. */
  readonly #calls: () => OutgoingCalls;
  readonly #wire: Wire;
  readonly #listed: Listed[] = [];
  #given: Stub[] = [];
  #namesBefore = 0;
  #isGiving = false;
  #failure: GlowError | undefined;

  constructor(wire: Wire, exports: ExportTable, streams: OutgoingStreams, calls: () => OutgoingCalls) {
    this.#wire = wire;
    this.#exports = exports;
    this.#streams = streams;
    this.#calls = calls;
  }

  /** How many objects and streams the frame under way has listed. */
  get size(): number {
    return this.#listed.length;
  }

  /** What these count beyond their bytes. */
  get costBytes(): number {
    return this.#listed.length * fireflyLimits.entryCostBytes;
  }

  /** Begins a frame. In a result, objects are given away; in arguments, they are lent. */
  begin(isGiving: boolean): void {
    this.#wire.beginPayload();
    this.#isGiving = isGiving;
    this.#namesBefore = this.names.size;
  }

  /** Why the payload cannot be sent: what it gives away behind that is listed all the same, to be given up with it. */
  get failure(): GlowError | undefined {
    return this.#failure;
  }

  capability(codec: CapabilityCodec, value: object): number {
    try {
      return this.#list(codec, value);
    } catch (thrown) {
      if (!this.#isGiving) throw thrown;
      this.#failure ??= GlowError.from(thrown, "value.encode");
      if (!(value instanceof Stub)) this.#listed.push({ kind: unsent, item: value });
      return 0;
    }
  }

  #list(codec: CapabilityCodec, value: object): number {
    if (this.#isGiving && value instanceof Stub) this.#given.push(value);
    this.#room();
    const type = codec.interface();
    if (!(value instanceof Stub)) return this.#listExport(value, type, this.#isGiving);
    const reference = value.$reference;
    if (value.$interface.hash !== type.hash) throw mismatch(type.name, value.$interface.name);
    if (reference === undefined) throw mismatch(`a live ${type.name}`, "one that was released before");
    return this.#listReference(reference, type);
  }

  stream(codec: StreamCodec, source: StreamSource<unknown>): number {
    this.#room();
    const id = this.#streams.open(codec, source, this.#isGiving);
    return this.#listed.push({ kind: entry.stream, item: id }) - 1;
  }

  #room(): void {
    if (this.#listed.length < fireflyLimits.capabilitiesPerPayload) return;
    throw new GlowError("too-large", "value.encode", {
      message: `one value holds at most ${fireflyLimits.capabilitiesPerPayload} objects and streams`,
    });
  }

  #listReference(reference: Reference, type: Interface): number {
    const calls = this.#calls();
    if (reference instanceof ImportReference && reference.calls === calls) {
      return this.#listed.push({ kind: entry.import, item: reference }) - 1;
    }
    if (reference instanceof EventualReference) {
      if (reference.failure !== undefined) throw reference.failure;
      if (reference.target !== undefined) return this.#listReference(reference.target, type);
    }
    if (reference instanceof AnswerReference && reference.question.calls === calls) {
      reference.question.pipelined = true;
      return this.#listed.push({ kind: entry.answer, item: reference }) - 1;
    }
    // Hosted here, or reached through another session: then this side stands in between.
    // Giving a stub away gives this handle, not the object.
    return this.#listExport(reference.local ?? reference, type, false);
  }

  #listExport(object: object, type: Interface, isGiven: boolean): number {
    const item = this.#exports.add(object, type);
    const becameGiven = isGiven && this.#exports.give(item);
    if (item.count === 1 && isElsewhere(object)) object.hold();
    return this.#listed.push({ kind: entry.export, item, becameGiven }) - 1;
  }

  /** Writes the table behind the payload; false if there is nothing to write. Throws what `failure` says. */
  finish(writer: Writer): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    const listed = this.#listed;
    const isNeeded = listed.length > 0;
    if (isNeeded) {
      writer.varint(listed.length);
      for (const each of listed) this.#writeEntry(writer, each);
      listed.length = 0;
    }
    this.#wire.endPayload();
    return isNeeded;
  }

  #writeEntry(writer: Writer, { kind, item }: Listed): void {
    writer.u8(kind);
    if (kind === entry.export) {
      writer.varint(item.id);
      this.names.write(writer, item.type);
    } else if (kind === entry.import) {
      writer.varint(item.id);
    } else if (kind === entry.answer) {
      writer.varint(item.question.id);
      writePath(writer, item.path);
    } else if (kind === entry.stream) {
      writer.varint(item);
    }
  }

  /** The frame will not be sent, and was taken out of the writer: what its payload gave away is given up. */
  rollback(): void {
    this.names.truncate(this.#namesBefore);
    const given = this.takeGiven();
    const listed = this.cut(0);
    this.#wire.endPayload();
    this.giveUp(listed);
    for (const stub of given) stub[Symbol.dispose]();
  }

  /** Takes out of the frame under way all but the first `size` of what it lists. */
  cut(size: number): readonly Listed[] {
    this.#failure = undefined;
    return this.#listed.splice(size);
  }

  /** What was listed will not be sent. This may run others' code, which may write frames of its own. */
  giveUp(listed: readonly Listed[]): void {
    const refused = new Set(listed.flatMap(({ kind, item }) => (kind === unsent ? [item] : [])));
    for (const object of refused) this.#exports.refuse(object);
    for (const each of listed) {
      if (each.kind === entry.export) {
        const { item, becameGiven } = each;
        if (becameGiven && item.count > 1) item.given = false;
        this.#exports.takeBack(item);
      } else if (each.kind === entry.stream) {
        this.#streams.forget(each.item);
      }
    }
  }

  /** A value that was given, and that nobody waits for any more: given up as if it had been sent and released. */
  discard(codec: Codec, value: unknown): void {
    if (this.#wire.isInPayload) return;
    const { writer } = this.#wire;
    this.begin(true);
    const mark = writer.mark();
    try {
      codec.write(writer, value);
    } catch {
      // It is not of its type; what came before that is given up all the same.
    }
    writer.rewind(mark);
    this.rollback();
  }

  /** The stubs given away with the last frame: to be released once the peer cannot refer to them any more. */
  takeGiven(): readonly Stub[] {
    const given = this.#given;
    if (given.length === 0) return nothing;
    this.#given = [];
    return given;
  }
}

/** A path of field numbers into a result. */
export function writePath(writer: Writer, path: readonly number[]): void {
  if (path.length > fireflyLimits.pathSteps) {
    throw new GlowError("too-large", "value.encode", {
      message: `an object ${path.length} levels down in a result cannot be called before the result is here; await it`,
    });
  }
  writer.varint(path.length);
  for (const step of path) writer.varint(step);
}
