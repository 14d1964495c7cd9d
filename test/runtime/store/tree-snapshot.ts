// What lies in a folder, as a person could compare it: every file with its content's hash, mode and time, every folder,
// every link. Two folders are the same if their snapshots are.

import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";

export type TreeSnapshot = ReadonlyMap<string, string>;

const piece = Buffer.alloc(2 ** 20);

/** By path; a line each. What Glow keeps for itself in a bound folder is left out. */
export function snapshot(root: string): TreeSnapshot {
  return look(root, hashOf);
}

/** The same without a look into the files: soon done, to see whether a snapshot is worth its while. */
export function outline(root: string): TreeSnapshot {
  return look(root, () => "");
}

function look(root: string, hash: (path: string) => string): TreeSnapshot {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (folder === "" && name.startsWith(".glow-")) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      const line = describe(join(root, path), hash);
      if (line === undefined) continue;
      found.set(path, line);
      if (line.startsWith("folder")) visit(path);
    }
  };
  visit("");
  return found;
}

/** Undefined for what went away meanwhile. */
function describe(path: string, hash: (path: string) => string): string | undefined {
  try {
    const stat = lstatSync(path, { bigint: true });
    const mode = (stat.mode & 0o777n).toString(8);
    if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
    if (stat.isDirectory()) return `folder ${mode}`;
    return `file ${mode} ${stat.mtimeNs} ${stat.size} ${hash(path)}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function hashOf(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    for (;;) {
      const read = readSync(file, piece);
      if (read === 0) return hash.digest("hex");
      hash.update(piece.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

/** The first few differences, in words; empty if there is none. */
export function differences(one: TreeSnapshot, other: TreeSnapshot, most = 10): string[] {
  const paths = [...new Set([...one.keys(), ...other.keys()])].sort();
  const lines = paths.flatMap((path) => {
    const [here, there] = [one.get(path), other.get(path)];
    return here === there ? [] : [`${path}: ${here ?? "nothing"} | ${there ?? "nothing"}`];
  });
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];
}
