// Serves the page of this node: its files, contents by ticket, and at `/mesh` a WebSocket that is a pipe of the mesh like any
// other. A page is no second way in: it links, joins and calls as every node does.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { Clock, Pipe, Random } from "#glow";
import type { HttpAddress, HttpListen, HttpListener, HttpRequest, HttpResponse, SiteFiles } from "#platform/http.ts";
import { contentAnswer } from "./content-answer.ts";
import { PageSite } from "./page-site.ts";
import { RequestRates } from "./request-rates.ts";
import { refusal } from "./response.ts";
import { SiteAuthority } from "./site-authority.ts";
import { TicketOffice } from "./ticket-office.ts";

export interface WebServerOptions {
  readonly platform: { readonly clock: Clock; readonly random: Random };
  /** `listenHttp` of the platform. */
  readonly listen: HttpListen;
  /** The page as it was built. */
  readonly files: SiteFiles;
  /** Takes a pipe that was asked for: `mesh.accept`. */
  readonly mesh: (pipe: Pipe) => void;
  /** Left out: the usual one, or any that is free if that is not. */
  readonly port?: number | undefined;
  /** Left out: `webLimits.port`. */
  readonly usualPort?: number | undefined;
  /** Further addresses to listen at, and names of this machine: without them only this machine can open the page. */
  readonly network?: { readonly hosts: readonly string[]; names(): readonly string[] } | undefined;
}

const localHosts = ["127.0.0.1", "::1"];
const meshPath = "/mesh";
const contentPath = "/content/";

export class WebServer {
  readonly tickets: TicketOffice;
  readonly #options: WebServerOptions;
  readonly #authority: SiteAuthority;
  readonly #site: PageSite;
  readonly #rates: RequestRates;
  readonly #listeners: HttpListener[] = [];
  #contents = 0;

  private constructor(options: WebServerOptions) {
    const { platform, files, network } = options;
    this.#options = options;
    this.#authority = new SiteAuthority(network && (() => network.names()));
    this.#site = new PageSite(files, platform.random);
    this.#rates = new RequestRates(platform.clock);
    this.tickets = new TicketOffice(platform);
  }

  /** `already-exists` if the port that was asked for is taken. */
  static async start(options: WebServerOptions): Promise<WebServer> {
    const server = new WebServer(options);
    try {
      await server.#listen();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Where this machine finds the page. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#listeners[0]?.port ?? 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }

  async #listen(): Promise<void> {
    const [first = "", ...others] = localHosts;
    await this.#listenFirst(first);
    for (const host of [...others, ...(this.#options.network?.hosts ?? [])]) {
      try {
        await this.#listenAt({ host, port: this.port });
      } catch (error) {
        // A machine without IPv6 is served by the first.
        if (!others.includes(host)) throw error;
      }
    }
  }

  async #listenFirst(host: string): Promise<void> {
    const { port, usualPort = webLimits.port } = this.#options;
    try {
      await this.#listenAt({ host, port: port ?? usualPort });
    } catch (error) {
      if (port !== undefined || GlowError.from(error, "web.listen").kind !== "already-exists") throw error;
      await this.#listenAt({ host, port: 0 });
    }
  }

  async #listenAt(address: HttpAddress): Promise<void> {
    const listener = await this.#options.listen(address, {
      respond: (request) => this.#respond(request),
      upgrade: (request) => this.#upgrade(request),
    });
    this.#listeners.push(listener);
  }

  async #respond(request: HttpRequest): Promise<HttpResponse> {
    const refused = this.#refused(request);
    if (refused !== undefined) return refused;
    const path = pathOf(request);
    if (path === meshPath) return refusal(426, "This is a WebSocket.", { upgrade: "websocket", connection: "close" });
    return path.startsWith(contentPath) ? this.#content(path, request) : this.#site.answer(path, request);
  }

  /** What is wrong with a request, whatever it asks for. */
  #refused(request: HttpRequest): HttpResponse | undefined {
    if (this.#rates.isTooFast(request.remoteAddress)) {
      return refusal(429, "Too many requests: wait a moment.", { "retry-after": "1" });
    }
    const origin = this.#authority.origin(request);
    if (origin === undefined) return refusal(421, "This is not the server of that name.", { connection: "close" });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refusal(405, "Only GET and HEAD.", { allow: "GET, HEAD" });
    }
    if (!request.target.startsWith("/")) return refusal(400, "Not a path.");
    // Anybody may link to the page itself; nobody else's page may fetch anything.
    const isDocument = pathOf(request) === "/" && request.header("sec-fetch-mode") === "navigate";
    if (!isDocument && !this.#authority.isOwn(request, origin)) return refusal(403, "Not for pages of other sites.");
    return undefined;
  }

  #upgrade(request: HttpRequest): HttpResponse | ((pipe: Pipe) => void) {
    const refused = this.#refused(request);
    if (refused !== undefined) return refused;
    // Only browsers come here, and they say where from.
    if (request.header("origin") === undefined) return refusal(403, "Only for the page of this server.");
    return pathOf(request) === meshPath ? this.#options.mesh : refusal(404, "There is nothing here.");
  }

  async #content(path: string, request: HttpRequest): Promise<HttpResponse> {
    const ticket = this.tickets.find(path.slice(contentPath.length));
    if (ticket === undefined) return refusal(404, "This link has ended: open the file in the page again.");
    if (this.#contents >= webLimits.contents) {
      return refusal(503, "Too many contents are being sent: wait a moment.", { "retry-after": "2" });
    }
    this.#contents++;
    const ended = () => void this.#contents--;
    if (request.signal.aborted) ended();
    else request.signal.addEventListener("abort", ended, { once: true });
    return contentAnswer(ticket, request);
  }
}

function pathOf({ target }: HttpRequest): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}
