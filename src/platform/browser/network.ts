// The transports of a page: it can dial WebSockets, and cannot listen.

import { GlowError } from "#base/errors.ts";
import { transportLimits } from "#base/limits.ts";
import type { Address, Listener, Network, Pipe, Timers } from "#glow";
import { dial } from "../dial.ts";
import { badAddress, schemeOf, unsupportedScheme, urlOf } from "../url.ts";
import { WebSocketPipe } from "./websocket-pipe.ts";

const schemes = ["ws", "wss"];

export class BrowserNetwork implements Network {
  readonly #timers: Timers;
  readonly #dialMs: number;

  constructor(timers: Timers, dialMs: number = transportLimits.dialMs) {
    this.#timers = timers;
    this.#dialMs = dialMs;
  }

  async dial(address: Address, signal?: AbortSignal): Promise<Pipe> {
    const op = "network.dial";
    if (!schemes.includes(schemeOf(address, op))) throw unsupportedScheme(address, op, schemes);
    const url = urlOf(address, op);
    if (url.port === "0") throw badAddress(address, op, "port 0 is for listening");
    return dial(address, this.#dialMs, signal, ({ connected, failed }) => {
      const webSocket = opened(url, address, op);
      webSocket.binaryType = "arraybuffer";
      webSocket.onopen = () => connected(new WebSocketPipe(webSocket, this.#timers, address));
      // A page is told no reason, lest it find out about the network it is in.
      webSocket.onclose = () => {
        const message =
          "nobody answers there, or the browser does not let this page connect; check the address, and that a page " +
          "from https: dials wss:";
        failed(new GlowError("unavailable", op, { target: address, message }));
      };
      return () => webSocket.close();
    });
  }

  async listen(address: Address): Promise<Listener> {
    const op = "network.listen";
    schemeOf(address, op);
    throw new GlowError("unsupported", op, {
      target: address,
      message: "a page cannot listen; it is found by dialling",
    });
  }
}

/** `denied` if the browser refuses at once, as it does where a page from https: dials ws:. */
function opened(url: URL, address: Address, op: string): WebSocket {
  try {
    return new WebSocket(url);
  } catch (error) {
    const message = `the browser does not let this page connect: ${String(error)}`;
    throw new GlowError("denied", op, { target: address, message, cause: error });
  }
}
