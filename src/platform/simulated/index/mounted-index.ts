// A node's indexes as one life of the node has them. Every operation takes time, may fail, and never settles once the
// life is over; those on one index are done one after the other.

import { GlowError } from "#base/errors.ts";
import { chance } from "#base/random.ts";
import type { Index, Indexes, IndexChange, Random } from "#glow";
import {
  AnswerSize,
  checkIndexChanges,
  checkIndexKeys,
  checkIndexName,
  checkIndexRange,
  indexIsClosed,
  indexIsOpen,
} from "../../index-argument.ts";
import { type Incarnation, never } from "../incarnation.ts";
import { drawDelay } from "../range.ts";
import { nsPerMs } from "../time/nanoseconds.ts";
import { digestOf, type TraceKind } from "../time/trace.ts";
import type { SimulatedIndexes } from "./indexes.ts";
import { StoredIndex, type StoredWrite } from "./stored-index.ts";

/** Something to do on an index, as the trace names it. */
interface IndexOperation<Result> {
  readonly op: string;
  readonly kind: TraceKind;
  readonly name: string;
  readonly index: StoredIndex;
  readonly size?: number;
  readonly digest?: number;
  /** Does it; runs when its time has passed. */
  readonly act: () => Result;
  /** Called instead where it fails. */
  readonly failed?: () => void;
}

export class MountedIndexes implements Indexes {
  readonly #indexes: SimulatedIndexes;
  readonly #incarnation: Incarnation;
  readonly #random: Random;

  constructor(indexes: SimulatedIndexes, incarnation: Incarnation, random: Random) {
    this.#indexes = indexes;
    this.#incarnation = incarnation;
    this.#random = random;
  }

  async open(name: string): Promise<Index> {
    const op = "indexes.open";
    checkIndexName(name, op);
    if (this.#incarnation.isGhost(op)) return never();
    const known = this.#indexes.stored.get(name);
    if (known?.opened === true) throw indexIsOpen(op, name);
    const index = known ?? new StoredIndex();
    this.#indexes.stored.set(name, index);
    index.opened = true;
    const act = () => {
      const wasReset = index.damaged;
      if (wasReset) index.reset();
      return new MountedIndex(this, name, index, wasReset);
    };
    const failed = () => {
      index.opened = false;
    };
    return this.perform({ op, kind: "open", name, index, act, failed });
  }

  async remove(name: string): Promise<void> {
    const op = "indexes.remove";
    checkIndexName(name, op);
    if (this.#incarnation.isGhost(op)) return never();
    const index = this.#indexes.stored.get(name);
    if (index === undefined) return;
    if (index.opened) throw indexIsOpen(op, name);
    index.opened = true;
    const act = () => void this.#indexes.stored.delete(name);
    const failed = () => {
      index.opened = false;
    };
    return this.perform({ op, kind: "remove", name, index, act, failed });
  }

  /**
   * Has an operation done after those before it on the same index, and settles its promise then. `begin` is called at once,
   * unless the program is dead.
   */
  perform<Result>(operation: IndexOperation<Result>, begin?: () => void): Promise<Result> {
    if (this.#incarnation.isGhost(operation.op)) return never();
    begin?.();
    const { nowNs } = this.#incarnation.timeline;
    const { index } = operation;
    const { latencyMs, jitterMs } = this.#indexes.conditions;
    const durationMs = drawDelay(this.#random, [latencyMs, latencyMs + jitterMs]);
    index.busyUntilNs = Math.max(nowNs, index.busyUntilNs) + Math.round(durationMs * nsPerMs);
    return new Promise((resolve, reject) => {
      this.#incarnation.schedule(index.busyUntilNs - nowNs, () => this.#finish(operation, resolve, reject));
    });
  }

  #finish<Result>(
    operation: IndexOperation<Result>,
    resolve: (result: Result) => void,
    reject: (error: GlowError) => void,
  ): void {
    const { op, kind, name, size, digest } = operation;
    try {
      this.#maybeFail(operation);
      const result = operation.act();
      this.#incarnation.record(kind, `index ${name}`, size, digest);
      this.#incarnation.run(() => resolve(result));
    } catch (thrown) {
      operation.failed?.();
      const error = GlowError.from(thrown, op, name);
      this.#incarnation.record("disk-error", `${op} ${name}: ${error.kind}`);
      this.#incarnation.run(() => reject(error));
    }
  }

  #maybeFail({ op, kind, name, index }: IndexOperation<unknown>): void {
    const { errorChance, full } = this.#indexes.conditions;
    const replaced = kind === "open" || kind === "remove" || kind === "close";
    if (index.damaged && !replaced) {
      throw new GlowError("corrupt", op, { target: name, message: "the index is damaged: open it anew to rebuild it" });
    }
    if (errorChance > 0 && chance(this.#random, errorChance)) {
      throw new GlowError("corrupt", op, { target: name, message: "the medium failed" });
    }
    if (full && kind === "write") {
      throw new GlowError("exhausted", op, { target: name, message: "the disk is full; make room and try again" });
    }
  }
}

class MountedIndex implements Index {
  readonly wasReset: boolean;
  readonly #mounted: MountedIndexes;
  readonly #name: string;
  readonly #index: StoredIndex;
  #closed = false;

  constructor(mounted: MountedIndexes, name: string, index: StoredIndex, wasReset: boolean) {
    this.wasReset = wasReset;
    this.#mounted = mounted;
    this.#name = name;
    this.#index = index;
  }

  async write(changes: readonly IndexChange[]): Promise<void> {
    checkIndexChanges(changes);
    const bytes = changes.flatMap(({ key, value }) => (value === null ? [key] : [key, value]));
    return this.#write("index.write", [...changes], digestOf(bytes));
  }

  async clear(): Promise<void> {
    return this.#write("index.clear", "clear", 0);
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    checkIndexKeys(keys);
    const act = () => {
      const size = new AnswerSize("index.read");
      return keys.map((key) => {
        const value = this.#index.rows.get(key);
        size.add(value);
        return value;
      });
    };
    return this.#perform({ op: "index.read", kind: "read", size: keys.length, act });
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number, backwards = false): Promise<[Uint8Array, Uint8Array][]> {
    checkIndexRange(from, to, limit);
    const { rows } = this.#index;
    const act = () => {
      const size = new AnswerSize("index.range");
      const found = backwards ? rows.entriesBackwards(from, to) : rows.entries(from, to);
      return [...found.take(limit)].map(([key, value]): [Uint8Array, Uint8Array] => {
        size.add(key);
        size.add(value);
        return [key, value];
      });
    };
    return this.#perform({ op: "index.range", kind: "read", size: limit, act });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const free = () => {
      this.#index.opened = false;
    };
    const act = () => {
      free();
      this.#index.sync();
    };
    const closing = this.#perform({ op: "index.close", kind: "close", act, failed: free });
    this.#closed = true;
    return closing;
  }

  #write(op: string, write: StoredWrite, digest: number): Promise<void> {
    const index = this.#index;
    const operation = { op, kind: "write", size: write.length, digest } as const;
    const ends = { act: () => index.end(true), failed: () => index.end(false) };
    return this.#perform({ ...operation, ...ends }, () => index.begin(write));
  }

  #perform<Result>(operation: Omit<IndexOperation<Result>, "name" | "index">, begin?: () => void): Promise<Result> {
    this.#checkOpen(operation.op);
    return this.#mounted.perform({ ...operation, name: this.#name, index: this.#index }, begin);
  }

  #checkOpen(op: string): void {
    if (this.#closed) throw indexIsClosed(op, this.#name);
  }
}
