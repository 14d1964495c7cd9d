// The table of a frame under way in: makes stubs and streams of the indices in the payload. What a frame lists but
// its payload never uses is given back, so that a bad payload leaks nothing.

import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, Codec, StreamCodec } from "../codec/interface.ts";
import { type CapabilitySource, malformed, type Reader } from "../codec/reader.ts";
import type { Reference, Stub } from "../codec/stub.ts";
import { type ExportTable, violation } from "./export-table.ts";
import { entry } from "./frame.ts";
import { type HeldReference, isElsewhere } from "./held-reference.ts";
import type { ImportTable } from "./import-table.ts";
import type { IncomingStreams } from "./incoming-streams.ts";
import { IncomingInterfaceNames } from "./interface-names.ts";
import type { LocalObjects } from "./local-objects.ts";

interface Arrived {
  readonly reference: (HeldReference & Reference) | undefined;
  /** The hash of the interface it was sent under; undefined for a stream, and for an object that is not there. */
  readonly type: string | undefined;
  readonly stream: number;
  isUsed: boolean;
}

/** An object in a result that this side owes, with the hash of its interface; no hash if there is none at that place. */
export interface OwedObject {
  readonly reference: HeldReference & Reference;
  readonly type: string | undefined;
}

const nothing: readonly Disposable[] = [];

export class IncomingTable implements CapabilitySource {
  readonly names = new IncomingInterfaceNames();
  /** The frame being read brought back an object of this side. */
  hadOwn = false;
  readonly #exports: ExportTable;
  readonly #imports: ImportTable;
  readonly #streams: IncomingStreams;
  /** Throws `protocol` if this side owes no such result. */
  readonly #owed: (call: number, path: readonly number[]) => OwedObject;
  readonly #locals: LocalObjects;
  #arrived: Arrived[] = [];
  #taken: Disposable[] = [];

  constructor(
    exports: ExportTable,
    imports: ImportTable,
    streams: IncomingStreams,
    owed: (call: number, path: readonly number[]) => OwedObject,
    locals: LocalObjects,
  ) {
    this.#locals = locals;
    this.#exports = exports;
    this.#imports = imports;
    this.#streams = streams;
    this.#owed = owed;
  }

  /** The frame being read lists nothing. */
  get isEmpty(): boolean {
    return this.#arrived.length === 0;
  }

  /** What the entries of the frame being read count beyond their bytes. */
  get costBytes(): number {
    return this.#arrived.length * fireflyLimits.entryCostBytes;
  }

  /** Reads the table of a frame; `protocol` for anything that is not there. */
  read(reader: Reader, hasTable: boolean): void {
    this.hadOwn = false;
    if (!hasTable) return;
    const count = reader.u32();
    if (count > fireflyLimits.capabilitiesPerPayload) throw violation(`a payload refers to ${count} objects`);
    for (let i = 0; i < count; i++) {
      const arrived = this.#readEntry(reader);
      // Held until the frame is done with: so nothing that it brings can be gone before it is used.
      arrived.reference?.hold();
      this.#arrived.push(arrived);
    }
  }

  #readEntry(reader: Reader): Arrived {
    const kind = reader.u8();
    const id = reader.u32();
    if (kind === entry.export) {
      const type = this.names.read(reader);
      return { reference: this.#imports.receive(id), type, stream: -1, isUsed: false };
    }
    if (kind === entry.import) {
      this.hadOwn = true;
      const own = this.#exports.get(id);
      return { reference: own && this.#ownReference(own.object), type: own?.type.hash, stream: -1, isUsed: false };
    }
    if (kind === entry.answer) {
      this.hadOwn = true;
      return { ...this.#owed(id, readPath(reader)), stream: -1, isUsed: false };
    }
    if (kind !== entry.stream) throw violation(`an object of unknown kind ${kind}`);
    this.#streams.announce(id);
    return { reference: undefined, type: undefined, stream: id, isUsed: false };
  }

  /** The object itself, or what it stands for if this side hosts it for another session. */
  #ownReference(object: object): HeldReference & Reference {
    return isElsewhere(object) ? object : this.#locals.reference(object);
  }

  /** Decodes a payload that lies before the table, and leaves the reader where it was. */
  decode<Value>(reader: Reader, from: number, to: number, codec: Codec<Value>): Value {
    const { at, end } = reader;
    reader.resume(from, to);
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
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    // What is let go of may end the session, which closes again.
    this.#arrived = [];
    for (const { reference, stream, isUsed } of arrived) {
      if (reference !== undefined) reference.drop();
      else if (stream >= 0 && !isUsed) this.#streams.refuse(stream);
    }
  }

  capability(codec: CapabilityCodec, index: number): Stub {
    const found = this.#arrived[index];
    if (found?.reference === undefined) throw malformed(`no object ${index} in the table`);
    if (found.isUsed) throw malformed(`object ${index} of the table stands in two places`);
    found.isUsed = true;
    const type = codec.interface();
    if (found.type !== type.hash) {
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
