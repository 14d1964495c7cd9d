// How far each author's batches are here, and where an author has said two things at one position. In memory: there are
// few authors. Batches of strangers have no place here, since anybody could put any author's name on them.
//
//   row "p" author incarnation           = sequence (u48) | hash (33)
//   row "f" author incarnation sequence  = hash (33), two times and more, ascending

import { compareBytes, concatBytes } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { AuthorPosition, BatchFork, DeviceId, Hash, IndexView } from "#glow";
import { type BatchRecord, splitHashes } from "./batch-record.ts";
import { endOf, lastHash, positionKey, readU48, rowKey, rowsWith, slotKey, slotOf, u48 } from "./space-rows.ts";

/** What is taken from rows of kind "a". */
export interface SlotRow {
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly hash: Hash;
  readonly stamp: number;
}

export class AuthorChains {
  readonly #positions = new Map<DeviceId, Map<number, AuthorPosition>>();
  #list: readonly AuthorPosition[] | undefined;
  /** By slot: `sequence incarnation author`. */
  readonly #forks = new Map<string, BatchFork>();

  static async load(view: IndexView): Promise<AuthorChains> {
    const chains = new AuthorChains();
    for await (const rows of rowsWith(view, rowKey("p"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) {
        const { author, incarnation } = slotOf(key);
        chains.#setPosition({ author, incarnation, sequence: readU48(value), hash: lastHash(value) });
      }
    }
    for await (const rows of rowsWith(view, rowKey("f"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) chains.#setFork({ ...slotOf(key), batches: splitHashes(value) });
    }
    return chains;
  }

  /** The same list until one of them moves. */
  positions(): readonly AuthorPosition[] {
    this.#list ??= [...this.#positions.values()].flatMap((incarnations) => [...incarnations.values()]);
    return this.#list;
  }

  forks(): readonly BatchFork[] {
    return [...this.#forks.values()];
  }

  /** The author's last incarnation that is here. */
  last(author: DeviceId): AuthorPosition | undefined {
    let last: AuthorPosition | undefined;
    for (const position of this.#positions.get(author)?.values() ?? []) {
      if (last === undefined || position.incarnation > last.incarnation) last = position;
    }
    return last;
  }

  at(author: DeviceId, incarnation: number): AuthorPosition | undefined {
    return this.#positions.get(author)?.get(incarnation);
  }

  /** A batch that is held from now on, with all before it. */
  async enter(view: IndexView, { author, incarnation, sequence, hash, stamp }: BatchRecord): Promise<void> {
    view.put(concatBytes([slotKey("a", author, incarnation, sequence), hash]), u48(stamp));
    const position = this.at(author, incarnation);
    if (position === undefined || sequence > position.sequence) {
      this.#move(view, { author, incarnation, sequence, hash });
      return;
    }
    // All sequences up to the position are taken: this is another batch at one of them.
    const slot = slotKey("a", author, incarnation, sequence);
    const rows = await view.range(slot, endOf(slot), spaceLimits.pageRows);
    this.#fork(view, { author, incarnation, sequence, batches: rows.map(({ key }) => lastHash(key)) });
    if (sequence === position.sequence && compareBytes(hash, position.hash) < 0) {
      this.#move(view, { author, incarnation, sequence, hash });
    }
  }

  /** What it is after batches came to be, or ceased to be, of strangers: from rows of kind "a", in their order. */
  static async rebuild(view: IndexView): Promise<AuthorChains> {
    for (const kind of ["p", "f"] as const) {
      for await (const rows of rowsWith(view, rowKey(kind), spaceLimits.pageRows)) {
        for (const { key } of rows) view.remove(key);
      }
    }
    const chains = new AuthorChains();
    let slot: SlotRow[] = [];
    for await (const rows of rowsWith(view, rowKey("a"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) {
        const row = { ...slotOf(key), hash: lastHash(key), stamp: readU48(value) };
        const [first] = slot;
        if (first !== undefined && !isSameSlot(first, row)) {
          chains.#close(view, slot);
          slot = [];
        }
        slot.push(row);
      }
    }
    chains.#close(view, slot);
    return chains;
  }

  #close(view: IndexView, slot: readonly SlotRow[]): void {
    const [first] = slot;
    if (first === undefined) return;
    const { author, incarnation, sequence, hash } = first;
    this.#move(view, { author, incarnation, sequence, hash });
    if (slot.length > 1) this.#fork(view, { author, incarnation, sequence, batches: slot.map((row) => row.hash) });
  }

  #move(view: IndexView, position: AuthorPosition): void {
    this.#setPosition(position);
    const { author, incarnation, sequence, hash } = position;
    view.put(positionKey(author, incarnation), concatBytes([u48(sequence), hash]));
  }

  #fork(view: IndexView, fork: BatchFork): void {
    if (!this.#setFork(fork)) return;
    view.put(slotKey("f", fork.author, fork.incarnation, fork.sequence), concatBytes(fork.batches));
  }

  #setPosition(position: AuthorPosition): void {
    this.#list = undefined;
    const incarnations = this.#positions.get(position.author) ?? new Map<number, AuthorPosition>();
    this.#positions.set(position.author, incarnations.set(position.incarnation, position));
  }

  /** False if there are too many to be shown. */
  #setFork(fork: BatchFork): boolean {
    const slot = `${fork.sequence} ${fork.incarnation} ${fork.author}`;
    if (!this.#forks.has(slot) && this.#forks.size >= spaceLimits.forks) return false;
    this.#forks.set(slot, fork);
    return true;
  }
}

function isSameSlot(a: SlotRow, b: SlotRow): boolean {
  return a.author === b.author && a.incarnation === b.incarnation && a.sequence === b.sequence;
}
