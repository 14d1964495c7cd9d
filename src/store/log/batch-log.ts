// The log of batches: all that wait to be appended go into one write and one sync.

import { equalBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { logLimits } from "#base/limits.ts";
import type { BatchLog, Crypto, Disk, Index, LogDamage, LoggedBatch, LogPlace, Random, SpaceId } from "#glow";
import { decodeMark, encodeMark, type LogMark, logRowKey } from "./log-mark.ts";
import { type LogRecord, recordHeadBytes, recordIdBytes, recordKinds } from "./record.ts";
import { SegmentFolder } from "./segment-folder.ts";
import { segmentHeadBytes } from "./segment-head.ts";
import { SegmentLog } from "./segment-log.ts";
import type { ScannedRecord } from "./segment-scan.ts";

export interface BatchLogOptions {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly random: Random;
  /** Only for a mark, which spares reading the last segment at the start. It stays the caller's. */
  readonly index: Index;
  readonly folder?: string;
  readonly segmentBytes?: number;
}

/** Callers of `append` that wait. */
interface Waiting {
  readonly records: readonly LogRecord[];
  readonly sizeBytes: number;
  readonly appended: (places: readonly LogPlace[]) => void;
  readonly failed: (error: unknown) => void;
}

/** How much of a batch is read together with its head: most have no more. */
const firstReadBytes = 16 * 1024;
/** After so much the mark is moved. */
const bytesPerMark = 1024 * 1024;

export class DiskBatchLog implements BatchLog {
  readonly #folder: SegmentFolder;
  readonly #log: SegmentLog;
  readonly #index: Index;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #unmarkedBytes = 0;
  /** The writing that is under way: it goes on while anybody waits. */
  #writing: Promise<void> | undefined;
  #closed = false;

  private constructor(folder: SegmentFolder, log: SegmentLog, index: Index) {
    this.#folder = folder;
    this.#log = log;
    this.#index = index;
  }

  static async open(options: BatchLogOptions): Promise<DiskBatchLog> {
    const { disk, crypto, random, index, segmentBytes = logLimits.logSegmentBytes } = options;
    const [row] = await index.read([logRowKey("logMark")]);
    const mark = decodeMark(row);
    const { folder: path = "store/log" } = options;
    const lastNumber = mark?.lastNumber ?? 0;
    const folder = await SegmentFolder.open({ disk, crypto, random, folder: path, type: "log", lastNumber });
    await noteMissing(folder, mark);
    const log = await SegmentLog.open({ crypto, random, folder, type: "log", segmentBytes, mark });
    return new DiskBatchLog(folder, log, index);
  }

  get damage(): readonly LogDamage[] {
    return this.#folder.damage.entries;
  }

  async append(batches: readonly LoggedBatch[]): Promise<readonly LogPlace[]> {
    this.#assertOpen("batch-log.append");
    const records = batches.map(recordOf);
    if (records.length === 0) return [];
    let sizeBytes = 0;
    for (const { body } of records) sizeBytes += recordHeadBytes + body.length;
    this.#assertRoom(sizeBytes);
    return new Promise((appended, failed) => {
      this.#waiting.push({ records, sizeBytes, appended, failed });
      this.#waitingBytes += sizeBytes;
      this.#writing ??= this.#write();
    });
  }

  async read(place: LogPlace): Promise<LoggedBatch> {
    this.#assertOpen("batch-log.read");
    const { segment, offset } = place;
    if (!this.#folder.has(segment) || offset < segmentHeadBytes || offset >= (await this.#log.endOf(segment))) {
      const message = `there is no batch at ${offset} of segment ${segment}`;
      throw new GlowError("not-found", "batch-log.read", { message });
    }
    const found = await this.#readRecord(place);
    if (found !== undefined) return found;
    const path = this.#folder.path(segment);
    this.#folder.damage.add(path, offset, recordHeadBytes);
    const message = `the batch at ${offset} is damaged; a peer may have it`;
    throw new GlowError("corrupt", "batch-log.read", { target: path, message });
  }

  scan(after?: LogPlace): AsyncIterable<LoggedBatch & { readonly place: LogPlace }> {
    this.#assertOpen("batch-log.scan");
    return this.#scan(after, this.#log.durable);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    try {
      await this.#log.seal();
      await this.#mark();
    } finally {
      await this.#log.close();
      await this.#folder.close();
    }
  }

  async *#scan(after: LogPlace | undefined, to: LogPlace | undefined) {
    for await (const { segment, records } of this.#log.records(after, to)) {
      for (const record of records) {
        const { offset } = record;
        if (record.kind !== recordKinds.batch || (segment === after?.segment && offset === after.offset)) continue;
        yield { ...batchOf(record), place: { segment, offset } };
      }
    }
  }

  /** Undefined if it is damaged. */
  async #readRecord({ segment, offset }: LogPlace): Promise<LoggedBatch | undefined> {
    const codec = await this.#folder.codec(segment);
    if (codec === undefined) return undefined;
    // What lies behind it may be damaged, and is none of its business.
    const bytes = await this.#folder.readDamaged(segment, offset, recordHeadBytes + firstReadBytes);
    const head = codec.head(bytes, 0, offset);
    if (head?.kind !== recordKinds.batch) return undefined;
    const bodyEnd = recordHeadBytes + head.bodyBytes;
    const body =
      bodyEnd <= bytes.length
        ? bytes.subarray(recordHeadBytes, bodyEnd)
        : await this.#folder.readDamaged(segment, offset + recordHeadBytes, head.bodyBytes);
    return codec.isIntact(head, body) ? batchOf({ id: head.id, body }) : undefined;
  }

  async #write(): Promise<void> {
    // Whatever else is appended in this turn shares the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        await this.#commitAgain(group, error);
      }
      if (this.#unmarkedBytes >= bytesPerMark) {
        // Without it the next start takes longer: no reason to fail anybody's append.
        await this.#mark().catch(() => undefined);
      }
    }
    this.#writing = undefined;
  }

  #nextGroup(): readonly Waiting[] {
    let sizeBytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && sizeBytes + waiting.sizeBytes > logLimits.runBytes) break;
      sizeBytes += waiting.sizeBytes;
      count++;
    }
    this.#waitingBytes -= sizeBytes;
    this.#unmarkedBytes += sizeBytes;
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const places = await this.#log.append(group.flatMap(({ records }) => records));
    await this.#log.sync();
    let from = 0;
    for (const { records, appended } of group) {
      appended(places.slice(from, from + records.length));
      from += records.length;
    }
  }

  /** Once more: into a new segment, if the medium failed; each by itself, if there was no room, since there may be for some. */
  async #commitAgain(group: readonly Waiting[], error: unknown): Promise<void> {
    const full = GlowError.from(error, "batch-log.append").kind === "exhausted";
    if (full && group.length === 1) {
      group[0]?.failed(error);
      return;
    }
    for (const part of full ? group.map((waiting) => [waiting]) : [group]) {
      try {
        await this.#commit(part);
      } catch (again) {
        // What the first attempt may have left is what there is to tell of.
        for (const { failed } of part) failed(full ? again : error);
      }
    }
  }

  async #mark(): Promise<void> {
    this.#unmarkedBytes = 0;
    const mark = this.#log.durableMark;
    if (mark !== undefined) await this.#index.write([{ key: logRowKey("logMark"), value: encodeMark(mark) }]);
  }

  #assertRoom(sizeBytes: number): void {
    const { waitingBytes } = logLimits;
    if (sizeBytes > waitingBytes) {
      const message = `at most ${waitingBytes} bytes can be appended at once, not ${sizeBytes}; append them in parts`;
      throw new GlowError("too-large", "batch-log.append", { message });
    }
    if (this.#waitingBytes + sizeBytes > waitingBytes) {
      const message = `${this.#waitingBytes} bytes wait to be written already; try again when some are`;
      throw new GlowError("exhausted", "batch-log.append", { message });
    }
  }

  #assertOpen(op: string): void {
    if (this.#closed) throw new GlowError("released", op, { message: "the log was closed" });
  }
}

/** Segments that are not there, though others say that they were before them, or the index that they were the last. */
async function noteMissing(folder: SegmentFolder, mark: LogMark | undefined): Promise<void> {
  const { numbers } = folder;
  for (const number of numbers) {
    const head = await folder.head(number);
    if (head === undefined || head.previous === 0 || folder.has(head.previous)) continue;
    folder.damage.add(folder.path(head.previous), 0, head.previousEnd);
  }
  if (mark === undefined || mark.offset <= segmentHeadBytes || folder.has(mark.segment)) return;
  const isOurs = numbers.length === 0 || equalBytes(mark.logId, folder.logId);
  if (isOurs) folder.damage.add(folder.path(mark.segment), 0, mark.offset);
}

function recordOf({ space, batch }: LoggedBatch): LogRecord {
  if (batch.length > logLimits.recordBytes) {
    const message = `a batch has at most ${logLimits.recordBytes} bytes, not ${batch.length}`;
    throw new GlowError("too-large", "batch-log.append", { target: space, message });
  }
  const id = idBytes(space);
  assert(id.length === recordIdBytes, `a SpaceId has ${recordIdBytes} bytes`);
  return { kind: recordKinds.batch, id, body: batch };
}

function batchOf({ id, body }: Pick<ScannedRecord, "id" | "body">): LoggedBatch {
  return { space: idText(id) as SpaceId, batch: body };
}
