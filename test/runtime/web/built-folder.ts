// A copy of the built page that can be built anew while it is served: what has changed gets other names, as in a build.

import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtPage } from "#platform/nodejs/site-folder.ts";

export class BuiltFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async copy(): Promise<BuiltFolder> {
    const path = await mkdtemp(join(tmpdir(), "glow-built-"));
    await cp(await builtPage(), path, { recursive: true });
    return new BuiltFolder(path);
  }

  /** `meanwhile` runs when there is nothing whole to serve. */
  async rebuild(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const assets = join(this.path, "assets");
    const document = join(this.path, "index.html");
    const text = await readFile(document, "utf8");
    await rm(document);
    await meanwhile();
    const entry = /assets\/(index-[\w-]+\.js)/.exec(text)?.[1] ?? "";
    const renewed = entry.replace("index-", "index-new-");
    for (const name of await readdir(assets)) {
      if (name.startsWith(entry)) await rename(join(assets, name), join(assets, name.replace(entry, renewed)));
    }
    const worker = join(this.path, "worker.js");
    const code = (await readFile(worker, "utf8")).replace(tagOf(text), tagOf(text.replaceAll(entry, renewed)));
    await rm(`${worker}.gz`, { force: true });
    await writeFile(worker, code.replaceAll(entry, renewed));
    await writeFile(document, text.replaceAll(entry, renewed));
  }

  async replaceInScripts(from: string, to: string): Promise<void> {
    const assets = join(this.path, "assets");
    for (const name of await readdir(assets)) {
      const path = join(assets, name);
      const text = name.endsWith(".js") ? await readFile(path, "utf8") : "";
      if (!text.includes(from)) continue;
      await rm(`${path}.gz`, { force: true });
      await writeFile(path, text.replaceAll(from, to));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

function tagOf(document: string): string {
  return createHash("sha256").update(document).digest("hex").slice(0, 32);
}
