// The simplest typed store: each register of an object has the value of the entry that comes last in the order of all. It
// checks what a space promises: parents first, each batch once, all that it is told as its parents taken in before.

import { compareBytes, concatBytes, toHex, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { Entry, IndexView, ObjectId, OpenedBatch, Space, SpaceId, StoreKind, TypedStore } from "#glow";

const batchPrefix = utf8Encode("b");
const registerPrefix = utf8Encode("r");

export class RegisterStore implements TypedStore {
  readonly type = "registers";
  /** Hashes of the batches that it was told of after they were written. */
  readonly told: string[] = [];
  resets = 0;

  async apply(batch: OpenedBatch, view: IndexView): Promise<void> {
    assert((await view.get(batchKey(batch.hash))) === undefined, "a batch is applied once");
    for (const parent of batch.parents) {
      assert((await view.get(batchKey(parent))) !== undefined, "parents are applied first");
    }
    view.put(batchKey(batch.hash), new Uint8Array(0));
    const keys = batch.entries.map(registerKey);
    const rows = await view.getMany(keys);
    const latest = new Map<string, Uint8Array>();
    for (const [index, entry] of batch.entries.entries()) {
      if (entry.register === spreadRegister) spread(batch, Number(utf8Decode(entry.value)), view);
      const key = keys[index] as Uint8Array;
      const before = latest.get(toHex(key)) ?? rows[index];
      const order = orderOf(batch, index);
      if (before !== undefined && compareBytes(before.subarray(0, order.length), order) > 0) continue;
      const row = concatBytes([order, entry.value]);
      latest.set(toHex(key), row);
      view.put(key, row);
    }
  }

  applied(batch: OpenedBatch): void {
    this.told.push(toHex(batch.hash));
  }

  reset(): void {
    this.resets++;
    this.told.length = 0;
  }
}

/** An entry for this register makes as many rows as its value says: what one says of many things changes many. */
export const spreadRegister = 255;

function spread({ hash }: OpenedBatch, rows: number, view: IndexView): void {
  const prefix = concatBytes([utf8Encode("x"), hash]);
  for (let row = 0; row < rows; row++) {
    view.put(concatBytes([prefix, Uint8Array.of(row >>> 24, row >>> 16, row >>> 8, row)]), new Uint8Array(0));
  }
}

/** All registers with their values. */
export async function registersIn(view: IndexView): Promise<Record<string, string>> {
  const registers: Record<string, string> = {};
  for (const { key, value } of await view.range(registerPrefix, utf8Encode("s"), 65_536)) {
    const object = idText(key.subarray(1, 17));
    registers[`${object}.${key[17]}`] = utf8Decode(value.subarray(orderBytes));
  }
  return registers;
}

/** The batches that were taken in, in hexadecimal. */
export async function batchesIn(view: IndexView): Promise<string[]> {
  const rows = await view.range(batchPrefix, utf8Encode("c"), 65_536);
  return rows.map(({ key }) => toHex(key.subarray(1)));
}

export class RegisterKind implements StoreKind {
  readonly type = "registers";
  readonly opened = new Map<SpaceId, { readonly store: RegisterStore; readonly view: IndexView }>();

  open(space: Space, view: IndexView): TypedStore {
    assert(!this.opened.has(space.id), "a store is opened once");
    const store = new RegisterStore();
    this.opened.set(space.id, { store, view });
    return store;
  }

  rebuild(): TypedStore {
    return new RegisterStore();
  }

  /** The state of a space; empty where it cannot be read. */
  async state(space: SpaceId): Promise<Record<string, string>> {
    const opened = this.opened.get(space);
    return opened === undefined ? {} : registersIn(opened.view);
  }
}

/** Object number `number`, of any kind. */
export function objectOf(number: number): ObjectId {
  const bytes = new Uint8Array(16).fill(number & 0xff);
  new DataView(bytes.buffer).setUint32(0, number);
  return idText(bytes) as ObjectId;
}

export function entryOf(object: number, value: string, register = 0): Entry {
  return { object: objectOf(object), register, value: utf8Encode(value), replaces: [] };
}

const orderBytes = 6 + 33 + 4 + 6 + 33 + 4;

function orderOf({ stamp, author, incarnation, sequence, hash }: OpenedBatch, index: number): Uint8Array {
  const bytes = new Uint8Array(orderBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(2, stamp);
  bytes.set(idBytes(author), 6);
  view.setUint32(39, incarnation);
  view.setUint32(45, sequence);
  bytes.set(hash, 49);
  view.setUint32(82, index);
  return bytes;
}

function registerKey({ object, register }: Entry): Uint8Array {
  return concatBytes([registerPrefix, idBytes(object), Uint8Array.of(register)]);
}

function batchKey(hash: Uint8Array): Uint8Array {
  return concatBytes([batchPrefix, hash]);
}
