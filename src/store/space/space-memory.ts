// What of a space is in memory: little, however many batches there are. It is what the index has; where a write to the
// index failed, it is read from there again.

import { toHex } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, Hash, IndexView, Membership, PublicKey, SpaceId } from "#glow";
import { AuthorChains } from "./author-chains.ts";
import { BatchHeads } from "./batch-heads.ts";
import { BatchRecords } from "./batch-record.ts";
import type { KeyGrant } from "./batch-parts.ts";
import { KeyRing } from "./key-ring.ts";
import { Quarantine } from "./quarantine.ts";
import type { BatchKey } from "./signed-batch.ts";
import type { SpaceKey } from "./space-key.ts";
import { loadMeta, type SpaceMeta } from "./space-meta.ts";
import { lastHash, rowKey, rowsWith } from "./space-rows.ts";
import { Standings } from "./standings.ts";
import { type Account, strangers, WaitingRoom } from "./waiting-room.ts";

export interface SpaceMemory {
  meta: SpaceMeta;
  chains: AuthorChains;
  readonly heads: BatchHeads;
  readonly waiting: WaitingRoom;
  readonly quarantine: Quarantine;
  readonly standings: Standings;
  readonly ring: KeyRing;
  /** Batches that the medium has damaged. */
  readonly lost: Map<BatchKey, Hash>;
}

export interface MemorySource {
  readonly space: SpaceId;
  readonly membership: Membership | undefined;
  /** Opens a grant with this device's key; `salt` is the space's. Undefined if it is no grant to this device. */
  openGrant(keyId: Uint8Array, grant: KeyGrant, salt: Uint8Array): SpaceKey | undefined;
}

export async function loadMemory(view: IndexView, source: MemorySource): Promise<SpaceMemory> {
  const meta = await loadMeta(view);
  const opened = { meta };
  const ring = await KeyRing.load(view, (keyId, grant) => {
    const salt = opened.meta.genesis?.salt;
    return salt && source.openGrant(keyId, grant, salt);
  });
  const memory: SpaceMemory = Object.assign(opened, {
    chains: await AuthorChains.load(view),
    heads: await BatchHeads.load(view),
    waiting: await loadWaiting(view, source),
    quarantine: await Quarantine.load(view),
    standings: await Standings.load(view, source.space),
    ring,
    lost: new Map<BatchKey, Hash>(),
  });
  for await (const rows of rowsWith(view, rowKey("d"), spaceLimits.pageRows)) {
    for (const { key } of rows) memory.lost.set(toHex(lastHash(key)), lastHash(key));
  }
  return memory;
}

async function loadWaiting(view: IndexView, source: MemorySource): Promise<WaitingRoom> {
  const waiting = new WaitingRoom();
  const records = new BatchRecords(view);
  for await (const rows of rowsWith(view, rowKey("w"), spaceLimits.pageRows)) {
    for (const record of await records.getMany(rows.map(({ key }) => lastHash(key)))) {
      if (record === undefined) continue;
      waiting.enter(
        record,
        accountOf(source, record.author, record.key),
        await missingParents(records, record.parents),
      );
    }
  }
  return waiting;
}

/** Those that are not held. */
export async function missingParents(records: BatchRecords, parents: readonly Hash[]): Promise<Hash[]> {
  const found = await records.getMany(parents);
  return parents.filter((_, i) => found[i]?.held !== true);
}

/** Whose room a batch takes while it waits. */
export function accountOf(
  { membership, space }: Pick<MemorySource, "membership" | "space">,
  author: DeviceId,
  key: PublicKey,
): Account {
  if (membership === undefined || membership.standing(author, key, space).type === "stranger") return strangers;
  return author;
}
