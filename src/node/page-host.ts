// The page of a node on a machine: served, with links to it that are remembered, and what each who came by one may do.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { Disk, Pipe, Subscription } from "#glow";
import { machineName } from "#platform/nodejs/home.ts";
import { listenHttp } from "#platform/nodejs/http-listener.ts";
import { currentInterfaces, type NetworkInterface, watchInterfaces } from "#platform/nodejs/interface-watch.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { multicastNames, privateAddresses } from "#platform/nodejs/private-network.ts";
import { builtPage, SiteFolder } from "#platform/nodejs/site-folder.ts";
import type { Daemon } from "./daemon.ts";
import type { ServedPage } from "./served-page.ts";
import { ContentDesk } from "./web/content-desk.ts";
import { GuestDesk } from "./web/guest-desk.ts";
import { GuestPasses } from "./web/guest-passes.ts";
import { NodeSite } from "./web/node-site.ts";
import type { GuestParts } from "./web/open-site.ts";
import { PageFiles } from "./web/page-files.ts";
import { PageLinks, type PageMember } from "./web/page-links.ts";
import { PageNetwork } from "./web/page-network.ts";
import { readPagePort, writePagePort } from "./web/page-port.ts";
import { type PagePlaces, PagesService } from "./web/pages-service.ts";
import { localNames } from "./web/site-authority.ts";
import { WebServer } from "./web/web-server.ts";

export interface PageHostOptions {
  /** Of the node; links are kept there. */
  readonly home: string;
  /** The page as it was built; left out: where a build puts it. */
  readonly folder?: string | undefined;
  /** In place of that of the settings. */
  readonly port?: number | undefined;
  /** The machine's networks, and its name; left out: as the system says. */
  readonly interfaces?: () => readonly NetworkInterface[];
  readonly names?: readonly string[];
}

/** What guests are told of it. */
const nowhere: PagePlaces = { local: "", network: () => [], guests: () => [], trust: () => undefined };
const localHosts = ["127.0.0.1", "::1"];

/** Undefined if the settings want none, or it cannot be served: then the log says why, and the node is there without it. */
export async function servePage(daemon: Daemon, options: PageHostOptions): Promise<ServedPage | undefined> {
  const port = options.port ?? daemon.settings.values.pagePort;
  if (port === 0 && options.port === undefined) return undefined;
  try {
    return await hostPage(daemon, options, port);
  } catch (error) {
    daemon.log.problem("page", GlowError.from(error, "pages.serve"));
    return undefined;
  }
}

/** What all servers of the page share. */
interface Shared {
  readonly disk: Disk;
  readonly files: PageFiles;
  readonly contents: ContentDesk;
  readonly mesh: (pipe: Pipe) => void;
  readonly guests: GuestParts;
}

async function hostPage(daemon: Daemon, options: PageHostOptions, port: number | undefined): Promise<ServedPage> {
  const { clock, random, crypto } = daemon.platform;
  const folder = await SiteFolder.open(options.folder ?? (await builtPage()));
  const { disk } = nodePlatform({ diskRoot: options.home });
  const links = await PageLinks.open({ disk, crypto, clock }, memberOf(daemon));
  const passes = await GuestPasses.open({ disk, crypto, clock, random }, (id) => desk.dismiss(id));
  const guestContents = new ContentDesk({ clock, random });
  const desk = new GuestDesk({
    platform: daemon.platform,
    passes,
    node: () => daemon.node,
    mostBytes: () => daemon.settings.values.pageGuestBytes,
    pages: (caller, reader) => {
      return new PagesService(
        { places: nowhere, links, passes, tickets: guestContents.tickets, clock, reader },
        caller,
      );
    },
    problem: (error) => daemon.log.problem("page", error),
  });
  const shared: Shared = {
    disk,
    files: new PageFiles(folder, random),
    contents: new ContentDesk({ clock, random }),
    mesh: (pipe) => daemon.node.member.mesh.accept(pipe, "ws"),
    guests: { contents: guestContents, accept: (pipe, address) => desk.accept(pipe, address), end: () => desk.close() },
  };
  const closeAll = async (): Promise<void> => {
    desk.close();
    await links.close();
    await passes.close();
  };
  let server: WebServer | undefined;
  let network: PageNetwork;
  try {
    server = await serveHere(daemon, shared, port);
    network = await networkOf(daemon, shared, server.port, options.home);
  } catch (error) {
    await server?.stop();
    await closeAll();
    throw error;
  }
  const following = await followNetwork(daemon, network, options);
  const local = server.origin("127.0.0.1");
  daemon.log.info("page", "served", { at: local });
  const places = {
    local,
    network: () => network.secureOrigins,
    guests: () => network.guestOrigins,
    trust: () => network.trust,
  };
  const { tickets } = shared.contents;
  return {
    pages: (caller) => new PagesService({ places, links, passes, tickets, clock }, caller),
    visit: (node) => links.of(node),
    close: async () => {
      following.stop();
      await network.stop();
      await server.stop();
      await closeAll();
    },
  };
}

/** To this machine. */
async function serveHere(daemon: Daemon, shared: Shared, port: number | undefined): Promise<WebServer> {
  const usualPort = await readPagePort(shared.disk);
  const server = new WebServer({
    clock: daemon.platform.clock,
    listen: listenHttp,
    site: new NodeSite(shared),
    names: () => localNames,
    port,
    usualPort: usualPort ?? webLimits.port,
  });
  const [first = "", ...others] = localHosts;
  await server.listen(first);
  // A machine without IPv6 is served by the first.
  for (const host of others) await server.listen(host).catch(() => undefined);
  if (port === undefined && usualPort === undefined) await writePagePort(shared.disk, server.port);
  return server;
}

async function networkOf(daemon: Daemon, shared: Shared, port: number, home: string): Promise<PageNetwork> {
  const { disk } = shared;
  const usual = (await readPagePort(disk, "secure-port")) ?? webLimits.securePort;
  return new PageNetwork({
    platform: daemon.platform,
    listen: listenHttp,
    files: shared.files,
    contents: shared.contents,
    mesh: (pipe) => daemon.node.member.mesh.accept(pipe, "wss"),
    guests: shared.guests,
    port,
    securePort: { usual, chosen: (chosen) => writePagePort(disk, chosen, "secure-port") },
    authority: async () => {
      // Only whoever serves others has use for certificates, and for all that it takes to make them.
      const { CertificateAuthority } = await import("#platform/nodejs/certificate-authority.ts");
      return CertificateAuthority.open(home, machineName(), daemon.platform.clock.wallMs());
    },
    problem: (error) => daemon.log.problem("page", error),
  });
}

/** Serves to others what the settings want, where this machine is just now. */
async function followNetwork(
  daemon: Daemon,
  network: PageNetwork,
  { interfaces = currentInterfaces, names = multicastNames(machineName()) }: PageHostOptions,
): Promise<Subscription> {
  let told = "";
  let watching: Subscription | undefined;
  const follow = async (): Promise<void> => {
    const { pageHttps: https, pageGuests: guests } = daemon.settings.values;
    if (https || guests) watching ??= watchInterfaces(daemon.platform.timers, changed, interfaces);
    else {
      watching?.stop();
      watching = undefined;
    }
    await network.serve({ https, guests, addresses: privateAddresses(interfaces()), names });
    const now = [...network.secureOrigins, ...network.guestOrigins].join(" ");
    if (now !== told)
      daemon.log.info("page", now === "" ? "served to this machine only" : "served to the local network", { at: now });
    told = now;
  };
  const changed = (): void => {
    follow().catch((error: unknown) => daemon.log.problem("page", GlowError.from(error, "pages.serve")));
  };
  await follow();
  const settings = daemon.settings.watch(changed);
  return {
    stop: () => {
      settings.stop();
      watching?.stop();
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
