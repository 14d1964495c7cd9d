// A service of this user under systemd: its unit in the folder of the user's units, and the manager that runs it, asked by
// `systemctl --user`.

import { execFile, type ExecFileException } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { GlowError } from "#base/errors.ts";
import { homeFolder } from "./home.ts";

/** As systemd says it, in its own words. */
export interface ServiceState {
  /** `enabled`: it starts with the user's manager. */
  readonly enabled: string;
  /** `active`, `activating`, `failed`, `inactive`, ... */
  readonly active: string;
  readonly pid?: number;
  /** Why it ended last; `success` if it did well. */
  readonly result: string;
}

/** The manager answers at once, or starts and stops what it is asked to. */
const mostMs = 120_000;

export class SystemdService {
  readonly name: string;
  readonly path: string;

  /** For the node of one home: the usual home's has the usual name, so that people find it. */
  constructor(home: string) {
    const isUsual = home === homeFolder(undefined, {});
    this.name = isUsual
      ? "glow.service"
      : `glow-${createHash("sha256").update(home).digest("hex").slice(0, 8)}.service`;
    this.path = join(unitFolder(), this.name);
  }

  /** What its unit says; undefined if there is none. */
  async unit(): Promise<string | undefined> {
    return readFile(this.path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new GlowError("unavailable", "service.read", {
        target: this.path,
        message: `it cannot be read (${error.code})`,
      });
    });
  }

  /** `unsupported` where no manager of this user answers; the message is the manager's. */
  async state(): Promise<ServiceState> {
    const names = ["UnitFileState", "ActiveState", "MainPID", "Result"];
    const text = await systemctl("show", this.name, ...names.map((name) => `--property=${name}`));
    const values = new Map(
      text.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const pid = Number(values.get("MainPID"));
    return {
      enabled: values.get("UnitFileState") ?? "",
      active: values.get("ActiveState") ?? "",
      result: values.get("Result") ?? "",
      ...(pid > 0 && { pid }),
    };
  }

  /** Puts the unit there, has it start with the manager from now on, and starts it; one that runs is started anew. */
  async install(text: string): Promise<void> {
    const draft = `${this.path}.new`;
    try {
      await mkdir(unitFolder(), { recursive: true });
      await writeFile(draft, text);
      await rename(draft, this.path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new GlowError("unavailable", "service.install", {
        target: this.path,
        message: `it cannot be written (${code})`,
      });
    }
    await systemctl("daemon-reload");
    await systemctl("enable", this.name);
    // Where it has failed too often before, it would not be started.
    await systemctl("reset-failed", this.name).catch(() => undefined);
    await systemctl("restart", this.name);
  }

  /** Stops it, and takes the unit away. */
  async remove(): Promise<void> {
    await systemctl("disable", "--now", this.name);
    await rm(this.path, { force: true });
    await systemctl("daemon-reload");
    await systemctl("reset-failed", this.name).catch(() => undefined);
  }
}

/** Whether services of this user run while the user is not logged in; undefined where nobody says. */
export async function lingers(): Promise<boolean | undefined> {
  try {
    const text = await output("loginctl", ["show-user", userInfo().username, "--property=Linger", "--value"]);
    return text.trim() === "yes" ? true : text.trim() === "no" ? false : undefined;
  } catch {
    return undefined;
  }
}

/** Where systemd looks for units of this user (systemd.unit(5)). */
function unitFolder(): string {
  const config = process.env["XDG_CONFIG_HOME"];
  return join(config !== undefined && isAbsolute(config) ? config : join(homedir(), ".config"), "systemd", "user");
}

async function systemctl(...words: readonly string[]): Promise<string> {
  return output("systemctl", ["--user", "--no-ask-password", ...words]);
}

function output(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: mostMs }, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(refusal(program, words, error, err.trim()));
    });
  });
}

function refusal(program: string, words: readonly string[], error: ExecFileException, told: string): GlowError {
  const target = `${program} ${words.join(" ")}`;
  if (error.code === "ENOENT") {
    return new GlowError("unsupported", "service.manager", {
      target: program,
      message: "there is no systemd on this system",
    });
  }
  const message = told === "" ? error.message : told;
  // It has been asked, and has an answer; or it could not be asked at all.
  const isAway = /connect to bus|not been booted|No medium|Operation not permitted/i.test(told);
  return new GlowError(isAway ? "unsupported" : "unavailable", "service.manager", { target, message });
}
