// The folders that a guest was given, each as a drive of its own.

import { GlowError } from "#base/errors.ts";
import type { Drive, DriveInfo, Drives, PendingUpload } from "#interfaces/generated/drive.ts";
import { isWithin } from "../drive/drive-path.ts";
import { ExpandedStream } from "../replica/expanded-stream.ts";
import { narrowedInfo, ownKey, RootedDrive, type RootedDriveParts } from "./rooted-drive.ts";

export interface GuestPlaceHeld {
  /** Id of the drive. */
  readonly drive: string;
  /** Of a folder in it; `""` for all of it. */
  readonly path: string;
}

export class GuestDrives implements Drives {
  readonly #drives: Drives;
  readonly #places: readonly GuestPlaceHeld[];
  readonly #guest: Pick<RootedDriveParts, "holder" | "allowance">;

  constructor(
    drives: Drives,
    places: readonly GuestPlaceHeld[],
    guest: Pick<RootedDriveParts, "holder" | "allowance">,
  ) {
    this.#drives = drives;
    this.#places = places;
    this.#guest = guest;
  }

  async list(): Promise<DriveInfo[]> {
    return this.#infos(await this.#drives.list());
  }

  async watch(): Promise<AsyncIterable<DriveInfo[]>> {
    const source = (await this.#drives.watch()) as AsyncIterable<readonly DriveInfo[]>;
    return new ExpandedStream(source, (infos) => [this.#infos(infos)]);
  }

  create(): never {
    throw denied("drives.create");
  }

  rename(): never {
    throw denied("drives.rename");
  }

  hold(): never {
    throw denied("drives.hold");
  }

  remove(): never {
    throw denied("drives.remove");
  }

  removed(): DriveInfo[] {
    return [];
  }

  bringBack(): never {
    throw denied("drives.bringBack");
  }

  /** Those that this guest has begun. */
  async uploads(): Promise<PendingUpload[]> {
    const mark = ownKey(this.#guest.holder, "");
    const all = (await this.#drives.uploads()).filter(({ key }) => key.startsWith(mark));
    return this.#shown(await this.#drives.list()).flatMap(({ place, name }) => {
      const own = all.filter(({ drive, path }) => drive === place.drive && isWithin(path, place.path));
      return own.map((upload) => {
        const path = place.path === "" ? upload.path : upload.path.slice(place.path.length + 1);
        return { ...upload, driveName: name, path, key: upload.key.slice(mark.length) };
      });
    });
  }

  async open(drive: string): Promise<Drive> {
    const shown = this.#shown(await this.#drives.list());
    const found = shown.find(({ name }) => name === drive) ?? shown.find(({ info }) => info.id === drive);
    if (found === undefined) {
      const message = "nothing of this name was given to you; it may have been removed";
      throw new GlowError("not-found", "drives.open", { target: drive.slice(0, 128), message });
    }
    const opened = await this.#drives.open(found.info.id);
    const { holder, allowance } = this.#guest;
    return new RootedDrive({ drive: opened, root: found.place.path, name: found.name, holder, allowance });
  }

  #infos(infos: readonly DriveInfo[]): DriveInfo[] {
    return this.#shown(infos).map(({ info, name }) => narrowedInfo(info, name));
  }

  /** A folder is called as it is, one of a name that is taken by where it lies. */
  #shown(infos: readonly DriveInfo[]) {
    const taken = new Set<string>();
    return this.#places.flatMap((place) => {
      const info = infos.find(({ id }) => id === place.drive);
      if (info === undefined || !info.readable) return [];
      const short = place.path.slice(place.path.lastIndexOf("/") + 1) || info.name;
      const name = taken.has(short)
        ? `${short} (${[info.name, place.path].filter((part) => part !== "").join(", ")})`
        : short;
      taken.add(name);
      return [{ place, info, name }];
    });
  }
}

function denied(op: string): GlowError {
  return new GlowError("denied", op, { message: "guests change what is in folders, and no drives" });
}
