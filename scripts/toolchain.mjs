// What a task runs with: the pinned Node, the tools of node_modules, and an environment in which both come first.

import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { capture, run } from "./child.mjs";

export class Toolchain {
  /**
   * @param {string} root the folder of package.json
   * @param {string} node the path of the pinned Node
   */
  constructor(root, node) {
    this.root = root;
    this.node = node;
    /** @type {NodeJS.ProcessEnv} */
    this.environment = {
      ...process.env,
      PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
    };
    if (!process.stdout.isTTY && process.env["FORCE_COLOR"] === undefined) this.environment["NO_COLOR"] = "1";
  }

  /**
   * Runs a script in this terminal.
   * @param {readonly string[]} script its path and arguments
   * @param {NodeJS.ProcessEnv} [extra] environment variables
   * @returns {Promise<number>} its exit code
   */
  run(script, extra = {}) {
    return run(this.node, script, { cwd: this.root, env: { ...this.environment, ...extra } });
  }

  /**
   * Runs a script without input and keeps what it wrote.
   * @param {readonly string[]} script
   */
  capture(script) {
    // Its output is a pipe, whatever ours is; and some tools take CI for a terminal with colours.
    const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { CI: undefined };
    return capture(this.node, script, { cwd: this.root, env: { ...this.environment, ...color } });
  }

  /**
   * The script behind a package's command. Not the link in node_modules/.bin, which is a shell script on Windows.
   * @param {string} name of the package
   * @param {string} [command] if it isn't named like the package
   */
  tool(name, command = name) {
    const folder = join(this.root, "node_modules", name);
    /** @type {{ bin: string | Record<string, string> }} */
    const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const path = typeof bin === "string" ? bin : bin[command];
    if (path === undefined) throw new Error(`the package ${name} has no command ${command}`);
    return join(folder, path);
  }
}
