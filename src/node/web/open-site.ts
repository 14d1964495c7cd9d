// What others in the local network find without encryption: the page that helps them to trust the certificate of this
// installation; and the page of guests, if there may be some, who get what their link says at `/guest` and no more.

import type { Pipe, Random } from "#glow";
import type { HttpRequest, HttpResponse, PageAuthority } from "#platform/http.ts";
import { type ContentDesk, contentPath } from "./content-desk.ts";
import { randomHex } from "./nonce.ts";
import type { PageFiles } from "./page-files.ts";
import { guardHeaders, refusal } from "./response.ts";
import { trustPage } from "./trust-page.ts";
import type { Site } from "./web-server.ts";

export interface OpenSiteParts {
  readonly random: Random;
  readonly files: PageFiles;
  /** Undefined while nothing is served by HTTPS. */
  readonly trust: () => { readonly authority: PageAuthority; readonly port: number } | undefined;
  /** Undefined while there are to be no guests. */
  readonly guests: () => GuestParts | undefined;
}

export interface GuestParts {
  readonly contents: ContentDesk;
  readonly accept: (pipe: Pipe, address: string) => void;
  /** Ends what goes on with all of them. */
  readonly end: () => void;
}

const guestPath = "/guest";
const trustPath = "/trust";
const certificatePath = "/glow-authority.crt";
const iconPath = "/icon.svg";

export class OpenSite implements Site {
  readonly documents = ["/", trustPath];
  readonly #parts: OpenSiteParts;

  constructor(parts: OpenSiteParts) {
    this.#parts = parts;
  }

  /** Where there is no secure context, browsers complain of a header that needs one. */
  async respond(path: string, request: HttpRequest, origin: string): Promise<HttpResponse> {
    const answer = await this.#answer(path, request, origin);
    const { "cross-origin-opener-policy": _, ...headers } = answer.headers;
    return { ...answer, headers };
  }

  #answer(path: string, request: HttpRequest, origin: string): Promise<HttpResponse> | HttpResponse {
    const trust = this.#parts.trust();
    if (path === certificatePath && trust !== undefined) return certificate(trust.authority);
    if (path === trustPath && trust !== undefined) return this.#help(trust, request, origin);
    const guests = this.#parts.guests();
    if (guests === undefined) {
      if (path === iconPath) return this.#parts.files.answer(path, request);
      if (path === "/" && trust !== undefined) return refusal(302, "This way.", { location: trustPath });
      return refusal(404, "There is nothing here.");
    }
    if (path === guestPath) return refusal(426, "This is a WebSocket.", { upgrade: "websocket", connection: "close" });
    return path.startsWith(contentPath)
      ? guests.contents.answer(path, request)
      : this.#parts.files.answer(path, request, "guest");
  }

  upgrade(path: string, request: HttpRequest): HttpResponse | ((pipe: Pipe) => void) {
    const guests = this.#parts.guests();
    if (path !== guestPath || guests === undefined) return refusal(404, "There is nothing here.");
    return (pipe) => guests.accept(pipe, request.remoteAddress);
  }

  #help(
    { authority, port }: { readonly authority: PageAuthority; readonly port: number },
    request: HttpRequest,
    origin: string,
  ): HttpResponse {
    const nonce = randomHex(this.#parts.random);
    const secureUrl = `https://${new URL(origin).hostname}:${port}/`;
    return document(
      trustPage({ authority, secureUrl, certificatePath, userAgent: request.header("user-agent") ?? "", nonce }),
      nonce,
    );
  }
}

function document(text: string, nonce: string): HttpResponse {
  const policy = `default-src 'none'; img-src 'self'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return {
    status: 200,
    headers: {
      ...guardHeaders,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
    },
    body: new TextEncoder().encode(text),
  };
}

/** In DER, so that the fingerprint is the hash of the file. */
function certificate(authority: PageAuthority): HttpResponse {
  return {
    status: 200,
    headers: {
      ...guardHeaders,
      "content-type": "application/x-x509-ca-cert",
      "content-disposition": 'attachment; filename="glow-authority.crt"',
      "cache-control": "no-store",
    },
    body: authority.certificate,
  };
}
