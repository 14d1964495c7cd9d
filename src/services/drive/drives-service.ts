// The drives of a node, under names that are unique there.

import { GlowError } from "#base/errors.ts";
import { driveLimits } from "#base/limits.ts";
import type { Clock, SpaceId, Timers } from "#glow";
import type { DriveInfo, Drives, HeldContent, PendingUpload } from "#interfaces/generated/drive.ts";
import { StateStream } from "../state/state-stream.ts";
import { DriveService } from "./drive-service.ts";
import { failureOf } from "./drive-values.ts";
import type { HeldDrives, NamedDrive } from "./held-drive.ts";
import type { Uploads } from "./uploads.ts";

export interface DrivesServiceOptions {
  readonly held: HeldDrives;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly uploads: Uploads;
  /** Folders of this machine that are bound to a drive, by their paths. */
  readonly bound?: (drive: SpaceId) => readonly string[];
}

/** Conflicts are counted up to here. */
const mostConflicts = 1000;
/** Files that are told of, whose content is nowhere. */
const mostLost = 100;
const infoPauseMs = 250;

export class DrivesService implements Drives {
  readonly #options: DrivesServiceOptions;
  readonly #held: HeldDrives;

  constructor(options: DrivesServiceOptions) {
    this.#options = options;
    this.#held = options.held;
  }

  async list(): Promise<DriveInfo[]> {
    return this.#infos((each) => !each.isRetired);
  }

  async removed(): Promise<DriveInfo[]> {
    const infos = await this.#infos((each) => each.isRetired);
    const kept = await Promise.all(infos.map(async ({ id, readable }) => !readable || this.#holdsAnything(id)));
    return infos.filter((_, i) => kept[i]);
  }

  watch(): AsyncIterable<DriveInfo[]> {
    return new StateStream({
      timers: this.#options.timers,
      pauseMs: infoPauseMs,
      watch: (changed) => this.#held.watch(changed),
      read: () => this.list(),
    });
  }

  create(name: string): Promise<DriveInfo> {
    return this.#held.inTurn(() => this.#create(name));
  }

  rename(drive: string, name: string): Promise<DriveInfo> {
    return this.#held.inTurn(() => this.#rename(drive, name));
  }

  async hold(drive: string, content: HeldContent): Promise<DriveInfo> {
    const { id } = await this.#find(drive, "drives.hold");
    if (content !== "all" && content !== "names") {
      throw new GlowError("invalid", "drives.hold", { message: "of a drive all content is kept, or names" });
    }
    await this.#held.hold(id, content);
    return this.#info(await this.#find(id, "drives.hold"));
  }

  remove(drive: string): Promise<void> {
    return this.#held.inTurn(async () => {
      const op = "drives.remove";
      const { id, name } = await this.#find(drive, op);
      const [folder] = this.#options.bound?.(id) ?? [];
      if (folder !== undefined) {
        const message = `the folder ${folder} is bound to this drive, and would go on with it: unbind it first`;
        throw new GlowError("conflict", op, { target: name, message });
      }
      await this.#retire(id, true);
    });
  }

  bringBack(drive: string): Promise<DriveInfo> {
    return this.#held.inTurn(async () => {
      const op = "drives.bringBack";
      const { id } = await this.#find(drive, op, true);
      await this.#retire(id, false);
      return this.#info(await this.#find(id, op));
    });
  }

  async uploads(): Promise<PendingUpload[]> {
    const { clock, uploads } = this.#options;
    const shown = (await this.#held.list()).filter(({ isRetired, readable }) => readable && !isRetired);
    const names = new Map<string, string>(shown.map(({ id, name }) => [id, name]));
    return (await uploads.list()).flatMap(({ usedMs, expiresMs, ...upload }) => {
      const driveName = names.get(upload.drive);
      if (driveName === undefined) return [];
      const idleMs = Math.max(0, clock.wallMs() - usedMs);
      return [{ ...upload, driveName, idleMs, expiresAt: new Date(expiresMs) }];
    });
  }

  async #retire(id: SpaceId, retired: boolean): Promise<void> {
    const { drive } = this.#held.open(id);
    await drive.change(() => ({ steps: [{ type: "attributes", object: drive.root, retired }], chunks: [] }));
  }

  async #create(name: string): Promise<DriveInfo> {
    await this.#checkFree(name, "drives.create");
    const { id, drive } = await this.#held.create();
    await drive.change(() => ({ steps: [{ type: "attributes", object: drive.root, name }], chunks: [] }));
    return this.#info(await this.#find(id, "drives.create"));
  }

  async #rename(drive: string, name: string): Promise<DriveInfo> {
    const op = "drives.rename";
    const { id, name: before } = await this.#find(drive, op);
    if (before !== name) {
      await this.#checkFree(name, op);
      const { drive: stored } = this.#held.open(id);
      await stored.change(() => ({ steps: [{ type: "attributes", object: stored.root, name }], chunks: [] }));
    }
    return this.#info(await this.#find(id, op));
  }

  async open(drive: string): Promise<DriveService> {
    const { id } = await this.#find(drive, "drives.open");
    const { clock, timers, uploads } = this.#options;
    const info = async () => this.#info(await this.#find(id, "drive.info"));
    return new DriveService({
      held: this.#held.open(id),
      clock,
      timers,
      uploads,
      info,
      watchInfo: () =>
        new StateStream({
          timers,
          pauseMs: infoPauseMs,
          watch: (changed) => this.#held.watchProgress(id, changed),
          read: info,
        }),
    });
  }

  /** Whether there is more than folders, the trash included. Mostly the first look tells. */
  async #holdsAnything(id: string): Promise<boolean> {
    const held = this.#held.open(id as SpaceId);
    for await (const { entry } of held.walk(held.drive.root)) if (entry.kind !== "folder") return true;
    return (await held.drive.removed(undefined, 1)).length > 0;
  }

  async #infos(isMeant: (drive: NamedDrive) => boolean): Promise<DriveInfo[]> {
    const infos: DriveInfo[] = [];
    for (const named of (await this.#held.list()).filter(isMeant)) infos.push(await this.#info(named));
    return infos;
  }

  async #find(drive: string, op: string, isRetired = false): Promise<NamedDrive> {
    const all = (await this.#held.list()).filter((each) => each.isRetired === isRetired);
    const found = all.find(({ name }) => name === drive) ?? all.find(({ id }) => id === drive);
    if (found !== undefined) return found;
    const names = all.map(({ name }) => name).slice(0, 5);
    const there = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
    const message = `no drive has this name or id: ${there}`;
    throw new GlowError("not-found", op, { target: drive.slice(0, driveLimits.driveNameLength), message });
  }

  async #checkFree(name: string, op: string): Promise<void> {
    if (name === "" || name.length > driveLimits.driveNameLength) {
      const message = `a drive's name has 1 to ${driveLimits.driveNameLength} characters`;
      throw new GlowError("invalid", op, { message });
    }
    if (!(await this.#held.list()).some((each) => each.name === name && !each.isRetired)) return;
    throw new GlowError("already-exists", op, { target: name, message: "a drive has this name: take another one" });
  }

  async #info({ id, name, readable }: NamedDrive): Promise<DriveInfo> {
    const { peers, problem, elsewhere, content, lost, ...missing } = await this.#held.progress(id);
    const conflicts = readable ? (await this.#held.open(id).drive.conflicts(mostConflicts)).length : 0;
    return {
      id,
      name,
      readable,
      elsewhere,
      content,
      conflicts,
      ...missing,
      peers: peers.map(({ problem: ofPeer, ...peer }) => ({
        ...peer,
        ...(ofPeer !== undefined && { problem: failureOf(ofPeer) }),
      })),
      ...(problem !== undefined && { problem: failureOf(problem) }),
      ...(lost.length > 0 && { lost: lost.slice(0, mostLost).map((error) => failureOf(error)) }),
    };
  }
}
