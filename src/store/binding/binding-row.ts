// What a binding knows of one object: what the drive and the folder last agreed on. All decisions compare it with what
// the folder has now and with what the drive has now; whoever differs from it has changed.
//
//   row   format 1 (u8) | kind (u8) | object (16) | parent (16) | fingerprint (16) | drive: mode (u16), modified (i64)
//         | folder: size (u64), modified (i64), changed (i64), mode (u16) | three texts
//   text  length in bytes of UTF-8 (u16) | bytes        local name, name in the drive, identity on the file system
//
// Numbers are big-endian, times in nanoseconds since 1970. Nobody else reads it: another format is one more rescan.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { FileKind, LocalStat, ObjectId } from "../contracts.ts";

export interface BindingRow {
  readonly object: ObjectId;
  readonly kind: FileKind;
  readonly parent: ObjectId;
  /** As the folder has it, and as the drive shows it: not the same where this system cannot bear the drive's. */
  readonly localName: string;
  readonly driveName: string;
  /** The file as it was when it had the content, the time and the mode below. */
  readonly stat: LocalStat;
  /** Of the content, or of a link's target: `fingerprintOf`. Zeros for a folder. */
  readonly fingerprint: Uint8Array;
  /** As the drive has them; the file system may keep them less exactly. */
  readonly modifiedNs: bigint;
  readonly mode: number;
}

export const objectBytes = 16;
export const fingerprintBytes = 16;

const format = 1;
const kinds: readonly FileKind[] = ["folder", "file", "link"];
const fixedBytes = 2 + 2 * objectBytes + fingerprintBytes + 10 + 26;

export function encodeRow(row: BindingRow): Uint8Array {
  const { stat } = row;
  const texts = [row.localName, row.driveName, stat.file].map(utf8Encode);
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + 2 + text.length, fixedBytes));
  const view = new DataView(bytes.buffer);
  bytes[0] = format;
  bytes[1] = kinds.indexOf(row.kind);
  bytes.set(idBytes(row.object), 2);
  bytes.set(idBytes(row.parent), 2 + objectBytes);
  bytes.set(row.fingerprint, 2 + 2 * objectBytes);
  let at = 2 + 2 * objectBytes + fingerprintBytes;
  view.setUint16(at, row.mode);
  view.setBigInt64(at + 2, row.modifiedNs);
  view.setBigUint64(at + 10, BigInt(stat.sizeBytes));
  view.setBigInt64(at + 18, stat.modifiedNs);
  view.setBigInt64(at + 26, stat.changedNs);
  view.setUint16(at + 34, stat.mode);
  at += 36;
  for (const text of texts) {
    assert(text.length <= 0xffff, "a name or an identity fits a row");
    view.setUint16(at, text.length);
    bytes.set(text, at + 2);
    at += 2 + text.length;
  }
  return bytes;
}

/** Undefined for what another version has written, which counts as nothing known. */
export function decodeRow(bytes: Uint8Array): BindingRow | undefined {
  const kind = kinds[bytes[1] ?? kinds.length];
  if (bytes[0] !== format || kind === undefined || bytes.length < fixedBytes + 6) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 2 + 2 * objectBytes + fingerprintBytes;
  const mode = view.getUint16(at);
  const modifiedNs = view.getBigInt64(at + 2);
  const stat = {
    kind,
    sizeBytes: Number(view.getBigUint64(at + 10)),
    modifiedNs: view.getBigInt64(at + 18),
    changedNs: view.getBigInt64(at + 26),
    mode: view.getUint16(at + 34),
  };
  at += 36;
  const text = (): string => {
    const start = at + 2;
    at = start + view.getUint16(at);
    return utf8Decode(bytes.subarray(start, at));
  };
  const [localName, driveName, file] = [text(), text(), text()];
  return {
    object: idText(bytes.subarray(2, 2 + objectBytes)) as ObjectId,
    kind,
    parent: idText(bytes.subarray(2 + objectBytes, 2 + 2 * objectBytes)) as ObjectId,
    localName,
    driveName,
    stat: { ...stat, file },
    fingerprint: bytes.slice(2 + 2 * objectBytes, 2 + 2 * objectBytes + fingerprintBytes),
    modifiedNs,
    mode,
  };
}

/** Whether the file is the one it was, unchanged: what the system says about it is the same in every respect. */
export function sameStat(a: LocalStat, b: LocalStat): boolean {
  return (
    a.kind === b.kind &&
    a.file === b.file &&
    a.sizeBytes === b.sizeBytes &&
    a.modifiedNs === b.modifiedNs &&
    a.changedNs === b.changedNs &&
    a.mode === b.mode
  );
}
