// Copies within a drive: new objects with the same content. The chunks are there already, so nothing is cut, sealed or sent.

import { GlowError } from "#base/errors.ts";
import { driveLimits } from "#base/limits.ts";
import type { Drive, DriveState, DriveStep, ObjectId } from "../contracts.ts";
import { walk } from "./drive-walk.ts";
import { defaultMode } from "./object-table.ts";

/** Below it by what one object may take: a step that makes it, and one that fills it. */
const stepsPerChange = driveLimits.steps / 2;
const objectsPerRead = 1024;

/**
 * Copies an object, with all that is in it, to a name in a folder that is not taken. Of a file the version that shows is
 * copied. The id of the copy. It is one change while it has up to `driveLimits.steps` / 4 objects; of more there are several, so that it
 * may be seen growing, and is left as far as it came if it fails. `invalid` if a folder was to be copied into itself.
 */
export async function copyObject(drive: Drive, object: ObjectId, parent: ObjectId, name: string): Promise<ObjectId> {
  const [from, to] = [await drive.path(object), await drive.path(parent)];
  if (from !== undefined && to !== undefined && (from === "" || `${to}/`.startsWith(`${from}/`))) {
    throw new GlowError("invalid", "drive.copy", { target: from, message: "a folder cannot be copied into itself" });
  }
  const [top] = await drive.states([object]);
  if (from === undefined || to === undefined || top === undefined) {
    const target = to === undefined ? parent : object;
    throw new GlowError("not-found", "drive.copy", { target, message: "this is not in the drive's tree" });
  }
  const copy = new Copy(drive);
  const id = await copy.add(top, parent, name);
  if (top.kind === "folder") await copy.addAll(top.object);
  await copy.write();
  return id;
}

class Copy {
  readonly #drive: Drive;
  /** The copies of folders. */
  readonly #folders = new Map<ObjectId, ObjectId>();
  #steps: DriveStep[] = [];

  constructor(drive: Drive) {
    this.#drive = drive;
  }

  async addAll(folder: ObjectId): Promise<void> {
    let page: { readonly object: ObjectId; readonly parent: ObjectId; readonly name: string }[] = [];
    for await (const { entry, parent } of walk(this.#drive, folder)) {
      page.push({ object: entry.object, parent, name: entry.name });
      if (page.length < objectsPerRead) continue;
      await this.#addPage(page);
      page = [];
    }
    await this.#addPage(page);
  }

  async add(state: DriveState, parent: ObjectId, name: string): Promise<ObjectId> {
    if (this.#steps.length >= stepsPerChange) await this.write();
    const object = this.#drive.newObject(state.kind);
    const { mode, modifiedNs, heads } = state;
    const [head] = heads;
    this.#steps.push({
      type: "create",
      object,
      parent,
      name,
      ...(mode !== defaultMode(object) && { mode }),
      ...(head === undefined && { modifiedNs }),
    });
    if (head?.content !== undefined) this.#steps.push({ type: "content", object, content: head.content, modifiedNs });
    if (head?.target !== undefined) this.#steps.push({ type: "target", object, target: head.target, modifiedNs });
    if (state.kind === "folder") this.#folders.set(state.object, object);
    return object;
  }

  async write(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    if (steps.length > 0) await this.#drive.change(() => ({ steps, chunks: [] }));
  }

  async #addPage(
    page: readonly { readonly object: ObjectId; readonly parent: ObjectId; readonly name: string }[],
  ): Promise<void> {
    const states = await this.#drive.states(page.map(({ object }) => object));
    for (const [i, { parent, name }] of page.entries()) {
      const state = states[i];
      // Its folder was not copied if it has gone meanwhile, and so has what is in it.
      const to = this.#folders.get(parent);
      if (state !== undefined && to !== undefined) await this.add(state, to, name);
    }
  }
}
