// An append-only file of small records that survives crashes and shows damage:
//
//   file     = record*
//   record   = "glw1" (4 bytes) | length (u32, big-endian) | checksum (first 8 bytes of BLAKE3 of the payload) | payload
//
// What `append` resolved is on the medium. A crash may leave a torn record at the end: it is cut off when the file is
// opened. Damage with whole records behind it is passed over, left as it is, and counted. The marker is what the reader
// looks for then; a payload that contains a whole record can make it be read after such damage, so payloads prove
// themselves (by a signature), or are written by this device alone.

import { concatBytes, equalBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Crypto, Disk, DiskFile } from "#glow";

const marker = utf8Encode("glw1");
const headBytes = 16;
const checksumBytes = 8;

export interface RecordFileOptions {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly path: string;
  /** The longest record. */
  readonly recordBytes: number;
  /** The longest file that is read: `too-large` past it. */
  readonly fileBytes: number;
}

export class RecordFile {
  /** What was in the file when it was opened. */
  readonly records: readonly Uint8Array[];
  /** Bytes that were damaged, with whole records behind them. */
  readonly damagedBytes: number;
  readonly #options: RecordFileOptions;
  #file: DiskFile;
  #endBytes: number;

  private constructor(options: RecordFileOptions, file: DiskFile, found: Scan) {
    this.#options = options;
    this.#file = file;
    this.records = found.records;
    this.damagedBytes = found.damagedBytes;
    this.#endBytes = found.endBytes;
  }

  /** Makes the file, and its folder, if there is none. */
  static async open(options: RecordFileOptions): Promise<RecordFile> {
    const { disk, path, fileBytes } = options;
    await makeParents(disk, path);
    const file = await disk.open(path, "if-missing");
    try {
      await disk.syncFolder(parentOf(path));
      const sizeBytes = await file.sizeBytes();
      if (sizeBytes > fileBytes) {
        const message = `this file has ${sizeBytes} bytes, and ${fileBytes} are the most; restore it from a backup`;
        throw new GlowError("too-large", "record-file.open", { target: path, message });
      }
      const found = scan(options, await file.read(0, sizeBytes));
      if (found.endBytes < sizeBytes) {
        await file.truncate(found.endBytes);
        await file.sync();
      }
      return new RecordFile(options, file, found);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#endBytes;
  }

  /** All or, after a failure, none as far as this file is used; one call at a time. */
  async append(payloads: readonly Uint8Array[]): Promise<void> {
    const bytes = concatBytes(payloads.flatMap((payload) => [this.#head(payload), payload]));
    try {
      await this.#file.write(this.#endBytes, bytes);
      await this.#file.sync();
    } catch (error) {
      // What is there now is unknown. The next append writes over it; that less of it is found meanwhile is a courtesy.
      await this.#file.truncate(this.#endBytes).catch(() => undefined);
      throw error;
    }
    this.#endBytes += bytes.length;
  }

  /** Replaces all records by these, whole or not at all; one call at a time. */
  async rewrite(payloads: readonly Uint8Array[]): Promise<void> {
    const { disk, path } = this.#options;
    const temporary = `${path}.new`;
    const bytes = concatBytes(payloads.flatMap((payload) => [this.#head(payload), payload]));
    const file = await disk.open(temporary, "if-missing");
    try {
      await file.truncate(0);
      await file.write(0, bytes);
      await file.sync();
      await file.close();
      await disk.rename(temporary, path);
      await disk.syncFolder(parentOf(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file.close();
    this.#file = await disk.open(path);
    this.#endBytes = bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #head(payload: Uint8Array): Uint8Array {
    const { recordBytes, path, crypto } = this.#options;
    if (payload.length > recordBytes) {
      const message = `a record has at most ${recordBytes} bytes, not ${payload.length}`;
      throw new GlowError("too-large", "record-file.append", { target: path, message });
    }
    const head = new Uint8Array(headBytes);
    head.set(marker);
    new DataView(head.buffer).setUint32(4, payload.length);
    head.set(checksum(crypto, payload), headBytes - checksumBytes);
    return head;
  }
}

interface Scan {
  readonly records: readonly Uint8Array[];
  readonly damagedBytes: number;
  /** Where the last whole record ends. */
  readonly endBytes: number;
}

function scan({ crypto, recordBytes }: RecordFileOptions, bytes: Uint8Array): Scan {
  const records: Uint8Array[] = [];
  let damagedBytes = 0;
  let endBytes = 0;
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const payload = recordAt(crypto, bytes, at, recordBytes);
    if (payload === undefined) {
      at++;
      continue;
    }
    records.push(payload);
    damagedBytes += at - endBytes;
    at += headBytes + payload.length;
    endBytes = at;
  }
  return { records, damagedBytes, endBytes };
}

/** A copy of the payload of a whole record that begins here. */
function recordAt(crypto: Crypto, bytes: Uint8Array, at: number, recordBytes: number): Uint8Array | undefined {
  for (let i = 0; i < marker.length; i++) if (bytes[at + i] !== marker[i]) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, headBytes).getUint32(4);
  const start = at + headBytes;
  if (length > recordBytes || start + length > bytes.length) return undefined;
  const payload = bytes.slice(start, start + length);
  return equalBytes(checksum(crypto, payload), bytes.subarray(start - checksumBytes, start)) ? payload : undefined;
}

function checksum(crypto: Crypto, payload: Uint8Array): Uint8Array {
  // The first byte is the tag of the suite.
  return crypto.hash("blake3", payload).subarray(1, 1 + checksumBytes);
}

async function makeParents(disk: Disk, path: string): Promise<void> {
  const folder = parentOf(path);
  if (folder === "") return;
  await disk.makeFolder(folder);
  for (let above = parentOf(folder); ; above = parentOf(above)) {
    await disk.syncFolder(above);
    if (above === "") return;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
