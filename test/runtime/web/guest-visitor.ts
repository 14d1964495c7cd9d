// A guest without a browser: a WebSocket to the page's server from an address of choice, with Firefly on it.

import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { FireflySession } from "#firefly/session/session.ts";
import { GuestDoorStub } from "#interfaces/generated/guest.ts";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { WebSocketPipe } from "#platform/nodejs/websocket-pipe.ts";

export interface Visitor extends AsyncDisposable {
  readonly door: GuestDoorStub;
  readonly session: FireflySession;
}

/** `url` is a guest's link, or where guests are served. */
export async function visit(url: string, from = "127.0.0.1"): Promise<Visitor> {
  const { host, origin } = new URL(url);
  const webSocket = new WebSocket(`ws://${host}/guest`, { origin, localAddress: from });
  let socket: Socket | undefined;
  webSocket.once("upgrade", (response) => {
    ({ socket } = response);
  });
  // Made before anything that has come by now is handed on.
  const pipe = await new Promise<WebSocketPipe>((resolve, reject) => {
    webSocket.once("error", reject);
    webSocket.once("open", () => resolve(new WebSocketPipe(webSocket, socket as Socket, { target: url })));
  });
  const session = new FireflySession(pipe, { clock: new NodeClock(), timers: new NodeTimers() });
  return {
    session,
    door: session.root(GuestDoorStub),
    [Symbol.asyncDispose]: async () => {
      session.close();
      await session.closed;
    },
  };
}

export function tokenOf(url: string): string {
  return /#guest=([0-9a-f]{32})$/.exec(url)?.[1] ?? "";
}
