// Firefly over one stream of a mesh session, on a bad line whose path changes: calls and streams notice nothing.

import { expect, test } from "vitest";
import { FireflySession } from "#firefly/session/session.ts";
import { EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { SessionPair } from "./session-pair.ts";

test("calls, pipelining and bulk at once, while the path changes and packets are lost", async () => {
  const pair = await SessionPair.start({ conditions: { delayMs: 10, jitterMs: 10, loss: 0.05, doubling: 0.05 } });
  pair.far.onStream = (stream) => {
    const { clock, timers } = pair.far.platform;
    void new FireflySession(stream, { clock, timers, root: { type: EchoInterface, object: new SampleEcho(timers) } });
    return true;
  };
  const { clock, timers } = pair.near.platform;
  const session = new FireflySession(pair.near.open("firefly", "interactive"), { clock, timers });
  const echo = session.root(EchoStub);
  const sizeBytes = 3_000_000;
  const download = (async () => {
    let read = 0;
    for await (const piece of await echo.bytes(BigInt(sizeBytes))) read += piece.length;
    return read;
  })();
  const upload = echo.upload(Array.from({ length: 30 }, () => new Uint8Array(100_000)));
  const chain = echo.first().next().next().value();
  const calls = (async () => {
    for (let i = 0; i < 100; i++) if ((await echo.increment(i)) !== i + 1) throw new Error(`call ${i}`);
    return 100;
  })();
  [150, 400, 700, 1000].forEach((atMs, i) => pair.world.after(atMs, () => pair.path(i % 2 === 1)));
  const results = await pair.world.finish(Promise.all([download, upload, chain, calls]));
  expect(results).toEqual([sizeBytes, 3_000_000n, 2, 100]);
  const lost = pair.sides.map((side) => side.session.counts.lost);
  expect(Math.min(...lost)).toBeGreaterThan(0);
  session[Symbol.dispose]();
  await pair.run(20_000);
  expect(pair.sides.map((side) => side.session.sizes.streams)).toEqual([0, 0]);
});
