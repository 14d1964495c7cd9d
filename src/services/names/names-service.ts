// The one tree of names: `/me/drives/NAME/path` and `/me/nodes/NAME`, put together from drives and devices.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Drive, Drives, FileEntry } from "#interfaces/generated/drive.ts";
import type { Named, NameEntry, Names } from "#interfaces/generated/names.ts";
import type { User } from "#interfaces/generated/user.ts";

const roots = ["drives", "nodes"];

export class NamesService implements Names {
  readonly #drives: () => Drives;
  readonly #user: User;

  /** `drives` may say why there are none. */
  constructor(drives: () => Drives, user: User) {
    this.#drives = drives;
    this.#user = user;
  }

  async find(path: string): Promise<Named> {
    const op = "names.find";
    const [me, root, name, ...rest] = namesOf(path, op);
    if (me === undefined || root === undefined) return { kind: "directory", path: me === undefined ? "/" : "/me" };
    if (name === undefined) return { kind: "directory", path: `/me/${root}` };
    if (root === "nodes") {
      if (rest.length > 0) throw nothing(path, op);
      const { devices } = await this.#user.info();
      const device = devices.find((each) => !each.revoked && each.name === name);
      if (device === undefined) throw nothing(path, op);
      return { kind: "node", device };
    }
    const drive = await this.#drives().open(name);
    const { id, name: driveName } = await drive.info();
    const inside = rest.join("/");
    const entry = await statIfThere(drive, inside);
    return { kind: "file", drive, driveId: id, driveName, path: inside, ...(entry !== undefined && { entry }) };
  }

  async list(path: string, after?: string, limit: number = nodeLimits.page): Promise<NameEntry[]> {
    const op = "names.list";
    const [me, root, name, ...rest] = namesOf(path, op);
    const most = Math.min(limit, nodeLimits.page);
    const page = (entries: readonly NameEntry[]) =>
      entries.filter((entry) => after === undefined || entry.name > after).slice(0, most);
    if (me === undefined) return page([{ kind: "directory", name: "me" }]);
    if (root === undefined) return page(roots.map((each) => ({ kind: "directory", name: each })));
    if (name === undefined) return page(root === "drives" ? await this.#driveEntries() : await this.#nodeEntries());
    if (root === "nodes") throw nothing(path, op);
    const drive = await this.#drives().open(name);
    const entries = await drive.list(rest.join("/"), after, most);
    return entries.map((entry) => ({ kind: "file", name: entry.name, entry }));
  }

  async #driveEntries(): Promise<NameEntry[]> {
    const drives = await this.#drives().list();
    return drives.map((drive) => ({ kind: "drive", name: drive.name, drive }));
  }

  async #nodeEntries(): Promise<NameEntry[]> {
    const { devices } = await this.#user.info();
    return devices.filter(({ revoked }) => !revoked).map((device) => ({ kind: "node", name: device.name, device }));
  }
}

async function statIfThere(drive: Drive, path: string): Promise<FileEntry | undefined> {
  try {
    return await drive.stat(path);
  } catch (error) {
    if (GlowError.from(error, "names.find").kind !== "not-found") throw error;
    return undefined;
  }
}

/** The names of a path, which is one of this tree so far as this can be seen by it alone. */
function namesOf(path: string, op: string): string[] {
  if (!path.startsWith("/") || path.length > nodeLimits.pathLength) {
    const message = `a name begins with / and has at most ${nodeLimits.pathLength} characters: /me/drives/NAME/path`;
    throw new GlowError("invalid", op, { target: path.slice(0, 100), message });
  }
  const names = path.split("/").filter((name) => name !== "");
  const [me, root] = names;
  if ((me !== undefined && me !== "me") || (root !== undefined && !roots.includes(root))) throw nothing(path, op);
  return names;
}

function nothing(path: string, op: string): GlowError {
  const message = "nothing has this name: there are /me/drives/NAME/path and /me/nodes/NAME";
  return new GlowError("not-found", op, { target: path.slice(0, 1000), message });
}
