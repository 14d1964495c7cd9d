// The files of the page as answers. What has a hash in its name never changes; the document is asked for anew each time and
// carries a nonce, which is what lets the page's own style sheets in and nobody else's.

import type { Random } from "#glow";
import type { HttpRequest, HttpResponse, SiteFile, SiteFiles } from "#platform/http.ts";
import { siteTypeOf } from "./media-type.ts";
import { randomHex } from "./nonce.ts";
import { guardHeaders, refusal } from "./response.ts";

const documentPath = "index.html";
/** In the document, where its nonce is to stand, and whose page it is. */
const nonceMark = "{{nonce}}";
const siteMark = "{{site}}";
/** And of which build it is. */
const buildMark = "{{build}}";
/** Where a page asks which build there is now: one that was open all along may be of an older one. */
const buildPath = "/build";
/** Keeps the page in the browser. Guests get none. */
const workerPath = "worker.js";

/** Whether who opens the page is to be a node of the user, or a guest. */
export type PageKind = "node" | "guest";

export class PageFiles {
  readonly #files: SiteFiles;
  readonly #random: Random;

  constructor(files: SiteFiles, random: Random) {
    this.#files = files;
    this.#random = random;
  }

  /** `path` begins with a slash and is not decoded: no file of the page has a name that would need it. */
  async answer(path: string, request: HttpRequest, kind: PageKind = "node"): Promise<HttpResponse> {
    if (path === "/" || path === buildPath) {
      // In the middle of a build there may be nothing whole to serve.
      try {
        await this.#files.refresh();
        if (path === buildPath) return this.#build();
        const document = this.#files.find(documentPath);
        if (document !== undefined) return await this.#document(document, kind);
      } catch {
        return refusal(503, "The page is just being built: try again in a moment.", { "retry-after": "2" });
      }
    }
    const name = path === "/" ? documentPath : path.slice(1);
    const file = kind === "guest" && name === workerPath ? undefined : this.#files.find(name);
    if (file === undefined) return refusal(404, "There is nothing here. The page itself is at /");
    return name === documentPath ? this.#document(file, kind) : fileAnswer(name, file, request);
  }

  #build(): HttpResponse {
    const headers = { ...guardHeaders, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
    const tag = this.#files.find(documentPath)?.tag ?? "";
    return { status: 200, headers, body: new TextEncoder().encode(tag) };
  }

  async #document(file: SiteFile, kind: PageKind): Promise<HttpResponse> {
    const nonce = randomHex(this.#random);
    const source = new TextDecoder().decode(await file.read());
    const text = source.replaceAll(nonceMark, nonce).replaceAll(siteMark, kind).replaceAll(buildMark, file.tag);
    return {
      status: 200,
      headers: {
        ...guardHeaders,
        "content-type": siteTypeOf(documentPath),
        "content-security-policy": pagePolicy(nonce),
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        "cache-control": "no-store",
      },
      body: new TextEncoder().encode(text),
    };
  }
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** An image that is opened by itself is a document. */
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
/** A worker has a policy of its own: it asks its server, and that is all. */
const workerPolicy = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

async function fileAnswer(name: string, file: SiteFile, request: HttpRequest): Promise<HttpResponse> {
  const tag = `"${file.tag}"`;
  const headers = {
    ...guardHeaders,
    "content-type": siteTypeOf(name),
    "content-security-policy": name === workerPath ? workerPolicy : filePolicy,
    "cache-control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    etag: tag,
    vary: "accept-encoding",
  };
  if (request.header("if-none-match") === tag) return { status: 304, headers };
  const takesGzip = /\bgzip\b(?!;\s*q=0(\.0*)?\b)/.test(request.header("accept-encoding") ?? "");
  if (takesGzip && file.gzip !== undefined) {
    return { status: 200, headers: { ...headers, "content-encoding": "gzip" }, body: await file.gzip.read() };
  }
  return { status: 200, headers, body: await file.read() };
}
