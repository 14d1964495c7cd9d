// Tells what changes in a folder of this machine, however much that is, wherever the folder goes and whatever the system
// leaves out.
//
//   Linux             a watch for each folder (WatchTree)
//   macOS, Windows    one watch for all, which the system has
//
// Where the system cannot say everything (a limit, a file server), anything may have changed once a minute; and once an hour
// in any case, since a system that loses a change in silence is nothing that has never been seen.

import { type FSWatcher, statfsSync, watch } from "node:fs";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { Subscription, Timer, Timers } from "#glow";
import { ChangeGathering, type TellChanges } from "../change-gathering.ts";
import { draftsFolder } from "../local-path.ts";
import { folderStat } from "./file-stat.ts";
import { WatchTree } from "./watch-tree.ts";

/** Told what keeps it from seeing everything at once; undefined when that is over. */
export type TellLimit = (reason: GlowError | undefined) => void;

const op = "folder.watch";

export class NodeFolderWatch implements Subscription {
  readonly #root: string;
  readonly #timers: Timers;
  readonly #gathering: ChangeGathering;
  readonly #tellLimit: TellLimit;
  #watching: Watching | undefined;
  /** Which folder is watched. */
  #identity: string | undefined;
  #limit: GlowError | undefined;
  #timer: Timer | undefined;
  #sinceRescanMs = 0;
  #sinceSweepMs = 0;
  #stopped = false;

  /** Begins. The first call of `changed` says that anything may have changed. `root` is a real path. */
  constructor(root: string, timers: Timers, changed: TellChanges, limited: TellLimit = () => undefined) {
    this.#root = root;
    this.#timers = timers;
    this.#gathering = new ChangeGathering(timers, changed);
    this.#tellLimit = limited;
    this.#start();
    this.#waitForTick();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#gathering.close();
    this.#watching?.close();
  }

  #start(): void {
    const events = {
      changed: (folder: string | undefined, name?: string) => this.#gathering.add(folder, name),
      gone: () => this.#restart(),
    };
    this.#gathering.add(undefined);
    this.#identity = identityOf(this.#root);
    try {
      this.#watching = isLinux ? new WatchTree(this.#root, events) : new WholeWatch(this.#root, events);
      this.#tell(this.#whyLimited());
    } catch {
      this.#end();
    }
  }

  #restart(): void {
    this.#watching?.close();
    this.#watching = undefined;
    if (identityOf(this.#root) === undefined) this.#end();
    else this.#start();
  }

  #end(): void {
    if (this.#stopped) return;
    this.#watching?.close();
    this.#watching = undefined;
    this.#identity = undefined;
    this.#gathering.add(undefined);
    this.#tell(gone(this.#root));
  }

  #waitForTick(): void {
    this.#timer = this.#timers.after(folderLimits.lookMs, () => {
      this.#tick();
      this.#waitForTick();
    });
  }

  /** No system says that a disk was mounted over the folder that is watched, or that one has come back. */
  #tick(): void {
    const identity = identityOf(this.#root);
    if (this.#identity !== undefined && identity !== this.#identity) this.#end();
    if (this.#watching === undefined) {
      if (identity !== undefined) this.#start();
      return;
    }
    this.#sinceRescanMs += folderLimits.lookMs;
    this.#sinceSweepMs += folderLimits.lookMs;
    if (this.#sinceRescanMs >= folderLimits.rescanMs) this.#rescan();
  }

  #rescan(): void {
    this.#sinceRescanMs = 0;
    this.#watching?.retry();
    if (this.#limit !== undefined || this.#sinceSweepMs >= folderLimits.sweepMs) {
      this.#sinceSweepMs = 0;
      this.#gathering.add(undefined);
    }
    this.#tell(this.#whyLimited());
  }

  #whyLimited(): GlowError | undefined {
    if (this.#watching?.limited === true) return tooManyFolders(this.#root);
    return isRemote(this.#root) ? remote(this.#root) : undefined;
  }

  #tell(reason: GlowError | undefined): void {
    if (this.#stopped || reason?.message === this.#limit?.message) return;
    this.#limit = reason;
    this.#tellLimit(reason);
  }
}

interface Watching {
  /** Whether some changes are not seen. */
  readonly limited: boolean;
  /** Tries again to see them. */
  retry(): void;
  close(): void;
}

interface WatchEvents {
  changed(folder: string | undefined, name?: string): void;
  gone(): void;
}

const isLinux = process.platform === "linux";

/** For systems that watch all that is in a folder. Which name is meant is not told for certain where case does not count. */
class WholeWatch implements Watching {
  readonly limited = false;
  readonly #events: WatchEvents;
  readonly #watcher: FSWatcher;

  constructor(root: string, events: WatchEvents) {
    this.#events = events;
    this.#watcher = watch(root, { recursive: true, persistent: false });
    this.#watcher.on("change", (_type, name) => this.#happened(name));
    this.#watcher.on("error", () => events.gone());
  }

  retry(): void {}

  close(): void {
    this.#watcher.close();
  }

  #happened(name: string | Buffer | null): void {
    // Windows gives no name when it has lost some.
    if (name === null) return this.#events.changed(undefined);
    const path = String(name).replaceAll("\\", "/");
    if (path === draftsFolder || path.startsWith(`${draftsFolder}/`)) return;
    this.#events.changed(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  }
}

function identityOf(root: string): string | undefined {
  const stat = folderStat(root);
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/** <linux/magic.h>: what others may change with nobody here being told. */
const remoteTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE
  0x01021997, // 9p
  0x5346414f, // AFS
  0x00c36400, // Ceph
  0x786f4256, // VirtualBox's shared folders
]);

function isRemote(root: string): boolean {
  try {
    return isLinux && remoteTypes.has(statfsSync(root).type);
  } catch {
    return false;
  }
}

function tooManyFolders(target: string): GlowError {
  const message =
    "there are more folders than this system lets one watch, so changes in some are seen once a minute only; raise fs.inotify.max_user_watches (sudo sysctl fs.inotify.max_user_watches=1048576, and the same in /etc/sysctl.d/ to keep it)";
  return new GlowError("exhausted", op, { target, message });
}

function remote(target: string): GlowError {
  const message = "it lies on a file server, which does not tell what others change there: that is seen once a minute";
  return new GlowError("unsupported", op, { target, message });
}

function gone(target: string): GlowError {
  return new GlowError("unavailable", op, {
    target,
    message: "the folder is not there; plug its disk in, or put it back",
  });
}
