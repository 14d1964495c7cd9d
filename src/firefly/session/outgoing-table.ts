// The table of a frame under way out: gives each capability and stream that the payload mentions an index. If the
// payload turns out not to be writable, all that was listed is taken back.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, Interface, StreamCodec } from "../codec/interface.ts";
import type { StreamSource } from "../codec/stream.ts";
import { type Reference, Stub } from "../codec/stub.ts";
import { type CapabilitySink, mismatch, type Writer } from "../codec/writer.ts";
import type { Export, ExportTable } from "./export-table.ts";
import { entry } from "./frame.ts";
import { OutgoingInterfaceNames } from "./interface-names.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import type { OutgoingStreams } from "./outgoing-streams.ts";
import { AnswerReference, HeldReference, ImportReference } from "./reference.ts";
import type { Wire } from "./wire.ts";

type Listed =
  | { kind: typeof entry.export; item: Export }
  | { kind: typeof entry.import; item: ImportReference }
  | { kind: typeof entry.answer; item: AnswerReference }
  | { kind: typeof entry.stream; item: number };

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

  constructor(wire: Wire, exports: ExportTable, streams: OutgoingStreams, calls: () => OutgoingCalls) {
    this.#wire = wire;
    this.#exports = exports;
    this.#streams = streams;
    this.#calls = calls;
  }

  /** Begins a frame. In a result, objects are given away; in arguments, they are lent. */
  begin(isGiving: boolean): void {
    this.#wire.beginPayload();
    this.#isGiving = isGiving;
    this.#namesBefore = this.names.size;
  }

  capability(codec: CapabilityCodec, value: object): number {
    this.#room();
    const type = codec.interface();
    if (!(value instanceof Stub)) return this.#listExport(value, type);
    const reference = value.$reference;
    if (value.$interface.hash !== type.hash) throw mismatch(type.name, value.$interface.name);
    if (reference === undefined) throw mismatch(`a live ${type.name}`, "one that was released before");
    if (this.#isGiving) this.#given.push(value);
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
    if (reference instanceof AnswerReference) {
      if (reference.failure !== undefined) throw reference.failure;
      if (reference.target !== undefined) return this.#listReference(reference.target, type);
      if (reference.question.calls === calls) {
        reference.question.pipelined = true;
        return this.#listed.push({ kind: entry.answer, item: reference }) - 1;
      }
    }
    // Hosted here, or reached through another session: then this side stands in between.
    return this.#listExport(reference.local ?? reference, type);
  }

  #listExport(object: object, type: Interface): number {
    const item = this.#exports.add(object, type, this.#isGiving);
    if (item.count === 1 && object instanceof HeldReference) object.hold();
    return this.#listed.push({ kind: entry.export, item }) - 1;
  }

  /** Writes the table behind the payload; false if there is nothing to write. */
  finish(writer: Writer): boolean {
    this.#wire.endPayload();
    if (this.#listed.length === 0) return false;
    writer.varint(this.#listed.length);
    for (const { kind, item } of this.#listed) {
      writer.u8(kind);
      if (kind === entry.export) {
        writer.varint(item.id);
        this.names.write(writer, item.type);
      } else if (kind === entry.import) {
        writer.varint(item.id);
      } else if (kind === entry.answer) {
        writer.varint(item.question.id);
        writePath(writer, item.path);
      } else {
        writer.varint(item);
      }
    }
    this.#listed.length = 0;
    return true;
  }

  /** The frame will not be sent. */
  rollback(): void {
    this.#wire.endPayload();
    this.names.truncate(this.#namesBefore);
    for (const { kind, item } of this.#listed.splice(0)) {
      if (kind === entry.export) this.#exports.release(item.id, 1);
      else if (kind === entry.stream) this.#streams.forget(item);
    }
    this.#given = [];
  }

  /** The stubs given away with the last frame: to be released once the peer cannot refer to them any more. */
  takeGiven(): Stub[] {
    const given = this.#given;
    if (given.length > 0) this.#given = [];
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
