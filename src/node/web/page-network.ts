// The page for others in the local network, as long as the settings want it: at the addresses that this machine has just now, by
// HTTPS with a certificate for them, and beside it a page over plain HTTP that helps to trust that.

import { GlowError } from "#base/errors.ts";
import { nodeLimits, webLimits } from "#base/limits.ts";
import type { Clock, Pipe, Random, Timer, Timers } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { HttpListen, PageAuthority, ServerIdentity } from "#platform/http.ts";
import type { ContentDesk } from "./content-desk.ts";
import { NodeSite } from "./node-site.ts";
import { type GuestParts, OpenSite } from "./open-site.ts";
import type { PageFiles } from "./page-files.ts";
import { WebServer } from "./web-server.ts";

export interface PageNetworkOptions {
  readonly platform: { readonly clock: Clock; readonly timers: Timers; readonly random: Random };
  readonly listen: HttpListen;
  readonly files: PageFiles;
  readonly contents: ContentDesk;
  readonly mesh: (pipe: Pipe) => void;
  readonly guests: GuestParts;
  /** Where this machine has the page: others find the open one at the same port of theirs. */
  readonly port: number;
  /** Where it was served by HTTPS before; and what it is from now on. */
  readonly securePort: { readonly usual: number; chosen(port: number): Promise<void> };
  readonly authority: () => Promise<PageAuthority>;
  /** Told of what cannot be served just now; the rest is. */
  readonly problem: (error: GlowError) => void;
}

/** What is to be served, and where. */
export interface WantedNetwork {
  readonly https: boolean;
  readonly guests: boolean;
  /** Of private networks, without brackets and zones; the best one first. */
  readonly addresses: readonly string[];
  /** Further names of this machine. */
  readonly names: readonly string[];
}

interface Secure {
  readonly authority: PageAuthority;
  readonly server: WebServer;
  /** For which the certificate is. */
  readonly places: string;
  readonly expiresMs: number;
}

const nowhere: WantedNetwork = { https: false, guests: false, addresses: [], names: [] };

export class PageNetwork {
  readonly #options: PageNetworkOptions;
  readonly #turns = new Turns();
  readonly #open: WebServer;
  #wanted: WantedNetwork = nowhere;
  #secure: Secure | undefined;
  #renewal: Timer | undefined;

  constructor(options: PageNetworkOptions) {
    const { platform, listen, files, port } = options;
    this.#options = options;
    const trust = () => this.#secure && { authority: this.#secure.authority, port: this.#secure.server.port };
    this.#open = new WebServer({
      clock: platform.clock,
      listen,
      site: new OpenSite({ random: platform.random, files, trust, guests: () => this.#guests }),
      names: () => this.#names(),
      port,
      usualPort: port,
    });
  }

  /** Origins at which the page is served by HTTPS. */
  get secureOrigins(): readonly string[] {
    const server = this.#secure?.server;
    return server === undefined ? [] : server.hosts.map((host) => server.origin(host));
  }

  /** Origins at which guests are served. */
  get guestOrigins(): readonly string[] {
    return this.#guests === undefined ? [] : this.#open.hosts.map((host) => this.#open.origin(host));
  }

  /** Undefined while nothing is served by HTTPS. */
  get trust(): { readonly url: string; readonly fingerprint: string } | undefined {
    const [host] = this.#open.hosts;
    if (this.#secure === undefined || host === undefined) return undefined;
    return { url: `${this.#open.origin(host)}/trust`, fingerprint: this.#secure.authority.fingerprint };
  }

  /** Resolves when this is served, or what can be of it. */
  serve(wanted: WantedNetwork): Promise<void> {
    return this.#turns.take(async () => {
      this.#wanted = { ...wanted, addresses: wanted.addresses.slice(0, webLimits.networkAddresses) };
      await this.#follow();
    });
  }

  async stop(): Promise<void> {
    await this.serve(nowhere);
  }

  async #follow(): Promise<void> {
    this.#renewal?.cancel();
    this.#renewal = undefined;
    const { https, addresses } = this.#wanted;
    if (https && addresses.length > 0) {
      try {
        await this.#secureAll();
      } catch (error) {
        this.#options.problem(GlowError.from(error, "pages.secure"));
      }
    } else await this.#endSecure();
    if (!this.#wanted.guests) this.#options.guests.end();
    const isOpen = this.#secure !== undefined || this.#wanted.guests;
    await this.#listenAt(this.#open, isOpen ? addresses : []);
  }

  async #secureAll(): Promise<void> {
    const { platform, securePort } = this.#options;
    const { server } = (this.#secure = await this.#certified());
    await this.#listenAt(server, this.#wanted.addresses);
    if (server.port !== 0 && server.port !== securePort.usual) await securePort.chosen(server.port);
    // In steps, since the wall clock may be set meanwhile.
    this.#renewal = platform.timers.after(nodeLimits.expiryCheckMs, () => void this.#turns.take(() => this.#follow()));
  }

  /** With a certificate for the names and addresses that there are, which does not end soon. */
  async #certified(): Promise<Secure> {
    const { addresses, names } = this.#wanted;
    const before = this.#secure;
    const nowMs = this.#options.platform.clock.wallMs();
    const places = [...names, ...addresses].join(" ");
    if (before !== undefined && before.places === places && !isDue(before, nowMs)) return before;
    const authority = before?.authority ?? (await this.#options.authority());
    const identity = authority.issue(names, addresses, nowMs);
    before?.server.present(identity);
    const server = before?.server ?? this.#secureServer(identity);
    return { authority, server, places, expiresMs: identity.expiresMs };
  }

  #secureServer(identity: ServerIdentity): WebServer {
    const { platform, listen, files, contents, mesh, securePort } = this.#options;
    return new WebServer({
      clock: platform.clock,
      listen,
      site: new NodeSite({ files, contents, mesh }),
      names: () => this.#names(),
      usualPort: securePort.usual,
      identity,
    });
  }

  async #endSecure(): Promise<void> {
    const { server } = this.#secure ?? {};
    this.#secure = undefined;
    await server?.stop();
  }

  async #listenAt(server: WebServer, addresses: readonly string[]): Promise<void> {
    for (const host of server.hosts) if (!addresses.includes(host)) await server.leave(host);
    for (const host of addresses) {
      if (server.hosts.includes(host)) continue;
      try {
        await server.listen(host);
      } catch (error) {
        this.#options.problem(GlowError.from(error, "pages.listen"));
      }
    }
  }

  get #guests(): GuestParts | undefined {
    return this.#wanted.guests ? this.#options.guests : undefined;
  }

  #names(): readonly string[] {
    const { addresses, names } = this.#wanted;
    return [...names, ...addresses.map((address) => (address.includes(":") ? `[${address}]` : address))];
  }
}

function isDue({ expiresMs }: Secure, nowMs: number): boolean {
  const leftMs = expiresMs - nowMs;
  // A clock that was set back far makes a certificate of the future: that is none either.
  return leftMs < webLimits.certificateRenewalMs || leftMs > webLimits.certificateMs;
}
