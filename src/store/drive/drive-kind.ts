// How spaces of drives get their typed store, and whoever wired it the drive.

import type { DeviceId, Random } from "#glow";
import type { IndexView, Space, StoreKind, TypedStore } from "../contracts.ts";
import { DriveStore } from "./drive-store.ts";
import { SpaceDrive } from "./space-drive.ts";

export class DriveKind implements StoreKind {
  readonly type = "drive";
  readonly #device: DeviceId;
  readonly #random: Random;
  readonly #opened: (drive: SpaceDrive) => void;

  /** `opened` is called once for each space that is a drive and can be read here. */
  constructor(options: {
    readonly device: DeviceId;
    readonly random: Random;
    readonly opened: (drive: SpaceDrive) => void;
  }) {
    this.#device = options.device;
    this.#random = options.random;
    this.#opened = options.opened;
  }

  open(space: Space, view: IndexView): TypedStore {
    const store = new DriveStore();
    this.#opened(new SpaceDrive({ space, store, rows: view, device: this.#device, random: this.#random }));
    return store;
  }

  rebuild(): TypedStore {
    return new DriveStore();
  }
}
