// Text files by the paths that people type: for tools, which work in the folders of their user. What a node itself
// stores lies on a Disk.

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { fileSystemError } from "./file-system-error.ts";

/** More than any source, lock or generated file has. */
const mostBytes = 64 * 1024 * 1024;

/** Folders in which no file of a project lies. */
const passedOver = /^(\..*|node_modules)$/;

export class TextFiles {
  /** `not-found`; `invalid` if it is not UTF-8, or so large that it is hardly text. */
  async read(path: string): Promise<string> {
    const bytes = await this.#bytes(path);
    try {
      return utf8Decode(bytes);
    } catch (cause) {
      throw new GlowError("invalid", "file.read", { target: path, message: "it is not UTF-8 text", cause });
    }
  }

  async #bytes(path: string): Promise<Uint8Array> {
    try {
      const { size } = await stat(path);
      if (size > mostBytes) {
        throw new GlowError("invalid", "file.read", { target: path, message: `it is larger than ${mostBytes} bytes` });
      }
      return await readFile(path);
    } catch (thrown) {
      throw fileSystemError(thrown, "file.read", path);
    }
  }

  async readIfThere(path: string): Promise<string | undefined> {
    try {
      return await this.read(path);
    } catch (error) {
      if (error instanceof GlowError && error.kind === "not-found") return undefined;
      throw error;
    }
  }

  /** Replaces the file as a whole, or makes it and the folders above it. A reader sees the old text or the new. */
  async write(path: string, text: string): Promise<void> {
    const draft = `${path}.new`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(draft, text);
      await rename(draft, path);
    } catch (thrown) {
      await rm(draft, { force: true });
      throw fileSystemError(thrown, "file.write", path);
    }
  }

  /** The path itself if it is a file; of a folder, all files below it whose name ends so, sorted. `not-found`. */
  async find(path: string, ending: string): Promise<string[]> {
    try {
      if (!(await stat(path)).isDirectory()) return [path];
      const entries = await readdir(path, { withFileTypes: true });
      const found: string[] = [];
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const inside = join(path, entry.name);
        if (entry.isFile() && entry.name.endsWith(ending)) found.push(inside);
        if (entry.isDirectory() && !passedOver.test(entry.name)) found.push(...(await this.find(inside, ending)));
      }
      return found;
    } catch (thrown) {
      throw fileSystemError(thrown, "file.find", path);
    }
  }
}
