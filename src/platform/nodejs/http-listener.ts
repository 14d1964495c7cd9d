// A server of HTTP or HTTPS on those of Node, for whoever finds its port: small headers, no bodies, bounded sockets, and
// WebSockets that become pipes.

import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server, Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { WebSocketServer } from "ws";
import { fireflyLimits, webLimits } from "#base/limits.ts";
import type { Address, Pipe } from "#glow";
import type { HttpAddress, HttpHandler, HttpListener, HttpRequest, HttpResponse, ServerIdentity } from "../http.ts";
import { listening } from "./tcp-transport.ts";

/** How long clients may take; left out, what `webLimits` say. */
export interface HttpPatience {
  readonly headersMs?: number;
  readonly keepAliveMs?: number;
}

export async function listenHttp(
  { host, port, identity }: HttpAddress,
  handler: HttpHandler,
  { headersMs = webLimits.headersMs, keepAliveMs = webLimits.keepAliveMs }: HttpPatience = {},
): Promise<HttpListener> {
  const options: ServerOptions = {
    maxHeaderSize: webLimits.headerBytes,
    headersTimeout: headersMs,
    requestTimeout: headersMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.ceil(headersMs / 4),
  };
  const secure = identity && createSecureServer({ ...options, ...contextOf(identity), handshakeTimeout: headersMs });
  const server = secure ?? createServer(options);
  server.maxRequestsPerSocket = webLimits.requestsPerSocket;
  const sockets = boundSockets(server);
  server.on("request", (request, response) => void answer(request, response, handler));
  // Nothing is sent here, so nobody needs to ask before he sends.
  server.on("checkContinue", (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, { connection: "close" }).end();
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => refuseBytes(error, socket));
  server.on("upgrade", (message: IncomingMessage, _duplex, head: Buffer) => {
    const { socket } = message;
    socket.on("error", () => undefined);
    const fault = headerFault(message);
    const taken = fault ?? handler.upgrade(requestOf(message, new AbortController().signal));
    if (typeof taken !== "function") {
      socket.end(`HTTP/1.1 ${taken.status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    void becomeWebSocket(message, head, taken);
  });
  await listening(server, () => server.listen({ host, port, ipv6Only: host === "::1" }), at(host, port));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    present: (other) => secure?.setSecureContext(contextOf(other)),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What it takes is loaded for the first one: a page that nobody has open needs no memory for it. */
async function becomeWebSocket(message: IncomingMessage, head: Buffer, taken: (pipe: Pipe) => void): Promise<void> {
  const { WebSocketPipe } = await import("./websocket-pipe.ts");
  webSockets ??= new (await import("ws")).WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: fireflyLimits.packetBytes,
    clientTracking: false,
  });
  const { socket } = message;
  webSockets.handleUpgrade(message, socket, head, (webSocket) => {
    const target = `ws://${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
    taken(new WebSocketPipe(webSocket, socket, { target }));
  });
}

let webSockets: WebSocketServer | undefined;

function contextOf({ key, certificate }: ServerIdentity) {
  return { key, cert: certificate, minVersion: "TLSv1.2" } as const;
}

/** So many in all, and so many of one remote address. */
function boundSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const remote = socket.remoteAddress ?? "";
    const count = (counts.get(remote) ?? 0) + 1;
    if (sockets.size >= webLimits.sockets || count > webLimits.socketsPerAddress) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    counts.set(remote, count);
    socket.once("close", () => {
      sockets.delete(socket);
      const left = (counts.get(remote) ?? 1) - 1;
      if (left > 0) counts.set(remote, left);
      else counts.delete(remote);
    });
  });
  return sockets;
}

async function answer(message: IncomingMessage, response: ServerResponse, handler: HttpHandler): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const hasBody = message.headers["content-length"] !== undefined || message.headers["transfer-encoding"] !== undefined;
  // What somebody sends all the same is not read: the answer ends the connection.
  if (hasBody) response.setHeader("connection", "close");
  let given: HttpResponse;
  try {
    given = headerFault(message) ?? (await handler.respond(requestOf(message, gone.signal)));
  } catch {
    given = { status: 500, headers: {} };
  }
  if (gone.signal.aborted) return endSource(given);
  const { body } = given;
  const length = body === undefined ? { "content-length": "0" } : sizeHeader(body);
  response.writeHead(given.status, { ...length, ...given.headers });
  if (message.method === "HEAD" || body === undefined || body instanceof Uint8Array) {
    response.end(message.method === "HEAD" ? undefined : body);
    return endSource(given);
  }
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response);
  } catch {
    message.socket.destroy();
  }
}

function sizeHeader(body: Uint8Array | AsyncIterable<Uint8Array>): Record<string, string> {
  return body instanceof Uint8Array ? { "content-length": String(body.length) } : {};
}

/** Nobody reads it. */
async function endSource({ body }: HttpResponse): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return;
  await body[Symbol.asyncIterator]().return?.();
}

function requestOf(message: IncomingMessage, signal: AbortSignal): HttpRequest {
  return {
    method: message.method ?? "",
    target: message.url ?? "",
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    remoteAddress: message.socket.remoteAddress ?? "",
    localPort: message.socket.localPort ?? 0,
    signal,
  };
}

/** Of headers that decide who may do what there is one: Node would take the first and forget the others. */
function headerFault({ rawHeaders }: IncomingMessage): HttpResponse | undefined {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    if (name !== "host" && name !== "origin" && name !== "range") continue;
    if (seen.has(name)) return { status: 400, headers: { connection: "close" } };
    seen.add(name);
  }
  return undefined;
}

function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  if (socket.writable && error.code !== "ECONNRESET") {
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  } else socket.destroy();
}

function at(host: string, port: number): Address {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/` as Address;
}
