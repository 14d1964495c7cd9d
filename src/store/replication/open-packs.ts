// Packs that are open to be read. To open one costs more than to read from it, and what is asked for comes in rows: so
// each stays open for a moment.

import type { Disk, DiskFile, Timer, Timers } from "#glow";

/** Those that nobody reads just now and that are still open. */
const mostIdle = 4;
const idleMs = 1000;

interface OpenPack {
  readonly path: string;
  readonly file: Promise<DiskFile>;
  readers: number;
}

export class OpenPacks {
  readonly #disk: Disk;
  readonly #timers: Timers;
  /** The one that was read last comes last. */
  readonly #open = new Map<string, OpenPack>();
  #timer: Timer | undefined;

  constructor(disk: Disk, timers: Timers) {
    this.#disk = disk;
    this.#timers = timers;
  }

  /** Errors of `Disk.open` and `DiskFile.read`. */
  async read(path: string, offset: number, lengthBytes: number): Promise<Uint8Array> {
    const pack = this.#open.get(path) ?? { path, file: this.#disk.open(path), readers: 0 };
    this.#open.delete(path);
    this.#open.set(path, pack);
    pack.readers++;
    try {
      return await (await pack.file).read(offset, lengthBytes);
    } catch (error) {
      // The next one opens it anew: what has this name may be another file by now.
      if (this.#open.get(path) === pack) this.#open.delete(path);
      throw error;
    } finally {
      pack.readers--;
      this.#left(pack);
    }
  }

  #left(pack: OpenPack): void {
    if (pack.readers > 0) return;
    if (this.#open.get(pack.path) !== pack) {
      close(pack);
      return;
    }
    const idle = [...this.#open.values()].filter(({ readers }) => readers === 0);
    for (const each of idle.slice(0, -mostIdle)) this.#close(each);
    this.#timer?.cancel();
    this.#timer = this.#timers.after(idleMs, () => {
      for (const each of this.#open.values()) if (each.readers === 0) this.#close(each);
    });
  }

  #close(pack: OpenPack): void {
    this.#open.delete(pack.path);
    close(pack);
  }
}

/** Nothing was written: if closing fails, nothing is lost. One that could not be opened needs no closing. */
function close({ file }: OpenPack): void {
  file.then((opened) => opened.close()).catch(() => undefined);
}
