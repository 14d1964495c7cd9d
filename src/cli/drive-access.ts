// From what was typed to a drive, and to what is in it.

import { GlowError } from "#base/errors.ts";
import type { DriveInfo, DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { type DrivePath, parseDrivePath } from "./name-path.ts";

/** A place in a drive that is open. */
export interface DrivePlace extends DrivePath {
  readonly open: DriveStub;
}

/** How many entries are asked for at once: as many as are given. */
const pageEntries = 1024;

/** The node that a path leads through; `not-found` names those that there are. */
export async function nodeOf(node: NodeStub, name: string | undefined): Promise<NodeStub> {
  if (name === undefined) return node;
  try {
    return await node.reach(name);
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.kind !== "not-found") throw thrown;
    const { devices } = await node.user().info();
    const names = devices.filter(({ revoked }) => !revoked).map((device) => device.name);
    throw absent("node.reach", name, "there is no such node", "nodes", names, thrown);
  }
}

/** `not-found` names the drives that there are. */
export async function openDrive(
  node: NodeStub,
  { node: via, drive }: Pick<DrivePath, "node" | "drive">,
): Promise<DriveStub> {
  const drives = (await nodeOf(node, via)).drives();
  try {
    return await drives.open(drive);
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.kind !== "not-found") throw thrown;
    const names = (await drives.list()).map(({ name }) => name);
    throw absent("drive.open", drive, "there is no such drive", "drives", names, thrown);
  }
}

export async function openPlace(node: NodeStub, text: string): Promise<DrivePlace> {
  const path = parseDrivePath(text);
  return { ...path, open: await openDrive(node, path) };
}

/** Several places, each drive opened once. */
export async function openPlaces(node: NodeStub, texts: readonly string[]): Promise<DrivePlace[]> {
  const opened = new Map<string, DriveStub>();
  const places: DrivePlace[] = [];
  for (const path of texts.map((text) => parseDrivePath(text))) {
    const key = `${path.node ?? ""}\0${path.drive}`;
    const open = opened.get(key) ?? (await openDrive(node, path));
    opened.set(key, open);
    places.push({ ...path, open });
  }
  return places;
}

/** The drives that a command is about: the one that was named, or all that can be read. */
export async function chosenDrives(
  node: NodeStub,
  name: string | undefined,
): Promise<{ info: DriveInfo; open: DriveStub }[]> {
  if (name !== undefined) {
    const open = await openDrive(node, parseDrivePath(name));
    return [{ info: await open.info(), open }];
  }
  const drives = node.drives();
  const readable = (await drives.list()).filter(({ readable: can }) => can);
  return readable.map((info) => ({ info, open: drives.open(info.id) }));
}

/** What is there, or undefined. */
export async function statIfThere(drive: DriveStub, path: string): Promise<FileEntry | undefined> {
  try {
    return await drive.stat(path);
  } catch (thrown) {
    if (thrown instanceof GlowError && thrown.kind === "not-found") return undefined;
    throw thrown;
  }
}

/** All of a folder, in the order of names. */
export async function* entriesOf(drive: DriveStub, folder: string): AsyncGenerator<FileEntry> {
  let after: string | undefined;
  for (;;) {
    const page = await drive.list(folder, after, pageEntries);
    yield* page;
    const last = page.at(-1)?.name;
    if (page.length < pageEntries || last === undefined || last === after) return;
    after = last;
  }
}

/**
 * All of a list that is given in pages; `next` says by what the one after an item is asked for. A page is full at the limit of
 * the interfaces.
 */
export async function* pagesOf<Item>(
  ask: (after: string | undefined, limit: number) => Promise<readonly Item[]>,
  next: (item: Item) => string,
): AsyncGenerator<Item> {
  let after: string | undefined;
  for (;;) {
    const page = await ask(after, pageEntries);
    yield* page;
    const last = page.at(-1);
    if (page.length < pageEntries || last === undefined) return;
    after = next(last);
  }
}

function absent(
  op: string,
  target: string,
  what: string,
  command: string,
  names: readonly string[],
  cause: GlowError,
): GlowError {
  const some = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  const list = names.length === 0 ? `there are none yet` : `there are: ${some}`;
  return new GlowError("not-found", op, { target, message: `${what}; ${list} (\`glow ${command}\`)`, cause });
}
