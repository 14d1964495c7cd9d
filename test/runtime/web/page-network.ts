// Two machines that can be cut off from each other, A and C, each with a node as people start it and devices of one user, and
// a browser on either: network namespaces, processes of the bundled program, and Chromium.

import { chmod, writeFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { findChromium } from "../../../scripts/chromium.mjs";
import { GlowHome } from "../cli/glow-home.ts";
import { Namespaces } from "../namespaces.ts";
import { startChromium } from "./page-daemon.ts";

export type HostName = "a" | "c";

export class PageNetwork implements AsyncDisposable {
  readonly a: GlowHome;
  readonly c: GlowHome;
  readonly #wires: Namespaces;
  readonly #browsers: Browser[] = [];

  private constructor(wires: Namespaces, a: GlowHome, c: GlowHome) {
    this.#wires = wires;
    this.a = a;
    this.c = c;
  }

  /** C is a device of the user that A has made. */
  static async create(): Promise<PageNetwork> {
    const wires = await Namespaces.create();
    for (const host of ["a", "c"]) await wires.addHost(host);
    await wires.connect(
      { host: "a", name: "eth0", addresses: ["192.168.7.1/24"] },
      { host: "c", name: "eth0", addresses: ["192.168.7.2/24"] },
    );
    const home = (host: HostName): Promise<GlowHome> =>
      GlowHome.make({ running: false, on: (command) => wires.commandOn(host, command) });
    const network = new PageNetwork(wires, await home("a"), await home("c"));
    await network.a.start(["--listen", "tcp://0.0.0.0:7401"]);
    await network.c.start(["--listen", "tcp://0.0.0.0:7401", "--no-user"]);
    for (const host of ["a", "c"] as const) await network[host].json("settings", "set", "name", host);
    const { code } = await network.a.json<{ code: string }>("invite");
    await network.c.json("join", code);
    return network;
  }

  /** Pulls the cable between the two, or puts it in again. */
  async setCable(state: "up" | "down"): Promise<void> {
    await this.#wires.setLink("a", "eth0", state);
  }

  /** A browser on one of the machines. */
  async startBrowser(host: HostName): Promise<Browser> {
    const script = this[host].path("chromium");
    const command = this.#wires.commandOn(host, [findChromium() ?? "chromium"]);
    await writeFile(script, `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`);
    await chmod(script, 0o755);
    const browser = await startChromium({ program: script });
    this.#browsers.push(browser);
    return browser;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    await this.a[Symbol.asyncDispose]();
    await this.c[Symbol.asyncDispose]();
    await this.#wires.dispose();
  }
}
