// The floor of the codecs: the values packed by hand into fixed layouts, as somebody would who has no schema and knows
// that nothing is ever malformed.
//
//   text     length (u16) | UTF-8                                    all numbers little-endian
//   message  id (i32) | name (text)
//   entry    flags (u8: 1 readOnly, 2 parent, 4 comment, 8 label) | name (text) | sizeBytes (u32) | modifiedMs (f64)
//            | count (u8) tags (text) | count (u8) owners (id u32, role text) | [parent u32] | [comment] | [label]
//   listing  count (u32) | entries

import type { FileEntry, Listing, Message, Owner } from "./generated/records.ts";

const slabBytes = 64 * 1024;
/** More than a message takes, or an entry among those that are measured. */
const smallBytes = 256;

/** Values are written into a slab behind one another, and given away as views of it. */
let slab = Buffer.allocUnsafeSlow(slabBytes);
let view = viewOf(slab);
let start = 0;
let at = 0;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function begin(roomBytes: number): void {
  if (at + roomBytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, roomBytes));
    view = viewOf(slab);
    at = 0;
  }
  start = at;
}

function taken(): Uint8Array {
  return slab.subarray(start, at);
}

/** What is read, and how far: apart from what is written, as the one may go on while the other has not ended. */
let source: Uint8Array = slab;
let from = 0;
const decoder = new TextDecoder();

function open(bytes: Uint8Array): void {
  source = bytes;
  from = 0;
}

function writeText(text: string): void {
  const begins = at + 2;
  const length = text.length;
  let i = 0;
  if (length < 40) {
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) break;
      slab[begins + i] = code;
    }
  }
  const written = i === length ? length : slab.write(text, begins);
  view.setUint16(at, written, true);
  at = begins + written;
}

function readText(): string {
  const begins = from + 2;
  const ends = begins + ((source[from] as number) | ((source[from + 1] as number) << 8));
  from = ends;
  if (ends - begins > 24) return decoder.decode(source.subarray(begins, ends));
  let text = "";
  for (let i = begins; i < ends; i++) {
    const code = source[i] as number;
    if (code > 127) return decoder.decode(source.subarray(begins, ends));
    text += String.fromCharCode(code);
  }
  return text;
}

function writeU32(value: number): void {
  view.setUint32(at, value, true);
  at += 4;
}

function readI32(): number {
  const low = readByte() | (readByte() << 8);
  return low | (readByte() << 16) | (readByte() << 24);
}

function readU32(): number {
  return readI32() >>> 0;
}

function readByte(): number {
  return source[from++] as number;
}

function writeEntry(entry: FileEntry): void {
  const { parent, comment, label } = entry;
  const present = (parent === undefined ? 0 : 2) | (comment === undefined ? 0 : 4) | (label === undefined ? 0 : 8);
  slab[at++] = present | (entry.readOnly ? 1 : 0);
  writeText(entry.name);
  writeU32(entry.sizeBytes);
  view.setFloat64(at, entry.modifiedMs, true);
  at += 8;
  slab[at++] = entry.tags.length;
  for (const tag of entry.tags) writeText(tag);
  slab[at++] = entry.owners.length;
  for (const { id, role } of entry.owners) {
    writeU32(id);
    writeText(role);
  }
  if (parent !== undefined) writeU32(parent);
  if (comment !== undefined) writeText(comment);
  if (label !== undefined) writeText(label);
}

function readEntry(): FileEntry {
  const flags = readByte();
  const name = readText();
  const sizeBytes = readU32();
  const modifiedMs = viewOf(source).getFloat64(from, true);
  from += 8;
  const tags: string[] = [];
  for (let left = readByte(); left > 0; left--) tags.push(readText());
  const owners: Owner[] = [];
  for (let left = readByte(); left > 0; left--) owners.push({ id: readU32(), role: readText() });
  const entry: FileEntry = {
    name,
    sizeBytes,
    modifiedMs,
    readOnly: (flags & 1) !== 0,
    tags,
    owners,
  };
  if ((flags & 2) !== 0) entry.parent = readU32();
  if ((flags & 4) !== 0) entry.comment = readText();
  if ((flags & 8) !== 0) entry.label = readText();
  return entry;
}

export const handPacked = {
  message: {
    encode({ id, name }: Message): Uint8Array {
      begin(smallBytes);
      view.setInt32(at, id, true);
      at += 4;
      writeText(name);
      return taken();
    },
    decode(bytes: Uint8Array): Message {
      open(bytes);
      return { id: readI32(), name: readText() };
    },
  },
  entry: {
    encode(entry: FileEntry): Uint8Array {
      begin(smallBytes);
      writeEntry(entry);
      return taken();
    },
    decode(bytes: Uint8Array): FileEntry {
      open(bytes);
      return readEntry();
    },
  },
  listing: {
    encode({ entries }: Listing): Uint8Array {
      begin(4 + entries.length * smallBytes);
      writeU32(entries.length);
      for (const entry of entries) writeEntry(entry);
      return taken();
    },
    decode(bytes: Uint8Array): Listing {
      open(bytes);
      const entries: FileEntry[] = [];
      for (let left = readU32(); left > 0; left--) entries.push(readEntry());
      return { entries };
    },
  },
};
