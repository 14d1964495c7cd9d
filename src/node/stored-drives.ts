// The drives of this node's storage, under unique names, as services need them.

import { GlowError } from "#base/errors.ts";
import type { DeviceId, Platform, SpaceId, Subscription, UserState } from "#glow";
import type { HeldContent } from "#interfaces/generated/drive.ts";
import type { HeldDrives, HeldProgress, NamedDrive } from "#services/drive/held-drive.ts";
import { Turns } from "#identity/turns.ts";
import { uniqueNames } from "#services/names/unique-names.ts";
import { Watchers } from "#services/state/watchers.ts";
import type { BlockSealer } from "#store/content/block-sealer.ts";
import { AuthorPositions } from "#store/replication/author-positions.ts";
import type { Storage } from "./storage.ts";
import { StoredDrive } from "./stored-drive.ts";

export interface StoredDrivesOptions {
  readonly platform: Platform;
  readonly storage: Storage;
  readonly sealer: BlockSealer;
  readonly user: () => UserState;
  /** What is kept of each drive, where it was said; left out: it cannot be. */
  readonly kept?: HeldContents;
}

/** Where it is written down what this device keeps of a drive. */
export interface HeldContents {
  /** Undefined: as of all. */
  of(drive: SpaceId): HeldContent | undefined;
  set(drive: SpaceId, content: HeldContent): Promise<void>;
}

/** Of a drive that has just come. */
const notBegun: HeldProgress = {
  peers: [],
  content: "all",
  missingBlobs: 0,
  missingBytes: 0,
  unavailableBlobs: 0,
  unavailableBytes: 0,
  elsewhere: false,
  lost: [],
};

export class StoredDrives implements HeldDrives {
  readonly #options: StoredDrivesOptions;
  readonly #turns = new Turns();
  readonly #news = new Watchers();
  readonly watch = this.#news.watch;
  readonly #storageWatch: Subscription;
  /** Of drives that are watched for their names and how far they have come. */
  readonly #watched = new Map<SpaceId, Subscription[]>();

  constructor(options: StoredDrivesOptions) {
    this.#options = options;
    this.#storageWatch = options.storage.watchDrives(() => this.#drivesCame());
    this.#drivesCame();
  }

  async list(): Promise<readonly NamedDrive[]> {
    const { storage } = this.#options;
    const called: NamedDrive[] = [];
    for (const { id, type, readable } of storage.spaces()) {
      if (type !== "drive" && readable) continue;
      const name = readable ? await this.#nameOf(id) : undefined;
      const isRetired = readable && (await this.#isRetired(id));
      called.push({ id, name: name ?? `drive-${id.slice(-6)}`, isNamed: name !== undefined, readable, isRetired });
    }
    const shown = (isRetired: boolean): NamedDrive[] => {
      const drives = called.filter((each) => each.isRetired === isRetired);
      const names = uniqueNames(drives);
      return drives.map((drive) => ({ ...drive, name: names.get(drive.id) ?? drive.name }));
    };
    const drives = [...shown(false), ...shown(true)];
    return drives.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  open(id: SpaceId): StoredDrive {
    const { platform, storage, sealer } = this.#options;
    return new StoredDrive({
      platform,
      storage,
      sealer,
      drive: storage.drive(id),
      deviceName: (device) => this.#deviceName(device),
      isKeeper: (device) => this.#isKeeper(device),
    });
  }

  async create(): Promise<StoredDrive> {
    const { space } = await this.#options.storage.createDrive();
    return this.open(space.id);
  }

  async hold(id: SpaceId, content: HeldContent): Promise<void> {
    const { kept, storage } = this.#options;
    if (kept === undefined) {
      const message = "this node has no settings, and keeps what it keeps";
      throw new GlowError("unavailable", "drives.hold", { message });
    }
    await kept.set(id, content);
    storage.replicator(id).mode = content;
    this.#news.tell();
  }

  async progress(id: SpaceId): Promise<HeldProgress> {
    const { storage } = this.#options;
    const replicator = storage.findReplicator(id);
    if (replicator === undefined) return notBegun;
    const { space } = replicator;
    const { peers, ...missing } = await replicator.progress();
    const positions = space.positions();
    const own = positions.filter(({ author }) => author === storage.device);
    return {
      ...missing,
      content: replicator.mode,
      lost: storage.lostContents(id),
      elsewhere: peers.some(({ device, holds }) => this.#isKeeper(device) && new AuthorPositions(holds).includes(own)),
      peers: peers.map(({ device, holds, connected, problem }) => ({
        device,
        name: this.#deviceName(device),
        connected,
        complete: new AuthorPositions(holds).includes(positions),
        ...(problem !== undefined && { problem }),
      })),
    };
  }

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(work);
  }

  watchProgress(id: SpaceId, changed: () => void): Subscription {
    const { storage } = this.#options;
    const subscriptions = [this.#news.watch(changed)];
    if (storage.findReplicator(id)?.space.readable === true) {
      subscriptions.push(storage.drive(id).watch(changed, changed));
    }
    return { stop: () => subscriptions.forEach((each) => each.stop()) };
  }

  stop(): void {
    this.#storageWatch.stop();
    for (const subscriptions of this.#watched.values()) for (const each of subscriptions) each.stop();
  }

  #drivesCame(): void {
    const { storage } = this.#options;
    for (const { id } of storage.spaces()) {
      if (this.#watched.has(id)) continue;
      try {
        const drive = storage.drive(id);
        const replicator = storage.replicator(id);
        this.#watched.set(id, [
          replicator.watchProgress(this.#news.tell),
          drive.watch(
            (objects) => objects.includes(drive.root) && this.#news.tell(),
            () => this.#news.tell(),
          ),
        ]);
      } catch {
        // Its keys, or what replicates it, are not there yet: that is told of when they are.
      }
    }
    this.#news.tell();
  }

  /** None while its keys are not here. */
  async #nameOf(id: SpaceId): Promise<string | undefined> {
    try {
      return await this.#options.storage.drive(id).name();
    } catch {
      return undefined;
    }
  }

  async #isRetired(id: SpaceId): Promise<boolean> {
    try {
      return await this.#options.storage.drive(id).isRetired();
    } catch {
      return false;
    }
  }

  #deviceName(device: DeviceId): string {
    return this.#options.user().devices.get(device)?.name ?? device.slice(-8);
  }

  /** A tab is never counted as a copy of data. */
  #isKeeper(device: DeviceId): boolean {
    const role = this.#options.user().devices.get(device)?.role;
    return device !== this.#options.storage.device && role !== undefined && role !== "tab";
  }
}
