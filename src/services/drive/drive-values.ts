// What a drive says, in the shapes of the interface.

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { DriveState, DriveVersion, EntryId, Hash } from "#glow";
import type { Failure, FileEntry, Version } from "#interfaces/generated/drive.ts";

/** `HASH.INDEX`: the batch in which it was written, and the number of its entry there. */
export function versionText({ batch, index }: EntryId): string {
  return `${idText(batch)}.${index}`;
}

export function versionOf(text: string, op: string): EntryId {
  const match = /^([a-z2-7]{1,64})\.(\d{1,9})$/.exec(text);
  if (match === null) {
    const message = "this is no version: take one from the history of the file";
    throw new GlowError("invalid", op, { target: text.slice(0, 100), message });
  }
  return { batch: idBytes(match[1] as string) as Hash, index: Number(match[2]) };
}

export function fileEntry(state: DriveState, path: string): FileEntry {
  const [head] = state.heads;
  return {
    object: state.object,
    path,
    name: state.name,
    kind: state.kind,
    sizeBytes: state.sizeBytes,
    modifiedNs: state.modifiedNs,
    mode: state.mode,
    versions: state.versions,
    ...(head !== undefined && { version: versionText(head.id) }),
    ...(head?.target !== undefined && { target: head.target }),
  };
}

export function versionEntry(version: DriveVersion, author: string, elsewhere: boolean | undefined): Version {
  const { id, author: device, timeMs, modifiedNs, content, target, head } = version;
  return {
    id: versionText(id),
    device,
    author,
    written: new Date(timeMs),
    modifiedNs,
    sizeBytes: content?.sizeBytes ?? 0,
    head,
    ...(target !== undefined && { target }),
    ...(elsewhere !== undefined && { elsewhere }),
  };
}

export function failureOf({ kind, message, target }: GlowError, cure?: string): Failure {
  return { kind, message, ...(target !== undefined && { target }), ...(cure !== undefined && { cure }) };
}

export function limitOf(limit: number | undefined, most: number): number {
  return Math.min(limit ?? most, most);
}
