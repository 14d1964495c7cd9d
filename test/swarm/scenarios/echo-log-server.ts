// The server of `echo-log`: keeps every message it gets in a log on its disk, and answers when the message is safe. A
// record is: u32 length, u32 checksum of the text, text in UTF-8.

import { concatBytes, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Address, DiskFile, Pipe, Platform } from "#glow";

export const serverAddress = "sim://server:7" as Address;

export interface LogServerOptions {
  /** The defect that the swarm must find: it answers when the message is written, but not yet safe. */
  readonly acknowledgeBeforeSync: boolean;
}

const headerBytes = 8;
const retryAfterMs = 50;

export class LogServer {
  /** What a log of an earlier life held, in its order. */
  readonly recovered: readonly string[];
  readonly #platform: Platform;
  readonly #options: LogServerOptions;
  readonly #file: DiskFile;
  readonly #logged: Set<string>;
  #endBytes: number;
  #waiting: { readonly text: string; readonly pipe: Pipe }[] = [];
  #appending = false;

  private constructor(
    platform: Platform,
    options: LogServerOptions,
    file: DiskFile,
    recovered: readonly string[],
    endBytes: number,
  ) {
    this.#platform = platform;
    this.#options = options;
    this.#file = file;
    this.recovered = recovered;
    this.#logged = new Set(recovered);
    this.#endBytes = endBytes;
  }

  static async boot(platform: Platform, options: LogServerOptions): Promise<LogServer> {
    const { crypto, disk, network } = platform;
    const file = await disk.open("log", "if-missing");
    await disk.syncFolder("");
    const bytes = await file.read(0, await file.sizeBytes());
    const { texts, endBytes } = readRecords(bytes, (text) => checksum(crypto, text));
    // What was read may be in the system's cache alone, even after a sync that failed in an earlier life. Only what is
    // written and synced once more is safe to be answered for.
    await file.write(0, bytes.slice(0, endBytes));
    await file.truncate(endBytes);
    await file.sync();
    const server = new LogServer(platform, options, file, texts, endBytes);
    await network.listen(serverAddress, (pipe) => server.#accept(pipe));
    return server;
  }

  has(text: string): boolean {
    return this.#logged.has(text);
  }

  #accept(pipe: Pipe): void {
    pipe.attach({
      packet: (bytes, start, end) => this.#take(utf8Decode(bytes.subarray(start, end)), pipe),
      drained: () => undefined,
      closed: () => undefined,
    });
  }

  #take(text: string, pipe: Pipe): void {
    this.#waiting.push({ text, pipe });
    if (!this.#appending) void this.#appendWaiting();
  }

  async #appendWaiting(): Promise<void> {
    this.#appending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const acknowledge = () => {
        for (const { text, pipe } of batch) pipe.send([utf8Encode(text)]);
      };
      const fresh = new Set(batch.map(({ text }) => text).filter((text) => !this.#logged.has(text)));
      await this.#append([...fresh], acknowledge);
    }
    this.#appending = false;
  }

  /** Appends until it works: a full or failing disk may recover. A part that was written is overwritten. */
  async #append(texts: readonly string[], acknowledge: () => void): Promise<void> {
    const records = concatBytes(texts.map((text) => this.#recordOf(text)));
    for (;;) {
      try {
        await this.#file.write(this.#endBytes, records.slice());
        if (this.#options.acknowledgeBeforeSync) acknowledge();
        await this.#file.sync();
        break;
      } catch (error) {
        if (!(error instanceof GlowError)) throw error;
        await new Promise<void>((resolve) => this.#platform.timers.after(retryAfterMs, resolve));
      }
    }
    this.#endBytes += records.length;
    for (const text of texts) this.#logged.add(text);
    acknowledge();
  }

  #recordOf(text: string): Uint8Array {
    const bytes = utf8Encode(text);
    const record = new Uint8Array(headerBytes + bytes.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, bytes.length);
    view.setUint32(4, checksum(this.#platform.crypto, bytes));
    record.set(bytes, headerBytes);
    return record;
  }
}

/** The records up to the first that is not whole: what follows it was under way when the node crashed. */
function readRecords(
  bytes: Uint8Array,
  checksumOf: (text: Uint8Array) => number,
): { texts: readonly string[]; endBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts: string[] = [];
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const end = at + headerBytes + view.getUint32(at);
    const text = bytes.subarray(at + headerBytes, end);
    if (end > bytes.length || checksumOf(text) !== view.getUint32(at + 4)) break;
    texts.push(utf8Decode(text));
    at = end;
  }
  return { texts, endBytes: at };
}

/** The last four bytes of a hash. */
function checksum(crypto: Platform["crypto"], bytes: Uint8Array): number {
  const hash = crypto.hash("sha2-256", bytes);
  return new DataView(hash.buffer, hash.byteOffset).getUint32(hash.length - 4);
}
