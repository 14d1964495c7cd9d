// A node's medium: names and files that outlive the programs that use them, its speed, and what is wrong with it. A
// program uses it through a MountedDisk, which lasts as long as that program's life.

import { assert, GlowError } from "#base/errors.ts";
import { integerBelow, pick } from "#base/random.ts";
import type { Random } from "#glow";
import { Conditions } from "../conditions.ts";
import { type Disturbance, Disturbances } from "../disturbances.ts";
import type { Timeline } from "../time/timeline.ts";
import { FolderTree } from "./folder-tree.ts";
import { SectorFile } from "./sector-file.ts";

export interface DiskConditions {
  /** What each operation takes at least, and at most on top (a quarter of it on average). */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** What a sync takes on top of that. */
  readonly syncMs: number;
  readonly bytesPerMs: number;
  /** Of all files together. */
  readonly capacityBytes: number;
  /** Chance that an operation fails with `corrupt`, per operation. */
  readonly errorChance: number;
}

export interface DiskOptions {
  /** What the medium writes as a whole: 512 or 4096. */
  readonly sectorBytes?: number;
  readonly conditions?: Partial<DiskConditions>;
}

/** An ordinary solid-state drive. */
const defaultConditions: DiskConditions = {
  latencyMs: 0.02,
  jitterMs: 0.2,
  syncMs: 1,
  bytesPerMs: 500_000,
  capacityBytes: 2 ** 32,
  errorChance: 0,
};

/** A file with what the system knows about it while programs have it. */
export interface StoredFile {
  readonly content: SectorFile;
  /** Programs' open handles. */
  handles: number;
  /** Whether a name leads to it. */
  named: boolean;
  /** Operations on one file are done in the order they came: when the last of them is over. */
  busyUntilNs: number;
}

export class SimulatedDisk {
  readonly names = new FolderTree<StoredFile>();
  readonly #timeline: Timeline;
  readonly #node: string;
  readonly #sectorBytes: number;
  readonly #conditions: Conditions<DiskConditions>;
  readonly #disturbances: Disturbances;
  #usedBytes = 0;

  constructor(timeline: Timeline, node: string, { sectorBytes = 512, conditions = {} }: DiskOptions = {}) {
    assert(sectorBytes === 512 || sectorBytes === 4096, "a medium has sectors of 512 or 4096 bytes");
    this.#disturbances = new Disturbances(() => timeline.record(node, "heal", "disk"));
    this.#timeline = timeline;
    this.#node = node;
    this.#sectorBytes = sectorBytes;
    this.#conditions = new Conditions({ ...defaultConditions, ...conditions }, assertDiskConditions);
  }

  get conditions(): DiskConditions {
    return this.#conditions.current;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  // What mounted disks do with it.

  newFile(): StoredFile {
    return { content: new SectorFile(this.#sectorBytes), handles: 0, named: true, busyUntilNs: 0 };
  }

  /** Called before a file becomes `sizeBytes` long. `exhausted` if the disk is too full for it. */
  resize(file: StoredFile, sizeBytes: number): void {
    const { capacityBytes } = this.conditions;
    const grownBytes = sizeBytes - file.content.sizeBytes;
    if (grownBytes > 0 && this.#usedBytes + grownBytes > capacityBytes) {
      throw new GlowError("exhausted", "file.write", {
        target: this.#node,
        message: `the disk is full: ${this.#usedBytes} of ${capacityBytes} bytes are used; remove something`,
      });
    }
    this.#usedBytes += grownBytes;
  }

  /** Frees a file's bytes if neither a name nor a handle leads to it any more. */
  freeUnused(file: StoredFile): void {
    if (!file.named && file.handles === 0) this.#usedBytes -= file.content.sizeBytes;
  }

  // What happens to it.

  /** The program died. The system's cache lives on. */
  kill(random: Random): void {
    for (const [, file] of this.names.files()) file.content.kill(random);
    this.#unmount();
  }

  /** The power went: of what was not synced, any part is there afterwards. */
  losePower(random: Random): void {
    for (const [path, file] of this.names.files()) {
      if (file.content.isDirty) this.#record(`unsynced-${file.content.losePower(random)}`, path);
    }
    const { kept, lost } = this.names.losePower(random);
    if (kept > 0) this.#record("name-kept", "", kept);
    if (lost > 0) this.#record("name-lost", "", lost);
    this.#unmount();
  }

  /** Changes how the disk works until it is healed. */
  disturb(change: Partial<DiskConditions>): Disturbance {
    const calm = this.#conditions.change(change);
    this.#record("disk-fault", JSON.stringify(change));
    return this.#disturbances.begin(calm);
  }

  /** Ends all disturbances. Bytes that rotted stay so. */
  heal(): void {
    this.#disturbances.healAll();
  }

  /** The medium damages a sector of a file, durable or not. Undefined if there is no file, or it is empty. */
  rot(random: Random, manner: "bit" | "unreadable", path?: string): { path: string; sector: number } | undefined {
    const files = [...this.names.files()].filter(
      ([name, { content }]) => content.sizeBytes > 0 && (path ?? name) === name,
    );
    if (files.length === 0) return undefined;
    const [name, { content }] = pick(random, files);
    const sector = integerBelow(random, Math.ceil(content.sizeBytes / content.sectorBytes));
    if (manner === "unreadable") content.makeUnreadable(sector);
    else content.flipBit(sector, integerBelow(random, content.sectorBytes * 8));
    this.#record("rot", `${name}: ${manner}`, sector);
    return { path: name, sector };
  }

  #unmount(): void {
    this.#usedBytes = 0;
    for (const [, file] of this.names.files()) {
      file.handles = 0;
      file.named = true;
      file.busyUntilNs = 0;
      this.#usedBytes += file.content.sizeBytes;
    }
  }

  #record(kind: Parameters<Timeline["record"]>[1], what: string, size = 0): void {
    this.#timeline.record(this.#node, kind, what, size);
  }
}

function assertDiskConditions(conditions: DiskConditions): void {
  const { latencyMs, jitterMs, syncMs, bytesPerMs, errorChance } = conditions;
  assert(latencyMs >= 0 && jitterMs >= 0 && syncMs >= 0 && bytesPerMs > 0, "a disk takes time, and works");
  assert(errorChance >= 0 && errorChance <= 1, "a chance is from 0 to 1");
}
