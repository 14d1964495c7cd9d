// Batches that are held and served and do not count, each with the reason. Bounded for each author: a revoked device may
// go on to write for ever.
//
//   row "q" hash = CBOR [author, incarnation, sequence, size, reason, message]

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, IndexView, QuarantinedBatch, Standing } from "#glow";
import type { BatchRecord } from "./batch-record.ts";
import { hashKey, lastHash, rowKey, rowsWith } from "./space-rows.ts";
import { type Account, strangers } from "./waiting-room.ts";

/** Why a batch does not count; the numbers are in the index. */
export const quarantineReason = {
  /** Its author is no device of the user, or never had the key that signed. */
  stranger: 0,
  /** Its author was revoked, and it is later than what was accepted. */
  revoked: 1,
  /** Its author was revoked, and no member's batch builds on it: when it was signed, nobody can tell. */
  unproved: 2,
  /** It is of a tab whose certificate has run out, and no member's batch builds on it. */
  expired: 3,
  /** It counts, but its entries cannot be opened with the key that it names. */
  unreadable: 4,
} as const;

export type QuarantineReason = (typeof quarantineReason)[keyof typeof quarantineReason];

const messages: Readonly<Record<QuarantineReason, string>> = {
  [quarantineReason.stranger]: "its author is no device of the user, or never had the key that signed it",
  [quarantineReason.revoked]: "its author was revoked, and the revocation does not accept it",
  [quarantineReason.unproved]: "its author was revoked, and no batch of another device shows that it was there before",
  [quarantineReason.expired]: "the tab's certificate has run out, and no device of the user has built on it",
  [quarantineReason.unreadable]: "its author sealed something else than entries",
};

export class Quarantine {
  readonly #used = new Map<Account, { batches: number; bytes: number }>();

  static async load(view: IndexView): Promise<Quarantine> {
    const quarantine = new Quarantine();
    for await (const rows of rowsWith(view, rowKey("q"), spaceLimits.pageRows)) {
      for (const { value } of rows) {
        const { author, sizeBytes, reason } = decode(value);
        quarantine.#account(author, reason, sizeBytes, 1);
      }
    }
    return quarantine;
  }

  /** `exhausted` if no more of this author are kept. */
  check({ author, sizeBytes }: BatchRecord, reason: QuarantineReason): void {
    const { batches, bytes } = this.#used.get(accountOf(author, reason)) ?? { batches: 0, bytes: 0 };
    const { quarantinedBatches, quarantinedBytes } = spaceLimits;
    if (batches < quarantinedBatches && bytes + sizeBytes <= quarantinedBytes) return;
    const message = `no more batches of this author are kept that do not count: ${messages[reason]}`;
    throw new GlowError("exhausted", "batch.take", { target: author, message });
  }

  /** With this reason from now on, whatever was known of it before. */
  async enter(
    view: IndexView,
    record: BatchRecord,
    reason: QuarantineReason,
    message = messages[reason],
  ): Promise<void> {
    await this.leave(view, record);
    const { hash, author, incarnation, sequence, sizeBytes } = record;
    view.put(hashKey("q", hash), encodeCbor([idBytes(author), incarnation, sequence, sizeBytes, reason, message]));
    this.#account(author, reason, sizeBytes, 1);
  }

  /** Does nothing if it is not in quarantine. */
  async leave(view: IndexView, { hash }: BatchRecord): Promise<void> {
    const row = await view.get(hashKey("q", hash));
    if (row === undefined) return;
    view.remove(hashKey("q", hash));
    const { author, sizeBytes, reason } = decode(row);
    this.#account(author, reason, sizeBytes, -1);
  }

  static async list(view: Pick<IndexView, "range">): Promise<QuarantinedBatch[]> {
    const list: QuarantinedBatch[] = [];
    for await (const rows of rowsWith(view, rowKey("q"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) {
        const { author, incarnation, sequence, reason, message } = decode(value);
        const hash = lastHash(key);
        const kind = reason === quarantineReason.unreadable ? "corrupt" : "denied";
        const error = new GlowError(kind, "batch.admit", { target: idText(hash), message });
        list.push({ hash, author, incarnation, sequence, reason: error });
      }
    }
    return list;
  }

  #account(author: DeviceId, reason: QuarantineReason, sizeBytes: number, sign: 1 | -1): void {
    const account = accountOf(author, reason);
    const { batches, bytes } = this.#used.get(account) ?? { batches: 0, bytes: 0 };
    const used = { batches: batches + sign, bytes: bytes + sign * sizeBytes };
    if (used.batches === 0) this.#used.delete(account);
    else this.#used.set(account, used);
  }
}

/** Why a batch that does not count, of an author of this standing, does not. */
export function reasonFor({ sequence, covered }: BatchRecord, standing: Standing): QuarantineReason {
  if (standing.type === "tab") return quarantineReason.expired;
  if (standing.type !== "revoked") return quarantineReason.stranger;
  return !covered && sequence <= standing.accepted ? quarantineReason.unproved : quarantineReason.revoked;
}

function accountOf(author: DeviceId, reason: QuarantineReason): Account {
  return reason === quarantineReason.stranger ? strangers : author;
}

function decode(row: Uint8Array) {
  const [author, incarnation, sequence, sizeBytes, reason, message] = decodeCbor(row) as readonly CborValue[] as [
    Uint8Array,
    number,
    number,
    number,
    QuarantineReason,
    string,
  ];
  return { author: idText(author) as DeviceId, incarnation, sequence, sizeBytes, reason, message };
}
