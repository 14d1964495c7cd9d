// A short life of a device with a space of which others have written before: it takes their batches in an order that makes
// some wait, writes, hears of a revocation. What it was told is done must be so after whatever happens.

import { expect } from "vitest";
import { toHex } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BlobId, SpaceId } from "#glow";
import { crypto } from "../../identity/cast.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { allBatches, type Device, seen, SpaceWorld } from "../../store/space-world.ts";
import type { Watch } from "./log-watched-disk.ts";

export interface Past {
  readonly space: SpaceId;
  readonly batches: readonly Uint8Array[];
}

/** The tablet's life begins when the phone and the laptop have written this. The laptop will be revoked. */
export async function makePast(): Promise<Past> {
  const on = beginnings();
  await on.start("phone");
  await on.start("laptop");
  const { id } = await on.create();
  await on.finish(on.device("phone").write([entryOf(1, "phone 1")]));
  await on.give("phone", "laptop");
  for (let i = 1; i <= 4; i++)
    await on.finish(on.device("laptop").write([entryOf(1, `laptop ${i}`), entryOf(i, "too")]));
  const batches = await on.finish(allBatches(on.device("laptop").space()));
  return { space: id, batches: batches.sort((a, b) => a.header.stamp - b.header.stamp).map(({ bytes }) => bytes) };
}

function beginnings(seed = 1): SpaceWorld {
  const on = new SpaceWorld(seed);
  for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
  return on;
}

export class SpaceLife {
  readonly on: SpaceWorld;
  readonly #past: Past;
  /** Batches that it was told are in. */
  readonly #acknowledged = new Set<string>();
  #other: SpaceId | undefined;
  readonly #othersWritten = new Set<number>();
  readonly #written: { readonly object: number; readonly value: string }[] = [];
  /** Nothing was opened yet. */
  isStarting = true;
  isOver = false;

  constructor(past: Past, seed: number) {
    this.#past = past;
    this.on = beginnings(seed);
  }

  get node() {
    return this.on.node("tablet");
  }

  /** From the start on, until it is over or the device is down. A step that fails is tried once more. */
  async run(watch: Watch): Promise<void> {
    const knows = [...this.on.story.told];
    this.on.begin("tablet", { watch, knows });
    const { batches } = this.#past;
    await this.#until(() => this.node.handle !== undefined);
    if (this.node.handle === undefined) return;
    this.isStarting = false;
    const steps: (() => Promise<unknown>)[] = [
      () => this.#device.spaces.join(this.#past.space),
      () => this.#take([4, 2, 0, 1].map((i) => batches[i] as Uint8Array)),
      () => this.#create(),
      () => Promise.all([this.#write(10, "tablet 1"), this.#writeOther(1), this.#writeOther(2)]),
      () => this.#take(batches.slice(3)),
      () => this.#revoke(),
      () => this.#write(1, "tablet 2"),
      () => new Promise<void>((resolve) => this.on.world.after(3000, resolve)),
    ];
    for (const step of steps) {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      step().catch(step).then(settle, settle);
      await this.#until(() => settled);
      if (!this.node.up) return;
    }
    this.isOver = true;
  }

  /** What was acknowledged is there; what is derived is what it would be if it was derived anew; and all goes on. */
  async check(): Promise<void> {
    const { on } = this;
    if (!this.node.up) await on.start("tablet");
    await on.up("tablet");
    // What the medium did not give once it is asked for again after a while.
    await on.run(2 * spaceLimits.dutyRetryMs);
    await this.#checkHeld();
    await on.finish(this.#device.spaces.join(this.#past.space));
    await on.finish(this.#take(this.#past.batches));
    await on.finish(this.#revoke());
    await on.finish(this.#write(11, "tablet 3"));
    await on.run(10_000);
    await this.#checkHeld();
    await this.#checkState();
    const before = await on.finish(seen(this.#device, this.#past.space));
    this.node.crash("power");
    this.node.indexes.damage(on.world.random);
    await on.start("tablet");
    expect(await on.finish(seen(this.#device, this.#past.space)), "rebuilt").toEqual(before);
  }

  async #checkHeld(): Promise<void> {
    await this.#checkOther();
    const space = this.#device.spaces.list().find(({ id }) => id === this.#past.space);
    const held = new Set(space === undefined ? [] : (await this.on.finish(space.hashes())).map(toHex));
    for (const hash of this.#acknowledged) expect(held.has(hash), `batch ${hash} is here`).toBe(true);
    expect(space?.forks() ?? []).toEqual([]);
  }

  /** What was acknowledged in the device's own space. */
  async #checkOther(): Promise<void> {
    if (this.#other === undefined) return;
    const state = await this.on.finish(this.#device.state(this.#other));
    for (const object of this.#othersWritten) expect(state[`${objectOf(object)}.0`]).toBe("other");
    expect(this.#device.space(this.#other).forks()).toEqual([]);
  }

  async #checkState(): Promise<void> {
    const state = await this.on.finish(this.#device.state(this.#past.space));
    // Of the laptop two batches are accepted.
    expect(state[`${objectOf(2)}.0`]).toBe("too");
    expect(state[`${objectOf(3)}.0`]).toBe(undefined);
    const last = new Map(this.#written.map(({ object, value }) => [object, value]));
    for (const [object, value] of last) expect(state[`${objectOf(object)}.0`]).toBe(value);
    expect((await this.on.finish(this.#device.space(this.#past.space).quarantined())).length).toBe(2);
  }

  get #device(): Device {
    return this.on.device("tablet");
  }

  #until(done: () => boolean): Promise<void> {
    const isOver = () => done() || !this.node.up;
    return this.on.world.run({ untilMs: this.on.world.nowMs + 600_000, stop: isOver });
  }

  async #take(batches: readonly Uint8Array[]): Promise<void> {
    const space = this.#device.space(this.#past.space);
    const taking = batches.map(async (bytes) => {
      await space.take(bytes);
      return bytes;
    });
    const results = await Promise.allSettled(taking);
    for (const each of results) if (each.status === "fulfilled") this.#acknowledged.add(hashIn(each.value));
    await Promise.all(taking);
    await space.settled();
  }

  async #write(object: number, value: string): Promise<void> {
    const device = this.#device;
    const stored = new Uint8Array(100).fill(object);
    const id = crypto.hash("blake3", stored) as Uint8Array as BlobId;
    await device.parts.blobs.put([{ id, stored }]);
    const draft = { entries: [entryOf(object, value)], placements: [], blobs: [{ id, sizeBytes: stored.length }] };
    const { hash } = await device.space(this.#past.space).write(() => draft);
    this.#acknowledged.add(toHex(hash));
    this.#written.push({ object, value });
  }

  /** A space of its own beside the other one: they share a log. */
  async #create(): Promise<void> {
    const { spaces } = this.#device;
    this.#other ??= (await spaces.create({ type: "registers", user: this.on.story.user })).id;
  }

  async #writeOther(object: number): Promise<void> {
    const { spaces } = this.#device;
    const entries = [entryOf(object, "other")];
    if (this.#other === undefined) return;
    await spaces.get(this.#other).write(() => ({ entries, placements: [], blobs: [] }));
    this.#othersWritten.add(object);
  }

  async #revoke(): Promise<void> {
    const { story } = this.on;
    if (story.told.length === 3) {
      story.revoke(story.first, this.on.actor("laptop"), { batches: [[this.#past.space, 2]] });
    }
    const device = this.#device;
    await device.parts.user.merge(story.told.map(({ bytes }) => bytes));
    await device.space(this.#past.space).settled();
  }
}

function hashIn(batch: Uint8Array): string {
  // The header comes first: see signed-batch.ts.
  const isLong = batch[1] === 0x59;
  const length = isLong ? ((batch[2] as number) << 8) | (batch[3] as number) : (batch[2] as number);
  const start = isLong ? 4 : 3;
  return toHex(crypto.hash("blake3", batch.subarray(start, start + length)));
}

/** Names the case in the message of whatever fails in it. */
export async function named(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}
