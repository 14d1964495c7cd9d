// Several things at once, and what comes of them.

import { expect, test } from "vitest";
import { inParallel } from "./parallel.ts";

test("no more run at once than may, and results come as they come", async () => {
  const begun: PromiseWithResolvers<string>[] = [];
  const results = inParallel(2, () => {
    if (begun.length === 4) return undefined;
    begun.push(Promise.withResolvers());
    return begun.at(-1)?.promise;
  });
  const first = results.next();
  expect(begun.length).toBe(2);
  begun[1]?.resolve("b");
  expect((await first).value).toBe("b");
  expect(begun.length).toBe(2);
  const second = results.next();
  expect(begun.length).toBe(3);
  begun[2]?.resolve("c");
  expect((await second).value).toBe("c");
  const rest = Array.fromAsync(results);
  begun[0]?.resolve("a");
  await new Promise((resolve) => setImmediate(resolve));
  begun[3]?.resolve("d");
  expect((await rest).toSorted()).toEqual(["a", "d"]);
});

test("what comes of one may be what the next are made of", async () => {
  const pending = [3];
  const results = inParallel(4, () => {
    const next = pending.pop();
    if (next === undefined) return undefined;
    return Promise.resolve().then(() => {
      for (let i = 0; i < next; i++) pending.push(next - 1);
      return next;
    });
  });
  const all = await Array.fromAsync(results);
  expect(all.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3]);
});

test("the first failure ends it, and nobody need see the others", async () => {
  let begun = 0;
  const results = inParallel(3, () => Promise.reject(new Error(`${++begun}`)));
  await expect(Array.fromAsync(results)).rejects.toThrow("1");
  expect(begun).toBe(3);
});
