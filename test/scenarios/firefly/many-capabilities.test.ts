// A hundred thousand calls with an object in each: afterwards the tables are empty, and the heap is what it was. The
// million is in bench/capabilities.ts.

import { expect, test } from "vitest";
import { echoOffer, SessionPair } from "./session-pair.ts";

const count = 100_000;
const lanes = 64;
/** What the engine itself moves about; a leak of a single word for each call would be more. */
const flatBytes = 768 * 1024;

test("100,000 objects lent and given leave nothing behind", async () => {
  let disposed = 0;
  const chain = () => ({
    next: () => chain(),
    value: () => 0,
    itself: () => ({ heard: (text: string) => text }),
    [Symbol.dispose]: () => void disposed++,
  });
  await using pair = new SessionPair({
    host: echoOffer({ call: (listener, text) => listener.heard(text), give: chain }),
  });
  const { echo } = pair;
  const lend = async (text: string): Promise<void> => {
    if ((await echo.call({ heard: (each) => each }, text)) !== text) throw new Error("another text came back");
  };
  const take = async (): Promise<void> => {
    using given = echo.give();
    if ((await given.value()) !== 0) throw new Error("another value came back");
  };
  const run = async (calls: number): Promise<void> => {
    let made = 0;
    const lane = async (): Promise<void> => {
      while (made < calls) {
        made++;
        await (made % 2 === 0 ? lend("x") : take());
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    await pair.emptied();
  };
  await run(count / 10);
  const before = heapBytes();
  await run(count);
  expect(heapBytes() - before).toBeLessThan(flatBytes);
  expect(disposed).toBe((count / 10 + count) / 2);
});

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
