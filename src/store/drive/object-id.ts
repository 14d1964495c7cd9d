// The ids of a drive's objects: 16 bytes, of which the first says what the object is, for ever. So whoever sees an id knows
// whether something can lie in it, and that is why only moves of folders ever need to be looked at again (folder-tree.ts).
//
//   01  folder     02  file     03  link     anything else: made by a later version, passed over here
//
// Two ids are fixed: the root, 01 and 15 zeros, and the trash, 01, 14 zeros and 01.

import { idText } from "#base/ids.ts";
import { randomBytes } from "#base/random.ts";
import type { Random } from "#glow";
import type { FileKind, ObjectId } from "../contracts.ts";

export const objectIdBytes = 16;

const kinds: readonly (FileKind | undefined)[] = [undefined, "folder", "file", "link"];

export const rootId = fixedId(0);
export const trashId = fixedId(1);

/** Random bytes do not meet by accident; that nobody took the id on purpose is checked where it is used. */
export function newObjectId(kind: FileKind, random: Random): ObjectId {
  const bytes = randomBytes(random, objectIdBytes);
  bytes[0] = kinds.indexOf(kind);
  return idText(bytes) as ObjectId;
}

/** 16 bytes as `idText` writes them: of these the first is 1, 2 or 3, and two bits behind the last are zero. */
const idPattern = /^a[e-p][a-z2-7]{23}[aeimquy4]$/;

/** Whether a text that a peer has sent is the id of an object, of a kind that is known here. */
export function isObjectId(id: string): id is ObjectId {
  return idPattern.test(id);
}

/** The id of 16 bytes; undefined if they are none. */
export function objectIdOf(bytes: Uint8Array): ObjectId | undefined {
  if (bytes.length !== objectIdBytes || kinds[bytes[0] as number] === undefined) return undefined;
  return idText(bytes) as ObjectId;
}

/** The kind is in the first byte: five bits of it are the first character, three begin the second. */
export function kindOf(object: ObjectId): FileKind {
  const second = object.charCodeAt(1);
  return second < letterI ? "folder" : second < letterM ? "file" : "link";
}

const letterI = 105;
const letterM = 109;

/** Whether it stays where it is: nothing moves the root or the trash. */
export function isFixed(object: ObjectId): boolean {
  return object === rootId || object === trashId;
}

/** The values of base32's characters (`idText`), by their codes. */
const digits = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, "abcdefghijklmnopqrstuvwxyz234567".indexOf(String.fromCharCode(code))),
);

/** Writes an id's 16 bytes. Ids are part of all that is read and written, and `idBytes` has more to check. */
export function putObjectId(object: ObjectId, target: Uint8Array, at: number): void {
  let bits = 0;
  let held = 0;
  let to = at;
  for (let i = 0; to < at + objectIdBytes; i++) {
    bits = ((bits << 5) | (digits[object.charCodeAt(i)] as number)) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    target[to++] = bits >> held;
  }
}

export function bytesOfObject(object: ObjectId): Uint8Array {
  const bytes = new Uint8Array(objectIdBytes);
  putObjectId(object, bytes, 0);
  return bytes;
}

function fixedId(last: number): ObjectId {
  const bytes = new Uint8Array(objectIdBytes);
  bytes[0] = kinds.indexOf("folder");
  bytes[objectIdBytes - 1] = last;
  return idText(bytes) as ObjectId;
}
