// What a holder gives to others: batches by hash, and all that comes after given positions. It reads what is written, page
// by page, and keeps nothing in memory.

import type { AuthorPosition, BatchLog, Crypto, DeviceId, Hash, HeldBatch } from "#glow";
import { spaceLimits } from "#base/limits.ts";
import { type BatchRecord, decodeRecord } from "./batch-record.ts";
import type { IndexSection } from "./index-section.ts";
import { risingRecords } from "./ordered-records.ts";
import { headerOf } from "./signed-batch.ts";
import { endOf, hashKey, lastHash, readU48, rowKey, rowsWith, slotKey, u48 } from "./space-rows.ts";
import { isDamage, readHeld } from "./space-work.ts";

export interface BatchFeedOptions {
  readonly section: IndexSection;
  readonly crypto: Crypto;
  readonly log: BatchLog;
  /** Told of a batch that the medium has damaged; it is left out. */
  readonly damaged: (hash: Hash) => void;
}

export class BatchFeed {
  readonly #options: BatchFeedOptions;

  constructor(options: BatchFeedOptions) {
    this.#options = options;
  }

  /** Strangers' batches have no positions, and are left out: who needs one asks for it by its hash. */
  async *after(own: readonly AuthorPosition[], positions: readonly AuthorPosition[]): AsyncGenerator<HeldBatch> {
    const known = new Map<string, number>();
    for (const { author, incarnation, sequence } of positions) known.set(`${incarnation} ${author}`, sequence);
    const knownOf = (author: DeviceId, incarnation: number) => known.get(`${incarnation} ${author}`) ?? 0;
    let least: number | undefined;
    for (const { author, incarnation, sequence } of own) {
      const from = knownOf(author, incarnation);
      if (from >= sequence) continue;
      const stamp = await this.#leastStamp(author, incarnation, from + 1);
      least = Math.min(stamp, least ?? stamp);
    }
    if (least === undefined) return;
    for await (const page of risingRecords(this.#options.section, rowKey("s", u48(least)))) {
      const wanted = page.filter(
        ({ standing, author, incarnation, sequence }) =>
          standing !== "stranger" && sequence > knownOf(author, incarnation),
      );
      yield* this.#read(wanted);
    }
  }

  /** Those that are here, waiting ones too, in the order asked for. */
  async *batches(hashes: readonly Hash[]): AsyncGenerator<HeldBatch> {
    for (let from = 0; from < hashes.length; from += spaceLimits.pageRows) {
      const page = hashes.slice(from, from + spaceLimits.pageRows);
      const rows = await this.#options.section.getMany(page.map((hash) => hashKey("b", hash)));
      yield* this.#read(page.flatMap((hash, i) => (rows[i] === undefined ? [] : [decodeRecord(hash, rows[i])])));
    }
  }

  /** Of all that are here, waiting ones too. */
  async hashes(): Promise<Hash[]> {
    const hashes: Hash[] = [];
    const lost = new Set<string>();
    for await (const rows of rowsWith(this.#options.section, rowKey("d"), spaceLimits.pageRows)) {
      for (const { key } of rows) lost.add(lastHash(key).toHex());
    }
    for await (const rows of rowsWith(this.#options.section, rowKey("b"), spaceLimits.pageRows)) {
      for (const { key } of rows) hashes.push(lastHash(key));
    }
    return lost.size === 0 ? hashes : hashes.filter((hash) => !lost.has(hash.toHex()));
  }

  /** Where the first batch at this sequence lies, and so all that its author wrote after it. */
  async #leastStamp(author: DeviceId, incarnation: number, sequence: number): Promise<number> {
    const slot = slotKey("a", author, incarnation, sequence);
    const rows = await this.#options.section.range(slot, endOf(slot), spaceLimits.pageRows);
    return rows.reduce((least, { value }) => Math.min(least, readU48(value)), Number.MAX_SAFE_INTEGER);
  }

  /** Some at once, but no more than fit into memory well. */
  async *#read(records: readonly BatchRecord[]): AsyncGenerator<HeldBatch> {
    let group: BatchRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      if (group.length > 0 && bytes + record.sizeBytes > spaceLimits.groupBytes) {
        yield* await this.#readGroup(group);
        group = [];
        bytes = 0;
      }
      group.push(record);
      bytes += record.sizeBytes;
    }
    yield* await this.#readGroup(group);
  }

  async #readGroup(group: readonly BatchRecord[]): Promise<HeldBatch[]> {
    const found = await Promise.all(group.map((record) => this.#readOne(record)));
    return found.filter((batch) => batch !== undefined);
  }

  async #readOne({ hash, place, lost }: BatchRecord): Promise<HeldBatch | undefined> {
    if (place === undefined || lost) return undefined;
    try {
      const { signed, parts } = await readHeld(this.#options, place);
      return { header: headerOf(signed), bytes: signed.bytes, blobs: parts.offers };
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#options.damaged(hash);
      return undefined;
    }
  }
}
