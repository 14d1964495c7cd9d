// A process that writes streams of content, in this thread or in others, and watches how long its event loop is held up.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { nodeThreads } from "#platform/nodejs/worker-thread.ts";
import { type BlockSealer, InlineBlockSealer } from "#store/content/block-sealer.ts";
import { ContentWriter } from "#store/content/content-writer.ts";
import { WorkerBlockSealer } from "../../src/node/worker-block-sealer.ts";
import { WorkerPool } from "../../src/node/worker-pool.ts";
import { answerParent } from "../harness/child.ts";
import { material } from "./material.ts";

export interface WritingRequest {
  /** None: in the main thread. */
  readonly threads: number;
  /** Written at a time. */
  readonly streams: number;
  /** Of all streams together. */
  readonly megabytes: number;
}

export interface WritingAnswer {
  readonly mbPerSecond: number;
  /** By which the event loop was late, in ms: the 99th percentile and the most. */
  readonly lateMs: number;
  readonly latestMs: number;
}

/** As from a socket or a file. */
const pieceBytes = 64 * 1024;
/** How exact the delays are; it is part of each. */
const resolutionMs = 1;

const crypto = new NodeCrypto();
const compression = new ZstdCompression();
const [id, naming, nonces, boundarySeed] = [8, 32, 32, 32].map((length) => material("noise", length));
const keys = { current: { id, naming, nonces }, boundarySeed } as ConstructorParameters<typeof ContentWriter>[3];

answerParent<WritingRequest>(async ({ threads, streams, megabytes }): Promise<WritingAnswer> => {
  const plain = material("noise", (megabytes * 1e6) / streams);
  const start = nodeThreads(new URL("../../src/node/content-worker.ts", import.meta.url));
  const pool = threads === 0 ? undefined : new WorkerPool({ start, threads, timers: new NodeTimers() });
  const sealer = pool === undefined ? new InlineBlockSealer(crypto, compression) : new WorkerBlockSealer(pool);
  await write(sealer, plain.subarray(0, plain.length / 8), streams);
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const startMs = performance.now();
  await write(sealer, plain, streams);
  const seconds = (performance.now() - startMs) / 1000;
  delays.disable();
  await pool?.close();
  const late = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
  return {
    mbPerSecond: (plain.length * streams) / 1e6 / seconds,
    lateMs: late(delays.percentile(99)),
    latestMs: late(delays.max),
  };
});

async function write(sealer: BlockSealer, plain: Uint8Array, streams: number): Promise<void> {
  const writer = new ContentWriter(sealer, crypto, compression, keys);
  await Promise.all(Array.from({ length: streams }, () => writer.write(pieces(plain), async () => undefined)));
}

/** One piece in each turn of the event loop, as things come in. */
async function* pieces(plain: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < plain.length; from += pieceBytes) {
    await new Promise((resolve) => setImmediate(resolve));
    yield plain.subarray(from, from + pieceBytes);
  }
}
