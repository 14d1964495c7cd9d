// The rows of one binding in the index. All keys begin with 05 | number of the binding (u32, big-endian) | family (u8):
//
//   1 | folder (16) | key of the local name   -> row (binding-row.ts): a folder's rows lie together, in the order of keys
//   2 | object (16)                           -> folder (16) | key of the local name
//   3 | identity on the file system           -> object (16): how something that was moved is known again
//   4 | blob (33)                             -> object (16) | offset (u64) | size (u32) | name (32)
//   5 | object (16) | offset (u64)            -> blob (33) | size (u32) | name (32)
//
//   6 | batch (33) | page (u16)               -> rows that follow from it (announced-rows.ts)
//   7 | object (16)                           -> its row when it is in its place (begun-rows.ts)
//
// 4 and 5 say which chunks a large file backs (backing-files.ts). A folder that moves is one row that moves: what lies in
// it hangs on its id. Keys of names are those of `LocalNames`, in UTF-8, so that two names that cannot both be here meet.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { Index, IndexChange } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { BlobId, ChunkName, ChunkRef, ObjectId } from "../contracts.ts";
import { type BindingRow, decodeRow, encodeRow, objectBytes } from "./binding-row.ts";
import type { LocalNames } from "./local-names.ts";
import { bindingPace } from "./pace.ts";

const prefixByte = 0x05;
const family = { child: 1, object: 2, file: 3, blob: 4, chunk: 5 } as const;
/** Behind all of them, the announced rows too. */
const allFamilies = 0xff;
const blobBytes = 33;
const chunkNameBytes = 32;

/** A row as it was and as it is now; undefined: there is none. */
export interface RowChange {
  readonly was: BindingRow | undefined;
  readonly now: BindingRow | undefined;
}

/** A chunk that a large file backs, and where in it. */
export interface BackedChunk {
  readonly blob: BlobId;
  readonly chunk: ChunkRef;
  readonly object: ObjectId;
  readonly offset: number;
}

/** Where an object lies: the row of its folder, and its name there. */
export interface LocalSpot {
  readonly parent: ObjectId;
  readonly localName: string;
}

/** A folder as it lies in the bound one, in the names of either side. */
export interface FolderSeat {
  readonly object: ObjectId;
  readonly path: string;
  /** What the rules of what is ignored are for. */
  readonly drivePath: string;
  /** Its identity: under this path may lie another one by now. Left out for the bound folder, which is proved otherwise. */
  readonly file?: string;
}

interface KeptKey {
  readonly key: Uint8Array;
  isKept(value: Uint8Array): boolean;
}

export class BindingRows {
  readonly root: ObjectId;
  readonly names: LocalNames;
  readonly #index: Index;
  readonly #number: number;
  /** Of folders whose path was asked for not long ago. */
  readonly #spots = new Map<ObjectId, LocalSpot>();
  /** What was read before one of them may be of yesterday. */
  #writes = 0;
  /** What a key says is looked at before it is taken away. */
  readonly #writing = new Turns();

  constructor(index: Index, number: number, root: ObjectId, names: LocalNames) {
    this.#index = index;
    this.#number = number;
    this.root = root;
    this.names = names;
  }

  /** Tells two names of one folder apart if the system does. */
  spotKey({ parent, localName }: LocalSpot): string {
    return `${parent}/${this.names.key(localName)}`;
  }

  async children(folder: ObjectId): Promise<BindingRow[]> {
    const rows: BindingRow[] = [];
    const prefix = this.#key(family.child, idBytes(folder));
    const end = this.#key(family.child, idBytes(folder), endByte);
    for (let from: Uint8Array = prefix; ; ) {
      const page = await this.#index.range(from, end, bindingPace.rowsPerRead);
      for (const [, value] of page) push(rows, decodeRow(value));
      const last = page.at(-1);
      if (last === undefined || page.length < bindingPace.rowsPerRead) return rows;
      from = concatBytes([last[0], zeroByte]);
    }
  }

  /** The first of a folder's rows, for whoever takes them away. */
  async someChildren(folder: ObjectId, limit: number): Promise<BindingRow[]> {
    const from = this.#key(family.child, idBytes(folder));
    const page = await this.#index.range(from, this.#key(family.child, idBytes(folder), endByte), limit);
    return page.flatMap(([, value]) => decodeRow(value) ?? []);
  }

  /** Of one moment, whoever writes meanwhile. */
  async byObject(objects: readonly ObjectId[]): Promise<(BindingRow | undefined)[]> {
    for (;;) {
      const writes = this.#writes;
      const spots = await this.#index.read(objects.map((object) => this.#key(family.object, idBytes(object))));
      const rows = await this.#rowsAt(spots);
      const found = rows.map((row, i) => (row?.object === objects[i] ? row : undefined));
      const isTorn = found.some((row, i) => row === undefined && spots[i] !== undefined);
      if (!isTorn || writes === this.#writes) return found;
    }
  }

  async at(spots: readonly LocalSpot[]): Promise<(BindingRow | undefined)[]> {
    return this.#rowsAt(spots.map((spot) => this.#spotBytes(spot)));
  }

  /** What had this identity when it was last seen; of several names of one file, one. */
  async byFile(files: readonly string[]): Promise<(BindingRow | undefined)[]> {
    const objects = await this.#index.read(files.map((file) => this.#key(family.file, utf8Encode(file))));
    const known = objects.flatMap((object) => (object === undefined ? [] : [idText(object) as ObjectId]));
    const rows = await this.byObject(known);
    const found = new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.object, row]])));
    return objects.map((object, i) => {
      const row = object && found.get(idText(object) as ObjectId);
      return row?.stat.file === files[i] ? row : undefined;
    });
  }

  /** Relative to the bound folder; undefined if it has no row. */
  async path(object: ObjectId): Promise<string | undefined> {
    const names: string[] = [];
    for (let at = object; at !== this.root; ) {
      const spot = await this.#spot(at);
      // The tree is none deeper than paths can be. Rows are a circle for a moment, where two folders have changed places and
      // one of them has been seen.
      if (spot === undefined || names.length > bindingPace.pathNames) return undefined;
      names.push(spot.localName);
      at = spot.parent;
    }
    return names.toReversed().join("/");
  }

  /** Undefined if it, or one above it, has no row. */
  async seat(folder: ObjectId): Promise<FolderSeat | undefined> {
    const chain: BindingRow[] = [];
    for (let at = folder; at !== this.root; ) {
      const [row] = await this.byObject([at]);
      if (row === undefined || chain.length > bindingPace.pathNames) return undefined;
      chain.push(row);
      at = row.parent;
    }
    return chain.reduceRight(seatIn, { object: this.root, path: "", drivePath: "" });
  }

  /** All or none, and `also` with them. Where two changes touch one key, what is put stays. */
  write(changes: readonly RowChange[], also: readonly IndexChange[] = []): Promise<void> {
    return this.#writing.take(async () => {
      const puts = new Map<string, IndexChange>();
      for (const { now } of changes) {
        if (now === undefined) continue;
        const [child, object, file] = this.#keysOf(now);
        puts.set(child.toHex(), { key: child, value: encodeRow(now) });
        puts.set(object.toHex(), { key: object, value: this.#spotBytes(now) });
        puts.set(file.toHex(), { key: file, value: idBytes(now.object) });
      }
      const left = changes.flatMap(({ was }) => (was === undefined ? [] : this.#keptBy(was)));
      for (const key of await this.#stillKept(left.filter((each) => !puts.has(each.key.toHex())))) {
        puts.set(key.toHex(), { key, value: null });
      }
      for (const change of also) puts.set(change.key.toHex(), change);
      this.#writes++;
      for (const { was, now } of changes) this.#forgetSpots(was, now);
      if (puts.size > 0) await this.#index.write([...puts.values()]);
    });
  }

  /** Forgets everything, page by page: as if it had never been bound. */
  async clear(): Promise<void> {
    this.#writes++;
    this.#spots.clear();
    const from = this.#key(family.child, noBytes);
    const end = rowKey(this.#number, allFamilies);
    for (;;) {
      const page = await this.#index.range(from, end, bindingPace.rowsPerRead);
      if (page.length === 0) return;
      await this.#index.write(page.map(([key]) => ({ key, value: null })));
    }
  }

  // -------------------------------------------------------------------------------------------- backed chunks

  async backed(blobs: readonly BlobId[]): Promise<(BackedChunk | undefined)[]> {
    const values = await this.#index.read(blobs.map((blob) => this.#key(family.blob, blob)));
    return values.map((value, i) => {
      if (value?.length !== objectBytes + 12 + chunkNameBytes) return undefined;
      const view = new DataView(value.buffer, value.byteOffset, value.length);
      return {
        blob: blobs[i] as BlobId,
        object: idText(value.subarray(0, objectBytes)) as ObjectId,
        offset: Number(view.getBigUint64(objectBytes)),
        chunk: {
          sizeBytes: view.getUint32(objectBytes + 8),
          name: value.slice(objectBytes + 12) as ChunkName,
        },
      };
    });
  }

  /** What a file backs, in the order of the file, page by page. */
  async *backedBy(object: ObjectId): AsyncIterable<readonly BackedChunk[]> {
    const from = this.#key(family.chunk, idBytes(object));
    yield* this.#chunks(from, this.#key(family.chunk, idBytes(object), endByte));
  }

  /** What all files back, file by file. */
  async *allBacked(): AsyncIterable<readonly BackedChunk[]> {
    yield* this.#chunks(this.#key(family.chunk), this.#key(family.chunk + 1));
  }

  async back(chunks: readonly BackedChunk[]): Promise<void> {
    for (let at = 0; at < chunks.length; at += bindingPace.rowsPerRead) {
      const page = chunks.slice(at, at + bindingPace.rowsPerRead);
      await this.#index.write(page.flatMap((chunk) => this.#backing(chunk)));
    }
  }

  /** Forgets what a file backs, page by page; of a chunk that another file backs as well, that one stays. */
  async unback(object: ObjectId, keep: (chunk: BackedChunk) => boolean = () => false): Promise<void> {
    for await (const page of this.backedBy(object)) {
      const gone = page.filter((chunk) => !keep(chunk));
      const owners = await this.backed(gone.map(({ blob }) => blob));
      const changes = gone.flatMap(({ blob, offset }, i) => {
        const chunk = { key: this.#key(family.chunk, idBytes(object), offsetBytes(offset)), value: null };
        const owner = owners[i];
        const own = owner?.object === object && owner.offset === offset;
        return own ? [chunk, { key: this.#key(family.blob, blob), value: null }] : [chunk];
      });
      if (changes.length > 0) await this.#index.write(changes);
    }
  }

  // --------------------------------------------------------------------------------------------------- inside

  async *#chunks(from: Uint8Array, to: Uint8Array): AsyncIterable<readonly BackedChunk[]> {
    for (let at = from; ; ) {
      const page = await this.#index.range(at, to, bindingPace.rowsPerRead);
      yield page.map(([key, value]) => backedChunkOf(key, value));
      const last = page.at(-1);
      if (last === undefined || page.length < bindingPace.rowsPerRead) return;
      at = concatBytes([last[0], zeroByte]);
    }
  }

  #backing({ blob, chunk, object, offset }: BackedChunk): IndexChange[] {
    const place = offsetBytes(offset);
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, chunk.sizeBytes);
    const id = idBytes(object);
    return [
      { key: this.#key(family.blob, blob), value: concatBytes([id, place, size, chunk.name]) },
      { key: this.#key(family.chunk, id, place), value: concatBytes([blob, size, chunk.name]) },
    ];
  }

  async #spot(object: ObjectId): Promise<LocalSpot | undefined> {
    const known = this.#spots.get(object);
    if (known !== undefined) return known;
    const writes = this.#writes;
    const [row] = await this.byObject([object]);
    if (row === undefined) return undefined;
    const spot = { parent: row.parent, localName: row.localName };
    if (row.kind !== "folder" || writes !== this.#writes) return spot;
    if (this.#spots.size >= bindingPace.cachedPaths) this.#spots.clear();
    this.#spots.set(object, spot);
    return spot;
  }

  async #rowsAt(spots: readonly (Uint8Array | undefined)[]): Promise<(BindingRow | undefined)[]> {
    const keys = spots.flatMap((spot) => (spot === undefined ? [] : [this.#key(family.child, spot)]));
    const values = keys.length === 0 ? [] : await this.#index.read(keys);
    let at = 0;
    return spots.map((spot) => {
      const value = spot && values[at++];
      return value && decodeRow(value);
    });
  }

  #forgetSpots(...rows: readonly (BindingRow | undefined)[]): void {
    for (const row of rows) if (row !== undefined) this.#spots.delete(row.object);
  }

  /** The keys of a row, each with what it says as long as it is this row's. */
  #keptBy(row: BindingRow): KeptKey[] {
    const [child, object, file] = this.#keysOf(row);
    const isOwn = (value: Uint8Array): boolean => decodeRow(value)?.object === row.object;
    const isOwnId = (value: Uint8Array): boolean => idText(value) === row.object;
    return [
      { key: child, isKept: isOwn },
      { key: object, isKept: () => true },
      { key: file, isKept: isOwnId },
    ];
  }

  /** Those that nothing else has got meanwhile: systems give the identity of what is gone to what is made next. */
  async #stillKept(kept: readonly KeptKey[]): Promise<Uint8Array[]> {
    const values = kept.length === 0 ? [] : await this.#index.read(kept.map(({ key }) => key));
    return kept.flatMap(({ key, isKept }, i) => {
      const value = values[i];
      return value !== undefined && isKept(value) ? [key] : [];
    });
  }

  #keysOf(row: BindingRow): [Uint8Array, Uint8Array, Uint8Array] {
    return [
      this.#key(family.child, this.#spotBytes(row)),
      this.#key(family.object, idBytes(row.object)),
      this.#key(family.file, utf8Encode(row.stat.file)),
    ];
  }

  #spotBytes({ parent, localName }: LocalSpot): Uint8Array {
    return concatBytes([idBytes(parent), utf8Encode(this.names.key(localName))]);
  }

  #key(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
    return rowKey(this.#number, kind, ...parts);
  }
}

export const rowKeyBytes = 6;

/** The key of a binding's row, of whichever family. */
export function rowKey(number: number, kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(rowKeyBytes);
  head[0] = prefixByte;
  new DataView(head.buffer).setUint32(1, number);
  head[5] = kind;
  return concatBytes([head, ...parts]);
}

/** Of a folder in another, of which one has the row. */
export function seatIn(above: FolderSeat, { object, localName, driveName, stat }: BindingRow): FolderSeat {
  const [path, drivePath] = [joinPath(above.path, localName), joinPath(above.drivePath, driveName)];
  return { object, path, drivePath, file: stat.file };
}

/** `""` is the bound folder itself. */
export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

// Above every byte of UTF-8; an offset does not begin with it either.
const endByte = Uint8Array.of(0xff);
const zeroByte = Uint8Array.of(0);
const noBytes = new Uint8Array(0);

function offsetBytes(offset: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(offset));
  return bytes;
}

function push<Item>(items: Item[], item: Item | undefined): void {
  if (item !== undefined) items.push(item);
}

function backedChunkOf(key: Uint8Array, value: Uint8Array): BackedChunk {
  const offsetAt = key.length - 8;
  return {
    object: idText(key.subarray(rowKeyBytes, offsetAt)) as ObjectId,
    offset: Number(new DataView(key.buffer, key.byteOffset + offsetAt, 8).getBigUint64(0)),
    blob: value.slice(0, blobBytes) as BlobId,
    chunk: {
      sizeBytes: new DataView(value.buffer, value.byteOffset + blobBytes, 4).getUint32(0),
      name: value.slice(blobBytes + 4, blobBytes + 4 + chunkNameBytes) as ChunkName,
    },
  };
}
