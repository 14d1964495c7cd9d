// `glow service` with a real systemd of a user, where one can be had; and what it says where there is none.

import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";
import { noUserSystemd, UserSystemd } from "./user-systemd.ts";

interface Report {
  readonly installed: boolean;
  readonly active?: string;
  readonly enabled?: string;
  readonly pid?: number;
  readonly current: boolean;
  readonly unit: string;
  readonly command: readonly string[];
}

test("without systemd it is refused, with the command that something else may run", async () => {
  await using glow = await GlowHome.make({ running: false });
  const env = { PATH: glow.folder, XDG_CONFIG_HOME: glow.path("config") };
  for (const name of ["install", "status", "remove"]) {
    const { code, out, err } = await glow.runWith({ env }, "service", name);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^glow: there is no systemd on this system, so .*: type `glow start`, or have .* run this as your user:\n/,
    );
    expect(err).toContain(`start --json --home ${glow.home}`);
  }
  const { err } = await glow.runWith({ env }, "service", "install", "--json");
  expect(JSON.parse(err)).toMatchObject({ error: { kind: "unsupported", op: "service.manager" } });
});

test("where systemd runs nothing for this user, one sentence says what to do, and none of systemd's words", async () => {
  await using glow = await GlowHome.make({ running: false });
  // As after su, and in containers with systemd's programs.
  await writeFile(glow.path("systemctl"), "#!/bin/sh\necho 'Failed to connect to bus: No medium found' >&2\nexit 1\n");
  await chmod(glow.path("systemctl"), 0o755);
  const env = { PATH: `${glow.folder}:${process.env["PATH"]}`, XDG_CONFIG_HOME: glow.path("config") };
  for (const name of ["install", "status", "remove"]) {
    const { code, out, err } = await glow.runWith({ env }, "service", name);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^glow: no systemd answers for your user here, so .*: log in as yourself .*, or type `glow start`, or .*:\n/,
    );
    expect(err).not.toMatch(/bus|systemctl/);
  }
});

const reason = noUserSystemd();

test.skipIf(reason !== undefined)(
  "a service is installed, keeps its node alive and its folders the same, and is removed",
  { timeout: 120_000 },
  async () => {
    await using manager = await UserSystemd.start();
    const { on, env } = manager;
    await using glow = await GlowHome.make({ running: false, on, env });
    expect(await glow.run("service", "status")).toMatchObject({ code: 1, out: "", err: /no service is installed/ });
    expect(await glow.run("service", "remove")).toMatchObject({ code: 1, err: /no service is installed/ });

    const installed = await glow.json<Report>("service", "install");
    expect(installed).toMatchObject({ installed: true, active: "active", enabled: "enabled", current: true });
    const unit = await readFile(installed.unit, "utf8");
    if (spawnSync("systemd-analyze", ["--version"]).status === 0) {
      const verified = spawnSync("systemd-analyze", ["verify", "--user", "--man=no", installed.unit], {
        env: { ...process.env, ...env },
      });
      expect({ status: verified.status, told: verified.stderr.toString() }).toEqual({ status: 0, told: "" });
    }
    const { pid } = await glow.json<{ pid: number }>("status");
    expect(pid).toBe(installed.pid);
    expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).toBe(`${installed.command.join("\0")}\0`);
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^NoNewPrivs:\t1\nSeccomp:\t2$/m);

    // What is taken from it is nothing that bound folders need.
    await glow.run("drives", "create", "docs");
    // A namespace has a working folder of its own.
    await mkdir(glow.path("bound"));
    expect(await glow.run("bind", glow.path("bound"), "docs")).toMatchObject({ code: 0, err: "" });
    await writeFile(glow.path("bound", "a.txt"), "from the machine");
    const inDrive = async (): Promise<string> => (await glow.run("cat", "docs/a.txt")).out;
    await expect.poll(inDrive, { timeout: 30_000 }).toBe("from the machine");
    const put = await glow.runWith({ input: "from the drive" }, "put", "-", "docs/b.txt");
    expect(put).toMatchObject({ code: 0, err: "" });
    const inFolder = (): Promise<string> => readFile(glow.path("bound", "b.txt"), "utf8").catch(() => "");
    await expect.poll(inFolder, { timeout: 30_000 }).toBe("from the drive");
    expect(await glow.json("doctor")).toMatchObject({ ok: true });

    process.kill(pid, "SIGKILL");
    const risen = async (): Promise<number | undefined> => {
      const { code, out } = await glow.run("status", "--json");
      return code === 0 ? (JSON.parse(out) as { pid: number }).pid : pid;
    };
    await expect.poll(risen, { timeout: 60_000, interval: 200 }).not.toBe(pid);
    expect(await inDrive()).toBe("from the machine");

    expect(await glow.run("stop")).toMatchObject({ code: 0 });
    const stopped = async (): Promise<string | undefined> => {
      const { out } = await glow.run("service", "status", "--json");
      return (JSON.parse(out) as Report).active;
    };
    await expect.poll(stopped).toBe("inactive");

    await writeFile(installed.unit, unit.replace("RestartSec=2", "RestartSec=9"));
    const own = await glow.start();
    const taken = await glow.run("service", "install");
    expect(taken).toMatchObject({ code: 1, err: /runs in this home already/ });
    own.kill("SIGTERM");
    await expect.poll(async () => (await glow.run("status")).code).toBe(1);
    const old = JSON.parse((await glow.run("service", "status", "--json")).out) as Report;
    expect(old).toMatchObject({ installed: true, current: false });
    const anew = await glow.run("service", "install");
    expect(anew).toMatchObject({ code: 0, out: /^service +active\n/, err: /loginctl enable-linger/ });
    expect(await readFile(installed.unit, "utf8")).toBe(unit);

    expect(await glow.run("service", "remove")).toMatchObject({ code: 0 });
    expect(await glow.run("status")).toMatchObject({ code: 1 });
    await expect(readFile(installed.unit)).rejects.toThrow("ENOENT");
    expect(await manager.systemctl("list-unit-files", "glow*", "--no-legend")).toBe("");
  },
);
