// Records one behind the other, in segments: appending, and what becomes of it when a write or a sync fails or the power
// goes. What was synced is there for ever; what was not is there whole, or not at all, and never in parts.
//
// No later sync heals one that failed: the system may have dropped what it could not write, and forgotten that (Rebello
// et al., "Can Applications Recover from fsync Failures?", 2020). So the segment ends there, with what was durable, and
// whoever appended what came after it does so again, into a new one.

import { concatBytes, equalBytes, gatherBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { randomBytes } from "#base/random.ts";
import type { Crypto, DiskFile, LogPlace, Random } from "#glow";
import type { LogMark } from "./log-mark.ts";
import { type LogRecord, RecordCodec, recordHeadBytes, recordIdBytes, recordKinds } from "./record.ts";
import type { SegmentFolder } from "./segment-folder.ts";
import { type SegmentType, segmentHeadBytes, segmentSecretBytes } from "./segment-head.ts";
import { type ScannedRecord, scanSegment } from "./segment-scan.ts";
import { settleTail } from "./segment-tail.ts";

export interface SegmentLogOptions {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly folder: SegmentFolder;
  readonly type: SegmentType;
  readonly segmentBytes: number;
  /** What the index says. */
  readonly mark: LogMark | undefined;
}

/** Shorter bodies are copied and written together: that takes less time than giving the system each by itself. */
const copiedBytes = 16 * 1024;

/** The last segment. */
interface Tail {
  readonly number: number;
  end: number;
  /** What of it was synced: what was appended behind it may yet be lost. */
  durableEnd: number;
  /** Whether no record says yet that those before it are durable. */
  unsealed: boolean;
  /** Undefined when nothing more may be appended to it. */
  writer: { readonly file: DiskFile; readonly codec: RecordCodec } | undefined;
}

export class SegmentLog {
  readonly #options: SegmentLogOptions;
  /** Where segments end that were the last one in this life. */
  readonly #ends = new Map<number, number>();
  #tail: Tail | undefined;
  #voided: (from: LogPlace) => void = () => undefined;
  #mark: LogMark | undefined;

  private constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  /** Cuts off what a crash has torn, and makes durable what it has left. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(options);
    await log.#checkMark();
    await log.#openTail();
    return log;
  }

  /** The mark that the log was opened with, if it fits the files. */
  get mark(): LogMark | undefined {
    return this.#mark;
  }

  /** `voided` is called when what was appended from a place on is not in the log any more. */
  watchVoided(voided: (from: LogPlace) => void): void {
    this.#voided = voided;
  }

  /** Up to where all is durable; undefined if there is no segment. */
  get durable(): LogPlace | undefined {
    return this.#tail && { segment: this.#tail.number, offset: this.#tail.durableEnd };
  }

  /** What the index may say once it knows of all that is durable. */
  get durableMark(): LogMark | undefined {
    const { logId, lastNumber } = this.#options.folder;
    return this.durable && { ...this.durable, logId, lastNumber };
  }

  /**
   * Written, and not durable before `sync`; one call at a time. If it fails, none of them is in the log, and later ones
   * can be appended all the same. `exhausted` if the disk is full; `corrupt` if the medium failed: then, as long as
   * nothing else is appended, they may be found when the log is opened again.
   */
  async append(records: readonly LogRecord[]): Promise<LogPlace[]> {
    let sizeBytes = 0;
    for (const { body } of records) sizeBytes += recordHeadBytes + body.length;
    const { tail, writer } = await this.#writable(sizeBytes);
    const heads = new Uint8Array(records.length * recordHeadBytes);
    const parts: Uint8Array[] = [];
    const places: LogPlace[] = [];
    let offset = tail.end;
    for (const [i, record] of records.entries()) {
      const at = i * recordHeadBytes;
      writer.codec.writeHead(record, heads, at, offset, tail.durableEnd);
      parts.push(heads.subarray(at, at + recordHeadBytes), record.body);
      places.push({ segment: tail.number, offset });
      offset += recordHeadBytes + record.body.length;
    }
    try {
      await writeParts(writer.file, tail.end, parts);
    } catch (error) {
      throw await this.#takeBack(tail, writer.file, error);
    }
    tail.end += sizeBytes;
    tail.unsealed = true;
    return places;
  }

  /** All that was appended is durable. If it fails (`corrupt`), what was appended since the last sync is void, as above. */
  async sync(): Promise<void> {
    const tail = this.#tail;
    if (tail?.writer !== undefined && tail.end > tail.durableEnd) await this.#sync(tail, tail.writer.file);
  }

  /**
   * Has a last record say that all before it is durable, so that whoever finds it broken without an index knows that no
   * crash has torn it. Nothing else depends on it, so it may fail.
   */
  async seal(): Promise<void> {
    if (this.#tail?.writer === undefined || !this.#tail.unsealed) return;
    try {
      await this.append([{ kind: recordKinds.void, id: new Uint8Array(recordIdBytes), body: new Uint8Array(0) }]);
      await this.sync();
    } catch {
      return;
    }
    this.#tail.unsealed = false;
  }

  /** Begins a new segment, so that none before it is written to any more. */
  async roll(): Promise<void> {
    const { folder, random, crypto, type } = this.#options;
    await this.sync();
    const old = this.#tail;
    // From here on a crash may find the head of the new one, and in it where the old one ends.
    if (old !== undefined) await this.#end(old);
    const number = folder.nextNumber();
    const secret = randomBytes(random, segmentSecretBytes);
    const previous = old === undefined ? {} : { previous: old.number, previousEnd: old.durableEnd };
    const file = await folder.create({ type, number, secret, previous: 0, previousEnd: 0, ...previous });
    const writer = { file, codec: new RecordCodec(crypto, secret) };
    this.#tail = { number, end: segmentHeadBytes, durableEnd: segmentHeadBytes, unsealed: false, writer };
  }

  /** Where the last record of a segment ends. Behind it may be what was not acknowledged. */
  async endOf(number: number): Promise<number> {
    if (number === this.#tail?.number) return this.#tail.end;
    const known = this.#ends.get(number);
    if (known !== undefined) return known;
    const { folder } = this.#options;
    const next = await folder.following(number);
    const end = next?.previous === number ? next.previousEnd : await folder.sizeBytes(number);
    this.#ends.set(number, end);
    return end;
  }

  /** The records between two places, segment by segment; what is damaged is passed over, and told of. */
  async *records(
    from: LogPlace | undefined,
    to: LogPlace | undefined,
  ): AsyncGenerator<{ readonly segment: number; readonly records: readonly ScannedRecord[] }> {
    for (const segment of this.#options.folder.numbers) {
      if (to === undefined || segment > to.segment) return;
      if (from !== undefined && segment < from.segment) continue;
      const start = segment === from?.segment ? from.offset : segmentHeadBytes;
      const end = segment === to.segment ? to.offset : await this.endOf(segment);
      for await (const records of this.segmentRecords(segment, start, end)) yield { segment, records };
    }
  }

  async *segmentRecords(segment: number, from: number, to: number): AsyncGenerator<readonly ScannedRecord[]> {
    const { folder } = this.#options;
    const damaged = (offset: number, lengthBytes: number) =>
      folder.damage.add(folder.path(segment), offset, lengthBytes);
    const codec = await folder.codec(segment);
    if (codec === undefined) {
      // What is no longer than a head was being made when the power went.
      if (to > segmentHeadBytes) damaged(0, to);
      return;
    }
    const read = (offset: number, lengthBytes: number) => folder.readDamaged(segment, offset, lengthBytes);
    yield* scanSegment({ codec, read, from, to, damaged });
  }

  /** Removes a segment that is not the last. It is gone, for certain, when this resolves. */
  async remove(segment: number): Promise<void> {
    const { folder } = this.#options;
    assert(segment !== this.#tail?.number, "the last segment is written to");
    const head = await folder.head(segment);
    // Only its head says where the one before it ends: what lies behind that must go first.
    if (head !== undefined && folder.has(head.previous)) await folder.truncate(head.previous, head.previousEnd);
    await folder.remove(segment);
  }

  async close(): Promise<void> {
    await this.#tail?.writer?.file.close();
  }

  async #writable(sizeBytes: number): Promise<{ tail: Tail; writer: NonNullable<Tail["writer"]> }> {
    const tail = this.#tail;
    const fits =
      tail !== undefined && (tail.end + sizeBytes <= this.#options.segmentBytes || tail.end === segmentHeadBytes);
    if (tail?.writer !== undefined && fits) return { tail, writer: tail.writer };
    await this.roll();
    return this.#writable(sizeBytes);
  }

  /** After a write that failed: what came of it must not be found, now or after a crash. Says what to throw. */
  async #takeBack(tail: Tail, file: DiskFile, cause: unknown): Promise<GlowError> {
    const error = GlowError.from(cause, "segment.append");
    try {
      await file.truncate(tail.end);
      await this.#sync(tail, file);
      if (error.kind === "exhausted") return error;
    } catch {
      // The segment ends here all the same.
    }
    // A medium that failed may do so again at this place.
    await this.#end(tail);
    return this.#mediumFailed("segment.append", tail, error);
  }

  async #sync(tail: Tail, file: DiskFile): Promise<void> {
    const { end } = tail;
    try {
      await file.sync();
    } catch (error) {
      await this.#end(tail);
      throw this.#mediumFailed("segment.sync", tail, error);
    }
    tail.durableEnd = end;
  }

  #mediumFailed(op: string, { number }: Tail, cause: unknown): GlowError {
    const target = this.#options.folder.path(number);
    const message = `it could not be written, nor what was written be taken back: ${GlowError.from(cause, op).message}`;
    return new GlowError("corrupt", op, { target, message, cause });
  }

  /** Ends a segment with what of it is durable. */
  async #end(tail: Tail): Promise<void> {
    const { writer } = tail;
    tail.writer = undefined;
    this.#ends.set(tail.number, tail.durableEnd);
    if (tail.end > tail.durableEnd) {
      tail.end = tail.durableEnd;
      this.#voided({ segment: tail.number, offset: tail.durableEnd });
    }
    await writer?.file.close().catch(() => undefined);
  }

  async #checkMark(): Promise<void> {
    const { folder, mark } = this.#options;
    if (mark === undefined || !equalBytes(mark.logId, folder.logId)) return;
    const { segment, offset } = mark;
    // A segment that is gone has nothing to tell: what lived in it was copied into later ones, or is missing. Nor has one
    // that never had a record.
    const hasRecords = folder.has(segment) && offset > segmentHeadBytes;
    const sizeBytes = hasRecords ? await folder.sizeBytes(segment) : offset;
    if (sizeBytes >= offset) this.#mark = mark;
    else folder.damage.add(folder.path(segment), sizeBytes, offset - sizeBytes);
  }

  async #openTail(): Promise<void> {
    const { folder, mark } = this.#options;
    const number = folder.numbers.at(-1);
    if (number === undefined) return;
    const sizeBytes = await folder.sizeBytes(number);
    const codec = await folder.codec(number);
    const wasCut = mark?.segment === number && mark !== this.#mark;
    if (codec === undefined || wasCut) {
      // Nothing is appended where something is not as it was left: places in it would come to lead to other records.
      this.#tail = { number, end: sizeBytes, durableEnd: sizeBytes, unsealed: false, writer: undefined };
      return;
    }
    const from = this.#mark?.segment === number ? this.#mark.offset : segmentHeadBytes;
    const file = await folder.openForWriting(number);
    try {
      const end = sizeBytes > from ? await settleTail({ folder, number, file, codec }, from, sizeBytes) : from;
      this.#tail = { number, end, durableEnd: end, unsealed: end > from, writer: { file, codec } };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }
}

function writeParts(file: DiskFile, offset: number, parts: readonly Uint8Array[]): Promise<void> {
  if (file.writeParts === undefined) return file.write(offset, concatBytes(parts));
  return file.writeParts(offset, gatherBytes(parts, copiedBytes));
}
