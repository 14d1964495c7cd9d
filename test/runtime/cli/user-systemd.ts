// A real systemd for one user, begun for a test where none may run: in a mount namespace in which the system looks as if it had been
// started by systemd. Commands run in that namespace, and find it by their environment. It needs root, and systemd's program.

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const program = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].find((path) => existsSync(path));
/** `exec`: what is spawned becomes the manager, so that its process is known, and its namespace by that. */
const begin = `mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec ${program} --user`;

/** Why none can run here; undefined if it can. */
export function noUserSystemd(): string | undefined {
  if (process.platform !== "linux" || program === undefined) return "there is no systemd";
  if (process.getuid?.() !== 0) return "it takes root to make the namespace for it";
  return spawnSync("unshare", ["--mount", "true"]).status === 0 ? undefined : "mount namespaces cannot be made";
}

export class UserSystemd implements AsyncDisposable {
  readonly folder: string;
  /** For commands that are to find it. */
  readonly env: NodeJS.ProcessEnv;
  readonly #process: ChildProcess;

  private constructor(folder: string, env: NodeJS.ProcessEnv, process: ChildProcess) {
    this.folder = folder;
    this.env = env;
    this.#process = process;
  }

  /** What is run in place of a command that is to find it. */
  readonly on = (command: readonly string[]): string[] => [
    "nsenter",
    `--target=${this.#process.pid}`,
    "--mount",
    "--",
    ...command,
  ];

  static async start(): Promise<UserSystemd> {
    const folder = await mkdtemp(join(tmpdir(), "glow-systemd-"));
    const env = { XDG_RUNTIME_DIR: join(folder, "run"), XDG_CONFIG_HOME: join(folder, "config") };
    for (const each of Object.values(env)) await mkdir(each, { mode: 0o700 });
    const manager = spawn("unshare", ["--mount", "sh", "-c", begin], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    const made = new UserSystemd(folder, env, manager);
    // Before it listens it refuses: asked again as long as it lives.
    while (manager.exitCode === null) {
      const answer = await made.systemctl("is-system-running", "--wait").catch(() => "");
      if (["running", "degraded"].includes(answer.trim())) return made;
    }
    throw new Error(`systemd ended with ${manager.exitCode}`);
  }

  /** What it says of itself, whatever number it ends with. */
  async systemctl(...words: readonly string[]): Promise<string> {
    const [first = "", ...rest] = this.on(["systemctl", "--user", ...words]);
    const env = { ...process.env, ...this.env };
    return promisify(execFile)(first, rest, { env }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = once(this.#process, "close");
    await this.systemctl("exit");
    await over;
    await rm(this.folder, { recursive: true, force: true });
  }
}
