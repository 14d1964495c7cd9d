// The table of a frame under way in: makes stubs and streams of the indices in the payload. What a frame lists but
// its payload never uses is given back, so that a bad payload leaks nothing.

import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, Codec, StreamCodec } from "../codec/interface.ts";
import { type CapabilitySource, malformed, type Reader } from "../codec/reader.ts";
import type { Reference, Stub } from "../codec/stub.ts";
import type { CallClock } from "./call-context.ts";
import { type ExportTable, violation } from "./export-table.ts";
import { entry } from "./frame.ts";
import type { ImportTable } from "./import-table.ts";
import type { IncomingStreams } from "./incoming-streams.ts";
import { IncomingInterfaceNames } from "./interface-names.ts";
import { LocalReference } from "./local-reference.ts";
import { HeldReference, ImportReference } from "./reference.ts";

interface Arrived {
  readonly reference: Reference | undefined;
  /** The hash of the interface it was sent under; undefined where only its use can tell. */
  readonly type: string | undefined;
  readonly stream: number;
  isUsed: boolean;
}

const nothing: readonly Disposable[] = [];

export class IncomingTable implements CapabilitySource {
  readonly names = new IncomingInterfaceNames();
  /** The frame being read brought back an object of this side. */
  hadOwn = false;
  readonly #exports: ExportTable;
  readonly #imports: ImportTable;
  readonly #streams: IncomingStreams;
  /** The object at a path of a result that this side owes; throws `protocol` if it owes none. */
  readonly #answer: (call: number, path: readonly number[]) => Reference;
  readonly #time: CallClock;
  #arrived: Arrived[] = [];
  #taken: Disposable[] = [];

  constructor(
    exports: ExportTable,
    imports: ImportTable,
    streams: IncomingStreams,
    answer: (call: number, path: readonly number[]) => Reference,
    time: CallClock,
  ) {
    this.#time = time;
    this.#exports = exports;
    this.#imports = imports;
    this.#streams = streams;
    this.#answer = answer;
  }

  /** The frame being read lists nothing. */
  get isEmpty(): boolean {
    return this.#arrived.length === 0;
  }

  /** Reads the table of a frame; `protocol` for anything that is not there. */
  read(reader: Reader, hasTable: boolean): void {
    this.hadOwn = false;
    if (!hasTable) return;
    const count = reader.count();
    if (count > fireflyLimits.capabilitiesPerPayload) throw violation(`a payload refers to ${count} objects`);
    for (let i = 0; i < count; i++) this.#arrived.push(this.#readEntry(reader));
  }

  #readEntry(reader: Reader): Arrived {
    const kind = reader.u8();
    const id = reader.u32();
    if (kind === entry.export) {
      const type = this.names.read(reader);
      const reference = this.#imports.receive(id);
      reference.hold();
      return { reference, type, stream: -1, isUsed: false };
    }
    if (kind === entry.import) {
      const own = this.#exports.get(id);
      this.hadOwn = true;
      const reference = own.object instanceof HeldReference ? own.object : new LocalReference(own.object, this.#time);
      return { reference, type: own.type.hash, stream: -1, isUsed: false };
    }
    if (kind === entry.answer) {
      return { reference: this.#answer(id, readPath(reader)), type: undefined, stream: -1, isUsed: false };
    }
    if (kind !== entry.stream) throw violation(`an object of unknown kind ${kind}`);
    this.#streams.announce(id);
    return { reference: undefined, type: undefined, stream: id, isUsed: false };
  }

  /** Decodes a payload that lies before the table, and leaves the reader where it was. */
  decode<Value>(reader: Reader, from: number, to: number, codec: Codec<Value>): Value {
    const { at, end } = reader;
    reader.at = from;
    reader.end = to;
    reader.source = this;
    try {
      const value = codec.read(reader);
      reader.finish();
      return value;
    } catch (thrown) {
      for (const taken of this.takeMade()) taken[Symbol.dispose]();
      throw thrown;
    } finally {
      reader.resume(at, end);
    }
  }

  /** The stubs and streams that the last `decode` made. */
  takeMade(): readonly Disposable[] {
    const made = this.#taken;
    if (made.length === 0) return nothing;
    this.#taken = [];
    return made;
  }

  /** The frame is done with: what its payload did not use is given back. */
  close(): void {
    if (this.#arrived.length === 0) return;
    for (const { reference, stream, isUsed } of this.#arrived) {
      if (reference instanceof ImportReference) reference.drop();
      else if (stream >= 0 && !isUsed) this.#streams.refuse(stream);
    }
    this.#arrived = [];
  }

  capability(codec: CapabilityCodec, index: number): Stub {
    const found = this.#arrived[index];
    if (found?.reference === undefined) throw malformed(`no object ${index} in the table`);
    const type = codec.interface();
    if (found.type !== undefined && found.type !== type.hash) {
      throw malformed(
        `an object of another interface, or another version of it, stands where a ${type.name} should be`,
      );
    }
    const stub = new type.stub(found.reference);
    this.#taken.push(stub);
    return stub;
  }

  stream(codec: StreamCodec, index: number): object {
    const found = this.#arrived[index];
    if (found === undefined || found.stream < 0 || found.isUsed) throw malformed(`no stream ${index} in the table`);
    found.isUsed = true;
    const stream = this.#streams.open(found.stream, codec);
    this.#taken.push(stream);
    return stream;
  }
}

/** A path of field numbers into a result. */
export function readPath(reader: Reader): readonly number[] {
  const steps = reader.u32();
  if (steps > fireflyLimits.pathSteps) throw violation(`a path of ${steps} steps`);
  const path: number[] = [];
  for (let i = 0; i < steps; i++) path.push(reader.u32());
  return path;
}
