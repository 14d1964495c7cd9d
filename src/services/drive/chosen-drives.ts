// Some of the drives, for one who is to see no others.

import { GlowError } from "#base/errors.ts";
import type { Drive, DriveInfo, Drives, PendingUpload } from "#interfaces/generated/drive.ts";
import { ExpandedStream } from "../replica/expanded-stream.ts";

export class ChosenDrives implements Drives {
  readonly #drives: Drives;
  readonly #ids: ReadonlySet<string>;

  constructor(drives: Drives, ids: ReadonlySet<string>) {
    this.#drives = drives;
    this.#ids = ids;
  }

  async list(): Promise<DriveInfo[]> {
    return this.#chosen(await this.#drives.list());
  }

  async watch(): Promise<AsyncIterable<DriveInfo[]>> {
    const source = (await this.#drives.watch()) as AsyncIterable<readonly DriveInfo[]>;
    return new ExpandedStream(source, (infos) => [this.#chosen(infos)]);
  }

  create(): never {
    throw new GlowError("denied", "drives.create", { message: "you were let in to certain drives, and can make none" });
  }

  async rename(drive: string, name: string): Promise<DriveInfo> {
    return this.#drives.rename(await this.#idOf(drive), name);
  }

  async open(drive: string): Promise<Drive> {
    return this.#drives.open(await this.#idOf(drive));
  }

  hold(): never {
    throw new GlowError("denied", "drives.hold", { message: "what this node keeps is not yours to say" });
  }

  remove(): never {
    throw new GlowError("denied", "drives.remove", {
      message: "you were let in to certain drives, and can remove none",
    });
  }

  removed(): DriveInfo[] {
    return [];
  }

  bringBack(): never {
    throw new GlowError("denied", "drives.bringBack", { message: "you were let in to certain drives alone" });
  }

  async uploads(): Promise<PendingUpload[]> {
    return (await this.#drives.uploads()).filter(({ drive }) => this.#ids.has(drive));
  }

  async #idOf(drive: string): Promise<string> {
    const chosen = await this.list();
    const found = chosen.find(({ name }) => name === drive) ?? chosen.find(({ id }) => id === drive);
    if (found !== undefined) return found.id;
    throw new GlowError("not-found", "drives.open", { target: drive, message: "no drive has this name or id" });
  }

  #chosen(infos: readonly DriveInfo[]): DriveInfo[] {
    return infos.filter(({ id }) => this.#ids.has(id));
  }
}
