// The files of a site as a folder has them when it is opened. Only names that were found then can be asked for, so no path leads
// out of the folder.

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { SiteFile, SiteFiles } from "../http.ts";

/** Where the page lies as it was built: in a checkout, or beside a bundle of this. `not-found` if it was not. */
export async function builtPage(): Promise<string> {
  const places = ["../../../dist/web", "web"].map((path) => join(import.meta.dirname, path));
  for (const place of places) {
    const found = await stat(join(place, "index.html")).catch(() => undefined);
    if (found !== undefined) return place;
  }
  throw notBuilt(places[0] ?? "");
}

function notBuilt(folder: string, cause?: unknown): GlowError {
  const message = "the page has not been built: `npm run build` does it, and `npm start` before it starts";
  return new GlowError("not-found", "site.open", { target: folder, message, cause });
}

export class SiteFolder implements SiteFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, SiteFile> = new Map();
  /** Of its document: when that was written. */
  #builtMs: number | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `not-found` if there is no such folder, `too-large` past the limits. */
  static async open(folder: string): Promise<SiteFolder> {
    const site = new SiteFolder(folder);
    site.#builtMs = await builtMs(folder);
    site.#files = await filesIn(folder);
    return site;
  }

  find(path: string): SiteFile | undefined {
    return this.#files.get(path);
  }

  async refresh(): Promise<void> {
    const nowMs = await builtMs(this.#folder);
    // A build empties the folder first: what was there is kept until its document is there, which comes last.
    if (nowMs === undefined || nowMs === this.#builtMs) return;
    this.#files = await filesIn(this.#folder);
    this.#builtMs = nowMs;
  }
}

async function builtMs(folder: string): Promise<number | undefined> {
  const found = await stat(join(folder, "index.html")).catch(() => undefined);
  return found?.mtimeMs;
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, SiteFile>> {
  const sizes = await sizesIn(folder);
  const files = new Map<string, SiteFile>();
  for (const [path, sizeBytes] of sizes) {
    if (path.endsWith(".gz")) continue;
    const read = (): Promise<Uint8Array> => readFile(join(folder, path));
    const gzipBytes = sizes.get(`${path}.gz`);
    const tag = createHash("sha256")
      .update(await read())
      .digest("hex")
      .slice(0, 32);
    const gzip =
      gzipBytes === undefined
        ? {}
        : { gzip: { sizeBytes: gzipBytes, read: () => readFile(join(folder, `${path}.gz`)) } };
    files.set(path, { sizeBytes, tag, read, ...gzip });
  }
  return files;
}

async function sizesIn(folder: string): Promise<Map<string, number>> {
  const op = "site.open";
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw notBuilt(folder, cause);
  });
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size } = await stat(path);
    if (size > webLimits.fileBytes || sizes.size >= 2 * webLimits.files) {
      const message = `a site has at most ${webLimits.files} files of ${webLimits.fileBytes} bytes`;
      throw new GlowError("too-large", op, { target: path, message });
    }
    sizes.set(relative(folder, path).split(sep).join("/"), size);
  }
  return sizes;
}
