// What tests in the browser talk to: started once before them, stopped after them, by vitest (`globalSetup`).

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { TestProject } from "vitest/node";
import { fireflyLimits } from "#base/limits.ts";
import type { Address, Listener, Pipe } from "#glow";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { echoPipe } from "../compliance/echo-pipe.ts";
import { SampleHost } from "../interfaces/sample-host.ts";
import type {} from "./browser-addresses.ts";
import { hostDaemonPair } from "./daemon-pair.ts";

const anywhere = "ws://127.0.0.1:0/" as Address;

export default async function startBrowserServers(project: TestProject): Promise<() => Promise<void>> {
  const network = new NodeNetwork();
  const sampleHost = new SampleHost();
  const firefly = await network.listen(anywhere, (pipe) => sampleHost.take(pipe));
  const resumable = await network.listen(anywhere, (pipe) => sampleHost.takeResumable(pipe));
  const echo = await network.listen(anywhere, echoPipe);
  const pair = await network.listen(anywhere, joinPairs());
  const daemons = await network.listen(anywhere, hostDaemonPair);
  const mute = await listening(createServer((socket) => socket.on("error", () => undefined)));
  const text = await misbehaving((webSocket) => webSocket.send("hello"));
  const oversize = await misbehaving((webSocket) => webSocket.send(new Uint8Array(fireflyLimits.packetBytes + 1)));
  const broken = await misbehaving((webSocket, socket) => {
    webSocket.send(new Uint8Array(1000), { fin: false });
    socket.end();
  });
  project.provide("browserAddresses", {
    firefly: firefly.address,
    resumable: resumable.address,
    echo: echo.address,
    pair: pair.address,
    daemons: daemons.address,
    dead: await unusedAddress(network),
    mute: mute.address,
    text: text.address,
    oversize: oversize.address,
    broken: broken.address,
  });
  return async () => {
    for (const listener of [firefly, resumable, echo, pair, daemons, mute, text, oversize, broken])
      await listener.close();
  };
}

/** An acceptor that passes on packets and ends between every two pipes. */
function joinPairs(): (pipe: Pipe) => void {
  let waiting: Relay | undefined;
  return (pipe) => {
    const relay = new Relay(pipe);
    if (waiting === undefined || waiting.ended) {
      waiting = relay;
    } else {
      waiting.join(relay);
      relay.join(waiting);
      waiting = undefined;
    }
  };
}

class Relay {
  readonly #pipe: Pipe;
  #other: Relay | undefined;
  #early: Uint8Array[] = [];
  ended = false;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.attach({
      packet: (bytes, start, end) => {
        const packet = bytes.subarray(start, end);
        if (this.#other === undefined) this.#early.push(packet);
        else this.#other.#pipe.send([packet]);
      },
      drained: () => undefined,
      closed: () => {
        this.ended = true;
        if (this.#other !== undefined) this.#other.#pipe.close();
      },
    });
  }

  join(other: Relay): void {
    this.#other = other;
    for (const packet of this.#early) other.#pipe.send([packet]);
    this.#early = [];
    if (this.ended) other.#pipe.close();
  }
}

async function misbehaving(greet: (webSocket: WebSocket, socket: Socket) => void): Promise<Listener> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (webSocket, { socket }) => {
    webSocket.on("error", () => undefined);
    greet(webSocket, socket);
  });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { address: `ws://127.0.0.1:${port}/` as Address, close: async () => server.close() };
}

async function listening(server: Server): Promise<Listener> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { address: `ws://127.0.0.1:${port}/` as Address, close: async () => void server.close() };
}

async function unusedAddress(network: NodeNetwork): Promise<Address> {
  const listener = await network.listen(anywhere, () => undefined);
  await listener.close();
  return listener.address;
}
