// What changes in a drive, gathered between two readings: however much it is and however slow the reader, no more is kept than
// one telling has room for.

import { nodeLimits } from "#base/limits.ts";
import type { Drive, FileKind, ObjectId, Subscription } from "#glow";
import type { DriveChanges, FileChange } from "#interfaces/generated/drive.ts";
import { isWithin } from "./drive-path.ts";

export class ChangeGatherer {
  readonly #drive: Drive;
  readonly #path: string;
  #objects = new Set<ObjectId>();
  #isAll = false;

  constructor(drive: Drive, path: string) {
    this.#drive = drive;
    this.#path = path;
  }

  watch(changed: () => void): Subscription {
    return this.#drive.watch(
      (objects) => {
        for (const object of objects) this.#add(object);
        changed();
      },
      () => {
        this.#isAll = true;
        changed();
      },
    );
  }

  /** What has come since the last time. */
  async take(): Promise<DriveChanges> {
    const objects = [...this.#objects];
    const all = this.#isAll;
    this.#objects = new Set();
    this.#isAll = false;
    if (all) return { changes: [], elsewhere: false, all };
    const changes: FileChange[] = [];
    let elsewhere = false;
    const states = await this.#drive.states(objects);
    for (const [i, object] of objects.entries()) {
      const path = await this.#drive.path(object);
      if (path !== undefined && !isWithin(path, this.#path)) elsewhere = true;
      else changes.push(changeOf(object, path, states[i]?.kind));
    }
    return { changes, elsewhere, all };
  }

  #add(object: ObjectId): void {
    if (this.#objects.size >= nodeLimits.changes) this.#isAll = true;
    else this.#objects.add(object);
  }
}

function changeOf(object: ObjectId, path: string | undefined, kind: FileKind | undefined): FileChange {
  return { object, ...(path !== undefined && { path }), ...(kind !== undefined && { kind }) };
}
