// Whatever a caller gives, it is refused as its own mistake: never a defect of the node, which goes on for the others.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Drive } from "#interfaces/generated/drive.ts";
import type { Node } from "#interfaces/generated/node.ts";
import { givenText } from "./given-bytes.ts";
import { GlowWorld } from "./glow-world.ts";

const kinds = [
  "none",
  "invalid",
  "not-found",
  "already-exists",
  "too-large",
  "denied",
  "unavailable",
  "conflict",
  "corrupt",
];

/** Texts that look like what they should be, and texts that do not. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "/",
    "f",
    "folder",
    "folder/f",
    "folder/..",
    ".",
    "//",
    "files",
    "a",
    "b",
    "constructor",
    "__proto__",
  ),
  fc.constantFrom(
    "\u0000",
    "f\u0000",
    "é",
    "e\u0301",
    "CON",
    "a\\b",
    "x".repeat(300),
    "/me/drives/files/f",
    "folder/f/g",
  ),
  fc.string({ unit: "binary", maxLength: 40 }).filter((given) => given.isWellFormed()),
  fc.stringMatching(/^[a-z2-7]{20,60}(\.\d{1,3})?$/),
);
const count = fc.oneof(fc.nat({ max: 10 }), fc.constantFrom(-1, 0.5, Number.NaN, Infinity, 2 ** 53, 0xffff_ffff));
const time = fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n));

type Call<Target> = (target: Target) => unknown;

const driveCall: fc.Arbitrary<Call<Drive>> = fc.oneof(
  text.map(
    (path): Call<Drive> =>
      (drive) =>
        drive.stat(path),
  ),
  fc.tuple(text, text, count).map(
    ([path, after, limit]): Call<Drive> =>
      (drive) =>
        drive.list(path, after, limit),
  ),
  text.map(
    (path): Call<Drive> =>
      (drive) =>
        drive.totals(path),
  ),
  fc.tuple(text, count, count, fc.option(text, { nil: undefined })).map(
    ([path, offset, length, version]): Call<Drive> =>
      (drive) =>
        drive.read(path, offset, length, version),
  ),
  fc.tuple(text, count, text).map(
    ([id, at, version]): Call<Drive> =>
      (drive) =>
        drive.readObject(id, at, 1, version),
  ),
  fc.tuple(text, text, fc.boolean(), fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }), time, count).map(
    ([path, content, parents, replaces, modifiedNs, mode]): Call<Drive> =>
      (drive) =>
        drive.write(path, givenText(content), { parents, modifiedNs, mode, ...(replaces && { replaces }) }),
  ),
  fc.tuple(text, count, text).map(
    ([path, size, key]): Call<Drive> =>
      (drive) =>
        drive.upload(path, size, key),
  ),
  fc.tuple(text, fc.boolean()).map(
    ([path, parents]): Call<Drive> =>
      (drive) =>
        drive.makeFolder(path, parents),
  ),
  fc.tuple(text, text).map(
    ([path, target]): Call<Drive> =>
      (drive) =>
        drive.link(path, target),
  ),
  fc.tuple(text, text, fc.boolean()).map(
    ([from, to, over]): Call<Drive> =>
      (drive) =>
        drive.move(from, to, over),
  ),
  fc.tuple(text, text, fc.boolean()).map(
    ([from, to, over]): Call<Drive> =>
      (drive) =>
        drive.copy(from, to, over),
  ),
  fc.array(text, { maxLength: 3 }).map(
    (paths): Call<Drive> =>
      (drive) =>
        drive.remove(paths),
  ),
  fc.tuple(text, count, time).map(
    ([path, mode, modifiedNs]): Call<Drive> =>
      (drive) =>
        drive.setAttributes(path, { mode, modifiedNs }),
  ),
  fc.tuple(text, text, count).map(
    ([path, after, limit]): Call<Drive> =>
      (drive) =>
        drive.history(path, after, limit),
  ),
  fc.tuple(text, text).map(
    ([path, version]): Call<Drive> =>
      (drive) =>
        drive.restore(path, version),
  ),
  fc.tuple(text, count).map(
    ([after, limit]): Call<Drive> =>
      (drive) =>
        drive.removed(after, limit),
  ),
  fc.array(text, { maxLength: 3 }).map(
    (objects): Call<Drive> =>
      (drive) =>
        drive.bringBack(objects),
  ),
  fc.tuple(text, text).map(
    ([object, version]): Call<Drive> =>
      (drive) =>
        drive.resolve(object, version),
  ),
  text.map(
    (path): Call<Drive> =>
      (drive) =>
        drive.watch(path),
  ),
);

const nodeCall: fc.Arbitrary<Call<Node>> = fc.oneof(
  text.map(
    (name): Call<Node> =>
      async (node) =>
        (await node.drives()).open(name),
  ),
  text.map(
    (name): Call<Node> =>
      async (node) =>
        (await node.drives()).create(name),
  ),
  fc.tuple(text, text).map(
    ([from, to]): Call<Node> =>
      async (node) =>
        (await node.drives()).rename(from, to),
  ),
  text.map(
    (name): Call<Node> =>
      (node) =>
        node.reach(name),
  ),
  text.map(
    (path): Call<Node> =>
      async (node) =>
        (await node.names()).find(path),
  ),
  fc.tuple(text, text, count).map(
    ([path, after, limit]): Call<Node> =>
      async (node) =>
        (await node.names()).list(path, after, limit),
  ),
  text.map(
    (node): Call<Node> =>
      async (whole) =>
        (await whole.links()).probe(node),
  ),
  text.map(
    (node): Call<Node> =>
      async (whole) =>
        (await whole.links()).route(node),
  ),
  fc.tuple(text, text).map(
    ([node, address]): Call<Node> =>
      async (whole) =>
        (await whole.links()).keep(node, [address]),
  ),
  fc.tuple(text, count).map(
    ([name, seconds]): Call<Node> =>
      async (node) =>
        (await node.user()).invite("tab", seconds, name),
  ),
  text.map(
    (id): Call<Node> =>
      async (node) =>
        (await node.user()).cancelInvitation(id),
  ),
  text.map(
    (name): Call<Node> =>
      async (node) =>
        (await node.user()).rename(name),
  ),
  fc.tuple(text, text).map(
    ([device, name]): Call<Node> =>
      async (node) =>
        (await node.user()).renameDevice(device, name),
  ),
  text.map(
    (device): Call<Node> =>
      async (node) =>
        (await node.user()).revoke(device === "b" ? "c" : device),
  ),
  fc.tuple(count, text).map(
    ([seconds, drive]): Call<Node> =>
      (node) =>
        node.lend(["read"], seconds, [drive]),
  ),
  count.map(
    (limit): Call<Node> =>
      async (node) =>
        (await node.log()).recent(limit),
  ),
);

test("of a drive", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const found = new Set<string>();
  for (const call of fc.sample(driveCall, { numRuns: 1500, seed: 1 })) {
    const kind = await world.failure(() => call(drive));
    expect(kinds, `${call}`).toContain(kind);
    found.add(kind);
  }
  // Neither was all refused, nor nothing.
  expect([...found]).toEqual(expect.arrayContaining(["none", "invalid", "not-found", "already-exists"]));
  await world.write(drive, "sane", "as ever");
  expect(await world.read(drive, "sane")).toBe("as ever");
});

test("of a node", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.drive("a");
  for (const [i, call] of fc.sample(nodeCall, { numRuns: 600, seed: 2 }).entries()) {
    const node = i % 2 === 0 ? world.whole("a") : await world.reached("b", "a");
    const kind = await world.failure(() => call(node));
    expect([...kinds, "exhausted"], `${call}`).toContain(kind);
  }
  expect(await world.finish(world.whole("a").info())).toMatchObject({ version: "1.2.3" });
});
