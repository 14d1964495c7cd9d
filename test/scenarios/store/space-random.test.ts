// Random histories: devices and tabs that write while apart, copies of one device, thieves and forgers, revocations that are
// heard of late, batches in any order and doubled, crashes. In the end all that hold the same batches and statements see
// the same, and it is what the model says.

import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { chance, integerBelow, pick, SeededRandom, shuffled } from "#base/random.ts";
import type { Entry, Hash } from "#glow";
import { deviceIdOf } from "#identity/device-identity.ts";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { readBatch, signBatch } from "#store/space/signed-batch.ts";
import { UserMembership } from "#store/space/user-membership.ts";
import { type Actor, crypto, identityOf, nowMs } from "../../identity/cast.ts";
import { entryOf } from "../../store/register-store.ts";
import { SpaceModel } from "../../store/space-model.ts";
import { allBatches, type Device, seen, SpaceWorld } from "../../store/space-world.ts";

const seeds = 16;
const steps = 70;
const devices = ["phone", "laptop", "tablet", "copy", "tab"];

class History {
  readonly on: SpaceWorld;
  readonly #random: SeededRandom;
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #revoked = new Set<string>();
  #writes = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(`space history ${seed}`);
    this.on = new SpaceWorld(seed);
  }

  async begin(): Promise<void> {
    const { on } = this;
    const { story } = on;
    for (const name of ["laptop", "tablet", "late"]) story.add(story.first, on.actor(name));
    story.certify(story.first, on.actor("tab"), nowMs + 30_000 + integerBelow(this.#random, 300_000));
    for (const name of ["phone", "laptop", "tablet", "tab"]) await on.start(name);
    // Somebody has copied the laptop's key.
    await on.start("copy", { actor: on.actor("laptop") });
    const space = await on.create();
    for (const name of devices.slice(1)) {
      await on.finish(on.device(name).spaces.join(space.id));
      if (chance(this.#random, 0.7)) await on.give("phone", name);
    }
  }

  async step(): Promise<void> {
    const name = pick(this.#random, devices);
    const other = pick(this.#random, devices);
    switch (integerBelow(this.#random, 12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#write(name);
      case 4:
      case 5:
      case 6:
        return this.#give(name, other);
      case 7:
        return this.#forge(name);
      case 8:
        if (chance(this.#random, 0.3)) this.#revoke();
        return this.on.tell(name);
      case 9:
        await this.on.restart(name, chance(this.#random, 0.5) ? "kill" : "power");
        return;
      case 10:
        return this.#backdate(name);
      default:
        return this.on.run(integerBelow(this.#random, 20_000));
    }
  }

  /** Everybody hears of everything. Who was revoked goes on to be heard, but gets no say. */
  async end(): Promise<void> {
    for (const name of devices) await this.on.tell(name);
    const late = await this.on.start("late");
    await this.on.finish(late.spaces.join(this.#space.id));
    const all = [...devices, "late"];
    for (let before = "", after = "-"; before !== after; ) {
      before = after;
      for (const name of devices) await this.#give(name, "late");
      for (const name of devices) await this.#give("late", name);
      await this.on.run(30_000);
      const hashes = await this.on.finish(Promise.all(all.map((name) => this.on.device(name).space().hashes())));
      after = hashes.map((list) => list.map(toHex).join()).join(";");
    }
  }

  async check(): Promise<void> {
    const { on } = this;
    const expected = await on.finish(seen(on.device("late")));
    for (const name of devices) expect(await this.#seenBy(name), name).toEqual(this.#asSeenBy(name, expected));
    const late = on.device("late");
    const batches = await on.finish(allBatches(late.space()));
    const { clock, timers } = late.parts.platform;
    const membership = new UserMembership({ clock, timers }, late.parts.user);
    const model = new SpaceModel(
      batches.map(({ bytes }) => bytes),
      membership,
      late.space().id,
    );
    const { state, quarantined, positions, forks } = model.result(this.#entries);
    const shown = expected as Record<string, { hash: string }[]>;
    expect({
      state: shown["state"],
      quarantined: shown["quarantined"]?.map(({ hash }) => hash),
      positions: shown["positions"]?.map(({ hash }) => hash).sort(),
      forks: shown["forks"]?.length,
    }).toEqual({ state, quarantined, positions, forks });
    await this.#checkRebuilt("late", expected);
    await this.#checkRebuilt(pick(this.#random, devices), expected);
  }

  async #checkRebuilt(name: string, expected: unknown): Promise<void> {
    this.on.node(name).crash("power");
    this.on.node(name).indexes.damage(this.on.world.random);
    const rebuilt = await this.on.start(name);
    expect(this.#asSeenBy(name, await this.on.finish(seen(rebuilt))), `${name}, rebuilt`).toEqual(
      this.#asSeenBy(name, expected),
    );
  }

  async #seenBy(name: string): Promise<unknown> {
    return this.#asSeenBy(name, await this.on.finish(seen(this.on.device(name))));
  }

  /** Who is to read no more lacks the keys of later epochs, and so part of the state. */
  #asSeenBy(name: string, all: unknown): unknown {
    const actor = name === "copy" ? "laptop" : name;
    if (!this.#revoked.has(actor) && actor !== "tab") return all;
    return { ...(all as object), state: undefined, applied: undefined, waiting: undefined };
  }

  get #space() {
    return this.on.device("phone").space();
  }

  async #write(name: string): Promise<void> {
    const value = `${name} ${++this.#writes}`;
    const entries = [entryOf(integerBelow(this.#random, 6), value), entryOf(integerBelow(this.#random, 6), value, 1)];
    const writing = this.on.device(name).write(entries);
    const header = await this.on.finish(
      writing.catch((error: { kind: string }) => {
        expect(["unavailable", "denied"]).toContain(error.kind);
        return undefined;
      }),
    );
    if (header !== undefined) this.#entries.set(toHex(header.hash), entries);
  }

  /** In any order, some of them twice. */
  async #give(from: string, to: string): Promise<void> {
    if (from === to) return;
    const target = this.on.device(to);
    const batches = (await this.on.finish(allBatches(this.on.device(from).space()))).map(({ bytes }) => bytes);
    const doubled = batches.flatMap((bytes) => (chance(this.#random, 0.1) ? [bytes, bytes] : [bytes]));
    await this.on.finish(this.#takeAll(target, shuffled(this.#random, doubled)));
  }

  async #takeAll(target: Device, batches: readonly Uint8Array[]): Promise<void> {
    await Promise.all(batches.map((bytes) => target.space().take(bytes)));
    await target.space().settled();
  }

  #revoke(): void {
    const { story } = this.on;
    const name = pick(this.#random, ["laptop", "tablet", "tab"]);
    if (this.#revoked.has(name)) return;
    this.#revoked.add(name);
    const { id } = this.on.actor(name);
    const position = this.#space
      .positions()
      .filter(({ author }) => author === id)
      .at(-1);
    const accepted = chance(this.#random, 0.8) ? (position?.sequence ?? 0) : 0;
    story.revoke(story.first, this.on.actor(name), { batches: accepted > 0 ? [[this.#space.id, accepted]] : [] });
  }

  /** A batch in somebody's name, or that of nobody, by a key that is not his. */
  async #forge(name: string): Promise<void> {
    const stranger = identityOf(`stranger ${integerBelow(this.#random, 3)}`);
    const victim = this.on.actor(pick(this.#random, ["phone", "tablet"]));
    const asVictim = chance(this.#random, 0.5);
    await this.#craft(name, stranger, asVictim ? victim.id : deviceIdOf(crypto, stranger.publicKey));
  }

  /** A thief goes on from some batch of the device, as if what followed had not been. */
  async #backdate(name: string): Promise<void> {
    const thief: Actor = this.on.actor(pick(this.#random, ["laptop", "tablet", "tab"]));
    await this.#craft(name, thief.identity, thief.id);
  }

  async #craft(name: string, identity: NodeIdentity, author: ReturnType<typeof deviceIdOf>): Promise<void> {
    const { on } = this;
    const device = on.device(name);
    const held = (await on.finish(allBatches(device.space()))).map(({ bytes }) => readBatch(crypto, bytes));
    if (held.length === 0) return;
    const own = held.filter(({ header }) => header.author === author);
    const before = chance(this.#random, 0.9) ? pickOrNone(this.#random, own) : undefined;
    const others = held.filter(({ header }) => header.author !== author);
    const other = before === undefined || chance(this.#random, 0.5) ? pickOrNone(this.#random, others) : undefined;
    const parents = [before, other].filter((each) => each !== undefined);
    if (parents.length === 0) return;
    const incarnation = before?.header.incarnation ?? 0;
    const skips = before !== undefined && chance(this.#random, 0.2) ? 1 + integerBelow(this.#random, 3) : 0;
    const draft = {
      space: device.space().id,
      author,
      incarnation: incarnation + skips,
      sequence: before === undefined || skips > 0 ? 1 : before.header.sequence + 1,
      parents: parents.map(({ hash }): Hash => hash),
      stamp: 1 + Math.max(...parents.map(({ header }) => header.stamp)),
      timeMs: 4_000_000_000_000,
      members: (parents[0] as (typeof held)[0]).header.members,
    };
    const { bytes } = signBatch(crypto, identity, draft, []);
    await on.finish(this.#takeAll(device, [bytes]));
  }
}

function pickOrNone<Item>(random: SeededRandom, items: readonly Item[]): Item | undefined {
  return items.length === 0 ? undefined : pick(random, items);
}

test.each(Array.from({ length: seeds }, (_, seed) => seed))("random history %i", async (seed) => {
  const history = new History(seed);
  await history.begin();
  for (let i = 0; i < steps; i++) await history.step();
  await history.end();
  await history.check();
});
