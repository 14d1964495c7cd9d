// The page of a daemon: its server, the links to it that were given out, and what each who came by one may do.

import { GlowError } from "#base/errors.ts";
import type { NodeId, Pipe } from "#glow";
import type { Right } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import { listenHttp } from "#platform/nodejs/http-listener.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { builtPage, SiteFolder } from "#platform/nodejs/site-folder.ts";
import type { PagesCaller } from "#services/node/node-service.ts";
import type { Daemon } from "./daemon.ts";
import { PageLinks, type PageMember } from "./web/page-links.ts";
import { readPagePort, writePagePort } from "./web/page-port.ts";
import { PagesService } from "./web/pages-service.ts";
import { WebServer } from "./web/web-server.ts";

/** What a node needs to know of its page. */
export interface PageHost {
  /** For one caller. */
  pages(caller: PagesCaller): Pages;
  /** What a tab was let in for; undefined if it did not come by a link of this node. */
  visit(node: NodeId): { readonly rights: readonly Right[]; readonly expiresMs: number } | undefined;
  close(): Promise<void>;
}

export interface PageHostOptions {
  /** Of the node; links are kept there. */
  readonly home: string;
  /** The page as it was built; left out: where a build puts it. */
  readonly folder?: string | undefined;
  /** In place of that of the settings. */
  readonly port?: number | undefined;
}

/** Undefined if the settings want none, or it cannot be served: then the log says why, and the node is there without it. */
export async function servePage(daemon: Daemon, options: PageHostOptions): Promise<PageHost | undefined> {
  const port = options.port ?? daemon.settings.values.pagePort;
  if (port === 0 && options.port === undefined) return undefined;
  try {
    return await hostPage(daemon, options.home, options.folder ?? (await builtPage()), port);
  } catch (error) {
    daemon.log.problem("page", GlowError.from(error, "pages.serve"));
    return undefined;
  }
}

async function hostPage(daemon: Daemon, home: string, folder: string, port: number | undefined): Promise<PageHost> {
  const { clock, random, crypto } = daemon.platform;
  const files = await SiteFolder.open(folder);
  const { disk } = nodePlatform({ diskRoot: home });
  const links = await PageLinks.open({ disk, crypto, clock }, memberOf(daemon));
  let server: WebServer;
  try {
    const usualPort = await readPagePort(disk);
    const mesh = (pipe: Pipe) => daemon.node.member.mesh.accept(pipe, "ws");
    const platform = { clock, random };
    server = await WebServer.start({ platform, listen: listenHttp, files, mesh, port, usualPort });
    if (port === undefined && usualPort === undefined) await writePagePort(disk, server.port);
  } catch (error) {
    await links.close();
    throw error;
  }
  daemon.log.info("page", "served", { at: server.origin });
  return {
    pages: (caller) => new PagesService({ server, links, clock }, caller),
    visit: (node) => links.of(node),
    close: async () => {
      await server.stop();
      await links.close();
    },
  };
}

/** The member that the daemon is now: it is another one after it has joined a user. */
function memberOf(daemon: Daemon): PageMember {
  return {
    invite: (role, lifetimeMs, name) => daemon.node.member.invite(role, lifetimeMs, name),
    get invitations() {
      return daemon.node.member.invitations;
    },
    cancelInvitation: (id) => daemon.node.member.cancelInvitation(id),
    revoke: async (node) => {
      await daemon.node.storage.revoke(node);
    },
  };
}
