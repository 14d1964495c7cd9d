// Real threads: what happens to the jobs of one that dies, and content sealed in them.

import { afterEach, describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import { contentLimits } from "#base/limits.ts";
import { nodeThreads } from "#platform/nodejs/worker-thread.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { ContentSealer } from "#store/content/content-sealer.ts";
import { ContentWriter } from "#store/content/content-writer.ts";
import { WorkerBlockSealer } from "../../../src/node/worker-block-sealer.ts";
import { WorkerPool } from "../../../src/node/worker-pool.ts";
import { ChunkShelf, compression, crypto, cutKeys, noise, prose } from "../../store/content-fixture.ts";

const pools: WorkerPool[] = [];

function pool(script: URL, threads = 1): WorkerPool {
  const made = new WorkerPool({ start: nodeThreads(script), threads, timers: new NodeTimers() });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((each) => each.close()));
});

describe("a thread", () => {
  const oddJobs = new URL("./odd-jobs.ts", import.meta.url);

  test.each([
    ["exit", "the job exit was lost: the thread odd-jobs.ts has ended by itself (3)"],
    ["crash", "the job crash was lost: the thread odd-jobs.ts has crashed: a defect where nobody catches"],
  ])("that dies of %s fails its job and is replaced", async (job, message) => {
    const jobs = pool(oddJobs);
    const lost = jobs.run(job, null);
    const next = jobs.run("double", 21);
    await expect(lost).rejects.toMatchObject({ kind: "internal", message });
    await expect(next).resolves.toBe(42);
  });

  test("that never ends is ended with its pool", async () => {
    const jobs = pool(oddJobs, 2);
    const spinning = jobs.run("spin", null);
    await expect(jobs.run("double", 1)).resolves.toBe(2);
    await Promise.all([expect(spinning).rejects.toMatchObject({ kind: "cancelled" }), jobs.close()]);
    expect(jobs.threadCount).toBe(0);
  });

  test("gets only what can be copied", async () => {
    const jobs = pool(oddJobs);
    await expect(jobs.run("double", () => 1)).rejects.toMatchObject({ kind: "invalid", op: "thread.post" });
    await expect(jobs.run("double", 3)).resolves.toBe(6);
  });

  test("whose script is not there fails all jobs, each by itself", async () => {
    const jobs = pool(new URL("./nowhere.ts", import.meta.url));
    for (let i = 0; i < 2; i++) await expect(jobs.run("double", 1)).rejects.toMatchObject({ kind: "internal" });
  });
});

describe("content sealed in threads", () => {
  const keys = cutKeys();
  const plain = concatBytes([prose(1, 3_000_000), noise(1, 3 * contentLimits.workerBlockBytes)]);
  const script = new URL("../../../src/node/content-worker.ts", import.meta.url);

  async function* source(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < plain.length; from += 1_000_003) yield plain.subarray(from, from + 1_000_003);
  }

  test("is the same as in this one, several at a time, in blocks of contentLimits.workerBlockBytes", async () => {
    const sealer = new WorkerBlockSealer(pool(script, 2));
    expect(sealer.blockBytes).toBe(contentLimits.workerBlockBytes);
    const whole = new ContentSealer(crypto, compression, keys).seal(plain, { bytes: true });
    const writer = new ContentWriter(sealer, crypto, compression, keys);
    const write = async (): Promise<void> => {
      const shelf = new ChunkShelf(keys);
      const sealed = await writer.write(source(), async (chunks) => shelf.put(chunks));
      expect(sealed.content).toEqual(whole.content);
      expect(sealed.chunks).toEqual(whole.chunks.map(({ stored: _stored, ...chunk }) => chunk));
      expect(equalBytes(concatBytes(await Array.fromAsync(shelf.reader.read(sealed.content))), plain)).toBe(true);
    };
    await Promise.all([write(), write(), write()]);
  });

  test("is given up with its signal, and its thread goes on with the next", async () => {
    const jobs = pool(script);
    const writer = new ContentWriter(new WorkerBlockSealer(jobs), crypto, compression, keys);
    const controller = new AbortController();
    const put = async (): Promise<void> => controller.abort();
    await expect(writer.write(source(), put, controller.signal)).rejects.toMatchObject({ kind: "cancelled" });
    const sealed = await writer.write(source(), async () => undefined);
    expect(sealed.content.sizeBytes).toBe(plain.length);
    expect(jobs.threadCount).toBe(1);
  });
});
