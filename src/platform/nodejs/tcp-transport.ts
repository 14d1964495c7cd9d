// `tcp://host:port`.

import { connect, createServer, type Server, type Socket } from "node:net";
import type { Address, Listener, Pipe } from "#glow";
import { dial } from "../dial.ts";
import { badAddress, urlOf } from "../url.ts";
import type { TransportOptions } from "./transport.ts";
import { socketError } from "./socket-error.ts";
import { TcpPipe } from "./tcp-pipe.ts";

export async function dialTcp(
  address: Address,
  options: TransportOptions,
  signal: AbortSignal | undefined,
): Promise<Pipe> {
  const { host, port } = hostAndPort(address, "network.dial");
  if (port === 0) throw badAddress(address, "network.dial", "port 0 is for listening");
  return dialSocket(address, () => connect({ host, port }), options, signal);
}

/** Dials with whatever `node:net` connects: also for Unix sockets. */
export function dialSocket(
  address: Address,
  begin: () => Socket,
  { dialMs, closeMs }: TransportOptions,
  signal: AbortSignal | undefined,
): Promise<Pipe> {
  return dial(address, dialMs, signal, ({ connected, failed }) => {
    const socket = begin();
    const refused = (error: Error) => failed(socketError(error, "network.dial", address));
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      connected(new TcpPipe(socket, { target: address, closeMs }));
    });
    return () => {
      // A socket destroyed while it connects may still tell of an error, which concerns nobody any more.
      socket.on("error", () => undefined);
      socket.destroy();
    };
  });
}

export async function listenTcp(
  address: Address,
  { closeMs }: TransportOptions,
  accept: (pipe: Pipe) => void,
): Promise<Listener> {
  const { url, host, port } = hostAndPort(address, "network.listen");
  const server = createServer((socket) => {
    const target = `tcp://${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
    accept(new TcpPipe(socket, { target, closeMs }));
  });
  await listening(server, () => server.listen({ host, port }), address);
  return { address: withPort(url, server), close: async () => void server.close() };
}

/** Resolves when `server` listens after `begin`. */
export function listening(server: Server, begin: () => void, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(socketError(error, "network.listen", address));
    server.once("error", failed);
    server.once("listening", () => {
      server.off("error", failed);
      // A connection that could not be accepted (too many files open): its dialler is refused, the server lives on.
      server.on("error", () => undefined);
      resolve();
    });
    begin();
  });
}

export function withPort(url: URL, server: Server): Address {
  const bound = server.address();
  if (bound !== null && typeof bound !== "string") url.port = String(bound.port);
  return url.href as Address;
}

function hostAndPort(address: Address, op: string): { url: URL; host: string; port: number } {
  const url = urlOf(address, op);
  if (url.port === "") throw badAddress(address, op, "it has no port");
  if (url.pathname !== "" || url.search !== "") throw badAddress(address, op, "nothing may follow the port");
  return { url, host: hostOf(url), port: Number(url.port) };
}

/** The host for `node:net`, which wants IPv6 addresses without their brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
