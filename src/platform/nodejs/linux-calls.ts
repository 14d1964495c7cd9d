// The calls of Linux that node:fs has not, and without which a file could be overwritten that somebody has just
// saved, times were off by a tenth of a microsecond, and ten thousand small files took ten syncs in the place of one.
//
// They are called by node:ffi, which Node 26 marks as experimental: so nothing depends on it. Where it is missing or switched
// off (`--no-experimental-ffi`), on other systems, and where a call fails, whoever asked does without.

export interface LinuxCalls {
  /** Renames unless there is something at `to`. False if that, or anything else, prevented it. */
  renameExclusively(from: string, to: string): boolean;
  /** What was the one is the other, at once. */
  exchange(a: string, b: string): boolean;
  /** Sets the time of the last change; if `path` is a link, the link's. */
  setModified(path: string, modifiedNs: bigint): boolean;
  /** The same for what is open. */
  setModifiedOf(descriptor: number, modifiedNs: bigint): boolean;
  /** All that was written to the file system on which `descriptor` lies is on the medium (errors are told since 5.8). */
  syncFileSystem(descriptor: number): boolean;
}

// <fcntl.h>, <linux/fs.h>, <sys/stat.h>: the same on all architectures.
const atWorkingFolder = -100;
const atLinkItself = 0x100;
const renameNoReplace = 1;
const renameExchange = 2;
const omitTime = (1n << 30n) - 2n;
const nsPerSecond = 1_000_000_000n;

const signatures = {
  renameat2: { arguments: ["i32", "string", "i32", "string", "u32"], return: "i32" },
  utimensat: { arguments: ["i32", "string", "buffer", "i32"], return: "i32" },
  futimens: { arguments: ["i32", "buffer"], return: "i32" },
  syncfs: { arguments: ["i32"], return: "i32" },
} as const;

/** Undefined where they are not to be had. Loaded once for each thread. */
export function linuxCalls(): LinuxCalls | undefined {
  loaded ??= { calls: load() };
  return loaded.calls;
}

let loaded: { readonly calls: LinuxCalls | undefined } | undefined;

function load(): LinuxCalls | undefined {
  const layoutKnown = process.arch === "x64" || process.arch === "arm64";
  if (process.platform !== "linux" || !layoutKnown) return undefined;
  try {
    const ffi = process.getBuiltinModule("node:ffi");
    const { renameat2, utimensat, futimens, syncfs } = ffi.dlopen(null, signatures).functions;
    const rename = (from: string, to: string, flags: number): boolean =>
      renameat2(atWorkingFolder, from, atWorkingFolder, to, flags) === 0;
    return {
      renameExclusively: (from, to) => rename(from, to, renameNoReplace),
      exchange: (a, b) => rename(a, b, renameExchange),
      setModified: (path, modifiedNs) => utimensat(atWorkingFolder, path, timesBuffer(modifiedNs), atLinkItself) === 0,
      setModifiedOf: (descriptor, modifiedNs) => futimens(descriptor, timesBuffer(modifiedNs)) === 0,
      syncFileSystem: (descriptor) => syncfs(descriptor) === 0,
    };
  } catch {
    // No such module, or a C library without one of them.
    return undefined;
  }
}

/** Two `struct timespec` of 64 bits each: of the last access, which stays, and of the last change. */
function timesBuffer(modifiedNs: bigint): BigInt64Array {
  const rest = ((modifiedNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
  return BigInt64Array.of(0n, omitTime, (modifiedNs - rest) / nsPerSecond, rest);
}
