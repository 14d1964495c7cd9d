// Names in a bound folder that are Glow's own, and never go into the drive:
//
//   .glow-folder         a marker at the top: whoever finds it missing is in another folder, or in an emptied one
//   .glow-aside-<id>     something that had to make way for another of its name, for a moment (a and b change names)
//   .glow-*              files that are still being written, by the platform

import type { ObjectId } from "../contracts.ts";

const ownPrefix = ".glow-";
const asidePrefix = `${ownPrefix}aside-`;

export const markerName = `${ownPrefix}folder`;

/** The rules of what is not kept the same, in the syntax of .gitignore: at the top of the folder, and of the drive's. */
export const ignoreFileName = ".glowignore";

/** `.glowignore` is the user's. */
export function isOwnName(name: string): boolean {
  return name.startsWith(ownPrefix);
}

export function asideName(object: ObjectId): string {
  return asidePrefix + object;
}

/** Whether it is a name that something was given to make way: the next look at the drive gives it its own. */
export function isAsideName(name: string): boolean {
  return name.startsWith(asidePrefix);
}
