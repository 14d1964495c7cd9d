// The invitations that this node gave out, in one file of records (record-file.ts): each is redeemed at most once,
// whatever crashes. The secret is not kept, only what is derived from it, so a code is shown once.
//
//   record   = CBOR map, "type" issue: "id", "key", "role", "expires" ms, "name"
//                        "type" spend: "id", "node" (who redeemed it)           "type" cancel: "id"
//
// Why an invitation is refused is told only to those who have proved, by the handshake, that they hold its secret:
// `find` yields a key for past invitations too, and `spend` comes after the proof. To anybody else all look unknown.

import { toHex, utf8Encode } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import type { Address, InvitationLedger, InvitationStatus, NodeId, Platform, UserId } from "#glow";
import { RecordFile } from "../record-file.ts";
import { RecordReader } from "../record-reader.ts";
import { Turns } from "../turns.ts";
import { type InvitedRole, writeInvitation } from "./invitation-code.ts";
import { invitationId, invitationIdBytes, invitationKey, invitationSecretBytes } from "./invitation-secret.ts";

type LedgerPlatform = Pick<Platform, "disk" | "crypto" | "random" | "clock">;

interface Entry {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  readonly role: InvitedRole;
  readonly expiresMs: number;
  readonly name: string;
  readonly end?: { readonly type: "spent"; readonly by: NodeId } | { readonly type: "cancelled" };
}

const path = "identity/invitations";
const recordBytes = 1024;
/** Above this the file is written anew, with what is still remembered: a fifth of it at most. */
const rewriteBytes = 512 * 1024;

export class DiskInvitationLedger implements InvitationLedger {
  readonly #platform: LedgerPlatform;
  readonly #file: RecordFile;
  readonly #turns = new Turns();
  /** By the id in hexadecimal, oldest first. */
  readonly #entries = new Map<string, Entry>();

  private constructor(platform: LedgerPlatform, file: RecordFile) {
    this.#platform = platform;
    this.#file = file;
  }

  static async open(platform: LedgerPlatform): Promise<DiskInvitationLedger> {
    const { disk, crypto } = platform;
    const file = await RecordFile.open({ disk, crypto, path, recordBytes, fileBytes: 4 * rewriteBytes });
    const ledger = new DiskInvitationLedger(platform, file);
    for (const record of file.records) ledger.#replay(record);
    ledger.#forget();
    return ledger;
  }

  issue(invitation: {
    readonly user: UserId;
    readonly issuer: NodeId;
    readonly role: InvitedRole;
    readonly lifetimeMs: number;
    readonly addresses: readonly Address[];
    readonly relays: readonly Address[];
    readonly name: string;
  }): Promise<{ readonly id: Uint8Array; readonly code: string }> {
    return this.#turns.take(async () => {
      const { crypto, random, clock } = this.#platform;
      const { role, name, lifetimeMs, ...rest } = invitation;
      this.#checkRoom(lifetimeMs, name);
      const secret = randomBytes(random, invitationSecretBytes);
      const expiresMs = Math.floor((clock.wallMs() + lifetimeMs) / 1000) * 1000;
      const code = writeInvitation(crypto, { ...rest, role, secret, expiresMs });
      const id = invitationId(crypto, secret);
      const entry: Entry = { id, key: invitationKey(crypto, secret), role, expiresMs, name };
      if (this.#file.sizeBytes > rewriteBytes) await this.#rewrite();
      await this.#file.append([issueRecord(entry)]);
      this.#entries.set(toHex(id), entry);
      this.#forget();
      return { id, code };
    });
  }

  find(id: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(id))?.key;
  }

  spend(id: Uint8Array, redeemer: NodeId): Promise<InvitationStatus> {
    return this.#turns.take(async () => {
      const entry = this.#entries.get(toHex(id));
      if (entry === undefined) throw refused("not-found", "this invitation is not known here, or no longer");
      if (entry.end?.type === "spent" && entry.end.by === redeemer) return this.#status(entry);
      if (entry.end?.type === "spent") throw refused("denied", "this invitation was used already, by another device");
      if (entry.end?.type === "cancelled") throw refused("denied", "this invitation was cancelled");
      if (this.#isExpired(entry)) throw refused("denied", "this invitation has expired");
      await this.#file.append([encodeCbor({ type: "spend", id: entry.id, node: redeemer })]);
      const status = this.#end(entry, { type: "spent", by: redeemer });
      this.#forget();
      return status;
    });
  }

  cancel(id: Uint8Array): Promise<void> {
    return this.#turns.take(async () => {
      const entry = this.#entries.get(toHex(id));
      if (entry === undefined) throw refused("not-found", "there is no such invitation");
      if (entry.end !== undefined) return;
      await this.#file.append([encodeCbor({ type: "cancel", id: entry.id })]);
      this.#end(entry, { type: "cancelled" });
      this.#forget();
    });
  }

  list(): readonly InvitationStatus[] {
    return [...this.#entries.values()].map((entry) => this.#status(entry));
  }

  async close(): Promise<void> {
    await this.#turns.take(() => this.#file.close());
  }

  #checkRoom(lifetimeMs: number, name: string): void {
    const { invitationMs, invitations, nameBytes } = identityLimits;
    if (!(lifetimeMs > 0 && lifetimeMs <= invitationMs)) {
      throw new GlowError("invalid", "invitation.issue", { message: `an invitation lasts at most ${invitationMs} ms` });
    }
    if (utf8Encode(name).length > nameBytes) {
      throw new GlowError("too-large", "invitation.issue", {
        message: `a name has at most ${nameBytes} bytes of UTF-8`,
      });
    }
    if (this.list().filter(({ state }) => state === "open").length < invitations) return;
    const message = `${invitations} invitations are open, the most there may be: cancel some, or wait`;
    throw new GlowError("exhausted", "invitation.issue", { message });
  }

  #end(entry: Entry, end: NonNullable<Entry["end"]>): InvitationStatus {
    const ended = { ...entry, end };
    this.#entries.set(toHex(entry.id), ended);
    return this.#status(ended);
  }

  #status(entry: Entry): InvitationStatus {
    const { id, role, expiresMs, name, end } = entry;
    const state = end?.type ?? (this.#isExpired(entry) ? "expired" : "open");
    return { id, role, expiresMs, name, state, ...(end?.type === "spent" && { redeemer: end.by }) };
  }

  /** By the clock that set the time, so without a tolerance. */
  #isExpired({ expiresMs }: Entry): boolean {
    return this.#platform.clock.wallMs() >= expiresMs;
  }

  #forget(): void {
    const past = this.list().filter(({ state }) => state !== "open");
    for (const { id } of past.slice(0, Math.max(0, past.length - identityLimits.pastInvitations))) {
      this.#entries.delete(toHex(id));
    }
  }

  async #rewrite(): Promise<void> {
    const records = [...this.#entries.values()].flatMap((entry) => {
      const { id, end } = entry;
      if (end === undefined) return [issueRecord(entry)];
      const last = end.type === "spent" ? { type: "spend", id, node: end.by } : { type: "cancel", id };
      return [issueRecord(entry), encodeCbor(last)];
    });
    await this.#file.rewrite(records);
  }

  #replay(record: Uint8Array): void {
    const fields = new RecordReader("invitation", record);
    const id = fields.bytes("id", invitationIdBytes);
    const known = this.#entries.get(toHex(id));
    const type = fields.text("type", 16);
    if (type === "issue") {
      this.#entries.set(toHex(id), readIssue(fields, id));
    } else if (known !== undefined && known.end === undefined) {
      const by = () => fields.text("node", identityLimits.nameBytes) as NodeId;
      this.#end(known, type === "spend" ? { type: "spent", by: by() } : { type: "cancelled" });
    }
  }
}

function issueRecord({ id, key, role, expiresMs, name }: Entry): Uint8Array {
  return encodeCbor({ type: "issue", id, key, role, expires: expiresMs, name });
}

function readIssue(fields: RecordReader, id: Uint8Array): Entry {
  const role = fields.text("role", 16) === "tab" ? "tab" : "device";
  const name = fields.text("name", identityLimits.nameBytes);
  return { id, key: fields.bytes("key", 32), role, expiresMs: fields.integer("expires"), name };
}

function refused(kind: "not-found" | "denied", reason: string): GlowError {
  return new GlowError(kind, "invitation.spend", { message: `${reason}: ask for a new one` });
}
