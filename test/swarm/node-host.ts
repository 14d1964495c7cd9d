// What a simulated world needs of Node: a way to let promise reactions finish, and synchronous cryptography.

import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import type { WorldHost } from "#platform/simulated/world.ts";

/** After so many drains the event loop gets its turn, so that signals and the runner of the tests are heard. */
const drainsPerLoop = 256;

let drains = 0;

/**
 * A tick that is queued by a microtask runs when no microtask is left, however long their chain: four times as fast as
 * a turn of the event loop (`setImmediate`), and to the programs the same.
 */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    if (++drains % drainsPerLoop === 0) setImmediate(resolve);
    else queueMicrotask(() => process.nextTick(resolve));
  });
}

const crypto = new NodeCrypto();
const compression = new ZstdCompression();

export const nodeHost: WorldHost = { drain, crypto, compression };

/**
 * For runs outside vitest, which does this itself: a rejection that nobody handled ends the run in whose event it came.
 * Node tells of one when the turn of its event loop ends, so each drain is such a turn.
 */
export function watchfulHost(): WorldHost {
  const unhandled: unknown[] = [];
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  const drainWatched = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (unhandled.length > 0) throw unhandled.splice(0)[0];
  };
  return { drain: drainWatched, crypto, compression };
}
