// A TCP proxy between client and server that counts bytes and, if asked, holds all of them up for a while, as a long
// line would: it delays, but does not limit how much is under way.

import { connect, createServer, type Socket } from "node:net";
import { answerParent } from "../harness/child.ts";
import { listenOnLoopback } from "./loopback.ts";
import type { ProxyRequest, Traffic } from "./requests.ts";

/** Silence after which nothing is expected to come any more. */
const settledMs = 60;

interface Direction {
  bytes: number;
  pieces: number;
}

const toServer: Direction = { bytes: 0, pieces: 0 };
const toClient: Direction = { bytes: 0, pieces: 0 };
let lastMs = 0;

function relay(from: Socket, to: Socket, direction: Direction, oneWayMs: number): void {
  from.on("data", (piece) => {
    direction.bytes += piece.length;
    direction.pieces++;
    lastMs = performance.now();
    if (oneWayMs === 0) to.write(piece);
    else setTimeout(() => to.write(piece), oneWayMs);
  });
  from.on("close", () => to.destroy());
  from.on("error", () => from.destroy());
}

function start(port: number, oneWayMs: number): Promise<number> {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port, noDelay: true });
    relay(near, far, toServer, oneWayMs);
    relay(far, near, toClient, oneWayMs);
  });
  return listenOnLoopback(server);
}

async function counts(): Promise<Traffic> {
  for (let quietMs = 0; quietMs < settledMs; quietMs = performance.now() - lastMs) {
    await new Promise((resolve) => setTimeout(resolve, settledMs - quietMs));
  }
  const traffic: Traffic = {
    toServerBytes: toServer.bytes,
    toClientBytes: toClient.bytes,
    toServerPieces: toServer.pieces,
    toClientPieces: toClient.pieces,
  };
  for (const direction of [toServer, toClient]) Object.assign(direction, { bytes: 0, pieces: 0 });
  return traffic;
}

answerParent<ProxyRequest>((request) => (request.do === "start" ? start(request.port, request.oneWayMs) : counts()));
