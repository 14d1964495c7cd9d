// A short life with a space, in which at each single operation of the disk and of the index something happens: the program
// dies, the power is lost, the disk is full, the medium fails. Nothing that was acknowledged is lost, no batch is applied
// twice or out of order, no fork is made, and all goes on.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Watch, WatchedOperation } from "./log-watched-disk.ts";
import { makePast, named, type Past, SpaceLife } from "./space-life.ts";

/** From one operation that is disturbed to the next; prime, so that no kind of operation is always passed over. */
const stride = 3;

/** Has something happen at one operation of a life; false if the life has no such operation. */
async function disturbed(past: Past, at: number, happen: (life: SpaceLife) => Watch): Promise<boolean> {
  const life = new SpaceLife(past, at);
  const happening = happen(life);
  let operations = 0;
  let isLiving = true;
  const watch: Watch = (operation, perform) => {
    return isLiving && operations++ === at ? happening(operation, perform) : perform();
  };
  await life.run(watch);
  isLiving = false;
  await life.check();
  return operations > at;
}

test("a life cut short by death, or by the loss of power", { timeout: 120_000 }, async () => {
  const past = await makePast();
  let at = 0;
  for (let isCut = true; isCut; at += stride) {
    const manner = at % 2 === 0 ? "kill" : "power";
    await named(`${manner} at operation ${at}`, async () => {
      isCut = await disturbed(past, at, (life) => (_, perform) => {
        const result = perform();
        life.node.crash(manner);
        return result;
      });
    });
  }
  expect(at).toBeGreaterThan(100);
});

const grows = new Set(["open", "make-folder", "write", "truncate", "sync-folder"]);

test("a life in which the disk is full, or the medium fails, at one operation", { timeout: 120_000 }, async () => {
  const past = await makePast();
  let at = 0;
  for (let isThere = true; isThere; at += stride) {
    await named(`failure at operation ${at}`, async () => {
      isThere = await disturbed(past, at, (life) => (operation, perform) => {
        // Where nothing is opened there is no life to look at; that is the matter of those who open.
        if (life.isStarting) return perform();
        return Promise.reject(failureAt(operation, at));
      });
    });
  }
  expect(at).toBeGreaterThan(100);
});

function failureAt({ name, path }: WatchedOperation, at: number): GlowError {
  const isFull = grows.has(name) || (name === "index" && path === "write" && at % 2 === 0);
  if (isFull) return new GlowError("exhausted", "disk.write", { target: path, message: "the disk is full" });
  return new GlowError("corrupt", "disk.use", { target: path, message: "the medium failed" });
}
