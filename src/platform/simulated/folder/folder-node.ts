// What lies in a simulated folder: things with an inode, and the names that folders have for them.

import type { LocalStat } from "#glow";
import { GlowError } from "#base/errors.ts";

/** `other` is what is neither file, folder nor link; `mount` a folder on another file system. */
export type NodeKind = "file" | "folder" | "link" | "other" | "mount";

export class FolderNode {
  readonly kind: NodeKind;
  readonly file: string;
  mode: number;
  modifiedNs: bigint;
  changedNs: bigint;
  /** A file's, never changed in place: whoever writes replaces it. */
  bytes = new Uint8Array(0);
  /** Whether a power loss leaves `bytes` as they are. */
  synced = true;
  target = "";
  /** Whether this user may read it. */
  readable = true;
  /** A folder's, by `key`. */
  readonly children = new Map<string, NamedNode>();

  constructor(kind: NodeKind, file: string, mode: number, nowNs: bigint) {
    this.kind = kind;
    this.file = file;
    this.mode = mode;
    this.modifiedNs = nowNs;
    this.changedNs = nowNs;
  }

  stat(): LocalStat {
    const { kind, bytes, target, modifiedNs, changedNs, file, mode } = this;
    const sizeBytes = kind === "file" ? bytes.length : kind === "link" ? target.length : 0;
    return { kind: kind === "mount" ? "folder" : kind, sizeBytes, modifiedNs, changedNs, file, mode };
  }
}

export interface NamedNode {
  /** As it is shown. */
  readonly name: string;
  readonly node: FolderNode;
}

/** How a file system takes names. */
export interface Spelling {
  readonly caseSensitive: boolean;
  /** Whether it keeps names in Unicode's normal form D, as HFS+ does, and takes all forms for one. */
  readonly normalises: boolean;
}

/** Equal for two names that this file system takes for one. */
export function nameKey(name: string, { caseSensitive, normalises }: Spelling): string {
  const normal = normalises ? name.normalize("NFD") : name;
  return caseSensitive ? normal : normal.toUpperCase().toLowerCase();
}

export function shownName(name: string, { normalises }: Spelling): string {
  return normalises ? name.normalize("NFD") : name;
}

export function failure(kind: GlowError["kind"], op: string, target: string, message: string): GlowError {
  return new GlowError(kind, op, { target, message });
}
