// What the file system's error codes mean to Glow.

import { type ErrorKind, GlowError } from "#base/errors.ts";

const kinds: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  ENOENT: ["not-found", "there is nothing of this name"],
  EEXIST: ["already-exists", "there is something of this name"],
  ENOSPC: ["exhausted", "the disk is full; make room and try again"],
  EDQUOT: ["exhausted", "the disk quota is used up; make room and try again"],
  EMFILE: ["exhausted", "this process has too many files open; raise the limit (ulimit -n)"],
  ENFILE: ["exhausted", "this system has too many files open"],
  EFBIG: ["exhausted", "the file system takes no larger file"],
  EIO: ["corrupt", "the medium failed; check it and restore what it held from another device"],
  EACCES: ["denied", "this user may not do this; check the owner and mode"],
  EPERM: ["denied", "this user may not do this; check the owner and mode"],
  EROFS: ["denied", "the file system is mounted read-only"],
  ENOTDIR: ["invalid", "a file is where a folder should be"],
  EISDIR: ["invalid", "it is a folder, not a file"],
  ENOTEMPTY: ["invalid", "the folder is not empty"],
  EINVAL: ["invalid", "the file system refuses this"],
  ENAMETOOLONG: ["invalid", "a name or the path is too long for the file system"],
  ELOOP: ["invalid", "it is a link; a node's disk has none"],
};

/** A GlowError for what a call of node:fs threw; `internal` for a code that nobody expects. */
export function fileSystemError(thrown: unknown, op: string, target: string): GlowError {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  const known = code === undefined ? undefined : kinds[code];
  if (known === undefined) return GlowError.from(thrown, op, target);
  const [kind, message] = known;
  return new GlowError(kind, op, { target, message: `${message} (${code})`, cause: thrown });
}
