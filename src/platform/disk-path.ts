// The paths that a Disk takes, the same on every platform: a path that one disk takes must mean the same file on
// all, and must never leave the disk's root, whatever system is below.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { diskLimits } from "#base/limits.ts";

// Control characters, and what Windows takes for a separator (`\`), a drive or a stream of a file (`:`).
const forbidden = /[\p{Cc}\\:]/u;

/** The names of a path from the root down; none for the root, `""`. `invalid` for anything but a plain relative path. */
export function diskPathNames(path: string, op: string): string[] {
  if (path === "") return [];
  const names = path.split("/");
  const fault =
    names.map(nameFault).find((found) => found !== undefined) ??
    (utf8Encode(path).length > diskLimits.pathBytes ? `it is longer than ${diskLimits.pathBytes} bytes` : undefined);
  if (fault !== undefined) {
    throw new GlowError("invalid", op, { target: path, message: `not a path on this disk: ${fault}` });
  }
  return names;
}

/** As `diskPathNames`, for what must be below the root: a file, or a folder to be removed. */
export function diskPathBelowRoot(path: string, op: string): string[] {
  const names = diskPathNames(path, op);
  if (names.length === 0) {
    throw new GlowError("invalid", op, { target: path, message: "the root of the disk can be listed, nothing else" });
  }
  return names;
}

function nameFault(name: string): string | undefined {
  if (name === "") return "it begins or ends with / or has an empty name";
  if (name === "." || name === "..") return `it has the name ${name}`;
  if (forbidden.test(name)) return "it has a control character, a backslash or a colon";
  if (!name.isWellFormed()) return "it has half of a surrogate pair";
  if (utf8Encode(name).length > diskLimits.nameBytes) return `a name is longer than ${diskLimits.nameBytes} bytes`;
  return undefined;
}
