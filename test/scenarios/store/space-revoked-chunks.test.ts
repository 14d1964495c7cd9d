// A device is revoked, and nothing that it wrote is accepted; but others have named chunks that it had placed.

import { expect, test } from "vitest";
import type { BlobId, DriveStep, SealedChunk } from "#glow";
import { contentOf } from "../../store/drive-devices.ts";
import { type DriveHolder, DriveWorld, give } from "../../store/drive-world.ts";

const shared = contentOf("what both have");
const [chunk] = shared.chunks as [SealedChunk];

async function write({ drive }: DriveHolder, name: string, { content, chunks } = shared): Promise<void> {
  const object = drive.newObject("file");
  const steps: DriveStep[] = [
    { type: "create", object, parent: drive.root, name },
    { type: "content", object, content, modifiedNs: 1n },
  ];
  await drive.change(() => ({ steps, chunks }));
}

async function names(holder: DriveHolder): Promise<string[]> {
  return (await holder.paths()).map((path) => path.split(" ")[0] as string);
}

async function missing({ drive }: DriveHolder): Promise<readonly BlobId[]> {
  return (await drive.space.missingBlobs(undefined, 100)).map(({ id }) => id);
}

async function offered({ drive }: DriveHolder): Promise<number> {
  let count = 0;
  for await (const { blobs } of drive.space.after([])) {
    count += blobs.filter(({ id }) => id.toHex() === chunk.blob.toHex()).length;
  }
  return count;
}

/** The laptop has placed a chunk, and the phone, building on it, names it; then the laptop is revoked. */
async function story(build: boolean) {
  const world = new DriveWorld(1, ["phone", "laptop", "tablet"]);
  const [phone, laptop] = [await world.start("phone"), await world.start("laptop")];
  await world.finish(phone.spaces.create({ type: "drive", user: phone.user }));
  await world.finish(give(phone, laptop));
  await world.finish(write(laptop, "laptop's"));
  await world.finish(give(laptop, phone));
  if (build) await world.finish(write(phone, "phone's"));
  world.revoke("laptop");
  return { world, phone: await world.restart("phone") };
}

test("what those name goes on to be found, and to be fetched", async () => {
  const { world, phone } = await story(true);
  expect(await world.finish(names(phone))).toEqual(["phone's"]);
  expect(await world.finish(phone.drive.placements([chunk.name]))).toEqual([chunk.blob]);
  expect(await world.finish(missing(phone))).toEqual([chunk.blob]);
});

test("the same is known to a device that has heard of the revocation first, and when the index was lost", async () => {
  const { world, phone } = await story(true);
  let tablet = await world.start("tablet");
  await world.finish(give(phone, tablet));
  for (const losesIndex of [false, true]) {
    expect(await world.finish(names(tablet))).toEqual(["phone's"]);
    expect(await world.finish(tablet.drive.placements([chunk.name]))).toEqual([chunk.blob]);
    expect(await world.finish(missing(tablet))).toEqual([chunk.blob]);
    tablet = await world.restart("tablet", losesIndex);
  }
});

test("whoever writes it anew says so himself, and says it only once", async () => {
  const { world, phone } = await story(true);
  expect(await world.finish(offered(phone))).toBe(1);
  await world.finish(write(phone, "again"));
  expect(await world.finish(offered(phone))).toBe(2);
  await world.finish(write(phone, "and again"));
  expect(await world.finish(offered(phone))).toBe(2);
  expect(await world.finish(phone.drive.placements([chunk.name]))).toEqual([chunk.blob]);
});

test("what nobody has built on is left out with all that it says", async () => {
  const { world, phone } = await story(false);
  const tablet = await world.start("tablet");
  await world.finish(give(phone, tablet));
  // The first batch is the phone's own: the last one of the laptop has nothing above it that was written in ignorance.
  expect(await world.finish(tablet.drive.placements([chunk.name]))).toEqual(
    await world.finish(phone.drive.placements([chunk.name])),
  );
  expect(await world.finish(names(phone))).toEqual([]);
});

test("what a device that counts says of a chunk goes before what one says that does not", async () => {
  const { world, phone } = await story(true);
  const other = contentOf("something else").chunks[0] as SealedChunk;
  await world.finish(write(phone, "sealed anew", { ...shared, chunks: [{ ...chunk, blob: other.blob }] }));
  expect(await world.finish(phone.drive.placements([chunk.name]))).toEqual([other.blob]);
  const tablet = await world.start("tablet");
  await world.finish(give(phone, tablet));
  expect(await world.finish(tablet.drive.placements([chunk.name]))).toEqual([other.blob]);
});
