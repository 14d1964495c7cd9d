// Small disks, to be filled: only root may mount, and not in each container.

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether it could be. */
export async function mountSmall(folder: string, megabytes: number): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]).status === 0;
}

export function unmount(folder: string): void {
  spawnSync("umount", [folder]);
}

export async function canMount(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const trial = await mkdtemp(join(tmpdir(), "glow-mount-"));
  const mounted = await mountSmall(trial, 1);
  if (mounted) unmount(trial);
  await rm(trial, { recursive: true, force: true });
  return mounted;
}
