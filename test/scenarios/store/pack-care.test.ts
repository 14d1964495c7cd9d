// A node gives back the room of blobs that it has no use for any more, without being asked.

import { describe, expect, test } from "vitest";
import { DeviceWorld } from "./device-world.ts";

const kib = 1024;

/** A device whose packs are mostly dead since a moment ago: only one small blob of theirs is alive. */
class DeadPacks {
  readonly #world: DeviceWorld;

  private constructor(world: DeviceWorld) {
    this.#world = world;
  }

  static async make(): Promise<DeadPacks> {
    const world = await DeviceWorld.start(["a"]);
    const made = new DeadPacks(world);
    const offers = await world.finish(world.device("a").write([600 * kib, 600 * kib, 600 * kib, kept]));
    const { blobs } = made.#storage;
    await world.finish(blobs.remove(offers.slice(0, -1).map(({ id }) => id)));
    await world.finish(blobs.sync());
    return made;
  }

  get disk() {
    return this.#world.node("a").disk;
  }

  get problems(): readonly string[] {
    return this.#world.device("a").problems.map(({ kind }) => kind);
  }

  /** Of all packs, as they lie on the disk. */
  get packBytes(): number {
    let sum = 0;
    for (const [path, { content }] of this.disk.names.files()) if (path.includes("packs/")) sum += content.sizeBytes;
    return sum;
  }

  async liveBytes(): Promise<number> {
    return (await this.#world.finish(this.#storage.blobs.usage())).bytes;
  }

  run(forMs: number): Promise<void> {
    return this.#world.run(forMs);
  }

  async startAnew(): Promise<void> {
    this.#world.node("a").crash("kill");
    this.#world.node("a").start();
    await this.#world.until(() => this.#world.node("a").handle?.storage !== undefined);
  }

  get #storage() {
    const { storage } = this.#world.device("a");
    if (storage === undefined) throw new Error("the device has a store");
    return storage;
  }
}

const kept = 100 * kib;

describe("the room of blobs that were removed", () => {
  test("is free half a minute later, and what is alive stays", async () => {
    const packs = await DeadPacks.make();
    await packs.run(5000);
    expect(packs.packBytes).toBeGreaterThan(1800 * kib);
    await packs.run(30_000);
    expect(packs.packBytes).toBeLessThan(2 * kept);
    expect(await packs.liveBytes()).toBe(kept);
    expect(packs.problems).toEqual([]);
  });

  test("is free after the next start if the node ended before", async () => {
    const packs = await DeadPacks.make();
    await packs.startAnew();
    await packs.run(5000);
    expect(packs.packBytes).toBeGreaterThan(1800 * kib);
    await packs.run(30_000);
    expect(packs.packBytes).toBeLessThan(2 * kept);
    expect(await packs.liveBytes()).toBe(kept);
  });

  test("is free some minutes after a disk works again that failed, of which it is told", async () => {
    const packs = await DeadPacks.make();
    const failing = packs.disk.disturb({ errorChance: 1 });
    await packs.run(90_000);
    expect(packs.packBytes).toBeGreaterThan(1800 * kib);
    expect(packs.problems).toHaveLength(1);
    failing.heal();
    await packs.run(600_000);
    expect(packs.packBytes).toBeLessThan(2 * kept);
    expect(await packs.liveBytes()).toBe(kept);
  });
});
