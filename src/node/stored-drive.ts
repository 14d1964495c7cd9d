// A drive of this node's storage, as services need it.

import type { Content, DeviceId, Drive, DriveEntry, EntryId, ObjectId, Platform, SealedContent, SpaceId } from "#glow";
import { GlowError } from "#base/errors.ts";
import type { HeldDrive } from "#services/drive/held-drive.ts";
import type { BlockSealer } from "#store/content/block-sealer.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { ContentWriter } from "#store/content/content-writer.ts";
import { DriveContents } from "#store/drive/drive-contents.ts";
import { copyObject } from "#store/drive/drive-copy.ts";
import { walk } from "#store/drive/drive-walk.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import type { Storage } from "./storage.ts";

export interface StoredDriveOptions {
  readonly platform: Platform;
  readonly storage: Storage;
  readonly sealer: BlockSealer;
  readonly drive: SpaceDrive;
  readonly deviceName: (device: DeviceId) => string;
  /** Whether a device counts as one that keeps data. */
  readonly isKeeper: (device: DeviceId) => boolean;
}

export class StoredDrive implements HeldDrive {
  readonly drive: Drive;
  readonly #options: StoredDriveOptions;
  readonly #contents: DriveContents;

  constructor(options: StoredDriveOptions) {
    const { platform, storage, drive } = options;
    const { crypto, compression } = platform;
    this.drive = drive;
    this.#options = options;
    this.#contents = new DriveContents({
      drive,
      opener: new ChunkOpener(crypto, compression, { find: (id) => drive.space.keys?.find(id) }),
      blobs: storage.blobs,
      source: storage.source,
      supply: {
        want: (...wanted) => {
          storage.hurry();
          return storage.replicator(drive.space.id).want(...wanted);
        },
      },
    });
  }

  get id(): SpaceId {
    return this.drive.space.id;
  }

  read(content: Content, offset?: number, lengthBytes?: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#contents.read(content, offset, lengthBytes, signal);
  }

  async seal(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<SealedContent> {
    const { platform, sealer, storage } = this.#options;
    const { keys, settings } = this.drive.space;
    if (keys === undefined) {
      const message = "this device has no keys of the drive: another one has to give them";
      throw new GlowError("denied", "drive.write", { target: this.id, message });
    }
    const { current, boundarySeed } = keys;
    const cutKeys = { current, boundarySeed, ...(settings && { chunks: settings.chunks }) };
    const writer = new ContentWriter(sealer, platform.crypto, platform.compression, cutKeys);
    const put = (chunks: SealedContent["chunks"]): Promise<void> =>
      storage.blobs.put(chunks.map(({ blob, stored }) => ({ id: blob, stored: stored as Uint8Array })));
    return writer.write(source, put, signal);
  }

  copy(object: ObjectId, parent: ObjectId, name: string): Promise<ObjectId> {
    return copyObject(this.drive, object, parent, name);
  }

  walk(folder: ObjectId): AsyncIterable<{ readonly path: string; readonly entry: DriveEntry }> {
    return walk(this.drive, folder);
  }

  async isElsewhere({ batch }: EntryId): Promise<boolean> {
    const { storage, isKeeper } = this.#options;
    for await (const { header } of this.drive.space.batches([batch])) {
      return storage.findReplicator(this.id)?.holdersOf(header).some(isKeeper) === true;
    }
    return false;
  }

  deviceName(device: DeviceId): string {
    return this.#options.deviceName(device);
  }
}
