// What the file system's error codes mean in a folder that belongs to a person: other programs work in it, too.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import { fileSystemError } from "./file-system-error.ts";

const kinds: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  ELOOP: ["invalid", "a link is on the way, and links are not followed"],
  ENOTDIR: ["invalid", "a file or a link is where a folder should be"],
  EXDEV: ["invalid", "it lies on another file system; bind that one by itself"],
  ENOTEMPTY: ["conflict", "there is something in the folder"],
  EBUSY: ["conflict", "another program uses it; close it there"],
  ETXTBSY: ["conflict", "it is a program that runs; end it"],
  ESTALE: ["unavailable", "the server of this folder has lost it; mount it again"],
  ENODEV: ["unavailable", "the disk of this folder is gone; plug it in again"],
  ENXIO: ["unavailable", "the disk of this folder is gone; plug it in again"],
  ENOTCONN: ["unavailable", "what serves this folder has ended; mount it again"],
  EHOSTDOWN: ["unavailable", "the server of this folder does not answer"],
  ENOTSUP: ["unsupported", "this file system cannot do that"],
  ENOSYS: ["unsupported", "this file system cannot do that"],
};

/** A GlowError for what a call of node:fs threw. */
export function localError(thrown: unknown, op: string, target: string): GlowError {
  const code = errorCode(thrown);
  const known = code === undefined ? undefined : kinds[code];
  if (known === undefined) return fileSystemError(thrown, op, target);
  const [kind, message] = known;
  return new GlowError(kind, op, { target, message: `${message} (${code})`, cause: thrown });
}

export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
}

/** What `work` gives, or its failure as a GlowError. */
export function attemptLocally<Result>(op: string, target: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw localError(error, op, target);
  }
}
