// A server of the page at one port, on some addresses: who may ask at all is judged here, the same for every site that it
// serves. What there is, is the site's.

import { GlowError } from "#base/errors.ts";
import type { Clock, Pipe } from "#glow";
import type {
  HttpAddress,
  HttpListen,
  HttpListener,
  HttpRequest,
  HttpResponse,
  ServerIdentity,
} from "#platform/http.ts";
import { RequestRates } from "./request-rates.ts";
import { refusal } from "./response.ts";
import { type Scheme, SiteAuthority } from "./site-authority.ts";

/** What a server serves. Paths begin with a slash and are not decoded; requests have passed all that a server asks of them. */
export interface Site {
  /** Paths to which anybody's page may link. */
  readonly documents: readonly string[];
  /** `origin` is that of the page: as this server was addressed. */
  respond(path: string, request: HttpRequest, origin: string): HttpResponse | Promise<HttpResponse>;
  upgrade(path: string, request: HttpRequest): HttpResponse | ((pipe: Pipe) => void);
}

export interface WebServerOptions {
  readonly clock: Clock;
  /** `listenHttp` of the platform. */
  readonly listen: HttpListen;
  readonly site: Site;
  /** Under which it may be addressed, IPv6 in brackets. */
  readonly names: () => readonly string[];
  /** Left out: `usualPort`, or any that is free if that is not. */
  readonly port?: number | undefined;
  readonly usualPort: number;
  /** With it, it is HTTPS. */
  readonly identity?: ServerIdentity | undefined;
}

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #scheme: Scheme;
  readonly #authority: SiteAuthority;
  readonly #rates: RequestRates;
  /** By the address at which they listen. */
  readonly #listeners = new Map<string, HttpListener>();
  #identity: ServerIdentity | undefined;
  #port = 0;

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#scheme = options.identity === undefined ? "http" : "https";
    this.#authority = new SiteAuthority(this.#scheme, options.names);
    this.#rates = new RequestRates(options.clock);
  }

  /** 0 before it has listened anywhere. */
  get port(): number {
    return this.#port;
  }

  get hosts(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** Where it is found under a name or address. */
  origin(host: string): string {
    return `${this.#scheme}://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${this.#port}`;
  }

  /** `already-exists` if the port that was asked for is taken there. All addresses have the same port. */
  async listen(host: string): Promise<void> {
    const { port, usualPort } = this.#options;
    if (this.#port !== 0) return this.#listenAt({ host, port: this.#port });
    try {
      await this.#listenAt({ host, port: port ?? usualPort });
    } catch (error) {
      if (port !== undefined || GlowError.from(error, "web.listen").kind !== "already-exists") throw error;
      await this.#listenAt({ host, port: 0 });
    }
  }

  /** Ends what is under way at one address. */
  async leave(host: string): Promise<void> {
    const listener = this.#listeners.get(host);
    this.#listeners.delete(host);
    await listener?.close();
  }

  /** Of HTTPS: proves to be this from now on. */
  present(identity: ServerIdentity): void {
    this.#identity = identity;
    for (const listener of this.#listeners.values()) listener.present(identity);
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => this.leave(host)));
  }

  async #listenAt(address: HttpAddress): Promise<void> {
    const handler = {
      respond: (request: HttpRequest) => this.#respond(request),
      upgrade: (request: HttpRequest) => this.#upgrade(request),
    };
    const listener = await this.#options.listen({ ...address, identity: this.#identity }, handler);
    this.#listeners.set(address.host, listener);
    this.#port = listener.port;
  }

  async #respond(request: HttpRequest): Promise<HttpResponse> {
    const origin = this.#admitted(request);
    if (typeof origin !== "string") return origin;
    return this.#options.site.respond(pathOf(request), request, origin);
  }

  #upgrade(request: HttpRequest): HttpResponse | ((pipe: Pipe) => void) {
    const origin = this.#admitted(request);
    if (typeof origin !== "string") return origin;
    // Only browsers come here, and they say where from.
    if (request.header("origin") === undefined) return refusal(403, "Only for the page of this server.");
    return this.#options.site.upgrade(pathOf(request), request);
  }

  /** The origin of who may ask, or what is wrong with a request, whatever it asks for. */
  #admitted(request: HttpRequest): string | HttpResponse {
    if (this.#rates.isTooFast(request.remoteAddress)) {
      return refusal(429, "Too many requests: wait a moment.", { "retry-after": "1" });
    }
    const origin = this.#authority.origin(request);
    if (origin === undefined) return refusal(421, "This is not the server of that name.", { connection: "close" });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refusal(405, "Only GET and HEAD.", { allow: "GET, HEAD" });
    }
    if (!request.target.startsWith("/")) return refusal(400, "Not a path.");
    // Anybody may link to a document; nobody else's page may fetch anything.
    const isDocument =
      this.#options.site.documents.includes(pathOf(request)) && request.header("sec-fetch-mode") === "navigate";
    if (!isDocument && !this.#authority.isOwn(request, origin)) return refusal(403, "Not for pages of other sites.");
    return origin;
  }
}

function pathOf({ target }: HttpRequest): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}
