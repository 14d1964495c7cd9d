// `glow unbind` of a folder with much that is nowhere else: how far it is shows, and Ctrl-C leaves it bound, with nothing lost.

import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { FireflySession } from "#firefly/session/session.ts";
import type { FolderInfo, FoldersStub } from "#interfaces/generated/folders.ts";
import { NodeStub } from "#interfaces/generated/node.ts";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { dialDaemon } from "#platform/nodejs/daemon-door.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { ended, GlowHome } from "./glow-home.ts";

const fileBytes = 24 * 1024 * 1024;

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A bound folder of large files; what is in them by name. */
async function boundFolder(glow: GlowHome, name: string, files: number): Promise<Map<string, string>> {
  await mkdir(glow.path(name));
  const hashes = new Map<string, string>();
  for (let index = 0; index < files; index += 1) {
    const content = randomBytes(fileBytes);
    await writeFile(glow.path(name, `${index}.bin`), content);
    hashes.set(`${index}.bin`, hashOf(content));
  }
  await glow.run("bind", "--create", name, `films/${name}`);
  const isDone = async (): Promise<boolean> => {
    const [folder] = await glow.json<FolderInfo[]>("folders");
    return folder?.state === "idle" && folder.intoDrive.doneFiles === files;
  };
  await expect.poll(isDone, { timeout: 60_000 }).toBe(true);
  return hashes;
}

/** Resolves when something was copied, or the folder is bound no more. */
async function copying(folders: FoldersStub): Promise<void> {
  for (;;) {
    const [folder] = await folders.list();
    if (folder === undefined || (folder.state === "leaving" && folder.intoDrive.doneBytes > 0)) return;
  }
}

test("what Ctrl-C ends is bound as before, and what was copied is not copied again", async () => {
  await using glow = await GlowHome.make();
  using session = new FireflySession(await dialDaemon(glow.home), { clock: new NodeClock(), timers: new NodeTimers() });
  using folders = session.root(NodeStub).folders();
  for (let round = 0; ; round += 1) {
    // On a busy machine the first may be done before it is stopped.
    expect(round).toBeLessThan(6);
    const name = `bound${round}`;
    const hashes = await boundFolder(glow, name, 3);
    const unbinding = glow.spawn("unbind", name);
    const over = ended(unbinding);
    await copying(folders);
    unbinding.kill("SIGINT");
    const { code, out, err } = await over;
    if (code === 0) {
      expect(out).toContain("an ordinary folder again");
      continue;
    }
    expect({ code, out, err }).toMatchObject({
      code: 130,
      out: "",
      err: expect.stringMatching(/bound as before[^]*stopped/),
    });
    const [bound] = await folders.list();
    expect(bound).toMatchObject({ path: glow.path(name) });
    expect(bound?.state).not.toBe("leaving");

    expect(await glow.json("unbind", name)).toEqual({ folder: `${bound?.number}` });
    await rm(glow.path(name), { recursive: true });
    expect(await glow.run("get", `films/${name}`, "./back")).toMatchObject({ code: 0 });
    for (const [file, hash] of hashes) expect(hashOf(await readFile(glow.path("back", file)))).toBe(hash);
    return;
  }
});
