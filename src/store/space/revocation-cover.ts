// What a device builds on when it learns that another one was revoked, or that a tab's certificate has run out: all that it
// has of it and that stays accepted. From then on nobody could tell whether that was there before.

import { equalBytes, toHex } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, Hash, PublicKey, Standing } from "#glow";
import { endOf, lastHash, slotKey } from "./space-rows.ts";
import type { SpaceWork } from "./space-work.ts";
import type { ChangedStanding } from "./standings.ts";

/** Parents for a batch that covers it; undefined if nothing is to be covered. */
export async function coveringParents(
  work: SpaceWork,
  changed: readonly ChangedStanding[],
): Promise<readonly Hash[] | undefined> {
  const { memory, records, view } = work;
  const parents = new Map<string, Hash>();
  let isNeeded = false;
  for (const { hash } of memory.heads.list()) {
    const record = await records.get(hash);
    const change = record && changeOf(changed, record.author, record.key);
    if (
      record === undefined ||
      (change?.after.type === "revoked" && !isAccepted(work, record.author, record, change.after))
    )
      continue;
    parents.set(toHex(hash), hash);
    if (change !== undefined && change.after.type !== "member") isNeeded = true;
  }
  for (const { author, before, after } of changed) {
    const last = memory.chains.last(author);
    if (!counted(before) || after.type !== "revoked" || after.accepted === 0 || last === undefined) continue;
    const slot = slotKey("a", author, last.incarnation, Math.min(after.accepted, last.sequence));
    for (const { key } of await view.range(slot, endOf(slot), spaceLimits.parents)) {
      parents.set(toHex(lastHash(key)), lastHash(key));
      isNeeded = true;
    }
  }
  return isNeeded ? [...parents.values()] : undefined;
}

function changeOf(changed: readonly ChangedStanding[], author: DeviceId, key: PublicKey): ChangedStanding | undefined {
  return changed.find((each) => each.author === author && equalBytes(each.key, key));
}

function isAccepted(
  { memory }: SpaceWork,
  author: DeviceId,
  { incarnation, sequence }: { readonly incarnation: number; readonly sequence: number },
  { accepted }: Extract<Standing, { type: "revoked" }>,
): boolean {
  const last = memory.chains.last(author)?.incarnation ?? incarnation;
  return accepted > 0 && (incarnation < last || sequence <= accepted);
}

function counted(standing: Standing): boolean {
  return standing.type === "member" || (standing.type === "tab" && standing.valid);
}
