// A work that fails on a sick medium leaves nothing behind: what the space tells of itself is soon what is on the medium
// again, though nobody asks it for anything more.

import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { SpaceWorld } from "../../store/space-world.ts";
import type { Watch, WatchedOperation } from "./log-watched-disk.ts";

const failure = new GlowError("corrupt", "disk.use", { message: "the medium failed" });

/** A device with a space that has written once, and then a medium that fails where it is told to. */
async function start(isFailing: (operation: WatchedOperation) => boolean) {
  let isSick = false;
  const watch: Watch = (operation, perform) => (isSick && isFailing(operation) ? Promise.reject(failure) : perform());
  const on = new SpaceWorld();
  await on.start("phone", { watch });
  const space = await on.create();
  await on.finish(on.device("phone").write([entryOf(1, "one")]));
  isSick = true;
  await expect(on.finish(on.device("phone").write([entryOf(1, "two")]))).rejects.toThrow("the medium failed");
  isSick = false;
  await on.run(2 * spaceLimits.dutyRetryMs);
  return { on, space };
}

test("a batch that could not be written to the log is not told of", async () => {
  const { on, space } = await start(({ name }) => name === "write");
  const hashes = (await on.finish(space.hashes())).map(toHex);
  expect(space.positions().map(({ hash, sequence }) => [toHex(hash), sequence])).toEqual([[expect.anything(), 2]]);
  expect(hashes).toContain(toHex(space.positions()[0]?.hash as Uint8Array));
});

test("a batch that is in the log and could not be written to the index is taken in by itself", async () => {
  const { on, space } = await start(({ name, path }) => name === "index" && path === "write");
  expect(space.positions()).toMatchObject([{ sequence: 3 }]);
  expect((await on.state("phone"))[`${objectOf(1)}.0`]).toBe("two");
});
