// Batches as anybody may sign them who has a key, honest or not: what a test does not say is as it should be.

import { compareBytes, concatBytes, equalBytes, toHex } from "#base/bytes.ts";
import type { BatchHeader, Hash } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { type HeaderDraft, signBatch, type SignedBatch } from "#store/space/signed-batch.ts";
import { type Actor, crypto } from "../identity/cast.ts";
import { batchesOf, type Device, type SpaceWorld } from "./space-world.ts";

export interface Forgery extends Partial<HeaderDraft> {
  readonly by: Actor;
  /** Another key than the actor's. */
  readonly key?: NodeIdentity;
  readonly parts?: readonly Uint8Array[];
  /** What it builds on, beside its author's last batch; by default the last batch of all. */
  readonly on?: readonly SignedBatch[];
}

type Known = Pick<BatchHeader, "hash" | "author" | "incarnation" | "sequence" | "stamp">;

export class BatchForge {
  readonly #world: SpaceWorld;
  readonly #device: () => Device;
  /** By hash: what the device holds, and what was made here. */
  readonly #known = new Map<string, Known>();

  /** It knows what this device holds. */
  constructor(world: SpaceWorld, device: () => Device) {
    this.#world = world;
    this.#device = device;
  }

  async make({ by, key, parts = [], on, ...said }: Forgery): Promise<SignedBatch> {
    const known = await this.#look();
    const author = said.author ?? by.id;
    const incarnation = said.incarnation ?? 0;
    const own = known
      .filter((header) => header.author === author && header.incarnation === incarnation)
      .reduce<Known | undefined>((last, each) => (each.sequence > (last?.sequence ?? 0) ? each : last), undefined);
    const latest = known.reduce((last, each) => (each.stamp > last.stamp ? each : last));
    const others = on?.map(({ hash }) => hash) ?? [latest.hash];
    const parents = said.parents ?? parentsOf(own?.hash, others);
    const stampOf = (hash: Hash) => known.find((each) => equalBytes(each.hash, hash))?.stamp ?? 0;
    const draft = {
      space: this.#device().space().id,
      author,
      incarnation,
      sequence: (own?.sequence ?? 0) + 1,
      parents,
      stamp: 1 + Math.max(0, ...parents.map(stampOf)),
      timeMs: 1_800_000_000_000,
      members: this.#device().parts.user.heads(),
      ...said,
    };
    const batch = signBatch(crypto, key ?? by.identity, draft, parts);
    this.#known.set(batch.id, { ...batch.header, hash: batch.hash });
    return batch;
  }

  async #look(): Promise<Known[]> {
    const space = this.#device().space();
    const hashes = await this.#world.finish(space.hashes());
    const unknown = hashes.filter((hash) => !this.#known.has(toHex(hash)));
    for (const { header } of await this.#world.finish(batchesOf(space, unknown)))
      this.#known.set(toHex(header.hash), header);
    return [...this.#known.values()];
  }
}

function parentsOf(own: Hash | undefined, others: readonly Hash[]): Hash[] {
  const rest = others.filter((hash) => own === undefined || !equalBytes(hash, own)).sort(compareBytes);
  return own === undefined ? rest : [own, ...rest];
}

/** A part of a type that nobody knows, of this size. */
export function filler(sizeBytes: number, number = 0): Uint8Array {
  return concatBytes([Uint8Array.of(99, number), new Uint8Array(sizeBytes - 2)]);
}
