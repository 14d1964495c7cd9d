// The header of a batch: what its author signs, and what anybody can read of it without keys.
//
//   header  = CBOR map
//   "space"        33 bytes: the SpaceId                                     (absent in the first batch: it is its hash)
//   "author"       33 bytes: the DeviceId
//   "key"          tagged public key that signs
//   "incarnation"  integer from 0
//   "sequence"     integer from 1, within the incarnation
//   "parents"      list of hashes: the author's own last batch, then the others ascending  (empty in the first batch)
//   "stamp"        integer: one more than the greatest stamp of the parents, 1 for the first batch
//   "time"         wall clock of the author in ms: for people
//   "members"      list of hashes, ascending: heads of the user's statements that the author knew
//   "root"         BLAKE3 of "glow batch root" 00 and the hashes of the parts
//   "parts"        integer: how many there are
//
//   in the first batch also: "type" text, "user" 33 bytes, "salt" 16 bytes, "chunks" [least, average, most] bytes
//
// Unknown fields are ignored, and the bytes are kept as they came: their hash is the batch's.

import { compareBytes, equalBytes } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, Hash, PublicKey, SpaceId, SpaceSettings, UserId } from "#glow";
import { RecordReader } from "#identity/record-reader.ts";
import { checkChunkSizes } from "../content/chunk-sizes.ts";

export interface HeaderFields {
  /** Undefined in the first batch of a space. */
  readonly space: SpaceId | undefined;
  readonly author: DeviceId;
  readonly key: PublicKey;
  readonly incarnation: number;
  readonly sequence: number;
  readonly parents: readonly Hash[];
  readonly stamp: number;
  readonly timeMs: number;
  readonly members: readonly Hash[];
  readonly root: Hash;
  readonly parts: number;
  /** In the first batch only. */
  readonly genesis?: SpaceGenesis;
}

/** What a space's first batch says about it. */
export interface SpaceGenesis {
  readonly type: string;
  readonly user: UserId;
  /** 16 random bytes: two spaces of one author are two, and what is derived from their keys differs. */
  readonly salt: Uint8Array;
  readonly settings: SpaceSettings;
}

export const saltBytes = 16;
/** Of a tagged BLAKE3 hash: batches, devices, users and spaces have such ids. */
export const hashBytes = 33;

export function encodeHeader(header: HeaderFields): Uint8Array {
  const { space, author, key, incarnation, sequence, parents, stamp, timeMs, members, root, parts, genesis } = header;
  return encodeCbor({
    ...(space !== undefined && { space: idBytes(space) }),
    author: idBytes(author),
    key,
    incarnation,
    sequence,
    parents,
    stamp,
    time: timeMs,
    members,
    root,
    parts,
    ...(genesis !== undefined && genesisFields(genesis)),
  });
}

/** `invalid` for what is no header, by its shape alone; `unsupported` for a suite that this version does not have. */
export function decodeHeader(bytes: Uint8Array): HeaderFields {
  const fields = new RecordReader("batch", bytes);
  const isGenesis = !fields.has("space");
  const header: HeaderFields = {
    space: isGenesis ? undefined : (idText(fields.hash("space")) as SpaceId),
    author: idText(fields.hash("author")) as DeviceId,
    key: fields.publicKey("key"),
    incarnation: fields.integer("incarnation", 0, spaceLimits.incarnations - 1),
    sequence: fields.integer("sequence", 1),
    parents: fields.hashes("parents", spaceLimits.parents),
    stamp: fields.integer("stamp", 1),
    timeMs: fields.integer("time"),
    members: fields.hashes("members", spaceLimits.members),
    root: fields.hash("root"),
    parts: fields.integer("parts", 0, spaceLimits.parts),
    ...(isGenesis && { genesis: readGenesis(fields) }),
  };
  checkOrder(fields, "members", header.members, 0);
  checkOrder(fields, "parents", header.parents, 1);
  if (isGenesis) checkFirst(fields, header);
  else if (header.parents.length === 0) throw fields.fault("parents", "is empty");
  return header;
}

function genesisFields({ type, user, salt, settings }: SpaceGenesis): { readonly [key: string]: unknown } {
  const { least, average, most } = settings.chunks;
  return { type, user: idBytes(user), salt, chunks: [least, average, most] };
}

function readGenesis(fields: RecordReader): SpaceGenesis {
  const salt = fields.bytes("salt", saltBytes);
  if (salt.length !== saltBytes) throw fields.fault("salt", `has not ${saltBytes} bytes`);
  const [least, average, most, ...more] = fields.integerList("chunks", 3);
  if (least === undefined || average === undefined || most === undefined || more.length > 0) {
    throw fields.fault("chunks", "has not three numbers");
  }
  checkChunkSizes({ least, average, most });
  return {
    type: fields.text("type", spaceLimits.typeBytes),
    user: idText(fields.hash("user")) as UserId,
    salt,
    settings: { chunks: { least, average, most } },
  };
}

function checkFirst(fields: RecordReader, { incarnation, sequence, stamp, parents }: HeaderFields): void {
  if (parents.length > 0) throw fields.fault("parents", "is not empty, and there is nothing before a first batch");
  if (incarnation !== 0) throw fields.fault("incarnation", "is not 0 in a first batch");
  if (sequence !== 1) throw fields.fault("sequence", "is not 1 in a first batch");
  if (stamp !== 1) throw fields.fault("stamp", "is not 1 in a first batch");
}

/** Each comes once, and from index `from` on they ascend: one set of them has one spelling. */
function checkOrder(fields: RecordReader, key: string, hashes: readonly Hash[], from: number): void {
  for (let i = from + 1; i < hashes.length; i++) {
    if (compareBytes(hashes[i - 1] as Hash, hashes[i] as Hash) >= 0) throw fields.fault(key, "is not sorted");
  }
  const [first, ...others] = hashes;
  if (first === undefined || from === 0) return;
  if (others.some((other) => equalBytes(first, other))) throw fields.fault(key, "names one batch twice");
}
