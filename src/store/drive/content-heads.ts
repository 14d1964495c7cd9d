// The versions of an object's content: a register with several values. A version replaces those that its author had seen;
// what nobody has replaced is a head, and two heads are a conflict that shows. Nothing is dropped: what was replaced is
// history.
//
// A hostile member may name what its batch does not build on, and what therefore comes only later, in some orders. This is
// remembered as a claim, so that in every order the heads are the versions that no other names.

import { toHex } from "#base/bytes.ts";
import type { EntryId, IndexView, ObjectId } from "../contracts.ts";
import { decodeBatch } from "./batch-knowledge.ts";
import { type CappedList, insertCapped, removeCapped } from "./capped-list.ts";
import { claimedEntry, driveKeys } from "./drive-keys.ts";
import type { VersionWrite } from "./drive-writes.ts";
import type { DriveMark } from "./drive-mark.ts";
import { batchHash, type BatchStamp, isEntry, orderKey } from "./entry-order.ts";
import { encodeVersion, furtherHeads, type ObjectRow, type Version } from "./object-row.ts";
import type { ObjectTable } from "./object-table.ts";
import { pagesOf } from "./row-pages.ts";

const nothing = new Uint8Array(0);
const claimsPerRead = 256;

export class ContentHeads {
  readonly #view: IndexView;
  readonly #mark: DriveMark;
  /** Versions of the batch under way that were replaced before they came. */
  readonly #claimed = new Set<string>();
  /** Batches of entries to be replaced that are no heads; undefined for those that have not come. */
  readonly #batches = new Map<string, BatchStamp | undefined>();

  constructor(view: IndexView, mark: DriveMark) {
    this.#view = view;
    this.#mark = mark;
  }

  /** Before the first `write` of a batch: reads at once what the others will ask for. The objects are loaded. */
  async begin(batch: BatchStamp, writes: readonly VersionWrite[], objects: ObjectTable): Promise<void> {
    await this.#takeClaims(batch);
    const hashes = new Map<string, Uint8Array>();
    for (const { object, replaces } of writes) {
      const { heads } = objects.loaded(object);
      for (const id of replaces) {
        if (!heads.some((head) => isEntry(head.order, id))) hashes.set(toHex(id.batch), id.batch);
      }
    }
    if (hashes.size === 0) return;
    const rows = await this.#view.getMany([...hashes.values()].map(driveKeys.batch));
    for (const [i, hash] of [...hashes.keys()].entries()) this.#addBatch(hash, rows[i]);
  }

  async #takeClaims(batch: BatchStamp): Promise<void> {
    if (this.#mark.claims === 0) return;
    for await (const rows of pagesOf(driveKeys.claims(batchHash(batch)), this.#view, claimsPerRead)) {
      for (const { key } of rows) {
        const { object, index } = claimedEntry(key);
        this.#claimed.add(`${object} ${index}`);
        this.#view.remove(key);
        this.#mark.claims--;
      }
    }
  }

  /** Takes in a version. `row` is being edited. */
  async write(object: ObjectId, row: ObjectRow, version: Version, replaces: readonly EntryId[]): Promise<void> {
    const list = { items: row.heads, more: row.moreHeads };
    for (const id of replaces) await this.#replace(object, list, id);
    if (this.#claimed.has(`${object} ${version.order.index}`)) this.#keep(object, version);
    else insertCapped(list, version, furtherHeads(object), this.#view);
    row.moreHeads = list.more;
  }

  async #replace(object: ObjectId, list: CappedList<Version>, id: EntryId): Promise<void> {
    const head = list.items.find((each) => isEntry(each.order, id)) ?? (await this.#absentHead(object, list, id));
    if (head === undefined) return;
    const wasHead = await removeCapped(list, head, furtherHeads(object), this.#view);
    if (wasHead) this.#keep(object, head);
  }

  /** A head beyond those in the row; or undefined, and a claim if nothing is known of such a batch. */
  async #absentHead(object: ObjectId, list: CappedList<Version>, id: EntryId): Promise<Version | undefined> {
    const batch = await this.#batch(id.batch);
    if (batch === undefined) await this.#claim(object, id);
    if (batch === undefined || list.more === 0) return undefined;
    const key = driveKeys.furtherHead(object, orderKey({ batch, index: id.index }));
    const value = await this.#view.get(key);
    return value && furtherHeads(object).decode(key, value);
  }

  async #batch(hash: Uint8Array): Promise<BatchStamp | undefined> {
    const text = toHex(hash);
    if (!this.#batches.has(text)) this.#addBatch(text, await this.#view.get(driveKeys.batch(hash)));
    return this.#batches.get(text);
  }

  #addBatch(hash: string, row: Uint8Array | undefined): void {
    this.#batches.set(hash, row && decodeBatch(row).stamp);
  }

  async #claim(object: ObjectId, id: EntryId): Promise<void> {
    const key = driveKeys.claim(id, object);
    if ((await this.#view.get(key)) !== undefined) return;
    this.#view.put(key, nothing);
    this.#mark.claims++;
  }

  #keep(object: ObjectId, version: Version): void {
    this.#view.put(driveKeys.replaced(object, orderKey(version.order)), encodeVersion(version));
  }
}
