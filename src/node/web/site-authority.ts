// Under which names a server may be addressed. A page of somebody else's whose name is made to resolve to this machine (DNS
// rebinding) shows in `Host`, and one that connects from elsewhere in `Origin`: both are refused before anything else.

import type { HttpRequest } from "#platform/http.ts";

export type Scheme = "http" | "https";

/** Names under which a machine finds itself. */
export const localNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

const usualPorts = { http: 80, https: 443 } as const;

export class SiteAuthority {
  readonly #scheme: Scheme;
  readonly #names: () => readonly string[];

  /** `names` are all that this server has, addresses among them, IPv6 in brackets. */
  constructor(scheme: Scheme, names: () => readonly string[]) {
    this.#scheme = scheme;
    this.#names = names;
  }

  /** `http://HOST:PORT` as the client addressed this server; undefined if that is not this server. */
  origin(request: HttpRequest): string | undefined {
    const host = request.header("host");
    if (host === undefined || host.length > 255) return undefined;
    const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/i.exec(host);
    const name = match?.[1]?.toLowerCase().replace(/\.$/, "");
    if (name === undefined || Number(match?.[2] ?? usualPorts[this.#scheme]) !== request.localPort) return undefined;
    return this.#names().includes(name) ? `${this.#scheme}://${host.toLowerCase()}` : undefined;
  }

  /** Whether a browser makes this request for a page of this server, or for its user. Other clients say nothing of it. */
  isOwn(request: HttpRequest, origin: string): boolean {
    const from = request.header("origin");
    if (from !== undefined && from.toLowerCase() !== origin) return false;
    const site = request.header("sec-fetch-site");
    return site === undefined || site === "same-origin" || site === "none";
  }
}
