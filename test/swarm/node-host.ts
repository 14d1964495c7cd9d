// What a simulated world needs of Node: a way to let promise reactions finish, and synchronous cryptography.

import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import type { WorldHost } from "#platform/simulated/world.ts";

/** Node runs an immediate when no microtask and no tick is left, however long their chain. */
export const nodeHost: WorldHost = {
  drain: () => new Promise((resolve) => setImmediate(resolve)),
  crypto: new NodeCrypto(),
};
