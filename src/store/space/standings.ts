// By which standing the batches of each author and key were judged. When the user's statements say otherwise, batches
// that were judged by these are judged anew (reckoning.ts); also after a crash between the two.
//
// What is read from the log was there before this device knew of a revocation, unless a note before it says that it knew
// (log-note.ts): so it is judged as if nothing had happened, and what is to go on counting is covered when all is read.
//
//   row "t" author key = CBOR [type, accepted or whether it is valid]

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { toHex } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, IndexView, Membership, PublicKey, SpaceId, Standing } from "#glow";
import { hashBytes } from "./batch-header.ts";
import { rowKey, rowsWith, standingKey } from "./space-rows.ts";
import { standingFields, standingIn } from "./standing-fields.ts";

interface Judged {
  readonly author: DeviceId;
  readonly key: PublicKey;
  standing: Standing;
}

export interface ChangedStanding {
  readonly author: DeviceId;
  readonly key: PublicKey;
  readonly before: Standing;
  readonly after: Standing;
}

export class Standings {
  readonly #space: SpaceId;
  readonly #judged = new Map<string, Judged>();

  private constructor(space: SpaceId) {
    this.#space = space;
  }

  static async load(view: IndexView, space: SpaceId): Promise<Standings> {
    const standings = new Standings(space);
    for await (const rows of rowsWith(view, rowKey("t"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) {
        const author = idText(key.subarray(1, 1 + hashBytes)) as DeviceId;
        const signer = key.slice(1 + hashBytes) as PublicKey;
        standings.#judged.set(nameOf(author, signer), { author, key: signer, standing: standingIn(decodeCbor(value)) });
      }
    }
    return standings;
  }

  /** The one by which batches of this author and key are judged: what the user's statements say at the first of them. */
  judge(view: IndexView, membership: Membership, author: DeviceId, key: PublicKey, isFromLog: boolean): Standing {
    const judged = this.judged(author, key);
    if (judged !== undefined) return judged;
    const now = membership.standing(author, key, this.#space);
    const standing = isFromLog ? unrevoked(now) : now;
    this.set(view, author, key, standing);
    return standing;
  }

  /** Undefined if nothing of it was judged. */
  judged(author: DeviceId, key: PublicKey): Standing | undefined {
    return this.#judged.get(nameOf(author, key))?.standing;
  }

  /** Where the user's statements now say something else. */
  changed(membership: Membership): ChangedStanding[] {
    const changed: ChangedStanding[] = [];
    for (const { author, key, standing } of this.#judged.values()) {
      const after = membership.standing(author, key, this.#space);
      if (!isSameStanding(standing, after)) changed.push({ author, key, before: standing, after });
    }
    return changed;
  }

  /** From now on batches are judged by it. */
  set(view: IndexView, author: DeviceId, key: PublicKey, standing: Standing): void {
    this.#judged.set(nameOf(author, key), { author, key, standing });
    view.put(standingKey(author, key), encodeCbor(standingFields(standing)));
  }
}

/** Whether this device has to remember when it came to know of it. */
export function isLoss(standing: Standing): boolean {
  return standing.type === "revoked" || (standing.type === "tab" && !standing.valid);
}

function unrevoked(standing: Standing): Standing {
  if (standing.type === "revoked") return { type: "member" };
  return standing.type === "tab" ? { type: "tab", valid: true } : standing;
}

function nameOf(author: DeviceId, key: PublicKey): string {
  return `${author} ${toHex(key)}`;
}

export function isSameStanding(a: Standing, b: Standing): boolean {
  if (a.type === "revoked") return b.type === "revoked" && a.accepted === b.accepted;
  if (a.type === "tab") return b.type === "tab" && a.valid === b.valid;
  return a.type === b.type;
}
