// A socket of Node, bare or TLS, as a channel.

import { once } from "node:events";
import type { Socket } from "node:net";
import type { Channel } from "./contestant.ts";

export class SocketChannel implements Channel {
  readonly #socket: Socket;

  constructor(socket: Socket, onBytes: (piece: Uint8Array, from: Channel) => void) {
    this.#socket = socket.setNoDelay(true);
    socket.on("data", (piece: Buffer) => onBytes(piece, this));
    // What was lost is missed by whoever counts it.
    socket.on("error", () => socket.destroy());
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  drained(): Promise<unknown> {
    return once(this.#socket, "drain");
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }
}
