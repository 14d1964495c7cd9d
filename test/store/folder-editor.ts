// Changes to a simulated folder, made as programs on a real machine make them: what is written gets the time that comes
// next, so that the same changes in two folders make the same trees.

import { concatBytes } from "#base/bytes.ts";
import type { FolderUser } from "#platform/simulated/folder/folder-user.ts";
import type { TreeChanges } from "./tree-writer.ts";

const nextTimeNs = 61_000_000_007n;

export class FolderEditor implements TreeChanges {
  readonly #user: FolderUser;
  #timeNs = 1_600_000_000_123_456_789n;

  constructor(user: FolderUser) {
    this.#user = user;
  }

  makeFolder(path: string): void {
    this.#user.makeFolder(path);
  }

  write(path: string, content: Uint8Array): void {
    this.#user.write(path, content);
    this.touch(path);
  }

  writeInside(path: string, offset: number, content: Uint8Array): void {
    const before = this.#user.read(path);
    const rest = before.subarray(offset + content.length);
    this.write(path, concatBytes([before.subarray(0, offset), content, rest]));
  }

  append(path: string, content: Uint8Array): void {
    this.write(path, concatBytes([this.#user.read(path), content]));
  }

  truncate(path: string, sizeBytes: number): void {
    this.write(path, this.#user.read(path).subarray(0, sizeBytes));
  }

  replace(path: string, content: Uint8Array): void {
    const draft = `${path}.draft~`;
    this.write(draft, content);
    this.#user.move(draft, path);
  }

  setMode(path: string, mode: number): void {
    this.#user.setMode(path, mode);
  }

  touch(path: string): void {
    this.#timeNs += nextTimeNs;
    this.#user.setModified(path, this.#timeNs);
  }

  move(path: string, to: string): void {
    this.#user.move(path, to);
  }

  remove(path: string): void {
    this.#user.remove(path);
  }
}
