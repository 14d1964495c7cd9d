// The keys of a space, as its batches grant them. A key that is here opens what it sealed, whoever granted it. Which one
// new batches are sealed with, who has which, and who holds without keys, is said by the batches that count, and by their
// order (stamp, author, incarnation, sequence, hash), so that it is the same everywhere.
//
//   row "c" stamp author incarnation sequence hash = CBOR [whether it counts, the parts "keys" and "hosts"]
//
// A key's epoch is what the first batch that counts grants it with, and at most one above all before it, so that nobody
// can use them up. New batches are sealed with the key of the highest epoch that is here; of two, with that of the
// smaller id.

import { compareBytes, equalBytes, toHex } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { spaceLimits } from "#base/limits.ts";
import type { ContentKey, ContentKeys, DeviceId, IndexView, PublicKey } from "#glow";
import { type ClearParts, type KeyGrant, type KeyGrants, readParts, writeHosts, writeKeys } from "./batch-parts.ts";
import type { BatchRecord, BatchRecords } from "./batch-record.ts";
import type { KeyName, SpaceKey } from "./space-key.ts";
import { lastHash, rowKey, rowsWith, slotKey, slotOf, stampOf, u48 } from "./space-rows.ts";

/** What a batch says about keys and hosts. */
interface Control extends Pick<ClearParts, "keys" | "hosts"> {
  /** Of its row: orders as batches do. */
  readonly order: Uint8Array;
  readonly author: DeviceId;
  readonly isFirst: boolean;
  readonly counts: boolean;
}

/** A device, by a key of its own. */
export interface Grantee {
  readonly device: DeviceId;
  readonly key: PublicKey;
}

/** Opens a grant that was made to this device; undefined if it was not, or is none. */
export type OpenGrant = (keyId: Uint8Array, grant: KeyGrant) => SpaceKey | undefined;

/** Of keys of one device to which one key of the space is wrapped, so many are told apart. */
const mostKeysOfDevice = 64;
const stampBytes = 6;

/** What batches say of one key. */
interface KeyEntry {
  /** Undefined while none that counts grants it. */
  epoch: number | undefined;
  /** As its first batch has it, whether that counts or not. */
  readonly claimedEpoch: number;
  /** To which keys of which devices it was wrapped, by batches that count. */
  readonly granted: Map<DeviceId, readonly PublicKey[]>;
  /** Who has it: also whoever granted it, and to whom it was wrapped in the beginning. */
  readonly exposed: Set<DeviceId>;
}

export class KeyRing {
  readonly #openGrant: OpenGrant;
  readonly #secrets = new Map<KeyName, SpaceKey>();
  readonly #entries = new Map<KeyName, KeyEntry>();
  readonly #hosts = new Set<DeviceId>();
  /** The place of the last batch that was taken in. */
  #last: Uint8Array | undefined;
  #lastEpoch: number | undefined;
  #firstKey: KeyName | undefined;
  #content: ContentKeys | undefined;
  #version = 0;

  constructor(openGrant: OpenGrant) {
    this.#openGrant = openGrant;
  }

  static async load(view: IndexView, openGrant: OpenGrant): Promise<KeyRing> {
    const ring = new KeyRing(openGrant);
    await ring.#takeAll(view);
    return ring;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Hosts without keys. */
  get hosts(): ReadonlySet<DeviceId> {
    return this.#hosts;
  }

  /** What new batches are sealed with; undefined if this device has no keys. */
  get current(): SpaceKey | undefined {
    const secrets = this.secrets;
    const granted = secrets.filter(({ name }) => this.#entries.get(name)?.epoch !== undefined);
    // Where those who granted the keys were revoked with all that they wrote, somebody has to go on with what is here.
    return (granted.length > 0 ? granted : secrets).at(-1);
  }

  /** The same keys until something of them changes. Undefined without keys, or without that of the first epoch. */
  get content(): ContentKeys | undefined {
    return this.#content;
  }

  /** All that are here: the oldest epoch first, and of one epoch the one with the greatest id. */
  get secrets(): SpaceKey[] {
    return [...this.#secrets.values()].sort((a, b) => this.epochOf(a) - this.epochOf(b) || compareBytes(b.id, a.id));
  }

  /** The highest epoch of all keys that batches which count grant, here or not; undefined before the first. */
  get lastEpoch(): number | undefined {
    return this.#lastEpoch;
  }

  find(id: Uint8Array): SpaceKey | undefined {
    return this.#secrets.get(toHex(id));
  }

  epochOf({ name }: SpaceKey): number {
    const entry = this.#entries.get(name);
    return entry?.epoch ?? entry?.claimedEpoch ?? 0;
  }

  /** Who has this key, as far as batches say. */
  exposedTo({ name }: SpaceKey): readonly DeviceId[] {
    return [...(this.#entries.get(name)?.exposed ?? [])];
  }

  isGranted({ name }: SpaceKey, { device, key }: Grantee): boolean {
    const keys = this.#entries.get(name)?.granted.get(device) ?? [];
    return keys.some((each) => equalBytes(each, key));
  }

  /** Takes in what a batch says. Whether keys have come to this device that it had not. */
  async enter(view: IndexView, record: BatchRecord, { keys, hosts }: ClearParts): Promise<boolean> {
    if (keys.length === 0 && hosts.length === 0) return false;
    const { author, stamp, counts } = record;
    const control = { order: orderOf(record), author, isFirst: stamp === 1, counts, keys, hosts };
    view.put(control.order, encode(control));
    const before = this.#secrets.size;
    if (this.#last === undefined || compareBytes(this.#last, control.order) < 0) this.#take(control);
    else await this.#takeAll(view);
    this.#content = this.#deriveContent();
    return this.#secrets.size > before;
  }

  /** Some batches count now that did not, or the other way round. */
  async judge(view: IndexView, records: BatchRecords): Promise<void> {
    for await (const rows of rowsWith(view, rowKey("c"), spaceLimits.pageRows)) {
      const found = await records.getMany(rows.map(({ key }) => lastHash(key)));
      for (const [i, { key, value }] of rows.entries()) {
        const control = decode(key, value);
        const counts = found[i]?.counts === true;
        if (counts !== control.counts) view.put(control.order, encode({ ...control, counts }));
      }
    }
    await this.#takeAll(view);
  }

  async #takeAll(view: IndexView): Promise<void> {
    this.#entries.clear();
    this.#hosts.clear();
    this.#lastEpoch = undefined;
    this.#firstKey = undefined;
    for await (const rows of rowsWith(view, rowKey("c"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) this.#take(decode(key, value));
    }
    this.#content = this.#deriveContent();
  }

  #take(control: Control): void {
    this.#version++;
    this.#last = control.order;
    const [first] = control.keys;
    // Nothing comes before the first batch, and no other batch can be it.
    if (control.isFirst && first !== undefined) this.#firstKey = toHex(first.keyId);
    this.#open(control);
    for (const grants of control.keys) this.#heed(control, grants);
    if (!control.counts) return;
    for (const host of control.hosts) if (this.#hosts.size < spaceLimits.hosts) this.#hosts.add(host);
  }

  #open({ keys }: Control): void {
    for (const { keyId, grants } of keys) {
      const name = toHex(keyId);
      for (const grant of grants) {
        if (this.#secrets.has(name) || this.#secrets.size >= spaceLimits.keys) break;
        const key = this.#openGrant(keyId, grant);
        if (key?.name === name) this.#secrets.set(name, key);
      }
    }
  }

  #heed({ author, counts }: Control, { keyId, epoch, grants }: KeyGrants): void {
    const name = toHex(keyId);
    const known = this.#entries.get(name);
    if (known === undefined && this.#entries.size >= spaceLimits.keys) return;
    const entry = known ?? { epoch: undefined, claimedEpoch: epoch, granted: new Map(), exposed: new Set() };
    this.#entries.set(name, entry);
    if (counts && entry.epoch === undefined) {
      entry.epoch = Math.min(epoch, (this.#lastEpoch ?? -1) + 1);
      this.#lastEpoch = Math.max(entry.epoch, this.#lastEpoch ?? 0);
    }
    // Else a revoked device could make it look as if it had a key that came after it.
    if (!counts && known !== undefined) return;
    expose(entry, author);
    for (const { device, recipient } of grants) {
      expose(entry, device);
      if (counts) grantTo(entry, device, recipient);
    }
  }

  #deriveContent(): ContentKeys | undefined {
    const current = this.current;
    const first = this.#firstKey === undefined ? undefined : this.#secrets.get(this.#firstKey);
    if (current === undefined || first === undefined) return undefined;
    const all = this.secrets.map(({ content }) => content);
    const unchanged = this.#content;
    if (unchanged !== undefined && unchanged.current === current.content && isSameList(unchanged.all, all))
      return unchanged;
    const find = (id: Uint8Array) => this.find(id)?.content;
    return { current: current.content, all, find, boundarySeed: first.boundarySeed };
  }
}

function expose({ exposed }: KeyEntry, device: DeviceId): void {
  if (exposed.size < spaceLimits.grants) exposed.add(device);
}

function grantTo({ granted }: KeyEntry, device: DeviceId, key: PublicKey): void {
  const keys = granted.get(device) ?? [];
  if (keys.length >= mostKeysOfDevice || keys.some((each) => equalBytes(each, key))) return;
  if (granted.size < spaceLimits.grants || keys.length > 0) granted.set(device, [...keys, key]);
}

function isSameList(a: readonly ContentKey[], b: readonly ContentKey[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

function orderOf({ stamp, author, incarnation, sequence, hash }: BatchRecord): Uint8Array {
  return rowKey("c", u48(stamp), slotKey("a", author, incarnation, sequence).subarray(1), hash);
}

function encode({ counts, keys, hosts }: Control): Uint8Array {
  return encodeCbor([counts, writeKeys(keys), writeHosts(hosts)]);
}

function decode(order: Uint8Array, row: Uint8Array): Control {
  const [counts, ...parts] = decodeCbor(row) as readonly CborValue[] as [boolean, Uint8Array, Uint8Array];
  const { keys, hosts } = readParts(parts);
  const { author } = slotOf(order.subarray(stampBytes));
  return { order: order.slice(), author, isFirst: stampOf(order) === 1, counts, keys, hosts };
}
