// HTTP as a platform serves it: requests without bodies, answers, and upgrades to pipes. What is asked and answered is up to the
// handler; that nobody keeps a socket for nothing is up to the platform.

import type { Pipe } from "#glow";

export interface HttpRequest {
  readonly method: string;
  /** Path and query as they were sent: nothing is decoded. */
  readonly target: string;
  /** By its name in lower case; several of one name are joined by ", ". */
  header(name: string): string | undefined;
  readonly remoteAddress: string;
  /** Where it came in. */
  readonly localPort: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Left out of the answer to HEAD. A source that fails breaks the connection off, so that nobody takes a part for all. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpHandler {
  /** What it throws is answered with 500, and nothing of it is said. */
  respond(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
  /** A WebSocket is asked for: what takes the pipe, or why there is none. */
  upgrade(request: HttpRequest): HttpResponse | ((pipe: Pipe) => void);
}

export interface HttpAddress {
  /** An address of this machine, or one that stands for all. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** With it, it is HTTPS. */
  readonly identity?: ServerIdentity | undefined;
}

/** What a server of HTTPS proves to be, as PEM. */
export interface ServerIdentity {
  /** PKCS #8. */
  readonly key: string;
  /** Its own certificate, and that of who vouches for it. */
  readonly certificate: string;
  /** By the wall clock. */
  readonly expiresMs: number;
}

/** Vouches for this machine on its local network. */
export interface PageAuthority {
  /** What browsers are to trust, in DER. */
  readonly certificate: Uint8Array;
  /** SHA-256 of it, in pairs of hexadecimal digits with colons between. */
  readonly fingerprint: string;
  /** Under which it shows in lists of those that are trusted. */
  readonly name: string;
  /** IPv6 addresses without brackets. */
  issue(names: readonly string[], addresses: readonly string[], nowMs: number): ServerIdentity;
}

export interface HttpListener {
  readonly port: number;
  /** From now on it proves to be this; connections that there are stay. */
  present(identity: ServerIdentity): void;
  /** Ends all that is under way. */
  close(): Promise<void>;
}

/** `already-exists` if the address is taken. */
export type HttpListen = (address: HttpAddress, handler: HttpHandler) => Promise<HttpListener>;

/** The files of a site, found when it was opened: what is not among them does not exist. */
export interface SiteFiles {
  /** Finds them anew if the site was built again. */
  refresh(): Promise<void>;
  /** By the path in URLs: `assets/a.js`. */
  find(path: string): SiteFile | undefined;
}

export interface SiteFile {
  readonly sizeBytes: number;
  /** Of what is in it. */
  readonly tag: string;
  read(): Promise<Uint8Array>;
  /** The same, compressed by gzip, if that was made with it. */
  readonly gzip?: { readonly sizeBytes: number; read(): Promise<Uint8Array> };
}
