// The floor: what the bare socket gives, and a relay that does nothing but join two sockets.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { listenOnLoopback } from "../calls/loopback.ts";
import type { Contestant } from "./contestant.ts";
import { SocketChannel } from "./socket-channel.ts";

/** A relay for whatever runs over TCP. `next` and the result are ports. */
export async function relaySockets(next: string): Promise<string> {
  const join = (from: Socket, to: Socket): void => pipeline(from, to, () => to.destroy()) && undefined;
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: Number(next), noDelay: true });
    near.setNoDelay(true);
    join(near, far);
    join(far, near);
  });
  return String(await listenOnLoopback(server));
}

export const contestant: Contestant = {
  async listen(onBytes) {
    const server = createServer((socket) => new SocketChannel(socket, onBytes));
    return { address: String(await listenOnLoopback(server)) };
  },
  relay: relaySockets,
  async connect(address, onBytes) {
    const socket = connect({ host: "127.0.0.1", port: Number(address) });
    await once(socket, "connect");
    return new SocketChannel(socket, onBytes);
  },
};
