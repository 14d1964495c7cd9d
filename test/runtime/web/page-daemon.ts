// A daemon with its page as it is built, and a browser to open it with.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import type { Right } from "#interfaces/generated/node.ts";
import { Daemon } from "#node/daemon.ts";
import { type PageHostOptions, servePage } from "#node/page-host.ts";
import type { NodeService } from "#services/node/node-service.ts";
import { findChromium } from "../../../scripts/chromium.mjs";

export interface PageDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly node: NodeService;
  readonly home: string;
  /** A link that gives these rights. */
  link(rights: readonly Right[]): Promise<string>;
}

export const allRights: readonly Right[] = ["read", "write", "folders", "invite", "administer"];

export async function startPageDaemon(
  options: { readonly home?: string } & Partial<Omit<PageHostOptions, "home">> = {},
): Promise<PageDaemon> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "glow-page-")));
  const daemon = await Daemon.start({
    home,
    version: "0.0.0",
    firstUser: "Ada",
    discovery: false,
    servePage: (started) => servePage(started, { port: 0, ...options, home }),
  });
  const node = daemon.whole();
  return {
    daemon,
    node,
    home,
    link: async (rights) => (await node.pages().link(rights, 3600)).url,
    [Symbol.asyncDispose]: async () => {
      await daemon.stop();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

export function startChromium({
  program = findChromium(),
  args = [],
}: {
  readonly program?: string | undefined;
  readonly args?: readonly string[];
} = {}): Promise<Browser> {
  return chromium.launch({
    ...(program === undefined ? {} : { executablePath: program }),
    // Without a locale Chromium opens no file whose name has more than ASCII.
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}
