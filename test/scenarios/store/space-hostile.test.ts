// What hostile members, hosts and strangers bring: refused, kept and shown, or made to wait; nothing of it stops the others.

import { describe, expect, test } from "vitest";
import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { indexLimits, spaceLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import type { Compression, Hash, Taken } from "#glow";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { openPage, type PageContent, sealPages } from "#store/space/sealed-page.ts";
import { readBatch, signBatch, type SignedBatch } from "#store/space/signed-batch.ts";
import { unwrapKey } from "#store/space/key-grant.ts";
import { readParts } from "#store/space/batch-parts.ts";
import { SpaceKey } from "#store/space/space-key.ts";
import { Actor, crypto } from "../../identity/cast.ts";
import { BatchForge, filler } from "../../store/batch-forge.ts";
import { entryOf, objectOf, spreadRegister } from "../../store/register-store.ts";
import { allBatches, seen, SpaceWorld } from "../../store/space-world.ts";

const compression: Compression = new ZstdCompression();
const register = (object: number) => `${objectOf(object)}.0`;

interface Scene {
  readonly on: SpaceWorld;
  readonly forge: BatchForge;
  /** Gives it to a device, the phone by default. */
  take(batch: SignedBatch | Uint8Array, to?: string): Promise<Taken>;
  held(): Promise<number>;
}

async function start(): Promise<Scene> {
  const on = new SpaceWorld();
  for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "tablet"]) await on.start(name);
  await on.create();
  await on.finish(on.device("phone").write([entryOf(1, "honest")]));
  await on.give("phone", "tablet");
  const forge = new BatchForge(on, () => on.device("phone"));
  const take = async (batch: SignedBatch | Uint8Array, to = "phone") => {
    const bytes = batch instanceof Uint8Array ? batch : batch.bytes;
    const taken = await on.finish(on.device(to).space().take(bytes));
    await on.finish(on.settled(to));
    return taken;
  };
  return { on, forge, take, held: async () => (await on.finish(on.device("phone").space().hashes())).length };
}

/** The first key of the space, as the laptop has it. */
async function keyOf({ on }: Scene): Promise<SpaceKey> {
  const [first] = (await on.finish(allBatches(on.device("phone").space()))).filter(({ header }) => header.stamp === 1);
  const { header, parts } = readBatch(crypto, (first as { bytes: Uint8Array }).bytes);
  const laptop = on.actor("laptop");
  const own = { identity: laptop.identity, device: laptop.id };
  for (const { keyId, grants } of readParts(parts).keys) {
    for (const grant of grants) {
      const key = unwrapKey(crypto, own, keyId, grant, header.genesis?.salt as Uint8Array);
      if (key !== undefined) return key;
    }
  }
  throw new Error("the laptop has the key");
}

function pageOf(key: SpaceKey, by: Actor, sequence: number, content: Partial<PageContent>): Uint8Array {
  const place = { author: by.id, incarnation: 0, sequence };
  return sealPages(
    { crypto, compression },
    key,
    place,
    { entries: [], placements: [], ...content },
    0,
  )[0] as Uint8Array;
}

describe("refused, with nothing of it kept", () => {
  test("what is of another space, or another beginning of this one", async () => {
    const scene = await start();
    const { on, forge, take, held } = scene;
    const before = await held();
    const other = await on.finish(on.device("phone").spaces.create({ type: "registers", user: on.story.user }));
    for (const { bytes } of await on.finish(allBatches(other))) {
      await expect(take(bytes)).rejects.toMatchObject({ kind: "invalid" });
    }
    await expect(take(await forge.make({ by: on.actor("laptop"), space: other.id }))).rejects.toMatchObject({
      kind: "invalid",
    });
    expect(await held()).toBe(before);
  });

  test.each<[string, (scene: Scene) => Promise<Uint8Array>, string]>([
    [
      "a signature of another key",
      async ({ on, forge }) => {
        const { bytes } = await forge.make({ by: on.actor("laptop") });
        return bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte));
      },
      "corrupt",
    ],
    ["noise", async () => new Uint8Array(1000).fill(0x81), "invalid"],
    ["more than a batch may be", async () => new Uint8Array(spaceLimits.batchBytes + 1), "too-large"],
    ["nested beyond sense", async () => new Uint8Array(100_000).fill(0x81), "invalid"],
    [
      "a stamp ahead of its parents",
      async ({ on, forge }) => (await forge.make({ by: on.actor("laptop"), stamp: 1000 })).bytes,
      "invalid",
    ],
    [
      "a stamp that lags behind",
      async ({ on, forge }) => (await forge.make({ by: on.actor("laptop"), stamp: 2 })).bytes,
      "invalid",
    ],
    [
      "a sequence that leaves one out",
      async ({ on, forge }) => (await forge.make({ by: on.actor("laptop"), sequence: 2 })).bytes,
      "invalid",
    ],
    [
      "a first batch of an author who has written",
      async ({ on, forge }) => (await forge.make({ by: on.actor("phone"), sequence: 1 })).bytes,
      "invalid",
    ],
    [
      "an incarnation out of nothing",
      async ({ on, forge }) => (await forge.make({ by: on.actor("laptop"), incarnation: 4 })).bytes,
      "invalid",
    ],
    [
      "a part that makes no sense",
      async ({ on, forge }) => (await forge.make({ by: on.actor("laptop"), parts: [Uint8Array.of(1, 0xff)] })).bytes,
      "invalid",
    ],
  ])("%s", async (_, make, kind) => {
    const scene = await start();
    const before = await scene.held();
    await expect(scene.take(await make(scene))).rejects.toMatchObject({
      kind: expect.stringMatching(new RegExp(`${kind}|too-large`)),
    });
    expect(await scene.held()).toBe(before);
  });

  test("what builds on what is refused, when that is found out", async () => {
    const { on, forge, take, held } = await start();
    const before = await held();
    const bad = await forge.make({ by: on.actor("laptop"), stamp: 1000 });
    const next = await forge.make({ by: on.actor("laptop"), sequence: 2, parents: [bad.hash], stamp: 1001 });
    const after = await forge.make({ by: on.actor("laptop"), sequence: 3, parents: [next.hash], stamp: 1002 });
    expect([await take(after), await take(next)]).toEqual(["waiting", "waiting"]);
    expect(on.device("phone").space().waiting().parents.map(toHex)).toEqual([toHex(bad.hash)]);
    await expect(take(bad)).rejects.toMatchObject({ kind: "invalid" });
    expect([await held(), on.device("phone").space().waiting()]).toEqual([before, { batches: 0, parents: [] }]);
  });
});

describe("taken, since nothing depends on it", () => {
  test("clocks that are decades off, parts of later versions, and forks, which are shown", async () => {
    const { on, forge, take } = await start();
    const laptop = on.actor("laptop");
    expect(await take(await forge.make({ by: laptop, timeMs: 0, parts: [filler(100)] }))).toBe("taken");
    expect(await take(await forge.make({ by: laptop, timeMs: 2 ** 50 }))).toBe("taken");
    const [first] = (await on.finish(allBatches(on.device("phone").space()))).filter(
      ({ header }) => header.author === laptop.id && header.sequence === 1,
    );
    const fork = await forge.make({
      by: laptop,
      sequence: 2,
      parents: [(first as { header: { hash: Hash } }).header.hash],
      stamp: (first?.header.stamp as number) + 1,
      timeMs: 7,
    });
    expect(await take(fork)).toBe("taken");
    expect(on.device("phone").space().forks()).toMatchObject([{ author: laptop.id, sequence: 2 }]);
  });
});

describe("kept and shown", () => {
  test("batches in the name of others: they take nobody's place", async () => {
    const { on, forge, take } = await start();
    const thief = new Actor("thief");
    const space = on.device("phone").space();
    const before = space.positions();
    const forged = await forge.make({ by: on.actor("phone"), key: thief.identity });
    const own = await forge.make({ by: thief });
    expect([await take(forged), await take(own)]).toEqual(["quarantined", "quarantined"]);
    expect([space.positions(), space.forks()]).toEqual([before, []]);
    const after = await on.finish(on.device("phone").write([entryOf(1, "phone goes on")]));
    expect(after.sequence).toBe(3);
    expect((await on.finish(space.quarantined())).map(({ reason }) => reason.kind)).toEqual(["denied", "denied"]);
    // They are given to whoever asks for them by name.
    await on.give("phone", "tablet");
    expect(await on.state("tablet")).toEqual({ [register(1)]: "phone goes on" });
  });

  test("pages that do not open under the key that they name: the same everywhere, and others go on", async () => {
    const scene = await start();
    const { on, forge, take } = scene;
    const laptop = on.actor("laptop");
    const key = await keyOf(scene);
    const good = pageOf(key, laptop, 1, { entries: [entryOf(2, "good")] });
    const broken = good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte));
    const elsewhere = pageOf(key, laptop, 9, { entries: [entryOf(3, "moved here")] });
    const batches: SignedBatch[] = [];
    for (const [i, page] of [broken, elsewhere, bombOf(key, laptop, 3)].entries()) {
      batches.push(await forge.make({ by: laptop, parts: [page, pageOf(key, laptop, i + 1, {})].slice(0, 1) }));
    }
    const last = await forge.make({
      by: laptop,
      parts: [pageOf(key, laptop, 4, { entries: [entryOf(4, "honest again")] })],
    });
    for (const to of ["phone", "tablet"]) {
      for (const batch of batches) expect(await take(batch, to)).toBe("quarantined");
      expect(await take(last, to)).toBe("taken");
    }
    const reasons = await on.finish(on.device("phone").space().quarantined());
    expect(reasons.map(({ reason }) => [reason.kind, reason.message])).toEqual(
      Array(3).fill(["corrupt", expect.stringContaining("cannot be opened")]),
    );
    expect(await on.state("phone")).toEqual({ [register(1)]: "honest", [register(4)]: "honest again" });
    expect(await on.finish(seen(on.device("phone")))).toEqual(await on.finish(seen(on.device("tablet"))));
  });
});

describe("made to wait, and nobody with it", () => {
  test("pages sealed with a key that nobody has", async () => {
    const { on, forge, take } = await start();
    const laptop = on.actor("laptop");
    const key = SpaceKey.draw(crypto, new SeededRandom("made up"), new Uint8Array(16));
    const page = pageOf(key, laptop, 1, { entries: [entryOf(2, "for nobody")] });
    expect(await take(await forge.make({ by: laptop, parts: [page] }))).toBe("waiting");
    await on.finish(on.device("phone").write([entryOf(3, "goes on")]));
    expect(await on.state("phone")).toEqual({ [register(1)]: "honest", [register(3)]: "goes on" });
    expect(on.device("phone").space().waiting()).toEqual({ batches: 1, parents: [] });
    await on.run(60_000);
    expect(
      on
        .device("phone")
        .space()
        .positions()
        .find(({ author }) => author === on.actor("phone").id)?.sequence,
    ).toBe(3);
  });

  test("batches that name statements which are not here, until these come", async () => {
    const { on, forge, take } = await start();
    on.story.add(on.story.first, on.actor("new"));
    const { hash } = on.story.told.at(-1) as { hash: Hash };
    const batch = await forge.make({ by: on.actor("new"), members: [hash] });
    expect(await take(batch)).toBe("waiting");
    expect(on.device("phone").space().waiting()).toEqual({ batches: 1, parents: [] });
    await on.restart("phone");
    expect(on.device("phone").space().waiting().batches).toBe(1);
    await on.tell("phone");
    expect(on.device("phone").space().waiting().batches).toBe(0);
    expect(await take(batch)).toBe("known");
  });

  test("endless batches that build on nothing: strangers leave the room of members alone", async () => {
    const { on, forge } = await start();
    const nowhere = crypto.hash("blake3", utf8Encode("nowhere"));
    const thief = new Actor("thief");
    const space = on.device("phone").space();
    const common = {
      space: space.id,
      author: thief.id,
      incarnation: 0,
      parents: [nowhere],
      stamp: 9,
      timeMs: 0,
      members: [],
    };
    const flood = Array.from({ length: spaceLimits.waitingBatches + 1 }, (_, i) => {
      return space.take(signBatch(crypto, thief.identity, { ...common, sequence: i + 1 }, []).bytes);
    });
    const taken = await on.finish(Promise.allSettled(flood));
    expect(taken.filter(({ status }) => status === "rejected")).toMatchObject([{ reason: { kind: "exhausted" } }]);
    const honest = await forge.make({ by: on.actor("laptop"), parents: [nowhere], stamp: 9 });
    expect(await on.finish(space.take(honest.bytes))).toBe("waiting");
    expect(space.waiting().parents.map(toHex)).toEqual([toHex(nowhere)]);
    await on.restart("phone");
    expect(on.device("phone").space().waiting().batches).toBe(spaceLimits.waitingBatches + 1);
  });
});

test("no more of strangers is kept than `spaceLimits.quarantinedBytes`, but for what a member's batch builds on", async () => {
  const { on, forge, take } = await start();
  const thief = new Actor("thief");
  const sizeBytes = spaceLimits.batchBytes - 10_000;
  const most = Math.floor(spaceLimits.quarantinedBytes / sizeBytes);
  for (let i = 0; i < most; i++) {
    expect(await take(await forge.make({ by: thief, parts: [filler(sizeBytes, i)] }))).toBe("quarantined");
  }
  const excess = await forge.make({ by: thief, parts: [filler(sizeBytes, most)] });
  await expect(take(excess)).rejects.toMatchObject({ kind: "exhausted" });
  // The laptop, which knew better or less, has built on it.
  const honest = await forge.make({ by: on.actor("laptop"), on: [excess] });
  expect(await take(honest)).toBe("waiting");
  expect(await take(excess)).toBe("quarantined");
  expect(await take(honest)).toBe("known");
  expect(on.device("phone").space().waiting().batches).toBe(0);
});

test("this device writes nothing that others would refuse", async () => {
  const { on } = await start();
  const { space, parts } = { space: on.device("phone").space(), parts: on.device("phone").parts };
  const tooLarge = { kind: "too-large" };
  const entries = (count: number) => Array.from({ length: count }, (_, i) => entryOf(i, ""));
  const write = (draft: Partial<Parameters<typeof sealPages>[3]>) => {
    return on.finish(space.write(() => ({ entries: [], placements: [], blobs: [], ...draft })));
  };
  await expect(write({ entries: entries(spaceLimits.entries + 1) })).rejects.toMatchObject(tooLarge);
  const large = { ...entryOf(1, ""), value: new Uint8Array(spaceLimits.valueBytes + 1) };
  await expect(write({ entries: [large] })).rejects.toMatchObject(tooLarge);
  const noise = new SeededRandom("noise");
  const values = Array.from({ length: 140 }, (_, i) => {
    const value = new Uint8Array(spaceLimits.valueBytes);
    noise.fill(value);
    return { ...entryOf(i, ""), value };
  });
  await expect(write({ entries: values })).rejects.toMatchObject(tooLarge);
  await expect(on.finish(space.write(() => Promise.reject(new Error("changed my mind"))))).rejects.toThrow(
    "changed my mind",
  );
  expect((await write({ entries: [entryOf(1, "all is well")] })).sequence).toBe(3);
  expect(await on.state("phone")).toMatchObject({ [register(1)]: "all is well" });
  expect(parts.log.damage).toEqual([]);
});

/** Little that becomes much. */
function bombOf(key: SpaceKey, by: Actor, sequence: number): Uint8Array {
  const zeros = {
    compress: () => compression.compress(new Uint8Array(100_000_000)),
    decompress: compression.decompress,
  };
  const place = { author: by.id, incarnation: 0, sequence };
  const [part] = sealPages(
    { crypto, compression: zeros },
    key,
    place,
    { entries: [entryOf(1, "x")], placements: [] },
    0,
  );
  expect((part as Uint8Array).length).toBeLessThan(20_000);
  expect(() => openPage({ crypto, compression }, key, place, part as Uint8Array, 0)).toThrow(
    expect.objectContaining({ name: "GlowError" }),
  );
  return concatBytes([part as Uint8Array]);
}

describe("a batch that changes more than an index takes at once", () => {
  const excessive = (by: Actor, key: SpaceKey, sequence: number) =>
    pageOf(key, by, sequence, { entries: [entryOf(9, `${indexLimits.changesPerWrite}`, spreadRegister)] });

  test("is in quarantine with the reason, on every device, and all else goes on", async () => {
    const scene = await start();
    const { on, forge, take } = scene;
    const key = await keyOf(scene);
    const laptop = on.actor("laptop");
    const batch = await forge.make({ by: laptop, parts: [excessive(laptop, key, 1)] });
    const after = await forge.make({
      by: laptop,
      parts: [pageOf(key, laptop, 2, { entries: [entryOf(3, "after")] })],
    });
    expect(await take(batch)).toBe("quarantined");
    expect(await take(after)).toBe("taken");
    await on.finish(on.device("phone").write([entryOf(2, "goes on")]));
    await on.give("phone", "tablet");
    for (const name of ["phone", "tablet"]) {
      expect(await on.finish(on.device(name).space().quarantined())).toMatchObject([
        {
          hash: batch.hash,
          author: laptop.id,
          reason: { message: expect.stringContaining("more than an index takes") },
        },
      ]);
      expect(await on.state(name)).toEqual({
        [register(1)]: "honest",
        [register(2)]: "goes on",
        [register(3)]: "after",
      });
    }
    for (const name of ["phone", "tablet"]) {
      const again = await on.restart(name);
      expect(await on.finish(again.space().quarantined())).toHaveLength(1);
    }
    expect(await on.finish(seen(on.device("phone")))).toEqual(await on.finish(seen(on.device("tablet"))));
  });

  test("takes nothing with it that comes in the same work", async () => {
    const scene = await start();
    const { on, forge } = scene;
    const key = await keyOf(scene);
    const laptop = on.actor("laptop");
    const parts = (sequence: number) =>
      sequence === 2
        ? [excessive(laptop, key, sequence)]
        : [pageOf(key, laptop, sequence, { entries: [entryOf(10 + sequence, "honest")] })];
    const batches: SignedBatch[] = [];
    for (const sequence of [1, 2, 3]) batches.push(await forge.make({ by: laptop, parts: parts(sequence) }));
    const space = on.device("phone").space();
    const taken = await on.finish(Promise.all(batches.map(({ bytes }) => space.take(bytes))));
    expect(taken).toEqual(["taken", "quarantined", "taken"]);
    expect(await on.state("phone")).toMatchObject({ [register(11)]: "honest", [register(13)]: "honest" });
  });

  test("is refused to a device that writes it itself, which goes on", async () => {
    const { on } = await start();
    const draft = [entryOf(9, `${indexLimits.changesPerWrite}`, spreadRegister)];
    await expect(on.finish(on.device("phone").write(draft))).rejects.toMatchObject({ kind: "too-large" });
    await on.finish(on.device("phone").write([entryOf(2, "goes on")]));
    expect(await on.state("phone")).toMatchObject({ [register(2)]: "goes on" });
    expect(await on.finish(on.device("phone").space().quarantined())).toEqual([]);
  });

  test("no more of a crowd that waited for one batch is taken in at once than fits (indexLimits.writeBytes)", async () => {
    const scene = await start();
    const { on, forge } = scene;
    const key = await keyOf(scene);
    const laptop = on.actor("laptop");
    // Together they change more than a write may have; packed they are small.
    const valuesOf = (sequence: number) =>
      Array.from({ length: 150 }, (_, at) => ({
        ...entryOf(1000 * sequence + at, ""),
        value: new Uint8Array(spaceLimits.valueBytes - 1024),
      }));
    const batches: SignedBatch[] = [];
    for (let sequence = 1; sequence <= 9; sequence++) {
      const pages = sealPages(
        { crypto, compression },
        key,
        { author: laptop.id, incarnation: 0, sequence },
        { entries: valuesOf(sequence), placements: [] },
        0,
      );
      batches.push(await forge.make({ by: laptop, parts: pages }));
    }
    expect(9 * 150 * (spaceLimits.valueBytes - 1024)).toBeGreaterThan(indexLimits.writeBytes);
    const space = on.device("phone").space();
    for (const { bytes } of batches.slice(1)) expect(await on.finish(space.take(bytes))).toBe("waiting");
    expect(await on.finish(space.take((batches[0] as SignedBatch).bytes))).toBe("taken");
    await on.finish(on.settled("phone"));
    expect(space.waiting()).toEqual({ batches: 0, parents: [] });
    expect(space.positions().find(({ author }) => author === laptop.id)?.sequence).toBe(9);
    expect(await on.finish(space.quarantined())).toEqual([]);
    const told = on.device("phone").parts.kind.opened.get(space.id)?.store.told ?? [];
    for (const { hash } of batches) expect(told).toContain(toHex(hash));
  });
});
