// A text file that lines are added to. When it has grown to its limit it is put aside, and of those put aside the oldest goes.
// Written at once and in this thread: a line that was told is there after a crash, and there are few.

import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { utf8Encode } from "#base/bytes.ts";
import { fileSystemError } from "./file-system-error.ts";

export interface RotatingFileOptions {
  readonly path: string;
  readonly mostBytes: number;
  /** How many that were put aside are kept: `path.1`, the youngest, to `path.N`. */
  readonly files: number;
}

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: number;
  #sizeBytes: number;

  /** Made, with its folder, for its owner only, if it is missing. */
  constructor(options: RotatingFileOptions) {
    this.#options = options;
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
      this.#file = this.#open();
      this.#sizeBytes = fstatSync(this.#file).size;
    } catch (error) {
      throw fileSystemError(error, "file.write", options.path);
    }
  }

  /** Errors are as of `TextFiles.write`: a full disk, as a rule. */
  add(line: string): void {
    try {
      const bytes = utf8Encode(`${line}\n`);
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.mostBytes) this.#rotate();
      this.#sizeBytes += writeSync(this.#file, bytes);
    } catch (error) {
      throw fileSystemError(error, "file.write", this.#options.path);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    const { path, files } = this.#options;
    closeSync(this.#file);
    rmSync(`${path}.${files}`, { force: true });
    for (let number = files - 1; number >= 1; number--) renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    renameIfThere(path, `${path}.1`);
    this.#file = this.#open();
    this.#sizeBytes = 0;
  }

  #open(): number {
    return openSync(this.#options.path, "a", 0o600);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
