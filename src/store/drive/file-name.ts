// Names of files: which there can be, when two are the same, in what order they come, and the mark that tells objects of
// one name apart.
//
// A name is shown as it was given, and compared in Unicode's normal form C. In index keys it stands as CESU-8 (Unicode
// Technical Report 26: UTF-16's surrogates as three bytes each), whose bytes sort like JavaScript's strings. Names of
// two spellings that a file system takes for one (`A` and `a`) are two names here; `foldedName` finds them.
//
// A mark is `~` and 8 characters of an object's id, or all 26 where these are not enough, before the name's last dot:
// `plan.txt` becomes `plan~k3x7qa2m.txt`.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import { driveLimits } from "#base/limits.ts";
import type { ObjectId } from "../contracts.ts";

const plainAscii = /^[\x20-\x7e]*$/;
const control = /\p{Cc}/u;

/** Why no file can be called this; undefined if one can. What only some systems refuse (`aux`, `a:b`) is fine. */
export function nameFault(name: string): string | undefined {
  if (name === "" || name === "." || name === "..") return "a name is not empty, `.` or `..`";
  if (name.includes("/")) return "a name has no `/`";
  if (!name.isWellFormed()) return "a name has no unpaired surrogates";
  if (control.test(name)) return "a name has no control characters";
  const sizeBytes = Math.max(utf8Length(name), utf8Length(comparableName(name)));
  if (sizeBytes <= driveLimits.nameBytes) return undefined;
  return `a name has at most ${driveLimits.nameBytes} bytes in UTF-8, and this one ${sizeBytes}`;
}

/** Equal for two names that are the same. */
export function comparableName(name: string): string {
  return plainAscii.test(name) ? name : name.normalize("NFC");
}

/** Equal for two names that a file system takes for one if it does not tell upper from lower case. */
export function foldedName(name: string): string {
  let folded = "";
  for (const character of name.normalize("NFC")) {
    const upper = character.toUpperCase();
    folded += upper.length === character.length ? upper : character;
  }
  return folded.normalize("NFC");
}

/** Of a comparable name. Has no byte 0, and sorts by code units. */
export function nameKey(name: string): Uint8Array {
  const bytes = new Uint8Array(3 * name.length);
  let at = 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x80) bytes[at++] = unit;
    else {
      if (unit < 0x800) bytes[at++] = 0xc0 | (unit >> 6);
      else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes.subarray(0, at);
}

/** The name of a `nameKey`. */
export function nameOfKey(key: Uint8Array): string {
  let from = 0;
  let name = "";
  for (let i = 0; i < key.length; i++) {
    // ED A0..BF begins a surrogate, which UTF-8 itself never has.
    if (key[i] !== 0xed || (key[i + 1] as number) < 0xa0) continue;
    name += utf8Decode(key.subarray(from, i));
    name += String.fromCharCode(0xd000 | (((key[i + 1] as number) & 0x3f) << 6) | ((key[i + 2] as number) & 0x3f));
    i += 2;
    from = i + 1;
  }
  return name + utf8Decode(key.subarray(from));
}

// What comes before the mark's characters says only the kind, or nearly.
const shortFrom = 2;
const shortLength = 8;
/** A suffix longer than this, dot included, is no extension. */
const extensionLength = 16;
const shortMark = /~([a-z2-7]{8})$/;
const fullMark = /~([a-z2-7]{26})$/;

/** The name with 8 characters of the id; undefined if it would be too long. */
export function markedShort(name: string, object: ObjectId): string | undefined {
  const { stem, extension } = split(name);
  const marked = `${stem}~${shortMarkOf(object)}${extension}`;
  return nameFault(marked) === undefined ? marked : undefined;
}

export function shortMarkOf(object: ObjectId): string {
  return object.slice(shortFrom, shortFrom + shortLength);
}

/** The name with the whole id, cut where it would be too long. Two objects never get the same one. */
export function markedFull(name: string, object: ObjectId): string {
  const { stem, extension } = split(name);
  for (let length = stem.length; ; length--) {
    const marked = `${stem.slice(0, length)}~${object}${extension}`;
    // Cut within a character it is no name.
    if (nameFault(marked) === undefined) return marked;
  }
}

/** The name without a short mark; undefined if it has none. It may have been called so all the same. */
export function withoutShortMark(name: string): string | undefined {
  const { stem, extension } = split(name);
  return shortMark.test(stem) ? stem.replace(shortMark, "") + extension : undefined;
}

/** The object whose whole id a name bears as a mark. */
export function fullMarkOf(name: string): ObjectId | undefined {
  return fullMark.exec(split(name).stem)?.[1] as ObjectId | undefined;
}

function split(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf(".");
  const isExtension = dot > 0 && comparableName(name.slice(dot)).length <= extensionLength;
  const at = isExtension ? dot : name.length;
  return { stem: name.slice(0, at), extension: name.slice(at) };
}

function utf8Length(text: string): number {
  return text.length * 3 <= driveLimits.nameBytes ? text.length : utf8Encode(text).length;
}
