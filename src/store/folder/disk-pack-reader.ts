// Reads packs through the Disk, for a platform that has no other way to its files.

import type { Disk, DiskFile } from "#glow";
import type { BlobPlace } from "../contracts.ts";
import type { PackReader } from "./folder-work.ts";

export class DiskPackReader implements PackReader {
  readonly #disk: Disk;
  readonly #open = new Map<string, Promise<DiskFile>>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async read({ path, offset, sizeBytes }: BlobPlace): Promise<Uint8Array> {
    let opening = this.#open.get(path);
    if (opening === undefined) {
      opening = this.#disk.open(path);
      this.#open.set(path, opening);
    }
    return (await opening).read(offset, sizeBytes);
  }

  rest(): void {
    for (const opening of this.#open.values()) {
      opening.then((file) => file.close()).catch(() => undefined);
    }
    this.#open.clear();
  }
}
