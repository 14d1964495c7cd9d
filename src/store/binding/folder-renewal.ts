// A folder that others have removed while something new was put into it here. What is new needs a folder in the drive: the
// removed one would bring back all that was removed with it, so it gets a new one of the same name, and what lies in the
// folder here is from then on looked at as if it had been moved there.

import type { ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { DriveTree } from "./drive-tree.ts";
import { marked } from "./local-names.ts";
import { replaceObject } from "./subtree-removal.ts";
import { bindingPace } from "./pace.ts";

/** Makes the topmost folder above that the drive no longer has; false if none of them is known here. */
export function renewFolder(parts: BindingParts, signals: BindingSignals, folder: ObjectId): Promise<boolean> {
  return parts.turns.take(async () => {
    const row = await topmostRemoved(parts, folder);
    if (row === undefined) return false;
    const object = await newFolder(parts, row);
    const children = await replaceObject(parts.rows, row, object);
    signals.revisit([row.object, object, ...children]);
    const seat = await parts.rows.seat(object);
    if (seat !== undefined) signals.moved(seat);
    return true;
  });
}

async function topmostRemoved(
  { rows, drive, folder: root }: BindingParts,
  folder: ObjectId,
): Promise<BindingRow | undefined> {
  const chain: BindingRow[] = [];
  for (let at = folder; at !== root && chain.length <= bindingPace.pathNames; ) {
    const [row] = await rows.byObject([at]);
    if (row === undefined) return undefined;
    chain.push(row);
    at = row.parent;
  }
  const tree = new DriveTree(drive, root);
  await tree.load(chain.map(({ object }) => object));
  return chain.findLast(({ object }) => tree.where(object) !== "inside");
}

/** In the drive, at the place where the row is: one that somebody has made there meanwhile, or a new one. */
async function newFolder({ drive, rows }: BindingParts, row: BindingRow): Promise<ObjectId> {
  const above = await drive.path(row.parent);
  const path = above === undefined || above === "" ? row.driveName : `${above}/${row.driveName}`;
  const found = above === undefined ? undefined : await drive.find(path);
  const taken = found !== undefined && (await rows.byObject([found.object]))[0] !== undefined;
  if (found?.kind === "folder" && !taken) return found.object;
  const object = drive.newObject("folder");
  const name = found === undefined ? row.driveName : marked(row.driveName, object);
  await drive.change(() => ({
    steps: [{ type: "create", object, parent: row.parent, name, mode: row.stat.mode }],
    chunks: [],
  }));
  return object;
}
