// How far the index has taken in the log. What was appended by several spaces is written to the index in any order; the
// mark is the last place before which nothing is left out. After a crash the log is read from there on.
//
//   row 02 00 "mark" = segment (u48) | offset (u48)

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import type { BatchLog, Index, IndexChange, LoggedBatch, LogPlace } from "#glow";
import { readU48, u48 } from "./space-rows.ts";

const markKey = concatBytes([Uint8Array.of(2, 0), utf8Encode("mark")]);

/** Records that were appended at once, until the index has them. */
export interface Appended {
  readonly places: readonly LogPlace[];
}

interface Pending extends Appended {
  /** Undefined while it is being appended. */
  last: LogPlace | undefined;
  places: readonly LogPlace[];
  isDone: boolean;
}

export class IndexMark {
  readonly #log: BatchLog;
  /** In the order in which they were appended, from the first on that is not done. */
  readonly #pending: Pending[] = [];
  #mark: LogPlace | undefined;

  private constructor(log: BatchLog, mark: LogPlace | undefined) {
    this.#log = log;
    this.#mark = mark;
  }

  static async load(log: BatchLog, index: Pick<Index, "read">): Promise<IndexMark> {
    const [row] = await index.read([markKey]);
    const mark = row && { segment: readU48(row), offset: readU48(row, 6) };
    return new IndexMark(log, mark);
  }

  /** Everything up to here is in the index; undefined: nothing is known of the log. */
  get place(): LogPlace | undefined {
    return this.#mark;
  }

  /** As `BatchLog.append`; the caller writes it to the index, with `row`, and says when that is `done`. */
  async append(batches: readonly LoggedBatch[]): Promise<Appended> {
    const pending: Pending = { last: undefined, places: [], isDone: false };
    this.#pending.push(pending);
    try {
      pending.places = await this.#log.append(batches);
      pending.last = pending.places.at(-1);
      return pending;
    } catch (error) {
      pending.isDone = true;
      this.#advance();
      throw error;
    }
  }

  /** What belongs into the write by which these become part of the index. */
  row(written: readonly Appended[]): IndexChange | undefined {
    const mark = this.#after(new Set(written));
    return mark && rowOf(mark);
  }

  done(written: readonly Appended[]): void {
    const done = new Set(written);
    for (const pending of this.#pending) if (done.has(pending)) pending.isDone = true;
    this.#advance();
  }

  /** The log was read up to here, and all of it is in the index; nothing is being appended. */
  reset(place: LogPlace): IndexChange {
    this.#mark = place;
    return rowOf(place);
  }

  #advance(): void {
    this.#mark = this.#after(new Set());
    while (this.#pending[0]?.isDone === true) this.#pending.shift();
  }

  #after(written: ReadonlySet<Appended>): LogPlace | undefined {
    let mark = this.#mark;
    for (const pending of this.#pending) {
      if (!pending.isDone && !written.has(pending)) break;
      mark = pending.last ?? mark;
    }
    return mark;
  }
}

function rowOf({ segment, offset }: LogPlace): IndexChange {
  return { key: markKey, value: concatBytes([u48(segment), u48(offset)]) };
}
