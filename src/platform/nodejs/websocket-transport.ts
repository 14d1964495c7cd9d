// `ws://host:port/path`, and `wss:` for dialling: a listener with a certificate is a gateway's business.

import { createServer } from "node:http";
import type { Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { fireflyLimits } from "#base/limits.ts";
import type { Address, Listener, Pipe } from "#glow";
import { dial } from "../dial.ts";
import { badAddress, urlOf } from "../url.ts";
import { socketError } from "./socket-error.ts";
import type { TransportOptions } from "./transport.ts";
import { hostOf, listening, withPort } from "./tcp-transport.ts";
import { WebSocketPipe } from "./websocket-pipe.ts";

// Compression is off: it costs 300 KB a connection, and what is sent is packed or encrypted already.
const webSocketOptions = { perMessageDeflate: false, maxPayload: fireflyLimits.packetBytes } as const;

export async function dialWebSocket(
  address: Address,
  { dialMs, closeMs, zeroMask }: TransportOptions,
  signal: AbortSignal | undefined,
): Promise<Pipe> {
  const url = urlOf(address, "network.dial");
  if (url.port === "0") throw badAddress(address, "network.dial", "port 0 is for listening");
  return dial(address, dialMs, signal, ({ connected, failed }) => {
    const webSocket = new WebSocket(url, { ...webSocketOptions, ...(zeroMask ? { generateMask: fillZero } : {}) });
    const refused = (error: Error) => failed(socketError(error, "network.dial", address));
    webSocket.once("error", refused);
    webSocket.once("upgrade", ({ socket }) => {
      webSocket.once("open", () => {
        webSocket.off("error", refused);
        connected(new WebSocketPipe(webSocket, socket, { target: address, closeMs }));
      });
    });
    return () => {
      // Giving up is told as an error too, which concerns nobody any more.
      webSocket.on("error", () => undefined);
      webSocket.terminate();
    };
  });
}

export async function listenWebSocket(
  address: Address,
  { closeMs, handshakeMs, handshakes }: TransportOptions,
  accept: (pipe: Pipe) => void,
): Promise<Listener> {
  const url = urlOf(address, "network.listen");
  if (url.search !== "") throw badAddress(address, "network.listen", "it has a query (?)");
  const webSockets = new WebSocketServer({
    ...webSocketOptions,
    noServer: true,
    path: url.pathname,
    clientTracking: false,
  });
  const timeouts = {
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: Math.ceil(handshakeMs / 4),
  };
  const server = createServer(timeouts, (_request, response) => {
    response.writeHead(426, { connection: "close", upgrade: "websocket", "content-type": "text/plain" });
    response.end("This is a WebSocket.\n");
  });
  const shaking = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (shaking.size >= handshakes) {
      socket.destroy();
      return;
    }
    shaking.add(socket);
    socket.once("close", () => shaking.delete(socket));
  });
  server.on("upgrade", (request, _duplex, head) => {
    const { socket } = request;
    shaking.delete(socket);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const target = `ws://${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
      accept(new WebSocketPipe(webSocket, socket, { target, closeMs }));
    });
  });
  await listening(server, () => server.listen({ host: hostOf(url), port: Number(url.port || 80) }), address);
  return {
    address: withPort(url, server),
    close: async () => {
      server.close();
      for (const socket of shaking) socket.destroy();
    },
  };
}

function fillZero(mask: Uint8Array): void {
  mask.fill(0);
}
