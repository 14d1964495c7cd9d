// Links to the page that were given out, and what came of them. A link holds an invitation for a tab, spent once; the tab that
// spent it may do here what the link says, until its time is over. Other devices of the user let it do what they let tabs do.
//
//   pages/links   records (identity/record-file.ts), each a CBOR map: "invitation" (its id), "rights" (texts), "since" and
//                 "expires" (ms since 1970), "node" (who opened it; absent until then)

import { fromHex, toHex } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits, webLimits } from "#base/limits.ts";
import type { NodeId, Platform } from "#glow";
import { readInvitation } from "#identity/invitation/invitation-code.ts";
import { invitationId } from "#identity/invitation/invitation-secret.ts";
import { RecordFile } from "#identity/record-file.ts";
import { RecordReader } from "#identity/record-reader.ts";
import { Turns } from "#identity/turns.ts";
import type { Right } from "#interfaces/generated/node.ts";
import type { MemberNode } from "../member-node.ts";

export interface PageVisit {
  /** The invitation's id, in hexadecimal. */
  readonly id: string;
  readonly rights: readonly Right[];
  readonly sinceMs: number;
  /** By the wall clock. */
  readonly expiresMs: number;
  /** Who opened it. */
  readonly node?: NodeId;
}

export type PageMember = Pick<MemberNode, "invite" | "invitations" | "cancelInvitation" | "revoke">;

const path = "pages/links";
const recordBytes = 1024;
const fileBytes = 4 * webLimits.pageLinks * recordBytes;
const rightsKnown: readonly Right[] = ["read", "write", "folders", "invite", "administer"];

export class PageLinks {
  readonly #platform: Pick<Platform, "crypto" | "clock">;
  readonly #member: PageMember;
  readonly #file: RecordFile;
  readonly #turns = new Turns();
  /** By id, oldest first. */
  readonly #visits = new Map<string, PageVisit>();

  private constructor(platform: Pick<Platform, "crypto" | "clock">, member: PageMember, file: RecordFile) {
    this.#platform = platform;
    this.#member = member;
    this.#file = file;
    for (const record of file.records) {
      const visit = readVisit(record);
      this.#visits.set(visit.id, visit);
    }
  }

  static async open(platform: Pick<Platform, "disk" | "crypto" | "clock">, member: PageMember): Promise<PageLinks> {
    const { disk, crypto } = platform;
    const file = await RecordFile.open({ disk, crypto, path, recordBytes, fileBytes });
    return new PageLinks(platform, member, file);
  }

  /** The code of a new link. Durable when it resolves. `exhausted` if too many hold. */
  issue(rights: readonly Right[], lifetimeMs: number): Promise<{ readonly code: string; readonly visit: PageVisit }> {
    return this.#turns.take(async () => {
      await this.#forgetExpired();
      if (this.#visits.size >= webLimits.pageLinks) {
        const message = `${webLimits.pageLinks} links to the page hold, as many as can be: dismiss some visitors first`;
        throw new GlowError("exhausted", "pages.link", { message });
      }
      const { crypto, clock } = this.#platform;
      const code = await this.#member.invite("tab", Math.min(lifetimeMs, identityLimits.invitationMs), "browser");
      const sinceMs = clock.wallMs();
      const id = toHex(invitationId(crypto, readInvitation(crypto, code).secret));
      const visit = { id, rights, sinceMs, expiresMs: sinceMs + lifetimeMs };
      this.#visits.set(id, visit);
      await this.#save();
      return { code, visit };
    });
  }

  /** Those that hold, oldest first. */
  list(): readonly PageVisit[] {
    this.#noteNodes();
    const nowMs = this.#platform.clock.wallMs();
    return [...this.#visits.values()].filter(({ expiresMs }) => expiresMs > nowMs);
  }

  /** What a node was let in for. Undefined if it did not come by a link of this node. */
  of(node: NodeId): PageVisit | undefined {
    this.#noteNodes();
    return [...this.#visits.values()].find((visit) => visit.node === node);
  }

  /** It holds no longer, and whoever opened it is put out. `not-found` if there is none. */
  dismiss(id: string): Promise<void> {
    return this.#turns.take(async () => {
      this.#noteNodes();
      const visit = this.#visits.get(id);
      if (visit === undefined) {
        const message = "there is no such visitor; it may have been dismissed already";
        throw new GlowError("not-found", "pages.dismiss", { target: id, message });
      }
      await this.#end(visit);
      await this.#save();
    });
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#file.close());
  }

  async #forgetExpired(): Promise<void> {
    this.#noteNodes();
    const nowMs = this.#platform.clock.wallMs();
    const expired = [...this.#visits.values()].filter(({ expiresMs }) => expiresMs <= nowMs);
    for (const visit of expired) await this.#end(visit);
  }

  async #end(visit: PageVisit): Promise<void> {
    try {
      if (visit.node === undefined) await this.#member.cancelInvitation(fromHex(visit.id));
      else await this.#member.revoke(visit.node);
    } catch (error) {
      // It is gone from there already.
      if (GlowError.from(error, "pages.dismiss").kind !== "not-found") throw error;
    }
    this.#visits.delete(visit.id);
  }

  /** Who has opened a link is told by the invitation. */
  #noteNodes(): void {
    const waiting = [...this.#visits.values()].some(({ node }) => node === undefined);
    if (!waiting) return;
    let isChanged = false;
    for (const { id, redeemer } of this.#member.invitations) {
      const visit = this.#visits.get(toHex(id));
      if (visit === undefined || visit.node !== undefined || redeemer === undefined) continue;
      this.#visits.set(visit.id, { ...visit, node: redeemer });
      isChanged = true;
    }
    // If this is lost, the invitation tells it again.
    if (isChanged) void this.#turns.take(() => this.#save()).catch(() => undefined);
  }

  #save(): Promise<void> {
    return this.#file.rewrite([...this.#visits.values()].map(writeVisit));
  }
}

function writeVisit({ id, rights, sinceMs, expiresMs, node }: PageVisit): Uint8Array {
  return encodeCbor({
    invitation: id,
    rights: [...rights],
    since: Math.floor(sinceMs),
    expires: Math.floor(expiresMs),
    ...(node && { node }),
  });
}

function readVisit(record: Uint8Array): PageVisit {
  const reader = new RecordReader("page link", record);
  const rights = reader.texts("rights", rightsKnown.length, 32);
  return {
    id: reader.text("invitation", 64),
    rights: rightsKnown.filter((right) => rights.includes(right)),
    sinceMs: reader.integer("since"),
    expiresMs: reader.integer("expires"),
    ...(reader.has("node") && { node: reader.text("node", 128) as NodeId }),
  };
}
