// `unix:/path`: a socket in the file system, for programs of one user on one machine.

import { chmodSync } from "node:fs";
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { isAbsolute } from "node:path";
import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { transportLimits } from "#base/limits.ts";
import type { Address, Listener, Pipe } from "#glow";
import { badAddress } from "../url.ts";
import type { TransportOptions } from "./transport.ts";
import { dialSocket, listening } from "./tcp-transport.ts";
import { TcpPipe } from "./tcp-pipe.ts";

export async function dialUnix(
  address: Address,
  options: TransportOptions,
  signal: AbortSignal | undefined,
): Promise<Pipe> {
  const path = pathOf(address, "network.dial");
  return dialSocket(address, () => connect({ path }), options, signal);
}

export async function listenUnix(
  address: Address,
  { closeMs }: TransportOptions,
  accept: (pipe: Pipe) => void,
): Promise<Listener> {
  const path = pathOf(address, "network.listen");
  const begin = async () => {
    const server = createServer((socket) => accept(new TcpPipe(socket, { target: address, closeMs })));
    await listening(server, () => bind(server, path), address);
    return server;
  };
  const server = await begin().catch(async (error: unknown) => {
    if (!(error instanceof GlowError && error.kind === "already-exists" && (await isStale(path)))) throw error;
    await unlink(path);
    return begin();
  });
  // Closing removes the socket's file.
  return { address, close: async () => void server.close() };
}

/** For its owner only. Node binds within `listen`, so that this comes before anybody can have connected. */
function bind(server: Server, path: string): void {
  server.listen({ path });
  if (server.listening) chmodSync(path, 0o600);
}

/**
 * Whether `path` is a socket that a process left behind: it is there, and nobody answers. Of two processes that find
 * this out at once, the one that binds last has the path; who must be alone holds a lock.
 */
async function isStale(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isSocket()) return false;
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}

function pathOf(address: Address, op: string): string {
  if (process.platform === "win32") {
    throw new GlowError("unsupported", op, {
      target: address,
      message: "Windows has no Unix sockets in Node; use tcp:",
    });
  }
  const path = address.slice("unix:".length);
  if (!isAbsolute(path) || path.includes("\0")) throw badAddress(address, op, "it is not unix: and an absolute path");
  const lengthBytes = utf8Encode(path).length;
  if (lengthBytes > transportLimits.unixPathBytes) {
    const most = transportLimits.unixPathBytes;
    throw badAddress(address, op, `the path of a Unix socket has at most ${most} bytes, this has ${lengthBytes}`);
  }
  return path;
}
