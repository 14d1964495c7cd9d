// What a machine has left of what a node needs: room on its disk, and watches for its folders.

import { readFile, statfs } from "node:fs/promises";
import { dirname } from "node:path";

export interface DiskRoom {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Of the file system that a path lies in, or will lie in; undefined where that cannot be known. */
export async function diskRoom(path: string): Promise<DiskRoom | undefined> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, blocks, bsize } = await statfs(at);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

/** How many folders a user's programs may watch in all, as inotify(7) has it; undefined where there is no such limit. */
export async function mostWatches(): Promise<number | undefined> {
  try {
    const text = await readFile("/proc/sys/fs/inotify/max_user_watches", "utf8");
    const number = Number(text.trim());
    return Number.isSafeInteger(number) && number > 0 ? number : undefined;
  } catch {
    return undefined;
  }
}
