// Makes a batch of what this device writes: on what it builds, what it holds, and its author's signature.

import { compareBytes, equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BatchDraft, Clock, Compression, Crypto, DeviceId, Hash, Membership, SpaceId } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import type { Arrival } from "./arrival.ts";
import { type KeyGrants, readParts, writeHosts, writeKeys, writeOffers } from "./batch-parts.ts";
import { sealPages } from "./sealed-page.ts";
import { type HeaderDraft, signBatch } from "./signed-batch.ts";
import type { SpaceMemory } from "./space-memory.ts";
import type { SpaceWork } from "./space-work.ts";

/** A draft with what only a space itself writes. */
export interface WriteDraft extends BatchDraft {
  readonly keys?: readonly KeyGrants[];
  readonly hosts?: readonly DeviceId[];
  /** In place of the heads. */
  readonly parents?: readonly Hash[];
}

export const emptyDraft: BatchDraft = { entries: [], placements: [], blobs: [] };

export interface BatchWriterOptions {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly compression: Compression;
  readonly identity: NodeIdentity;
  readonly device: DeviceId;
  readonly space: SpaceId;
}

type Placed = Pick<HeaderDraft, "incarnation" | "sequence" | "parents" | "stamp">;

export class BatchWriter {
  readonly #options: BatchWriterOptions;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
  }

  /** `too-large` past the limits of a batch, `unavailable` without a key to seal it with. */
  async write(work: SpaceWork, membership: Membership, draft: WriteDraft): Promise<Arrival> {
    const { clock, crypto, compression, identity, device, space } = this.#options;
    const { entries, placements, blobs, keys = [], hosts = [] } = draft;
    checkCount("entries", entries.length);
    checkCount("placements", placements.length);
    const placed = await this.#place(work, draft.parents);
    const parts: Uint8Array[] = [];
    if (entries.length > 0 || placements.length > 0) {
      const key = work.memory.ring.current;
      if (key === undefined) throw noKeys(space);
      parts.push(...sealPages({ crypto, compression }, key, { author: device, ...placed }, { entries, placements }, 0));
    }
    if (blobs.length > 0) parts.push(writeOffers(blobs));
    if (keys.length > 0) parts.push(writeKeys(keys));
    if (hosts.length > 0) parts.push(writeHosts(hosts));
    const timeMs = Math.max(0, Math.floor(clock.wallMs()));
    const members = membership.heads().slice(0, spaceLimits.members);
    const header = { space, author: device, ...placed, timeMs, members };
    const signed = signBatch(crypto, identity, header, parts);
    return { signed, parts: readParts(signed.parts), from: { type: "own", content: { entries, placements } } };
  }

  /** What it builds on, and so where it stands. */
  async #place(work: SpaceWork, given: readonly Hash[] | undefined): Promise<Placed> {
    const { memory, records } = work;
    const own = memory.chains.last(this.#options.device);
    const incarnation = Math.max(memory.meta.incarnation, own?.incarnation ?? 0);
    if (own === undefined && incarnation > 0) throw ownIsMissing(this.#options.space);
    const sequence = own?.incarnation === incarnation ? own.sequence + 1 : 1;
    const parents = parentsOf(own?.hash, given ?? this.#heads(memory));
    let stamp = 0;
    for (const record of await records.getMany(parents)) stamp = Math.max(stamp, record?.stamp ?? 0);
    return { incarnation, sequence, parents, stamp: stamp + 1 };
  }

  /** If nothing counts, there is still the first batch. */
  #heads({ heads }: SpaceMemory): Hash[] {
    const hashes = heads.list().map(({ hash }) => hash);
    return hashes.length > 0 ? hashes : [idBytes(this.#options.space) as Hash];
  }
}

/** The author's own last batch first, the others ascending; no more than a batch may name. */
function parentsOf(own: Hash | undefined, heads: readonly Hash[]): Hash[] {
  const others = heads.filter((hash) => own === undefined || !equalBytes(hash, own)).sort(compareBytes);
  if (own !== undefined) return [own, ...others.slice(0, spaceLimits.parents - 1)];
  return others.slice(0, spaceLimits.parents);
}

function checkCount(what: string, count: number): void {
  if (count <= spaceLimits.entries) return;
  const message = `a batch has at most ${spaceLimits.entries} ${what}, not ${count}; write them in several`;
  throw new GlowError("too-large", "space.write", { message });
}

function noKeys(space: SpaceId): GlowError {
  const message = "this device has no keys of the space yet: it gets them from any other device of the user that has";
  return new GlowError("unavailable", "space.write", { target: space, message });
}

function ownIsMissing(space: SpaceId): GlowError {
  const message = "this device has lost what it wrote before, and only a part has come back: try again when all has";
  return new GlowError("unavailable", "space.write", { target: space, message });
}
