// What a space should show, computed plainly from the set of its batches and the user's statements: as docs say it, with no
// regard for time or memory.

import { compareBytes, toHex, utf8Decode } from "#base/bytes.ts";
import { idBytes } from "#base/ids.ts";
import type { DeviceId, Entry, Membership, SpaceId, Standing } from "#glow";
import { readBatch, type SignedBatch } from "#store/space/signed-batch.ts";
import { crypto } from "../identity/cast.ts";

export interface ModelResult {
  readonly state: Record<string, string>;
  readonly quarantined: readonly string[];
  readonly positions: readonly string[];
  readonly forks: number;
}

export class SpaceModel {
  readonly #batches = new Map<string, SignedBatch>();
  readonly #standing: (author: DeviceId, key: SignedBatch["header"]["key"]) => Standing;

  constructor(batches: readonly Uint8Array[], membership: Membership, space: SpaceId) {
    for (const bytes of batches) {
      const batch = readBatch(crypto, bytes);
      this.#batches.set(batch.id, batch);
    }
    this.#standing = (author, key) => membership.standing(author, key, space);
  }

  /** `entriesOf`: what was written, by the batch's hash. */
  result(entriesOf: ReadonlyMap<string, readonly Entry[]>): ModelResult {
    const counting = this.#all().filter((batch) => this.#counts(batch));
    counting.sort(inOrder);
    const state: Record<string, string> = {};
    for (const { id } of counting) {
      for (const { object, register, value } of entriesOf.get(id) ?? [])
        state[`${object}.${register}`] = utf8Decode(value);
    }
    const slots = Map.groupBy(
      this.#all().filter((batch) => !this.#isStranger(batch)),
      slotOf,
    );
    const last = new Map<string, SignedBatch>();
    for (const batch of [...slots.values()].flat()) {
      const { author, incarnation } = batch.header;
      const before = last.get(`${author} ${incarnation}`);
      if (before === undefined || isLater(batch, before)) last.set(`${author} ${incarnation}`, batch);
    }
    return {
      state,
      quarantined: this.#all()
        .filter((batch) => !counting.includes(batch))
        .map(({ id }) => id)
        .sort(),
      positions: [...last.values()].map(({ id }) => id).sort(),
      forks: [...slots.values()].filter((slot) => slot.length > 1).length,
    };
  }

  #all(): SignedBatch[] {
    return [...this.#batches.values()];
  }

  #isStranger(batch: SignedBatch): boolean {
    const { author, key, sequence, incarnation, parents } = batch.header;
    if (this.#standing(author, key).type === "stranger") return true;
    const first = parents[0] && this.#batches.get(toHex(parents[0]));
    return (sequence > 1 || incarnation > 0) && first !== undefined && this.#isStranger(first);
  }

  #counts(batch: SignedBatch): boolean {
    const { author, key, incarnation, sequence } = batch.header;
    if (this.#isStranger(batch)) return false;
    const standing = this.#standing(author, key);
    if (standing.type === "member") return true;
    if (standing.type === "tab") return standing.valid || this.#isCovered(batch);
    if (standing.type !== "revoked" || standing.accepted === 0 || !this.#isCovered(batch)) return false;
    const incarnations = this.#all()
      .filter((other) => other.header.author === author && this.#standing(author, other.header.key).type === "revoked")
      .filter((other) => !this.#isStranger(other) && this.#isCovered(other))
      .map(({ header }) => header.incarnation);
    const highest = Math.max(...incarnations);
    return incarnation < highest || (incarnation === highest && sequence <= standing.accepted);
  }

  #covered: Set<string> | undefined;

  #isCovered({ id }: SignedBatch): boolean {
    this.#covered ??= this.#findCovered();
    return this.#covered.has(id);
  }

  #findCovered(): Set<string> {
    const covered = new Set<string>();
    const queue = this.#all().filter((batch) => {
      return !this.#isStranger(batch) && this.#standing(batch.header.author, batch.header.key).type === "member";
    });
    for (let batch = queue.pop(); batch !== undefined; batch = queue.pop()) {
      for (const parent of batch.header.parents) {
        const found = this.#batches.get(toHex(parent));
        if (found === undefined || covered.has(found.id)) continue;
        covered.add(found.id);
        queue.push(found);
      }
    }
    return covered;
  }
}

function slotOf({ header }: SignedBatch): string {
  return `${header.author} ${header.incarnation} ${header.sequence}`;
}

function isLater(a: SignedBatch, b: SignedBatch): boolean {
  const difference = a.header.sequence - b.header.sequence;
  return difference > 0 || (difference === 0 && compareBytes(a.hash, b.hash) < 0);
}

function inOrder({ header: a, hash: aHash }: SignedBatch, { header: b, hash: bHash }: SignedBatch): number {
  return (
    a.stamp - b.stamp ||
    compareBytes(idBytes(a.author), idBytes(b.author)) ||
    a.incarnation - b.incarnation ||
    a.sequence - b.sequence ||
    compareBytes(aHash, bHash)
  );
}
