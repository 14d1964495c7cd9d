// Blobs as a stream of bytes: one behind the other, so that many small ones share what carries them, and large ones are
// neither copied nor cut by who sends them.
//
//   stream    frame*                    one for each blob that was asked for, in that order
//   frame     length (u32, little-endian) | bytes (that many)
//             2^32 - 1: the holder has it not, and no bytes follow

import { ByteAssembly } from "#base/byte-assembly.ts";
import { GlowError } from "#base/errors.ts";
import { fireflyLimits, replicationLimits } from "#base/limits.ts";
import type { BlobId, Timers } from "#glow";
import type { Stream } from "#firefly/codec/stream.ts";
import { PeerStream } from "./peer-stream.ts";

export interface FetchedBlob {
  readonly id: BlobId;
  readonly stored: Uint8Array | undefined;
}

const headerBytes = 4;
const missing = 0xffff_ffff;
/** Small blobs, and the ends of large ones, are gathered up to what goes into one frame of Firefly. */
const gatheredBytes = fireflyLimits.dataFrameBytes;
/** Memory that is made on the peer's word. */
const trustedBytes = 1024 * 1024;

export async function* blobFrames(blobs: AsyncIterable<FetchedBlob>): AsyncGenerator<Uint8Array> {
  let gathered = new Uint8Array(gatheredBytes);
  let length = 0;
  for await (const { stored } of blobs) {
    if (length + headerBytes > gatheredBytes) {
      yield gathered.subarray(0, length);
      gathered = new Uint8Array(gatheredBytes);
      length = 0;
    }
    new DataView(gathered.buffer).setUint32(length, stored?.length ?? missing, true);
    length += headerBytes;
    let rest = stored ?? gathered.subarray(0, 0);
    while (rest.length > 0) {
      // A whole frame's worth goes as it is, once what was gathered has left.
      if (length === 0 && rest.length >= gatheredBytes) {
        const whole = rest.length - (rest.length % gatheredBytes);
        yield rest.subarray(0, whole);
        rest = rest.subarray(whole);
        continue;
      }
      const part = rest.subarray(0, gatheredBytes - length);
      gathered.set(part, length);
      length += part.length;
      rest = rest.subarray(part.length);
      if (length < gatheredBytes) continue;
      yield gathered;
      gathered = new Uint8Array(gatheredBytes);
      length = 0;
    }
  }
  if (length > 0) yield gathered.subarray(0, length);
}

/** Reads the frames of such a stream. `protocol` and `too-large` for what is none, `deadline` if it stalls. */
export class BlobAnswers implements AsyncIterableIterator<FetchedBlob> {
  readonly #ids: readonly BlobId[];
  readonly #stream: PeerStream<Uint8Array>;
  #pieces: readonly Uint8Array[] = [];
  /** Of `#pieces`, the next one that was not begun. */
  #next = 0;
  /** What has come and was not read. */
  #rest: Uint8Array = new Uint8Array(0);
  #answered = 0;

  constructor(timers: Timers, ids: readonly BlobId[], opening: Promise<Stream<Uint8Array>>) {
    this.#ids = ids;
    this.#stream = new PeerStream(timers, opening);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FetchedBlob>> {
    const id = this.#ids[this.#answered];
    if (id === undefined) return this.#finish();
    const header = await this.#read(headerBytes);
    if (header === undefined) return ended;
    const length = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
    if (length === missing) {
      this.#answered++;
      return { done: false, value: { id, stored: undefined } };
    }
    if (length > replicationLimits.blobBytes) throw this.#refuse("too-large", `a blob of ${length} bytes`);
    const stored = await this.#read(length);
    if (stored === undefined) return ended;
    this.#answered++;
    return { done: false, value: { id, stored } };
  }

  return(): Promise<IteratorResult<FetchedBlob>> {
    this.#stream.end();
    return Promise.resolve(ended);
  }

  /** Nothing may follow the last one. */
  async #finish(): Promise<IteratorResult<FetchedBlob>> {
    if (this.#rest.length > 0 || (await this.#more())) throw this.#refuse("protocol", "more bytes than belong to them");
    return ended;
  }

  /** So many bytes: a view if they came together. Undefined if it was given up; a stream that ends before is refused. */
  async #read(length: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0 && length > 0) if (!(await this.#more())) return this.#cutOff(0, length);
    if (this.#rest.length >= length) return this.#take(length);
    const whole = new ByteAssembly(
      length,
      (sizeBytes) => new Uint8Array(Math.max(sizeBytes, Math.min(length, trustedBytes))),
    );
    while (whole.missingBytes > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) return this.#cutOff(whole.arrivedBytes, length);
      whole.add(this.#take(Math.min(this.#rest.length, whole.missingBytes)));
    }
    return whole.whole;
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  /** Lets more come. False at the end. */
  async #more(): Promise<boolean> {
    if (this.#next >= this.#pieces.length) {
      const pieces = await this.#stream.read(replicationLimits.stallMs);
      if (pieces === undefined) return false;
      this.#pieces = pieces;
      this.#next = 0;
    }
    this.#rest = this.#pieces[this.#next++] ?? this.#rest;
    return true;
  }

  #cutOff(arrivedBytes: number, length: number): undefined {
    if (this.#stream.isGivenUp) return undefined;
    throw this.#refuse("protocol", `${arrivedBytes} of ${length} bytes, and the end`);
  }

  #refuse(kind: "protocol" | "too-large", what: string): GlowError {
    this.#stream.end();
    const message = `the peer's answer makes no sense: ${what}`;
    return new GlowError(kind, "replica.fetch", { message });
  }
}

const ended: IteratorResult<FetchedBlob> = { done: true, value: undefined };
