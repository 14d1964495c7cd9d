// Paths within a drive: names joined by `/`, without one in front or behind; `""` is the root.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";

/** The path without needless slashes. `invalid` for `.`, `..`, and what is too long. */
export function drivePath(path: string, op: string): string {
  if (path.length > nodeLimits.pathLength) {
    const message = `a path has at most ${nodeLimits.pathLength} characters, and this one ${path.length}`;
    throw new GlowError("invalid", op, { message });
  }
  const names = path.split("/").filter((name) => name !== "");
  if (names.some((name) => name === "." || name === "..")) {
    throw new GlowError("invalid", op, {
      target: path,
      message: "a path here is absolute: it has no . and no .. in it",
    });
  }
  return names.join("/");
}

export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf("/");
  return { folder: path.slice(0, Math.max(0, at)), name: path.slice(at + 1) };
}

export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Whether a path is a folder's, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
