// Removing from a drive and bringing back, and conflicts with their ends.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Drive, DriveStep, DriveVersion, ObjectId } from "#glow";
import type { Conflict, RemovedFile, Version } from "#interfaces/generated/drive.ts";
import { drivePath, isWithin } from "./drive-path.ts";
import type { DriveReading } from "./drive-reading.ts";
import type { HeldDrive } from "./held-drive.ts";

export class DriveTrash {
  readonly #held: HeldDrive;
  readonly #drive: Drive;
  readonly #reading: DriveReading;

  constructor(held: HeldDrive, reading: DriveReading) {
    this.#held = held;
    this.#drive = held.drive;
    this.#reading = reading;
  }

  /** All or none, at once. What lies in another one of them goes with that. */
  async remove(paths: readonly string[]): Promise<ObjectId[]> {
    const op = "drive.remove";
    checkCount(paths, op);
    const given = [...new Set(paths.map((path) => drivePath(path, op)))];
    const tops = given.filter((path) => !given.some((other) => other !== path && isWithin(path, other)));
    let objects: ObjectId[] = [];
    await this.#drive.change(async () => {
      objects = [];
      for (const path of tops) objects.push((await this.#reading.find(path, op)).object);
      return { steps: objects.map((object) => ({ type: "remove", object })), chunks: [] };
    });
    return objects;
  }

  async removed(after: string | undefined, limit: number): Promise<RemovedFile[]> {
    const found = await this.#drive.removed(after as ObjectId | undefined, limit);
    const files: RemovedFile[] = [];
    for (const { object, name, kind, sizeBytes, from, removedMs, removedBy } of found) {
      const folder = from && (await this.#drive.path(from));
      files.push({
        object,
        name,
        kind,
        sizeBytes,
        removed: new Date(removedMs),
        removedBy: this.#held.deviceName(removedBy),
        ...(folder !== undefined && { folder }),
      });
    }
    return files;
  }

  async bringBack(objects: readonly string[]): Promise<string[]> {
    checkCount(objects, "drive.bringBack");
    await this.#drive.restore(objects as readonly ObjectId[]);
    const paths: string[] = [];
    for (const object of objects) paths.push((await this.#drive.path(object as ObjectId)) ?? "");
    return paths;
  }

  async conflicts(limit: number, describe: (version: DriveVersion) => Promise<Version>): Promise<Conflict[]> {
    const conflicts: Conflict[] = [];
    for (const { object, reason, versions } of await this.#drive.conflicts(limit)) {
      const path = await this.#drive.path(object);
      const described: Version[] = [];
      for (const version of versions) described.push(await describe(version));
      conflicts.push({ object, reason, versions: described, ...(path !== undefined && { path }) });
    }
    return conflicts;
  }

  /** Ends a conflict: with a version that shows, or, of something removed, without one. */
  async resolve(object: ObjectId, version: string | undefined): Promise<void> {
    const op = "drive.resolve";
    if ((await this.#drive.path(object)) === undefined) await this.#drive.restore([object]);
    if (version !== undefined) {
      const kept = await this.#reading.version(object, version, op);
      await this.#drive.change(() => ({ steps: [stepOf(object, kept, kept.modifiedNs)], chunks: [] }));
      return;
    }
    const entry = await this.#drive.entry(object);
    if ((entry?.versions ?? 0) > 1) {
      const message = "this has several versions: say which of them is to show, by its id";
      throw new GlowError("invalid", op, { target: object, message });
    }
    // Whoever knows both the removal and the edit says it anew.
    await this.#drive.change(() => ({ steps: [{ type: "remove", object }], chunks: [] }));
  }
}

/** Makes an object have what a version has. */
export function stepOf(object: ObjectId, { content, target }: DriveVersion, modifiedNs: bigint): DriveStep {
  if (content !== undefined) return { type: "content", object, content, modifiedNs };
  return { type: "target", object, target: target ?? "", modifiedNs };
}

function checkCount(list: readonly string[], op: string): void {
  if (list.length > 0 && list.length <= nodeLimits.page) return;
  const message = `it takes from 1 to ${nodeLimits.page} at once, and not ${list.length}: make several calls`;
  throw new GlowError(list.length === 0 ? "invalid" : "too-large", op, { message });
}
