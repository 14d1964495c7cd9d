// Entries of a batch, sealed: pages of bounded size, so that one whose entries were all replaced can be dropped later.
//
//   part       = 0 | key id (8) | nonce (12) | sealed            0 is the part's type
//   sealed     = suite-tagged AEAD of the packed page; the key is "pages" of the space key (space-key.ts)
//   associated = "glow page" 00 | 0 | key id | author (33) | incarnation (u32) | sequence (u64) | part's number (u32)
//   nonce      = first 12 bytes of BLAKE3, keyed with "page nonces", of associated | packed
//   packed     = 0 | page   or   1 | size of the page (u32) | the page, compressed by Zstandard
//   page       = CBOR { "entries": list of [object (16), register, value, [hash, index, ...]],
//                       "placements": [chunk name (32), BlobId, ...] }
//
// Numbers are big-endian. Entries are numbered through all pages of a batch, in the order of its parts. The nonce is made
// of what is sealed, so a device whose random numbers repeat (a copied machine) repeats no nonce for another page. What
// is associated binds a page to its place: nobody without the key can have it counted as written by himself.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import { type Suite, suites, tagged, untagged } from "#base/suites.ts";
import type {
  BlobId,
  ChunkName,
  ChunkPlacement,
  Compression,
  Crypto,
  DeviceId,
  Entry,
  EntryId,
  Hash,
  ObjectId,
} from "#glow";
import { hashBytes } from "./batch-header.ts";
import { partType } from "./batch-parts.ts";
import { keyIdBytes, type SpaceKey } from "./space-key.ts";

/** Whose entries these are. */
export interface PagePlace {
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
}

export interface PageContent {
  readonly entries: readonly Entry[];
  readonly placements: readonly ChunkPlacement[];
}

type PageTools = { readonly crypto: Crypto; readonly compression: Compression };

const objectBytes = 16;
const nameBytes = 32;
const nonceBytes = 12;
const headBytes = 1 + keyIdBytes + nonceBytes;
const prefix = utf8Encode("glow page\0");
const codec = { raw: 0, zstd: 1 } as const;
/** What a page takes beyond its items, and an item beyond its bytes, at most. */
const pageOverheadBytes = 64;
const itemOverheadBytes = 24;
/** Of one replaced entry: a hash, its index and their heads. */
const replacedBytes = hashBytes + 2 + 5;

/** The id of the key that a page was sealed with; `invalid` for what is no page. */
export function pageKeyId(part: Uint8Array): Uint8Array {
  if (part.length <= headBytes) throw malformed("it is too short");
  return part.subarray(1, 1 + keyIdBytes);
}

/** Parts for all of it, as many as are needed. The first of them will be part number `firstIndex`. */
export function sealPages(
  { crypto, compression }: PageTools,
  key: SpaceKey,
  place: PagePlace,
  content: PageContent,
  firstIndex: number,
): Uint8Array[] {
  const suite = crypto.aeadSuites[0] as Suite<"aead">;
  return cut(content).map((page, i) => {
    const plain = encodePage(page);
    const compressed = compression.compress(plain);
    const packed =
      compressed === undefined
        ? concatBytes([Uint8Array.of(codec.raw), plain])
        : concatBytes([Uint8Array.of(codec.zstd), u32(plain.length), compressed]);
    const associated = associatedWith(key.id, place, firstIndex + i);
    const nonce = crypto.keyedHash(key.pageNonces, concatBytes([associated, packed])).subarray(0, nonceBytes);
    const sealed = tagged(suite, crypto.seal(suite, key.pages, nonce, associated, packed));
    return concatBytes([Uint8Array.of(partType.page), key.id, nonce, sealed]);
  });
}

/**
 * What part number `index` of this author's batch holds. `corrupt` if the key is another or the bytes were changed,
 * `too-large` or `invalid` if its author sealed what is no page.
 */
export function openPage(
  { crypto, compression }: PageTools,
  key: SpaceKey,
  place: PagePlace,
  part: Uint8Array,
  index: number,
): PageContent {
  const nonce = part.subarray(1 + keyIdBytes, headBytes);
  const { suite, bytes } = untagged(part.subarray(headBytes));
  if (suites[suite].kind !== "aead") throw malformed("it is not sealed");
  const associated = associatedWith(key.id, place, index);
  const packed = crypto.open(suite as Suite<"aead">, key.pages, nonce, associated, bytes);
  return decodePage(unpack(compression, packed));
}

function unpack(compression: Compression, packed: Uint8Array): Uint8Array {
  const { pageBytes } = spaceLimits;
  if (packed[0] === codec.raw) {
    if (packed.length - 1 > pageBytes) throw tooLarge();
    return packed.subarray(1);
  }
  if (packed[0] !== codec.zstd || packed.length < 5) throw malformed("its codec is none");
  const sizeBytes = new DataView(packed.buffer, packed.byteOffset, packed.length).getUint32(1);
  if (sizeBytes > pageBytes) throw tooLarge();
  return compression.decompress(packed.subarray(5), sizeBytes);
}

/** Into pages that are small enough; `too-large` if one entry is not. */
function cut({ entries, placements }: PageContent): PageContent[] {
  const pages: { entries: Entry[]; placements: ChunkPlacement[] }[] = [];
  let leftBytes = 0;
  const pageFor = (sizeBytes: number) => {
    if (pages.length === 0 || sizeBytes > leftBytes) {
      pages.push({ entries: [], placements: [] });
      leftBytes = spaceLimits.pageBytes - pageOverheadBytes;
    }
    leftBytes -= sizeBytes;
    return pages.at(-1) as (typeof pages)[0];
  };
  for (const entry of entries) {
    checkEntry(entry);
    const sizeBytes = objectBytes + entry.value.length + entry.replaces.length * replacedBytes + itemOverheadBytes;
    pageFor(sizeBytes).entries.push(entry);
  }
  for (const placement of placements) {
    const sizeBytes = placement.name.length + placement.blob.length + itemOverheadBytes;
    pageFor(sizeBytes).placements.push(placement);
  }
  return pages;
}

function checkEntry({ value, replaces }: Entry): void {
  const { valueBytes, replaces: mostReplaced } = spaceLimits;
  if (value.length > valueBytes) {
    const message = `an entry's value has at most ${valueBytes} bytes, not ${value.length}`;
    throw new GlowError("too-large", "entry.write", { message });
  }
  if (replaces.length <= mostReplaced) return;
  const message = `an entry replaces at most ${mostReplaced} others, not ${replaces.length}; replace them in several`;
  throw new GlowError("too-large", "entry.write", { message });
}

function encodePage({ entries, placements }: PageContent): Uint8Array {
  return encodeCbor({
    entries: entries.map(({ object, register, value, replaces }) => [
      idBytes(object),
      register,
      value,
      replaces.flatMap(({ batch, index }) => [batch, index]),
    ]),
    placements: placements.flatMap(({ name, blob }) => [name, blob]),
  });
}

function decodePage(plain: Uint8Array): PageContent {
  let page: CborValue;
  try {
    page = decodeCbor(plain);
  } catch (cause) {
    throw malformed("it is not deterministic CBOR", cause);
  }
  const { entries, placements } = isMap(page) ? page : {};
  if (!Array.isArray(entries) || !Array.isArray(placements)) throw malformed("it has no entries or placements");
  return { entries: entries.map(decodeEntry), placements: decodePlacements(placements) };
}

function decodeEntry(item: CborValue): Entry {
  const [object, register, value, replaced, ...more] = Array.isArray(item) ? (item as readonly CborValue[]) : [];
  if (!(object instanceof Uint8Array) || object.length !== objectBytes) throw malformed("an entry has no object");
  if (typeof register !== "number" || register < 0 || register > spaceLimits.register || !Number.isInteger(register)) {
    throw malformed("an entry has no register");
  }
  if (!(value instanceof Uint8Array) || !Array.isArray(replaced) || more.length > 0) {
    throw malformed("an entry has no value");
  }
  const entry = { object: idText(object) as ObjectId, register, value, replaces: decodeReplaced(replaced) };
  checkEntry(entry);
  return entry;
}

function decodeReplaced(list: readonly CborValue[]): EntryId[] {
  const replaces: EntryId[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const batch = list[i];
    const index = list[i + 1];
    const isId = batch instanceof Uint8Array && batch.length === hashBytes && isIndex(index);
    if (!isId) throw malformed("an entry replaces what is no entry");
    replaces.push({ batch: batch as Hash, index });
  }
  return replaces;
}

function decodePlacements(list: readonly CborValue[]): ChunkPlacement[] {
  const placements: ChunkPlacement[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const blob = list[i + 1];
    if (!(name instanceof Uint8Array) || name.length !== nameBytes) throw malformed("a placement has no name");
    if (!(blob instanceof Uint8Array) || blob.length !== hashBytes) throw malformed("a placement has no blob");
    placements.push({ name: name as ChunkName, blob: blob as BlobId });
  }
  return placements;
}

function isIndex(value: CborValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < spaceLimits.entries;
}

function isMap(value: CborValue): value is { readonly [key: string]: CborValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function associatedWith(keyId: Uint8Array, { author, incarnation, sequence }: PagePlace, index: number): Uint8Array {
  const numbers = new Uint8Array(16);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, incarnation);
  view.setBigUint64(4, BigInt(sequence));
  view.setUint32(12, index);
  return concatBytes([prefix, Uint8Array.of(partType.page), keyId, idBytes(author), numbers]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function malformed(reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "page.open", { message: `malformed page of entries: ${reason}`, cause });
}

function tooLarge(): GlowError {
  const message = `a page of entries has at most ${spaceLimits.pageBytes} bytes`;
  return new GlowError("too-large", "page.open", { message });
}
