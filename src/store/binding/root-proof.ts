// Whether the folder is still the one that was bound. Of a disk that is not mounted only the empty mount point is to be
// seen, and somebody may have emptied the folder or put another in its place: none of that is a wish to remove what the
// drive has. So the folder's identity is kept, and that of a marker in it; where one of them is another, nothing is done.

import { GlowError } from "#base/errors.ts";
import type { FolderAgent, SealKeys } from "../contracts.ts";
import { markerName } from "./own-names.ts";

export interface RootIdentity {
  /** `LocalStat.file` of the folder, and of the marker. */
  readonly root: string;
  readonly marker: string;
  /** The marker's name, by chance: disks of one make have folders of one number. */
  readonly token: string;
}

const markerMode = 0o700;

/** `not-found` if there is no folder to bind, `already-exists` if it is bound already. */
export async function checkUnbound(agent: FolderAgent, path: string): Promise<void> {
  const [root, folder] = await agent.stat(["", markerName]);
  if (root?.kind !== "folder") throw nothingToBind(path);
  if (folder !== undefined) throw boundAlready(path);
}

/**
 * Marks a folder that is to be bound. `not-found` if there is none, `already-exists` if it is bound already; `again` for
 * one that was, and is bound anew as it is now.
 */
export async function markRoot(
  agent: FolderAgent,
  keys: SealKeys,
  path: string,
  token: string,
  again: boolean,
): Promise<RootIdentity> {
  const marker = `${markerName}/${token}`;
  const [root, folder, before] = await agent.stat(["", markerName, marker]);
  if (root?.kind !== "folder") throw nothingToBind(path);
  if (folder !== undefined && !again) throw boundAlready(path);
  if (before !== undefined) return { root: root.file, marker: before.file, token };
  const made = await agent.apply(
    [markerName, marker].map((each) => ({ type: "folder", path: each, mode: markerMode })),
    keys,
  );
  const [stat] = await agent.stat([marker]);
  if (stat !== undefined) return { root: root.file, marker: stat.file, token };
  throw GlowError.from(made.find((each) => each instanceof GlowError) ?? gone(path), "binding.create", path);
}

/** `unavailable` with what to do, if it is not, or not surely, the folder that was bound. */
export async function proveRoot(agent: FolderAgent, identity: RootIdentity, path: string): Promise<void> {
  const [root, marker] = await agent.stat(["", `${markerName}/${identity.token}`]);
  if (root?.kind !== "folder") throw gone(path);
  if (root.file !== identity.root) {
    throw other(path, "another folder is in its place: mount the right disk, or put the folder back");
  }
  if (marker?.kind !== "folder" || marker.file !== identity.marker) {
    throw other(path, `its marker in ${markerName} is missing: if it was emptied by mistake, put back what was in it`);
  }
}

/** Takes the marker out of the folder that was bound, so that it can be bound again. */
export async function unmarkRoot(
  agent: FolderAgent,
  keys: SealKeys,
  path: string,
  identity: RootIdentity,
): Promise<void> {
  await proveRoot(agent, identity, path);
  for (const each of [`${markerName}/${identity.token}`, markerName]) {
    const [expected] = await agent.stat([each]);
    if (expected !== undefined) await agent.apply([{ type: "remove", path: each, expected }], keys);
  }
}

/** Nothing is left in a folder that was proved. Perhaps that is what is wanted; perhaps not. */
export function emptied(path: string): GlowError {
  const message =
    "everything in the bound folder is gone. Confirm that the drive's is to go as well, or have it brought back from there";
  return new GlowError("unavailable", "binding.empty", { target: path, message });
}

export function nothingToBind(path: string): GlowError {
  return new GlowError("not-found", "binding.create", {
    target: path,
    message: "there is no folder to bind: make it",
  });
}

function boundAlready(path: string): GlowError {
  return new GlowError("already-exists", "binding.create", {
    target: path,
    message: `this folder is bound already: it holds ${markerName}. If that is not so, remove that and bind it again`,
  });
}

function gone(path: string): GlowError {
  const message = "the bound folder is not there: mount its disk or put it back, or end the binding";
  return new GlowError("unavailable", "binding.root", { target: path, message });
}

function other(path: string, found: string): GlowError {
  const message = `this is not surely the folder that was bound: ${found}. If it is right as it is, bind it anew: nothing is removed then, on either side`;
  return new GlowError("unavailable", "binding.root", { target: path, message });
}
