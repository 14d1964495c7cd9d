// What a stream may send and hold, and all streams of a session together, whatever the other side does.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { op } from "#firefly/session/frame.ts";
import { EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { call, hello, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { echoOffer, eventually, nothing, SessionPair, settled } from "./session-pair.ts";
import { creditBytes, data, dataBytes, sum, upload } from "./stream-frames.ts";

const { streamFirstWindowBytes, streamWindowBytes, sessionWindowBytes, streamItemBytes, dataFrameBytes } =
  fireflyLimits;
const largestDataBytes = dataFrameBytes + streamItemBytes;

/** A host that holds on to the streams it is sent, and never reads them. */
const unread = (): RawPeer => new RawPeer({ root: echoOffer({ upload: () => new Promise(() => undefined) }) });

test("an unread stream takes `fireflyLimits.streamFirstWindowBytes` and one frame more; the next ends the session", async () => {
  const peer = unread();
  peer.send(hello(), upload(0, 0), data(0, streamFirstWindowBytes - 1), data(0, dataFrameBytes));
  await settled();
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 1, incomingStreams: 1 });
  peer.send(data(0, 1));
  await peer.ends("protocol", "it sends on stream 0 without credit");
});

test("DATA above `fireflyLimits.dataFrameBytes` and `fireflyLimits.streamItemBytes` together ends the session", async () => {
  const peer = new RawPeer();
  const answers = await peer.answers(hello(), upload(0, 0), data(0, largestDataBytes), plain(op.end, 0));
  expect(answers).toContain(`RETURN call=0 payload=${varints(largestDataBytes).toHex()}`);
  peer.send(upload(0, 0, { number: 0 }), data(0, largestDataBytes + 1));
  await peer.ends("protocol", `a DATA frame of ${largestDataBytes + 1} bytes on stream 0`);
});

test("a reader gives `fireflyLimits.streamWindowBytes` at most, and then as much as it has read", async () => {
  const peer = new RawPeer();
  let givenBytes = streamFirstWindowBytes + creditBytes(await peer.answers(hello(), upload(0, 0)));
  expect(givenBytes).toBe(streamWindowBytes);
  for (let sentBytes = dataFrameBytes; sentBytes < 4 * streamWindowBytes; sentBytes += dataFrameBytes) {
    givenBytes += creditBytes(await peer.answers(data(0, dataFrameBytes)));
    expect(givenBytes - sentBytes).toBeLessThanOrEqual(streamWindowBytes);
    expect(givenBytes - sentBytes).toBeGreaterThan(streamFirstWindowBytes);
  }
});

test("all streams that are read get `fireflyLimits.sessionWindowBytes` beyond their first windows, and no more", async () => {
  const streams = 2 * Math.ceil(sessionWindowBytes / streamWindowBytes);
  const peer = await RawPeer.greeted();
  const openAll = (): readonly Uint8Array[] =>
    Array.from({ length: streams }, (_, each) => upload(each, each, { number: 0 }));
  for (let i = 0; i < 5; i++) {
    expect(creditBytes(await peer.answers(...openAll()))).toBe(sessionWindowBytes);
    // They are over: what they had is there for the next.
    await peer.answers(...Array.from({ length: streams }, (_, each) => plain(op.end, each)));
    expect(peer.session.sizes).toEqual(nothing);
  }
});

test("a stream sends its first window at most before anybody reads, and then what it has credit for", async () => {
  const peer = new RawPeer();
  const type = mention(0, EchoInterface);
  // 10 MB, as a u64.
  const wanted = varints(10_000_000);
  const first = await peer.answers(hello(), call({ id: 0, type, method: method.bytes, payload: wanted }));
  expect(sum(dataBytes(first))).toBe(streamFirstWindowBytes);
  expect(Math.max(...dataBytes(first))).toBe(dataFrameBytes);
  for (const bytes of [1, 100, 16_384, 16_385, 1_000_000]) {
    const sizes = dataBytes(await peer.answers(plain(op.credit, 0, bytes)));
    expect(sum(sizes)).toBe(bytes);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(dataFrameBytes);
  }
});

test("items overdraw the credit by one frame at most", async () => {
  const peer = new RawPeer();
  const type = mention(0, EchoInterface);
  const first = await peer.answers(hello(), call({ id: 0, type, method: method.items, payload: varints(1_000_000) }));
  let sentBytes = sum(dataBytes(first));
  let givenBytes = streamFirstWindowBytes;
  for (let i = 0; i < 50; i++) {
    expect(sentBytes).toBeGreaterThanOrEqual(givenBytes);
    expect(sentBytes).toBeLessThan(givenBytes + dataFrameBytes);
    givenBytes += 20_000;
    sentBytes += sum(dataBytes(await peer.answers(plain(op.credit, 0, 20_000))));
  }
});

test("between two sessions, streams that nobody reads send a first window each, and end when they are given up", async () => {
  await using pair = new SessionPair();
  const streams = await Promise.all(Array.from({ length: 64 }, () => pair.echo.bytes(10_000_000n)));
  await settled();
  expect(pair.near.sizes.incomingStreams).toBe(64);
  for (const each of streams) each[Symbol.dispose]();
  await pair.emptied();
});

test("an item above `fireflyLimits.streamItemBytes` fails its stream with `too-large`, and the session lives", async () => {
  const name = "x".repeat(streamItemBytes);
  await using pair = new SessionPair({
    host: echoOffer({
      items: function* () {
        yield { id: 1, name: "before" };
        yield { id: 2, name };
        yield { id: 3, name: "behind" };
      },
      increment: (value) => value + 1,
    }),
  });
  const echo = pair.near.root(EchoStub);
  for (let i = 0; i < 20; i++) {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { id } of await echo.items(0)) seen.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ kind: "too-large", message: expect.stringContaining("an item of") });
    expect(seen).toEqual([1]);
    await pair.emptied();
  }
  expect(await echo.increment(1)).toBe(2);
});

test("an item of just `fireflyLimits.streamItemBytes` arrives", async () => {
  // An id of one byte, and a length of three.
  const item = { id: 1, name: "x".repeat(streamItemBytes - 4) };
  await using pair = new SessionPair({ host: echoOffer({ items: () => [item, item, item] }) });
  const seen: number[] = [];
  for await (const { name } of await pair.near.root(EchoStub).items(0)) seen.push(name.length);
  expect(seen).toEqual([streamItemBytes - 4, streamItemBytes - 4, streamItemBytes - 4]);
  await eventually(() => pair.far.sizes.outgoingStreams === 0);
});
