// Looks for byte strings where a secret might have been left: in all that a process can read of its own memory, and in
// files. Linux only.

import { open, readFile } from "node:fs/promises";

const chunkBytes = 1024 * 1024;
/** Most of what a process has mapped it never touches: that is passed over quickly, so no needle may be all zeros. */
const untouched = Buffer.alloc(chunkBytes);

/** How often each of the needles, in hex, was seen, and how much was looked through. */
export interface Sightings {
  readonly counts: ReadonlyMap<string, number>;
  readonly searchedBytes: number;
}

interface Region {
  readonly start: number;
  readonly end: number;
}

/** Searches each readable mapping of a process: heap, stacks, buffers, files. It goes on running meanwhile. */
export async function searchMemory(pid: number, needles: readonly string[]): Promise<Sightings> {
  const maps = await readFile(`/proc/${pid}/maps`, "latin1");
  return search(`/proc/${pid}/mem`, maps.split("\n").flatMap(readableRegion), needles);
}

export async function searchFile(path: string, needles: readonly string[]): Promise<Sightings> {
  return search(path, [{ start: 0, end: Number.POSITIVE_INFINITY }], needles);
}

/** `address range, rights, offset, device, inode, name`: proc_pid_maps(5). */
function readableRegion(line: string): Region[] {
  const match = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line);
  if (match === null || /^\[v(var|syscall|dso)/.test(match[3] ?? "")) return [];
  return [{ start: Number.parseInt(match[1] ?? "", 16), end: Number.parseInt(match[2] ?? "", 16) }];
}

async function search(path: string, regions: readonly Region[], needles: readonly string[]): Promise<Sightings> {
  const wanted = needles.map((hex) => ({ hex, bytes: Buffer.from(hex, "hex") }));
  const counts = new Map(needles.map((hex) => [hex, 0]));
  // So much of a chunk is looked at again with the next one, for what lies across.
  const overlapBytes = Math.max(...wanted.map(({ bytes }) => bytes.length)) - 1;
  const buffer = Buffer.alloc(chunkBytes);
  let searchedBytes = 0;
  await using file = await open(path);
  for (const { start, end } of regions) {
    let carriedBytes = 0;
    for (let at = start; at < end; ) {
      const room = Math.min(chunkBytes - carriedBytes, end - at);
      // A mapping may have gone since it was listed.
      const { bytesRead } = await file.read(buffer, carriedBytes, room, at).catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) break;
      at += bytesRead;
      searchedBytes += bytesRead;
      const filled = buffer.subarray(0, carriedBytes + bytesRead);
      const isTouched = !filled.equals(untouched.subarray(0, filled.length));
      for (const { hex, bytes } of isTouched ? wanted : []) {
        // What ends within what was carried over was counted with the chunk before.
        const from = Math.max(0, carriedBytes - bytes.length + 1);
        counts.set(hex, (counts.get(hex) as number) + countOf(filled, bytes, from));
      }
      carriedBytes = Math.min(overlapBytes, filled.length);
      filled.copyWithin(0, filled.length - carriedBytes);
    }
  }
  return { counts, searchedBytes };
}

function countOf(bytes: Buffer, needle: Buffer, from: number): number {
  let count = 0;
  for (let at = bytes.indexOf(needle, from); at >= 0; at = bytes.indexOf(needle, at + 1)) count++;
  return count;
}
