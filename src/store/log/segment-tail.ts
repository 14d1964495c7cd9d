// What is done with the end of the last segment when a log is opened: a crash may have left any part of what was not
// synced, and what it has left may be in the system's memory only, after a sync that failed in an earlier life.

import type { DiskFile } from "#glow";
import { logLimits } from "#base/limits.ts";
import { type RecordCodec, recordHeadBytes, recordIdBytes, recordKinds } from "./record.ts";
import type { SegmentFolder } from "./segment-folder.ts";
import { scanSegment } from "./segment-scan.ts";

export interface SegmentTail {
  readonly folder: SegmentFolder;
  readonly number: number;
  readonly file: DiskFile;
  readonly codec: RecordCodec;
}

interface Extent {
  readonly from: number;
  to: number;
}

/**
 * Makes durable the whole records between `from`, where one begins, and `to`, where the file ends; cuts off what lies
 * behind the last of them, and says where that ends. What a crash has torn between them becomes a void, for nobody was
 * told that it was there; what is broken and was durable once is left as it is.
 */
export async function settleTail(tail: SegmentTail, from: number, to: number): Promise<number> {
  const { file } = tail;
  const { whole, durableEnd } = await extentsOf(tail, from, to);
  let end = from;
  for (const extent of whole) {
    const torn = extent.from - end >= recordHeadBytes && end >= durableEnd;
    if (torn) await writeVoids(tail, end, extent.from, durableEnd);
    await rewrite(file, Math.max(extent.from, durableEnd), extent.to);
    end = extent.to;
  }
  await file.truncate(end);
  await file.sync();
  return end;
}

/** Records that touch one another are one extent. */
async function extentsOf({ folder, number, codec }: SegmentTail, from: number, to: number) {
  const read = (offset: number, lengthBytes: number) => folder.readDamaged(number, offset, lengthBytes);
  const whole: Extent[] = [];
  let durableEnd = from;
  for await (const records of scanSegment({ codec, read, from, to, damaged: () => undefined })) {
    for (const { offset, endOffset, durableEnd: before } of records) {
      const last = whole.at(-1);
      if (last?.to === offset) last.to = endOffset;
      else whole.push({ from: offset, to: endOffset });
      durableEnd = Math.max(durableEnd, before);
    }
  }
  return { whole, durableEnd };
}

/** What was read comes from the system, and what is written again lies on the medium after the next sync. */
async function rewrite(file: DiskFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += logLimits.runBytes) {
    await file.write(at, await file.read(at, Math.min(logLimits.runBytes, to - at)));
  }
}

async function writeVoids({ file, codec }: SegmentTail, from: number, to: number, durableEnd: number): Promise<void> {
  const id = new Uint8Array(recordIdBytes);
  for (let at = from; at < to; ) {
    // No void leaves less behind it than the head of another.
    const left = to - at - recordHeadBytes;
    const bodyBytes = left <= logLimits.runBytes ? left : logLimits.runBytes - recordHeadBytes;
    const bytes = new Uint8Array(recordHeadBytes + bodyBytes);
    const record = { kind: recordKinds.void, id, body: bytes.subarray(recordHeadBytes) };
    codec.writeHead(record, bytes, 0, at, durableEnd);
    await file.write(at, bytes);
    at += bytes.length;
  }
}
