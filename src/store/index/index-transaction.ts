// Changes to an index that are not written yet, seen by those who make them: each store of a space has a view of its own
// part of the index, and what they all changed becomes one write, or nothing.
//
// This is on the way of every entry that is applied, so nothing here is read one by one where it can be read at once:
// `getMany` what is known to be needed, over a CachedIndex, and `get` costs no round trip afterwards.

import { ByteMap } from "#base/byte-map.ts";
import { compareBytes, concatBytes, equalBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { indexLimits } from "#base/limits.ts";
import type { Index, IndexChange, IndexRow, IndexView } from "#glow";

/** Rows that a range reads at once: of rows as they are, far from what an answer may have in bytes. */
const pageRows = 4096;

/** Changes that it looks at, beyond the rows that are wanted, to read more where many rows were removed. */
const removedAhead = 256;

export class IndexTransaction {
  readonly #index: Index;
  readonly #views: TransactionView[] = [];
  #changes: IndexChange[] = [];
  #writing = false;

  constructor(index: Index) {
    this.#index = index;
  }

  /** Changes that are not written; at most `indexLimits.changesPerWrite` can be. */
  get size(): number {
    return this.#views.reduce((sum, view) => sum + view.pending.size, this.#changes.length);
  }

  /** Bytes of all changes that were made since the last write, those included that later ones replaced. */
  get changedBytes(): number {
    return this.#views.reduce((sum, view) => sum + view.changedBytes, 0);
  }

  /** Bytes that `write` writes. */
  measure(): number {
    let bytes = 0;
    for (const { key, value } of this.#changes) bytes += key.length + (value?.length ?? 0);
    for (const { pending, prefix } of this.#views) {
      for (const [key, value] of pending.entries()) bytes += prefix.length + key.length + (value?.length ?? 0);
    }
    return bytes;
  }

  /**
   * The rows whose keys begin with `prefix`, which is left out in the view. The same prefix gives the same view; that one
   * begins with another is a defect.
   */
  view(prefix: Uint8Array): IndexView {
    const known = this.#views.find((view) => equalBytes(view.prefix, prefix));
    if (known !== undefined) return known;
    const isApart = this.#views.every((view) => !begins(view.prefix, prefix) && !begins(prefix, view.prefix));
    assert(isApart, "views of one transaction have no rows in common");
    const view = new TransactionView(this.#index, prefix, () => this.#writing);
    this.#views.push(view);
    return view;
  }

  /** A change that is written with the others, of a row that is in no view. */
  change(change: IndexChange): void {
    assert(!this.#writing, "a transaction is not changed while it is written");
    this.#changes.push(change);
  }

  /**
   * Writes all changes at once; then there are none, and it can be used for others. If it fails, nothing was written, and
   * the changes are still here. Reads of other transactions that begin later see them, also before it resolves.
   */
  async write(): Promise<void> {
    assert(!this.#writing, "a transaction is written once at a time");
    if (this.size === 0) return;
    const changes = [...this.#changes];
    for (const view of this.#views) view.addTo(changes);
    this.#writing = true;
    try {
      await this.#index.write(changes);
    } finally {
      this.#writing = false;
    }
    this.discard();
  }

  /** Forgets all changes. */
  discard(): void {
    assert(!this.#writing, "a transaction is not given up while it is written");
    this.#changes = [];
    for (const view of this.#views) view.clear();
  }
}

class TransactionView implements IndexView {
  readonly prefix: Uint8Array;
  /** By keys without the prefix; null where a row was removed. */
  readonly pending = new ByteMap<Uint8Array | null>();
  changedBytes = 0;
  readonly #index: Index;
  readonly #isWriting: () => boolean;

  constructor(index: Index, prefix: Uint8Array, isWriting: () => boolean) {
    this.#index = index;
    this.prefix = prefix;
    this.#isWriting = isWriting;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const pending = this.pending.get(key);
    if (pending !== undefined) return pending ?? undefined;
    const [value] = await this.#index.read([this.#at(key)]);
    return value;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = [];
    const missing: number[] = [];
    for (let i = 0; i < keys.length; i++) {
      const pending = this.pending.get(keys[i] as Uint8Array);
      values.push(pending ?? undefined);
      if (pending === undefined) missing.push(i);
    }
    if (missing.length === 0) return values;
    const found = await this.#index.read(missing.map((i) => this.#at(keys[i] as Uint8Array)));
    for (let i = 0; i < missing.length; i++) values[missing[i] as number] = found[i];
    return values;
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]> {
    const rows: IndexRow[] = [];
    for (let next = from; rows.length < limit && compareBytes(next, to) < 0; ) {
      const wanted = limit - rows.length;
      const most = Math.min(wanted + this.#removed(next, to, wanted), pageRows);
      const stored = await this.#index.range(this.#at(next), this.#at(to), most);
      const last = stored.length < most ? undefined : stored.at(-1)?.[0].subarray(this.prefix.length);
      const end = last === undefined ? to : successor(last);
      for (const row of this.#merged(stored, next, end)) {
        rows.push(row);
        if (rows.length === limit) break;
      }
      next = end;
    }
    return rows;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#change(key, value);
  }

  remove(key: Uint8Array): void {
    this.#change(key, null);
  }

  addTo(changes: IndexChange[]): void {
    for (const [key, value] of this.pending.entries()) changes.push({ key: this.#at(key), value });
  }

  clear(): void {
    this.pending.clear();
    this.changedBytes = 0;
  }

  #change(key: Uint8Array, value: Uint8Array | null): void {
    assert(!this.#isWriting(), "a transaction is not changed while it is written");
    // Before memory is full of what cannot be written.
    if (this.pending.size > indexLimits.changesPerWrite) {
      const message = `more than ${indexLimits.changesPerWrite} changes at once are more than an index takes`;
      throw new GlowError("too-large", "index.change", { message });
    }
    this.pending.set(key, value);
    this.changedBytes += this.prefix.length + key.length + (value?.length ?? 0);
  }

  /** How many rows of the index may have to be left out, as far as a look at as many changes as rows are wanted tells. */
  #removed(from: Uint8Array, to: Uint8Array, wanted: number): number {
    let removed = 0;
    for (const [, value] of this.pending.entries(from, to).take(wanted + removedAhead)) if (value === null) removed++;
    return removed;
  }

  /** The rows between `from` and `to` in their order, `stored` being those that the index has. */
  *#merged(stored: readonly [Uint8Array, Uint8Array][], from: Uint8Array, to: Uint8Array): Generator<IndexRow> {
    const rows = stored.map(([whole, value]) => ({ key: whole.subarray(this.prefix.length), value }));
    let at = 0;
    for (const [key, value] of this.pending.entries(from, to)) {
      for (; at < rows.length; at++) {
        const row = rows[at] as IndexRow;
        const order = compareBytes(row.key, key);
        if (order > 0) break;
        if (order < 0) yield row;
      }
      if (value !== null) yield { key, value };
    }
    yield* rows.slice(at);
  }

  #at(key: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.prefix.length + key.length);
    whole.set(this.prefix);
    whole.set(key, this.prefix.length);
    return whole;
  }
}

function begins(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && equalBytes(key.subarray(0, prefix.length), prefix);
}

/** The key that comes right behind another. */
function successor(key: Uint8Array): Uint8Array {
  return concatBytes([key, Uint8Array.of(0)]);
}
