// What people were told by the nodes of the store's swarm, kept outside of them: changes that were begun, and those that
// were acknowledged, with what they wrote.

import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import type { AuthorPosition, BatchHeader, BlobId, DeviceId, ObjectId } from "#glow";

/** In every name and every piece of content, so that they can be looked for where nothing of them may be. */
export const nameMarker = "wombat";
export const contentMarker = utf8Encode("platypus platypus");
/** No chunk is without a marker. */
const markedEveryBytes = 512;

/** Bytes that follow from a number: which of several contents, and how long. */
export interface Text {
  readonly seed: number;
  readonly sizeBytes: number;
}

export function bytesOfText({ seed, sizeBytes }: Text): Uint8Array {
  const random = new SeededRandom(`text ${seed}`);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < sizeBytes; at += markedEveryBytes) {
    pieces.push(contentMarker, randomBytes(random, markedEveryBytes - contentMarker.length));
  }
  return concatBytes(pieces).subarray(0, sizeBytes);
}

/** A version of a file or a link that somebody wrote. */
export interface WrittenVersion {
  readonly object: ObjectId;
  /** What a file holds; undefined for a version whose bytes came from elsewhere (a copy, a link). */
  readonly text?: Text;
  readonly blobs: readonly BlobId[];
}

export interface AttemptedChange {
  readonly node: string;
  readonly device: DeviceId;
  /** Objects that it makes: all of them, or none. */
  readonly makes: readonly ObjectId[];
  readonly versions: readonly WrittenVersion[];
}

export interface AcknowledgedVersion extends WrittenVersion {
  readonly batch: string;
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
}

/** Errors that are no news to who asks for what may be impossible by now. */
const usual = new Set(["not-found", "already-exists", "invalid", "too-large", "denied", "unavailable", "cancelled"]);
/** Those that a sick disk or index gives. */
const ofSickness = new Set(["corrupt", "exhausted"]);

export class StoreLedger {
  readonly attempts: AttemptedChange[] = [];
  readonly versions: AcknowledgedVersion[] = [];
  readonly batches: { readonly hash: string; readonly header: BatchHeader }[] = [];
  /** What people asked for and got, by what they asked. */
  readonly done = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  #defect: GlowError | undefined;
  /** The last of the revoked device's batches that whoever revoked it has accepted. */
  accepted: AuthorPosition | undefined;
  revoked: DeviceId | undefined;

  get defect(): GlowError | undefined {
    return this.#defect;
  }

  report(defect: GlowError): void {
    this.#defect ??= defect;
  }

  /** A person asks something of a node; `isSick` tells whether its media may fail. */
  async during(node: string, what: string, isSick: () => boolean, work: () => Promise<boolean>): Promise<void> {
    this.#count(node, 1);
    try {
      if (await work()) this.done.set(what, (this.done.get(what) ?? 0) + 1);
    } catch (thrown) {
      const error = GlowError.from(thrown, `swarm.${what}`, node);
      if (usual.has(error.kind) || (ofSickness.has(error.kind) && isSick())) return;
      const message = `nobody expects a person on ${node} to be told this: ${error.toString()}`;
      this.report(new GlowError("internal", `swarm.${what}`, { message, cause: error }));
    } finally {
      this.#count(node, -1);
    }
  }

  /** A node died, and all that was asked of it. */
  died(node: string): void {
    this.#underWay.delete(node);
  }

  isIdle(node: string): boolean {
    return (this.#underWay.get(node) ?? 0) === 0;
  }

  attempt(change: AttemptedChange): void {
    this.attempts.push(change);
  }

  acknowledge({ versions }: AttemptedChange, header: BatchHeader): void {
    const batch = toHex(header.hash);
    const { author, incarnation, sequence } = header;
    this.batches.push({ hash: batch, header });
    for (const version of versions) this.versions.push({ ...version, batch, author, incarnation, sequence });
  }

  /** Whether whoever was told that this batch is written may rely on it: its author was not revoked without it. */
  counts({ author, incarnation, sequence }: Pick<BatchHeader, "author" | "incarnation" | "sequence">): boolean {
    if (author !== this.revoked) return true;
    // Its later incarnations, if any, decide about earlier ones: only what is simple is promised here.
    return incarnation === this.accepted?.incarnation && sequence <= this.accepted.sequence;
  }

  /** Whether the content of a version has to be there: whoever has placed it, and whether that one was revoked since. */
  promises({ author }: AcknowledgedVersion): boolean {
    return author !== this.revoked;
  }

  #count(node: string, change: number): void {
    this.#underWay.set(node, Math.max(0, (this.#underWay.get(node) ?? 0) + change));
  }
}
