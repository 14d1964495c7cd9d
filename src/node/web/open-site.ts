// What others in the local network find without encryption: the page that helps them to trust the certificate of this
// installation, and that certificate. Nothing here leads to the node.

import type { HttpRequest, HttpResponse, PageAuthority } from "#platform/http.ts";
import { randomHex } from "./nonce.ts";
import type { PageFiles } from "./page-files.ts";
import { guardHeaders, refusal } from "./response.ts";
import { trustPage } from "./trust-page.ts";
import type { Site } from "./web-server.ts";
import type { Random } from "#glow";

export interface OpenSiteParts {
  readonly random: Random;
  readonly files: PageFiles;
  /** Undefined while nothing is served by HTTPS. */
  readonly trust: () => { readonly authority: PageAuthority; readonly port: number } | undefined;
}

const trustPath = "/trust";
const certificatePath = "/glow-authority.crt";
const iconPath = "/icon.svg";

export class OpenSite implements Site {
  readonly documents = ["/", trustPath];
  readonly #parts: OpenSiteParts;

  constructor(parts: OpenSiteParts) {
    this.#parts = parts;
  }

  respond(path: string, request: HttpRequest, origin: string): Promise<HttpResponse> | HttpResponse {
    const trust = this.#parts.trust();
    if (path === iconPath) return this.#parts.files.answer(path, request);
    if (trust === undefined) return refusal(404, "There is nothing here.");
    if (path === "/") return refusal(302, "This way.", { location: trustPath });
    if (path === certificatePath) return certificate(trust.authority);
    if (path !== trustPath) return refusal(404, "There is nothing here.");
    const nonce = randomHex(this.#parts.random);
    const secureUrl = `https://${new URL(origin).hostname}:${trust.port}/`;
    const { authority } = trust;
    return document(
      trustPage({ authority, secureUrl, certificatePath, userAgent: request.header("user-agent") ?? "", nonce }),
      nonce,
    );
  }

  upgrade(): HttpResponse {
    return refusal(404, "There is nothing here.");
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
