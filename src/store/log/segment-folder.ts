// The segments of one kind as files of a folder: which there are, how each begins, and reading of them. A segment's
// number is never given twice, so a place in one that is gone leads nowhere, and to nothing else.

import { assert, GlowError } from "#base/errors.ts";
import { logLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import type { Crypto, Disk, DiskFile, Random } from "#glow";
import { DamageList } from "./damage-list.ts";
import { RecordCodec } from "./record.ts";
import {
  decodeSegmentHead,
  encodeSegmentHead,
  logIdBytes,
  type SegmentHead,
  type SegmentType,
  segmentHeadBytes,
} from "./segment-head.ts";

export interface SegmentFolderOptions {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly random: Random;
  /** Made if it is missing. */
  readonly folder: string;
  /** What it holds; files are named `<number>.<type>`. */
  readonly type: SegmentType;
  /** Numbers up to this are not given any more, whatever files there are. */
  readonly lastNumber: number;
}

/** A file that is open, mostly for reading. */
interface OpenFile {
  readonly file: Promise<DiskFile>;
  readers: number;
  /** To be closed by its last reader. */
  dropped: boolean;
}

/** The smallest piece that a medium loses by itself. */
const sectorBytes = 512;

export class SegmentFolder {
  readonly damage = new DamageList();
  readonly #options: SegmentFolderOptions;
  /** The same in all segments. */
  readonly logId: Uint8Array;
  readonly #heads = new Map<number, SegmentHead | undefined>();
  /** The file used last comes last. */
  readonly #open = new Map<number, OpenFile>();
  /** Ascending, as new ones are the greatest. */
  readonly #numbers: Set<number>;
  #lastNumber: number;
  #removals = 0;

  private constructor(options: SegmentFolderOptions, numbers: readonly number[]) {
    this.logId = randomBytes(options.random, logIdBytes);
    this.#options = options;
    this.#numbers = new Set(numbers);
    this.#lastNumber = Math.max(options.lastNumber, numbers.at(-1) ?? 0);
  }

  static async open(options: SegmentFolderOptions): Promise<SegmentFolder> {
    const { disk, folder, type } = options;
    await makeFolders(disk, folder);
    const numbers: number[] = [];
    for (const entry of await disk.list(folder)) {
      const number = numberOf(entry.name, type);
      if (number !== undefined && !entry.folder) numbers.push(number);
    }
    const segments = new SegmentFolder(options, numbers);
    await segments.#clearLast();
    const newest = await segments.#newestHead();
    if (newest !== undefined) segments.logId.set(newest.logId);
    return segments;
  }

  /** Ascending. */
  get numbers(): readonly number[] {
    return [...this.#numbers];
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  /** The highest number that was given. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** How many were removed in this life. */
  get removals(): number {
    return this.#removals;
  }

  path(number: number): string {
    const { folder, type } = this.#options;
    return `${folder}/${number.toString(16).padStart(8, "0")}.${type}`;
  }

  /** Undefined if it is damaged: then none of its records can be told from anything else. */
  async head(number: number): Promise<SegmentHead | undefined> {
    if (!this.#heads.has(number)) {
      const bytes = await this.readDamaged(number, 0, segmentHeadBytes);
      this.#heads.set(number, decodeSegmentHead(this.#options.crypto, bytes, this.#options.type, number));
    }
    return this.#heads.get(number);
  }

  async codec(number: number): Promise<RecordCodec | undefined> {
    const head = await this.head(number);
    return head && new RecordCodec(this.#options.crypto, head.secret);
  }

  /** The first segment after this one whose head is whole. */
  async following(number: number): Promise<SegmentHead | undefined> {
    for (const each of this.#numbers) {
      const head = each > number ? await this.head(each) : undefined;
      if (head !== undefined) return head;
    }
    return undefined;
  }

  sizeBytes(number: number): Promise<number> {
    return this.#withFile(number, (file) => file.sizeBytes());
  }

  /** As `DiskFile.read`; `not-found` if there is no such segment (any more). */
  read(number: number, offset: number, lengthBytes: number): Promise<Uint8Array> {
    return this.#withFile(number, (file) => file.read(offset, lengthBytes));
  }

  /** The same, with zeros for what the medium cannot read. */
  readDamaged(number: number, offset: number, lengthBytes: number): Promise<Uint8Array> {
    return this.#withFile(number, (file) => readDamaged(file, offset, lengthBytes));
  }

  nextNumber(): number {
    assert(this.#lastNumber < 0xffff_ffff, "a segment's number has 32 bits");
    return ++this.#lastNumber;
  }

  /** A new segment, its head and its name durable. If it fails, the head may be found all the same. */
  async create(of: Omit<SegmentHead, "logId">): Promise<DiskFile> {
    const { disk, crypto, folder } = this.#options;
    const head = { ...of, logId: this.logId };
    const path = this.path(head.number);
    const file = await disk.open(path, "always-new");
    try {
      await file.write(0, encodeSegmentHead(crypto, head));
      await file.sync();
      await disk.syncFolder(folder);
    } catch (error) {
      await file.close().catch(() => undefined);
      await disk.remove(path).catch(() => undefined);
      throw error;
    }
    this.#numbers.add(head.number);
    this.#heads.set(head.number, head);
    return file;
  }

  /** A handle for writing. */
  openForWriting(number: number): Promise<DiskFile> {
    return this.#options.disk.open(this.path(number));
  }

  /** Cuts off what lies behind `sizeBytes`, for certain, if there is anything. */
  async truncate(number: number, sizeBytes: number): Promise<void> {
    if ((await this.sizeBytes(number)) <= sizeBytes) return;
    await this.#withFile(number, async (file) => {
      await file.truncate(sizeBytes);
      await file.sync();
    });
  }

  /** It is gone, for certain, when this resolves. Whoever reads it just now reads on. */
  async remove(number: number): Promise<void> {
    const { disk, folder } = this.#options;
    await disk.remove(this.path(number)).catch((error: unknown) => {
      if (GlowError.from(error, "segment.remove").kind !== "not-found") throw error;
    });
    this.#numbers.delete(number);
    this.#removals++;
    this.#heads.delete(number);
    await this.#drop(number);
    await disk.syncFolder(folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((number) => this.#drop(number)));
  }

  async #newestHead(): Promise<SegmentHead | undefined> {
    for (const number of this.numbers.toReversed()) {
      const head = await this.head(number);
      if (head !== undefined) return head;
    }
    return undefined;
  }

  /**
   * Removes what was made last and never came to have a record: whether its head is durable nobody knows any more, and
   * what is written behind a head must not be lost with it.
   */
  async #clearLast(): Promise<void> {
    for (const last of this.numbers.toReversed()) {
      if ((await this.sizeBytes(last)) > segmentHeadBytes) return;
      await this.remove(last);
    }
  }

  async #withFile<Result>(number: number, use: (file: DiskFile) => Promise<Result>): Promise<Result> {
    if (!this.has(number)) throw this.#gone(number);
    const open = this.#opened(number);
    open.readers++;
    try {
      return await use(await open.file);
    } finally {
      open.readers--;
      if (open.dropped) await closeUnread(open);
    }
  }

  #opened(number: number): OpenFile {
    const known = this.#open.get(number);
    const open = known ?? { file: this.#options.disk.open(this.path(number)), readers: 0, dropped: false };
    this.#open.delete(number);
    this.#open.set(number, open);
    if (known === undefined) {
      // Tried anew next time. Whoever waits for it hears of the error.
      open.file.catch(() => this.#open.get(number) === open && this.#open.delete(number));
      if (this.#open.size > logLimits.openFiles) void this.#drop(this.#open.keys().next().value as number);
    }
    return open;
  }

  async #drop(number: number): Promise<void> {
    const open = this.#open.get(number);
    if (open === undefined) return;
    this.#open.delete(number);
    open.dropped = true;
    await closeUnread(open);
  }

  #gone(number: number): GlowError {
    const message = "this segment is gone; ask again where it is that you look for";
    return new GlowError("not-found", "segment.read", { target: this.path(number), message });
  }
}

async function closeUnread({ file, readers }: OpenFile): Promise<void> {
  if (readers === 0) await file.then((opened) => opened.close()).catch(() => undefined);
}

function numberOf(name: string, type: SegmentType): number | undefined {
  const digits = /^([0-9a-f]{8})\.([a-z]+)$/.exec(name);
  return digits?.[2] === type ? Number.parseInt(digits[1] as string, 16) : undefined;
}

async function readDamaged(file: DiskFile, offset: number, lengthBytes: number): Promise<Uint8Array> {
  try {
    return await file.read(offset, lengthBytes);
  } catch (error) {
    if (GlowError.from(error, "segment.read").kind !== "corrupt") throw error;
    const end = Math.min(offset + lengthBytes, await file.sizeBytes());
    const bytes = new Uint8Array(Math.max(0, end - offset));
    const lastSector = Math.floor((end - 1) / sectorBytes) * sectorBytes;
    if (lastSector <= offset) return bytes;
    const middle = Math.min(Math.ceil((offset + end) / 2 / sectorBytes) * sectorBytes, lastSector);
    bytes.set(await readDamaged(file, offset, middle - offset));
    bytes.set(await readDamaged(file, middle, end - middle), middle - offset);
    return bytes;
  }
}

/** The names in it too: a segment may have been made by a life that was killed before its name was durable. */
async function makeFolders(disk: Disk, folder: string): Promise<void> {
  await disk.makeFolder(folder);
  await disk.syncFolder(folder);
  for (let at = folder.lastIndexOf("/"); ; at = folder.lastIndexOf("/", at - 1)) {
    await disk.syncFolder(folder.slice(0, Math.max(0, at)));
    if (at <= 0) return;
  }
}
