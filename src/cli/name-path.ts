// What people type to name things of Glow: `/me`, `/me/drives/NAME/path`, `/me/nodes/NODE`,
// `/me/nodes/NODE/drives/NAME/path`, and for short `NAME/path` of a drive.

import { GlowError } from "#base/errors.ts";

export type NamePath =
  /** `/me`, `/me/drives` or `/me/nodes`; with a node, that of another one. */
  | { readonly kind: "directory"; readonly path: "/me" | "/me/drives" | "/me/nodes"; readonly node?: string }
  | { readonly kind: "node"; readonly node: string }
  | DrivePath;

/** Something in a drive. */
export interface DrivePath {
  readonly kind: "drive";
  /** Through which it is reached; left out for the node of this machine. */
  readonly node?: string;
  readonly drive: string;
  /** Within the drive; `""` is its root. */
  readonly path: string;
  /** It was written with a `/` at its end, so it is to be a folder. */
  readonly isFolder: boolean;
}

/** `invalid` if it is none, with how it is to be written. */
export function parseNamePath(text: string): NamePath {
  if (looksLocal(text)) throw misnamed(text, "this is a path of this machine, not of a drive");
  if (text.includes("\0")) throw misnamed(text, "a name has no NUL in it");
  const parts = normalized(text, text.split("/"));
  if (!text.startsWith("/")) return driveOf(text, parts);
  const [me, group, ...rest] = parts;
  if (me === undefined || (me === "me" && group === undefined)) return { kind: "directory", path: "/me" };
  if (me !== "me") throw misnamed(text, `there is no /${me}`);
  if (group === "drives") return rest.length === 0 ? { kind: "directory", path: "/me/drives" } : driveOf(text, rest);
  if (group !== "nodes") throw misnamed(text, `there is no /me/${group}`);
  const [node, drives, ...inside] = rest;
  if (node === undefined) return { kind: "directory", path: "/me/nodes" };
  if (drives === undefined) return { kind: "node", node };
  if (drives !== "drives") throw misnamed(text, `a node has no /${drives}, only /drives`);
  if (inside.length === 0) return { kind: "directory", path: "/me/drives", node };
  return { ...driveOf(text, inside), node };
}

/** `invalid` for everything that is no place in a drive. */
export function parseDrivePath(text: string): DrivePath {
  const parsed = parseNamePath(text);
  if (parsed.kind === "drive") return parsed;
  throw misnamed(text, "this is not in a drive");
}

/** Whether it can only be meant as a path of this machine. */
export function looksLocal(text: string): boolean {
  if (/^(\.{1,2}(\/|$)|~)/.test(text)) return true;
  return text.startsWith("/") && !/^\/+(me(\/|$)|$)/.test(text);
}

/** As it can be typed again. */
export function namePathText(path: NamePath): string {
  if (path.kind === "directory") return path.node === undefined ? path.path : `/me/nodes/${path.node}/drives`;
  if (path.kind === "node") return `/me/nodes/${path.node}`;
  const inside = path.path === "" ? path.drive : `${path.drive}/${path.path}`;
  return path.node === undefined ? inside : `/me/nodes/${path.node}/drives/${inside}`;
}

/** Something in the folder at a path. */
export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The last name of a path; `""` of a root. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folder that it lies in. */
export function folderAbove(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function driveOf(text: string, [drive, ...parts]: readonly string[]): DrivePath {
  if (drive === undefined) throw misnamed(text, "it names no drive");
  return { kind: "drive", drive, path: parts.join("/"), isFolder: text.endsWith("/") };
}

/** Without `.` and empty names; `..` takes one away, if there is one. */
function normalized(text: string, parts: readonly string[]): string[] {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.pop() === undefined) throw misnamed(text, "it leads out of the tree of names");
  }
  return kept;
}

function misnamed(text: string, message: string): GlowError {
  return new GlowError("invalid", "usage.path", {
    target: text,
    message: `${message}; write NAME/path of a drive (\`glow drives\` lists them) or /me/drives/NAME/path`,
  });
}
