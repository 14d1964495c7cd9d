// A log of batches and a store of blobs on one simulated node, with what their user knows: what was asked, what was
// acknowledged, and hence what must be there after whatever happens.

import { expect } from "vitest";
import type { Index, LoggedBatch, LogPlace, Platform, StoredBlob } from "#glow";
import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import type { PackSizes } from "#store/log/pack-writer.ts";
import { someBlobs, spaceOf } from "../../compliance/blob-store-ground.ts";
import { patterned } from "../../compliance/subject.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { type Watch, WatchedDisk } from "./log-watched-disk.ts";
import { WatchedIndex } from "./log-watched-index.ts";

/** So that a few blobs fill a pack. */
const sizes: Partial<PackSizes> = { segmentBytes: 16_000, runBytes: 3000, heldBytes: 9000, syncBytes: 5000 };
const logSegmentBytes = 12_000;

export interface OpenLogs {
  readonly batches: DiskBatchLog;
  readonly blobs: PackBlobStore;
  readonly index: Index;
}

/** What its user may say of a blob. */
type Standing = "present" | "absent" | "either";

interface Appended {
  readonly batch: LoggedBatch;
  place: LogPlace | undefined;
  /** It was said that there is no room for it. */
  refused: boolean;
}

export class LogTrial {
  readonly world: World;
  readonly node: SimulatedNode<Platform>;
  /** The blobs that it is about, all different. */
  readonly some: readonly StoredBlob[];
  readonly #appended = new Map<number, Appended>();
  /** What holds of blobs as they are now, and after a crash. */
  readonly #now = new Map<StoredBlob, Standing>();
  readonly #durable = new Map<StoredBlob, Standing>();
  /** Whether nothing was done yet since it was opened: what is found now is there for ever. */
  #fresh = false;
  logs: OpenLogs | undefined;

  private constructor(world: World, node: SimulatedNode<Platform>) {
    this.world = world;
    this.node = node;
    this.some = someBlobs(nodeHost.crypto, 24, [10, 900, 2500, 300, 1400]);
  }

  static async start(seed: number): Promise<LogTrial> {
    const world = new World(nodeHost, { seed });
    const node = world.addNode("node", { boot: (platform) => platform });
    const trial = new LogTrial(world, node);
    await trial.started();
    return trial;
  }

  get platform(): Platform {
    return this.node.handle as Platform;
  }

  async started(): Promise<void> {
    this.node.start();
    await this.world.run({ stop: () => this.node.handle !== undefined });
  }

  async open(watch: Watch = (_, perform) => perform()): Promise<OpenLogs> {
    const { crypto, random, disk, indexes } = this.platform;
    const watched = new WatchedDisk(disk, watch);
    const index = new WatchedIndex(await indexes.open("store"), watch);
    try {
      const ground = { disk: watched, crypto, random, index };
      const batches = await DiskBatchLog.open({ ...ground, segmentBytes: logSegmentBytes });
      const blobs = await PackBlobStore.open({ ...ground, sizes });
      this.logs = { batches, blobs, index };
      this.#fresh = true;
      return this.logs;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { batches, blobs, index } = this.logs as OpenLogs;
    this.logs = undefined;
    try {
      await blobs.close();
      for (const [blob, standing] of this.#now) this.#durable.set(blob, standing);
      await batches.close();
    } finally {
      await index.close();
    }
  }

  // What its user does. What fails is remembered as such, and is no failure of the trial.

  append(count: number, sizeBytes: number): Promise<boolean> {
    const entries = Array.from({ length: count }, () => {
      const number = this.#appended.size;
      const batch = { space: spaceOf(nodeHost.crypto, number % 2), batch: patterned(number, sizeBytes + number) };
      const entry: Appended = { batch, place: undefined, refused: false };
      this.#appended.set(number, entry);
      return entry;
    });
    return this.#attempt(
      ({ batches }) => batches.append(entries.map(({ batch }) => batch)),
      (places) => {
        for (const [i, entry] of entries.entries()) entry.place = places[i];
      },
      (error) => {
        for (const entry of entries) entry.refused = error.kind === "exhausted";
      },
    );
  }

  put(numbers: readonly number[]): Promise<boolean> {
    const some = this.#pick(numbers);
    for (const blob of some) if (this.#now.get(blob) !== "present") this.#set(blob, "either", "either");
    return this.#attempt(
      ({ blobs }) => blobs.put(some),
      () => {
        for (const blob of some) this.#set(blob, "present");
      },
    );
  }

  remove(numbers: readonly number[]): Promise<boolean> {
    const some = this.#pick(numbers);
    for (const blob of some) if (this.#now.get(blob) !== "absent") this.#set(blob, "either", "either");
    return this.#attempt(
      ({ blobs }) => blobs.remove(some.map(({ id }) => id)),
      () => {
        for (const blob of some) this.#set(blob, "absent");
      },
    );
  }

  sync(): Promise<boolean> {
    const covered = new Map(this.#now);
    return this.#attempt(
      ({ blobs }) => blobs.sync(),
      () => {
        for (const [blob, standing] of covered) if (this.#now.get(blob) === standing) this.#durable.set(blob, standing);
      },
    );
  }

  compact(): Promise<boolean> {
    return this.#attempt(({ blobs }) => blobs.compact());
  }

  // What must hold.

  /** After this all that was not durable may be there or not. */
  crash(manner: "kill" | "power"): void {
    this.node.crash(manner);
    this.logs = undefined;
    this.#now.clear();
    for (const [blob, standing] of this.#durable) this.#now.set(blob, standing);
  }

  async restart(manner: "kill" | "power"): Promise<void> {
    this.crash(manner);
    await this.started();
  }

  /** Nothing that was acknowledged is lost, nothing made up, and what is found when it was opened stays. */
  async check(): Promise<void> {
    const { batches, blobs } = this.logs as OpenLogs;
    await this.#checkBatches(batches);
    await this.#checkBlobs(blobs);
    expect(batches.damage).toEqual([]);
    expect(blobs.damage).toEqual([]);
    this.#fresh = false;
  }

  async #checkBatches(batches: DiskBatchLog): Promise<void> {
    const found: { number: number; place: LogPlace }[] = [];
    for await (const { space, batch, place } of batches.scan()) {
      const number = this.#numberOf({ space, batch });
      expect(number, "a batch that nobody appended").toBeDefined();
      found.push({ number: number as number, place });
    }
    const numbers = found.map(({ number }) => number);
    expect(new Set(numbers).size, "a batch twice").toBe(numbers.length);
    const places = new Map(found.map(({ number, place }) => [number, place]));
    for (const [number, entry] of this.#appended) {
      const { batch, place, refused } = entry;
      if (this.#fresh) entry.place ??= places.get(number);
      if (refused) expect(places.has(number), `batch ${number} was refused, and is there`).toBe(false);
      if (place === undefined) continue;
      expect(places.get(number), `batch ${number} was acknowledged`).toEqual(place);
      const read = await batches.read(place);
      expect(equalBytes(read.batch, batch.batch) && read.space === batch.space).toBe(true);
    }
  }

  #numberOf({ space, batch }: LoggedBatch): number | undefined {
    for (const [number, { batch: known }] of this.#appended) {
      if (known.space === space && equalBytes(known.batch, batch)) return number;
    }
    return undefined;
  }

  async #checkBlobs(blobs: PackBlobStore): Promise<void> {
    const has = await blobs.has(this.some.map(({ id }) => id));
    let present = 0;
    for (const [i, blob] of this.some.entries()) {
      const standing = this.#now.get(blob) ?? "absent";
      if (standing !== "either") expect(has[i], `blob ${i} should be ${standing}`).toBe(standing === "present");
      if (this.#fresh) this.#set(blob, has[i] ? "present" : "absent", has[i] ? "present" : "absent");
      if (!has[i]) continue;
      present++;
      expect(equalBytes(await blobs.get(blob.id), blob.stored), `blob ${i}`).toBe(true);
    }
    expect((await blobs.usage()).blobs).toBe(present);
  }

  #pick(numbers: readonly number[]): StoredBlob[] {
    return [...new Set(numbers)].map((number) => this.some[number] as StoredBlob);
  }

  #set(blob: StoredBlob, now: Standing, durable?: Standing): void {
    this.#now.set(blob, now);
    if (durable !== undefined) this.#durable.set(blob, durable);
  }

  /** Does something and notes what came of it: nothing at all, once the program is dead. */
  async #attempt<Result>(
    work: (logs: OpenLogs) => Promise<Result>,
    done: (result: Result) => void = () => undefined,
    failed: (error: GlowError) => void = () => undefined,
  ): Promise<boolean> {
    const { logs } = this;
    if (logs === undefined) return never();
    this.#fresh = false;
    try {
      const result = await work(logs);
      if (this.logs !== logs) return never();
      done(result);
      return true;
    } catch (thrown) {
      if (this.logs !== logs) return never();
      const error = GlowError.from(thrown, "trial.attempt");
      if (error.kind === "internal") throw error;
      failed(error);
      return false;
    }
  }
}

function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}
