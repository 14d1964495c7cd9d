// What synchronisers are measured by: something changes in one folder, and the time runs until it shows in the other.
// Works of one chapter follow one another on the same pair; each chapter begins with empty folders.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

export interface Scale {
  readonly largeBytes: number;
  readonly smallFiles: number;
  readonly changedBytes: number;
}

export const fullScale: Scale = { largeBytes: 2 ** 30, smallFiles: 10_000, changedBytes: 2 ** 20 };
export const quickScale: Scale = { largeBytes: 4 * 2 ** 20, smallFiles: 50, changedBytes: 2 ** 18 };

export const workNames = [
  "first sync, one large file",
  "a part of it changed",
  "first sync, small files",
  "one small file changed",
  "folder renamed",
] as const;
export type WorkName = (typeof workNames)[number];

export interface Work {
  readonly name: WorkName;
  /** Before the time runs, outside of the folder. */
  prepare?(outside: string): void;
  change(folder: string, outside: string): void;
  /** Looked at again and again: must be cheap. */
  shows(folder: string): boolean;
  /** Afterwards, whether it is really the same; throws if not. */
  verify?(from: string, to: string): void;
  /** How often it is looked at. */
  readonly everyMs: number;
}

export interface Chapter {
  readonly works: readonly Work[];
  /** How many files it makes, about. */
  readonly files: number;
}

const smallBytes = 4096;
const writeBytes = 8 * 2 ** 20;

export function chapters(scale: Scale): readonly Chapter[] {
  const named = (name: string) => (each: string) => each.startsWith(name);
  const countIn = (folder: string): number => {
    try {
      return readdirSync(folder).filter(named("file-")).length;
    } catch {
      return 0;
    }
  };
  let stamp = 0;
  const large: readonly Work[] = [
    {
      name: "first sync, one large file",
      everyMs: 10,
      prepare: (outside) => writeNoise(join(outside, "large"), scale.largeBytes),
      change: (folder, outside) => renameSync(join(outside, "large"), join(folder, "large")),
      shows: (folder) => sizeOf(join(folder, "large")) === scale.largeBytes,
      verify: (from, to) => sameContent(join(from, "large"), join(to, "large")),
    },
    {
      name: "a part of it changed",
      everyMs: 10,
      change(folder) {
        const file = openSync(join(folder, "large"), "r+");
        writeSync(file, randomBytes(scale.changedBytes), 0, scale.changedBytes, Math.floor(scale.largeBytes / 2));
        closeSync(file);
        stamp = modifiedMs(join(folder, "large"));
      },
      shows: (folder) => Math.abs(modifiedMs(join(folder, "large")) - stamp) < 1,
      verify: (from, to) => sameContent(join(from, "large"), join(to, "large")),
    },
  ];
  const small: readonly Work[] = [
    {
      name: "first sync, small files",
      everyMs: 25,
      prepare(outside) {
        mkdirSync(join(outside, "many"));
        for (let i = 0; i < scale.smallFiles; i++)
          writeFileSync(join(outside, "many", `file-${i}`), randomBytes(smallBytes));
      },
      change: (folder, outside) => renameSync(join(outside, "many"), join(folder, "many")),
      shows: (folder) => countIn(join(folder, "many")) === scale.smallFiles,
      verify(from, to) {
        for (let i = 0; i < scale.smallFiles; i++)
          sameContent(join(from, "many", `file-${i}`), join(to, "many", `file-${i}`));
      },
    },
    {
      name: "one small file changed",
      everyMs: 1,
      change: (folder) => writeFileSync(join(folder, "many", "file-0"), "a small change\n"),
      shows: (folder) => sizeOf(join(folder, "many", "file-0")) === 15,
    },
    {
      name: "folder renamed",
      everyMs: 10,
      change: (folder) => renameSync(join(folder, "many"), join(folder, "renamed")),
      shows: (folder) => countIn(join(folder, "renamed")) === scale.smallFiles && countIn(join(folder, "many")) === 0,
    },
  ];
  return [
    { works: large, files: 1 },
    { works: small, files: scale.smallFiles },
  ];
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** 0 while there is nothing: a synchroniser may take away the old one first. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function writeNoise(path: string, sizeBytes: number): void {
  const file = openSync(path, "w");
  for (let at = 0; at < sizeBytes; at += writeBytes) writeSync(file, randomBytes(Math.min(writeBytes, sizeBytes - at)));
  ftruncateSync(file, sizeBytes);
  closeSync(file);
}

function sameContent(one: string, other: string): void {
  if (!readFileSync(one).equals(readFileSync(other))) throw new Error(`${other} is not the same as ${one}`);
}
