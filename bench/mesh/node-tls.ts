// TLS 1.3 as Node has it: what encryption costs where it is done in C. The client checks the server's certificate; a
// relay joins sockets and sees ciphertext.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { listenOnLoopback } from "../calls/loopback.ts";
import type { Contestant } from "./contestant.ts";
import { relaySockets } from "./node-net.ts";
import { SocketChannel } from "./socket-channel.ts";

/** Self-signed, P-256; says of itself how it was made. It protects nothing: everybody has the key. */
const certificate = readFileSync(join(import.meta.dirname, "loopback-certificate.pem"));
const options = { ciphers: "TLS_AES_256_GCM_SHA384", minVersion: "TLSv1.3" } as const;

export const contestant: Contestant = {
  async listen(onBytes) {
    const key = readFileSync(join(import.meta.dirname, "loopback-key.pem"));
    const server = createServer({ ...options, key, cert: certificate }, (socket) => new SocketChannel(socket, onBytes));
    return { address: String(await listenOnLoopback(server)) };
  },
  relay: relaySockets,
  async connect(address, onBytes) {
    const socket = connect({ ...options, host: "127.0.0.1", port: Number(address), ca: certificate });
    await once(socket, "secureConnect");
    return new SocketChannel(socket, onBytes);
  },
};
