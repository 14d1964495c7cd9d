// Completion in the shells themselves, those that are here: a person types the beginning of a line and presses Tab.

import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledCli } from "../../../scripts/bundle-cli.mjs";
import { GlowHome } from "./glow-home.ts";
import { checkout } from "./readme-tour.ts";
import { hasTerminals, TypedTerminal } from "./typed-terminal.ts";

let glow: GlowHome;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  glow = await GlowHome.make();
  await glow.run("drives", "create", "docs");
  await glow.run("drives", "create", "two words");
  for (const name of ["a file.txt", "a:b.txt", "it's", "sub/x$y.txt"]) {
    expect(await glow.runWith({ input: "a" }, "put", "-", `docs/${name}`)).toMatchObject({ code: 0 });
  }
  await writeFile(glow.path("local.txt"), "");
  await mkdir(glow.path("place"));
  await mkdir(glow.path("bin"));
  await writeFile(glow.path("bin", "glow"), `#!/bin/sh\nexec "${process.execPath}" "${bundledCli(checkout)}" "$@"\n`);
  await chmod(glow.path("bin", "glow"), 0o755);
  env = { PATH: `${glow.path("bin")}:${process.env["PATH"]}`, GLOW_HOME: glow.home, ZDOTDIR: glow.folder };
});

afterAll(() => glow[Symbol.asyncDispose]());

/** What is typed before Tab, and what stands there after it. */
const lines: readonly (readonly [string, string])[] = [
  ["glow serv", "glow service "],
  ["glow ls do", "glow ls docs/"],
  ["glow ls tw", "glow ls two\\ words/"],
  ["glow cat docs/a\\ ", "glow cat docs/a\\ file.txt "],
  ["glow cat docs/a:", "glow cat docs/a:b.txt "],
  ["glow cat docs/it", "glow cat docs/it\\'s "],
  ["glow cat docs/sub/", "glow cat docs/sub/x\\$y.txt "],
  ['glow cat "docs/a f', 'glow cat "docs/a file.txt" '],
  ["glow cat 'docs/a f", "glow cat 'docs/a file.txt' "],
  ["cd /; glow  cat   docs/it", "cd /; glow  cat   docs/it\\'s "],
  ["glow put loc", "glow put local.txt "],
  ["glow ls --home pla", "glow ls --home place/"],
];

function isHere(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

const isPrompting = "ready-to-type";

const shells = [
  ["bash", ".bashrc", "bash --noprofile --rcfile .bashrc -i", "bind 'set bell-style none'"],
  ["zsh", ".zshrc", "zsh -i", "unsetopt beep; autoload -Uz compinit; compinit -D -u"],
] as const;

for (const [shell, rc, command, before] of shells) {
  const name = `${shell} completes commands, options, drives and files as it would quote them`;
  test.skipIf(!isHere(shell) || !hasTerminals())(name, async () => {
    await writeFile(glow.path(rc), `PS1='${isPrompting} '\n${before}\nsource <(glow completion ${shell})\n`);
    await using terminal = new TypedTerminal(command, glow.folder, env);
    await terminal.shows(isPrompting);
    for (const [typed, completed] of lines) await terminal.type(`${typed}\t`, completed);
  });
}

test.skipIf(!isHere("fish"))("fish is offered the same, which it quotes itself", async () => {
  await writeFile(glow.path("glow.fish"), (await glow.run("completion", "fish")).out);
  const offered = (line: string): string[] => {
    const script = "source glow.fish; complete --do-complete $argv[1]";
    const { stdout } = spawnSync("fish", ["--no-config", "-c", script, line], {
      cwd: glow.folder,
      env: { ...process.env, ...env, HOME: glow.folder },
    });
    return stdout
      .toString()
      .split("\n")
      .map((each) => each.replace(/\t.*/, ""))
      .filter((each) => each !== "");
  };
  expect(offered("glow serv")).toEqual(["service"]);
  expect(offered("glow service ")).toEqual(["install", "remove", "status"]);
  expect(offered("glow ls do")).toEqual(["docs/"]);
  expect(offered("glow cat docs/a\\ ")).toEqual(["docs/a file.txt"]);
  expect(offered('glow cat "docs/a f')).toEqual(["docs/a file.txt"]);
  expect(offered("glow cat 'docs/a f")).toEqual(["docs/a file.txt"]);
  expect(offered("glow cat docs/a:")).toEqual(["docs/a:b.txt"]);
  expect(offered("glow put loc")).toEqual(["local.txt"]);
  expect(offered("glow ls --home pla")).toEqual(["place/"]);
});

test("no script is there for other shells", async () => {
  expect(await glow.run("completion", "tcsh")).toMatchObject({ code: 2, out: "", err: /bash, zsh and fish/ });
});
