// Listening on a free port of the loopback interface, for servers under comparison.

import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** Listens, and returns the port it got. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
