// Batches that came before what they build on: they lie in the log, and wait here for their parents, or for statements
// of the user that they name. Bounded for each author, so that nobody fills the disk by batches that build on nothing.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Hash } from "#glow";
import type { BatchRecord } from "./batch-record.ts";
import type { BatchKey } from "./signed-batch.ts";

/** Whose room it takes: a device of the user, or `strangers`, who are all one. */
export type Account = string;
export const strangers: Account = "strangers";

interface Guest {
  readonly record: BatchRecord;
  readonly account: Account;
  /** Parents that are not held. */
  readonly parents: Map<BatchKey, Hash>;
}

export class WaitingRoom {
  readonly #guests = new Map<BatchKey, Guest>();
  readonly #byParent = new Map<BatchKey, Set<Guest>>();
  readonly #used = new Map<Account, { batches: number; bytes: number }>();

  get size(): number {
    return this.#guests.size;
  }

  /** Parents that are neither held nor wait themselves: to be asked for. */
  wanted(): Hash[] {
    const wanted = new Map<BatchKey, Hash>();
    for (const { parents } of this.#guests.values()) {
      for (const [id, hash] of parents) if (!this.#guests.has(id)) wanted.set(id, hash);
    }
    return [...wanted.values()];
  }

  /** Who waits for this batch, a member before strangers; undefined if nobody does. */
  waiterFor(id: BatchKey): Account | undefined {
    let waiter: Account | undefined;
    for (const { account } of this.#byParent.get(id) ?? []) {
      if (waiter === undefined || waiter === strangers) waiter = account;
    }
    return waiter;
  }

  /** `exhausted` if no more of this account may wait. */
  check(account: Account, sizeBytes: number): void {
    const { batches, bytes } = this.#used.get(account) ?? { batches: 0, bytes: 0 };
    const { waitingBatches, waitingBytes } = spaceLimits;
    if (batches < waitingBatches && bytes + sizeBytes <= waitingBytes) return;
    const whose = account === strangers ? "of strangers" : "of this author";
    const message = `too many batches ${whose} wait for what they build on; bring that first`;
    throw new GlowError("exhausted", "batch.take", { target: account, message });
  }

  /** `missing`: its parents that are not held. */
  enter(record: BatchRecord, account: Account, missing: readonly Hash[]): void {
    const guest = { record, account, parents: new Map(missing.map((hash) => [toHex(hash), hash])) };
    this.#guests.set(record.id, guest);
    for (const id of guest.parents.keys()) {
      const guests = this.#byParent.get(id) ?? new Set();
      this.#byParent.set(id, guests.add(guest));
    }
    this.#account(guest, 1);
  }

  /** A batch is held now: those that waited for no other parent. They stay until they leave. */
  parentCame(id: BatchKey): BatchRecord[] {
    const ready: BatchRecord[] = [];
    for (const guest of this.#byParent.get(id) ?? []) {
      guest.parents.delete(id);
      if (guest.parents.size === 0) ready.push(guest.record);
    }
    this.#byParent.delete(id);
    return ready;
  }

  /** Those that have all their parents, and so wait for statements. */
  withParents(): BatchRecord[] {
    return [...this.#guests.values()].flatMap(({ record, parents }) => (parents.size === 0 ? [record] : []));
  }

  leave(id: BatchKey): void {
    const guest = this.#guests.get(id);
    if (guest === undefined) return;
    this.#guests.delete(id);
    for (const parent of guest.parents.keys()) {
      const guests = this.#byParent.get(parent);
      guests?.delete(guest);
      if (guests?.size === 0) this.#byParent.delete(parent);
    }
    this.#account(guest, -1);
  }

  /** All that wait for this batch, over any number of steps: it will never be held. */
  descendants(id: BatchKey): BatchRecord[] {
    const found = new Map<BatchKey, BatchRecord>();
    const queue = [id];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const { record } of this.#byParent.get(next) ?? []) {
        if (found.has(record.id)) continue;
        found.set(record.id, record);
        queue.push(record.id);
      }
    }
    return [...found.values()];
  }

  #account({ account, record }: Guest, sign: 1 | -1): void {
    const { batches, bytes } = this.#used.get(account) ?? { batches: 0, bytes: 0 };
    const used = { batches: batches + sign, bytes: bytes + sign * record.sizeBytes };
    if (used.batches === 0) this.#used.delete(account);
    else this.#used.set(account, used);
  }
}
