// What the services need of a drive that this node holds, and of all of them: lent by whoever wires the node.

import type { GlowError } from "#base/errors.ts";
import type {
  Content,
  DeviceId,
  Drive,
  DriveEntry,
  EntryId,
  ObjectId,
  SealedContent,
  SpaceId,
  SpaceProgress,
  Subscription,
} from "#glow";
import type { HeldContent } from "#interfaces/generated/drive.ts";

export interface HeldDrive {
  readonly id: SpaceId;
  readonly drive: Drive;
  /** The bytes from `offset` on, in pieces; what is not here is fetched. */
  read(content: Content, offset?: number, lengthBytes?: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Cuts, compresses, seals and stores; the chunks are then part of nothing yet. */
  seal(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<SealedContent>;
  /** A copy, with all that is in it, under a name that is not taken. */
  copy(object: ObjectId, parent: ObjectId, name: string): Promise<ObjectId>;
  /** All that lies in a folder and below. */
  walk(folder: ObjectId): AsyncIterable<{ readonly path: string; readonly entry: DriveEntry }>;
  /** Whether another device has said that it holds the batch in which this was written. */
  isElsewhere(version: EntryId): Promise<boolean>;
  /** Of a device, for people. */
  deviceName(device: DeviceId): string;
}

/** How far a drive is replicated. */
export interface HeldProgress extends Omit<SpaceProgress, "peers"> {
  readonly peers: readonly {
    readonly device: DeviceId;
    readonly name: string;
    readonly connected: boolean;
    readonly complete: boolean;
    readonly problem?: GlowError;
  }[];
  /** What is kept here of it. */
  readonly content: HeldContent;
  /** All that this device has written is with another one. */
  readonly elsewhere: boolean;
  /** Of files whose content is nowhere any more. */
  readonly lost: readonly GlowError[];
}

export interface NamedDrive {
  readonly id: SpaceId;
  /** As it shows: unique. */
  readonly name: string;
  /** Whether it was ever named. */
  readonly isNamed: boolean;
  readonly readable: boolean;
  /** Whether it was put away: its name is unique among those. */
  readonly isRetired: boolean;
}

export interface HeldDrives {
  /** In the order of names. */
  list(): Promise<readonly NamedDrive[]>;
  /** `not-found`; `denied` if its keys are not here. */
  open(id: SpaceId): HeldDrive;
  progress(id: SpaceId): Promise<HeldProgress>;
  create(): Promise<HeldDrive>;
  /** From now on. */
  hold(id: SpaceId, content: HeldContent): Promise<void>;
  /** Does one thing after the other: so names are given. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Called when drives have come, have got a name, or have come further. */
  watch(changed: () => void): Subscription;
  watchProgress(id: SpaceId, changed: () => void): Subscription;
}
