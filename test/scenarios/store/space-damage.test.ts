// What a medium takes away: batches of the log, the index. It is found out, and a peer that has it gives it back.

import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { SeededRandom } from "#base/random.ts";
import type { BlobId, Hash } from "#glow";
import { crypto } from "../../identity/cast.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { allBatches, batchesOf, seen, SpaceWorld } from "../../store/space-world.ts";

const register = (object: number) => `${objectOf(object)}.0`;

async function start(): Promise<SpaceWorld> {
  const on = new SpaceWorld();
  for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "laptop"]) await on.start(name);
  await on.create();
  for (let i = 1; i <= 12; i++) await on.finish(on.device("phone").write([entryOf(i, `value ${i}`.repeat(200))]));
  await on.give("phone", "laptop");
  return on;
}

/** Damages the log in so many places that some batches are hit. */
function rot(on: SpaceWorld, times: number): void {
  const random = new SeededRandom("rot");
  const files = on.node("phone").disk.names.files();
  const logs = [...files].map(([path]) => path).filter((path) => path.endsWith(".log"));
  for (let i = 0; i < times; i++) on.node("phone").disk.rot(random, "bit", logs[0]);
}

test("a damaged batch is left out when it is asked for, and asked for by the one who has lost it", async () => {
  const on = await start();
  rot(on, 6);
  const phone = on.device("phone");
  const before = await on.state("phone");
  const hashes = await on.finish(phone.space().hashes());
  const read = await on.finish(allBatches(phone.space()));
  await on.finish(phone.space().settled());
  const lost = phone.space().waiting().parents;
  expect(lost.length).toBeGreaterThan(0);
  expect(read.length + lost.length).toBe(hashes.length);
  expect(await on.finish(phone.space().hashes())).toHaveLength(read.length);
  // Nothing of what was derived is lost.
  expect(await on.state("phone")).toEqual(before);
  const again = await on.finish(batchesOf(on.device("laptop").space(), lost));
  for (const { bytes } of again) expect(await on.finish(phone.space().take(bytes))).toBe("known");
  expect(phone.space().waiting().parents).toEqual([]);
  expect((await on.finish(allBatches(phone.space()))).map(({ header }) => toHex(header.hash))).toEqual(
    hashes.map(toHex),
  );
});

test("with the index lost too, what is left counts as far as it has what it builds on, and the rest comes back", async () => {
  const on = await start();
  const before = await on.finish(seen(on.device("phone")));
  rot(on, 4);
  on.node("phone").crash("power");
  on.node("phone").indexes.damage(on.world.random);
  const phone = await on.start("phone");
  const { parents, batches } = phone.space().waiting();
  expect(parents.length).toBeGreaterThan(0);
  expect(batches).toBeGreaterThan(0);
  for (let wanted = parents; wanted.length > 0; wanted = phone.space().waiting().parents) {
    for (const { bytes } of await on.finish(batchesOf(on.device("laptop").space(), wanted))) {
      await on.finish(phone.space().take(bytes));
    }
    await on.finish(phone.space().settled());
  }
  await on.give("laptop", "phone");
  expect(await on.finish(seen(phone))).toEqual(before);
  // What it wrote itself came from elsewhere: there may be more of it, so it goes on apart from that.
  const header = await on.finish(phone.write([entryOf(1, "goes on")]));
  expect([header.incarnation, header.sequence]).toEqual([1, 1]);
  expect(phone.space().forks()).toEqual([]);
});

test("while a batch is damaged that a revocation needs, all shows as it was, until somebody brings it", async () => {
  const on = await start();
  const space = on.device("phone").space();
  await on.finish(on.device("laptop").write([entryOf(1, "accepted")]));
  await on.finish(on.device("laptop").write([entryOf(1, "too late")]));
  await on.give("laptop", "phone");
  rot(on, 6);
  on.story.revoke(on.story.first, on.actor("laptop"), { batches: [[space.id, 1]] });
  await on.tell("phone");
  expect(await on.state("phone")).toMatchObject({ [register(1)]: "too late" });
  await expect(on.finish(on.device("phone").write([]))).rejects.toMatchObject({ kind: "unavailable" });
  for (let wanted: readonly Hash[] = space.waiting().parents; wanted.length > 0; wanted = space.waiting().parents) {
    for (const { bytes } of await on.finish(batchesOf(on.device("laptop").space(), wanted))) {
      await on.finish(space.take(bytes));
    }
    await on.finish(space.settled());
  }
  expect(await on.state("phone")).toMatchObject({ [register(1)]: "accepted", [register(12)]: "value 12".repeat(200) });
  await on.finish(on.device("phone").write([entryOf(2, "goes on")]));
  expect(on.device("phone").parts.kind.opened.get(space.id)?.store.resets).toBe(1);
});

test("blobs that are offered and not here are listed, the oldest first, until they are put", async () => {
  const on = await start();
  const stored = Array.from({ length: 5 }, (_, i) => new Uint8Array(50).fill(i));
  const blobs = stored.map((bytes) => ({
    id: crypto.hash("blake3", bytes) as Uint8Array as BlobId,
    sizeBytes: bytes.length,
  }));
  const phone = on.device("phone");
  for (const [i, blob] of blobs.entries()) {
    await on.finish(phone.parts.blobs.put([{ id: blob.id, stored: stored[i] as Uint8Array }]));
    await on.finish(phone.write([], [blob]));
  }
  expect(await on.finish(phone.space().missingBlobs(undefined, 10))).toEqual([]);
  await on.give("phone", "laptop");
  const laptop = on.device("laptop");
  const missing = (after?: BlobId, limit = 10) => on.finish(laptop.space().missingBlobs(after, limit));
  expect(await missing()).toEqual(blobs);
  expect(await missing(blobs[1]?.id, 2)).toEqual(blobs.slice(2, 4));
  await on.finish(laptop.parts.blobs.put([{ id: (blobs[2] as { id: BlobId }).id, stored: stored[2] as Uint8Array }]));
  expect(await missing()).toEqual(blobs.filter((_, i) => i !== 2));
  await on.finish(laptop.space().settled());
  expect(await missing(undefined, 3)).toEqual([blobs[0], blobs[1], blobs[3]]);
  on.node("laptop").crash("power");
  on.node("laptop").indexes.damage(on.world.random);
  const again = await on.start("laptop");
  expect((await on.finish(again.space().missingBlobs(undefined, 10))).length).toBeGreaterThanOrEqual(4);
});
