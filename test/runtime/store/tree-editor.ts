// Changes to a tree of files as programs and people make them. The same changes through editors of two folders that begin
// at the same time make the same trees: each file that is written gets the time that comes next.

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const nextTimeNs = 61_000_000_007n;

export class TreeEditor {
  readonly #root: string;
  #timeNs: bigint;

  constructor(root: string, timeNs: bigint) {
    this.#root = root;
    this.#timeNs = timeNs;
  }

  makeFolder(path: string, mode = 0o755): void {
    mkdirSync(this.#at(path), { recursive: true });
    chmodSync(this.#at(path), mode);
  }

  /** With modes, times and links as they are. */
  copyTree(from: string, path: string): void {
    execFileSync("cp", ["--archive", from, this.#at(path)]);
  }

  write(path: string, content: Uint8Array | string, mode = 0o644): void {
    writeFileSync(this.#at(path), content);
    chmodSync(this.#at(path), mode);
    this.touch(path);
  }

  writeInside(path: string, offset: number, content: Uint8Array): void {
    const file = openSync(this.#at(path), "r+");
    writeSync(file, content, 0, content.length, offset);
    closeSync(file);
    this.touch(path);
  }

  append(path: string, content: Uint8Array | string): void {
    appendFileSync(this.#at(path), content);
    this.touch(path);
  }

  truncate(path: string, sizeBytes: number): void {
    truncateSync(this.#at(path), sizeBytes);
    this.touch(path);
  }

  /** As an editor saves: a new file beside it, then a rename over it. */
  replace(path: string, content: Uint8Array | string): void {
    const draft = `${path}.draft~`;
    this.write(draft, content);
    renameSync(this.#at(draft), this.#at(path));
  }

  link(path: string, target: string): void {
    symlinkSync(target, this.#at(path));
  }

  setMode(path: string, mode: number): void {
    chmodSync(this.#at(path), mode);
  }

  /** In seconds, as a double: of the nanoseconds most are left, and the same ones in every tree. */
  touch(path: string): void {
    this.#timeNs += nextTimeNs;
    const seconds = Number(this.#timeNs) / 1e9;
    utimesSync(this.#at(path), seconds, seconds);
  }

  move(path: string, to: string): void {
    renameSync(this.#at(path), this.#at(to));
  }

  remove(path: string): void {
    rmSync(this.#at(path), { recursive: true });
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}
