// Peers that have a session do the same thing for ever, within every limit: its tables stay as they are, and so does
// its memory.

import { expect, test } from "vitest";
import { op } from "#firefly/session/frame.ts";
import { ChainInterface, ListenerInterface } from "../../interfaces/generated/sample.ts";
import { ask, call, carrying, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { echoOffer, nothing, type Offer, settled } from "./session-pair.ts";

const echo = { number: 0 };
const chain = { number: 1 };
const never = (): Promise<never> => new Promise(() => undefined);

const rounds = 40;
/** Far less than a round would leave behind if each of its frames left a hundred bytes. */
const slackBytes = 2 * 1024 * 1024;

async function usedBytes(): Promise<number> {
  await settled();
  globalThis.gc?.();
  await settled();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Sends the same packet again and again; what a session keeps of it would be seen. */
async function isFlat(peer: RawPeer, packet: readonly Uint8Array[]): Promise<void> {
  expect(globalThis.gc).toBeDefined();
  let beforeBytes = 0;
  const sizes: unknown[] = [];
  for (let round = 0; round < rounds; round++) {
    await peer.answers(...packet);
    peer.frames.length = 0;
    if (round < rounds / 4) continue;
    sizes.push(peer.session.sizes);
    if (sizes.length === 1) beforeBytes = await usedBytes();
  }
  expect((await usedBytes()) - beforeBytes).toBeLessThan(slackBytes);
  expect(new Set(sizes.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(peer.end).toBeUndefined();
}

/** As many times the frames as make a thousand and some. */
const many = (...frames: readonly Uint8Array[]): readonly Uint8Array[] =>
  Array.from({ length: 1000 }, () => frames).flat();

/** A host whose chain, call 0, never comes; the chain's interface is number 1. */
async function waiting(more: Offer["object"] = {}): Promise<RawPeer> {
  const root = echoOffer({ first: never, increment: (value) => value + 1, ...more });
  const peer = await RawPeer.greeted({ root });
  const type = mention(1, ChainInterface);
  await peer.answers(
    ask({ id: 0, type: echo, method: method.first }),
    call({ id: 1, answer: 0, type, method: method.chainValue }),
    plain(op.finish, 1),
  );
  return peer;
}

test("calls on an answer that never comes, each given up", async () => {
  const peer = await waiting();
  await isFlat(peer, many(call({ id: 1, answer: 0, type: chain, method: method.chainValue }), plain(op.finish, 1)));
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 1 });
});

test("an answer that never comes, named in tables", async () => {
  const peer = await waiting();
  const table = Array.from({ length: 10 }, () => ({ answer: 0 }));
  await isFlat(peer, many(call({ id: 1, type: echo, method: method.increment, payload: varints(2), table })));
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 1 });
});

test("calls that wait for a reader, each with objects that a call has given, and each given up", async () => {
  const peer = await RawPeer.greeted();
  await peer.answers(ask({ id: 0, type: echo, method: method.first }));
  peer.back.shut();
  const increment = { type: echo, method: method.increment, payload: varints(2) };
  await peer.answers(call({ id: 1, ...increment }));
  await peer.answers(call({ id: 1, ...increment }));
  const table = Array.from({ length: 1000 }, () => ({ answer: 0 }));
  const givenUp = [call({ id: 2, ...increment, table }), plain(op.finish, 2)];
  await isFlat(peer, [...givenUp, ...givenUp, ...givenUp]);
});

test("objects that turn out to be objects that turn out to be objects", async () => {
  const peer = await RawPeer.greeted();
  const itself = (id: number, from: number): Uint8Array =>
    ask({ id, target: 1, type: chain, method: method.chainItself, payload: varints(0), table: [{ answer: from }] });
  const listener = [{ export: 7, type: mention(2, ListenerInterface) }];
  await peer.answers(
    ask({ id: 0, type: echo, method: method.first }),
    ask({
      id: 1,
      target: 1,
      type: mention(1, ChainInterface),
      method: method.chainItself,
      payload: varints(0),
      table: listener,
    }),
  );
  await isFlat(peer, many(itself(2, 1), plain(op.finish, 1), itself(1, 2), plain(op.finish, 2)));
  // It is the peer's own listener still, and is called straight away.
  const heard = call({ id: 3, answer: 1, type: { number: 2 }, method: 0, payload: Uint8Array.of(2, 104, 105) });
  expect(await peer.answers(heard)).toEqual([
    expect.stringMatching(/^CALL call=0 export=7 interface=\d:\w+ method=0 payload=026869$/),
  ]);
  const answers = await peer.answers(plain(op.finish, 1), plain(op.finish, 3));
  expect(answers.some((each) => each.startsWith("RELEASE export=7"))).toBe(true);
});

test("answers that are kept do not keep results on which no call can be made", async () => {
  const peer = await RawPeer.greeted();
  const name = new Uint8Array(100_000).fill(120);
  const payload = (id: number): Uint8Array => {
    const whole = new Uint8Array(1 + 3 + name.length);
    whole.set(varints(id & 63, name.length));
    whole.set(name, 4);
    return whole;
  };
  const beforeBytes = await usedBytes();
  for (let id = 0; id < 500; id++) {
    await peer.answers(ask({ id, type: echo, method: method.echo, payload: payload(id) }));
    peer.frames.length = 0;
  }
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 500 });
  expect((await usedBytes()) - beforeBytes).toBeLessThan(slackBytes);
});

test("objects given, named, and let go of", async () => {
  const peer = await RawPeer.greeted();
  await peer.answers(ask({ id: 0, type: echo, method: method.first }), plain(op.finish, 0));
  const table = [{ import: 1 }, { import: 0 }];
  await isFlat(
    peer,
    many(
      call({ id: 1, type: echo, method: method.increment, payload: varints(2), table }),
      ask({ id: 2, type: echo, method: method.give }),
      plain(op.release, 2, 1),
      plain(op.finish, 2),
    ),
  );
  expect(peer.sample.counts.chainsDisposed).toBe(peer.sample.counts.chainsMade - 1);
});

test("calls that fail, one way or another", async () => {
  const peer = await RawPeer.greeted();
  await isFlat(
    peer,
    many(
      call({ id: 0, type: echo, method: 77 }),
      call({ id: 0, type: echo, method: method.echo, payload: Uint8Array.of(255, 255) }),
      ask({ id: 0, type: echo, method: method.inspect, payload: varints(1) }),
      plain(op.finish, 0),
      call({ id: 0, type: echo, method: method.sleep, payload: varints(100_000) }),
      plain(op.finish, 0),
    ),
  );
  expect(peer.session.sizes).toEqual(nothing);
});

test("items that nobody reads stay packed, whatever their frames bring along", async () => {
  const root = echoOffer({ sum: never, increment: (value) => value + 1 });
  const peer = await RawPeer.greeted({ root });
  const open = (id: number): Uint8Array =>
    call({ id, type: echo, method: method.sum, payload: varints(0), table: [{ stream: id }] });
  const streams = 64;
  const listener = { export: 1, type: mention(1, ListenerInterface) };
  const items = Uint8Array.of(127, ...new Uint8Array(127));
  await peer.answers(...Array.from({ length: streams }, (_, id) => open(id)), carrying(op.data, 0, items, [listener]));
  const frame = (id: number): Uint8Array => carrying(op.data, id, items, [{ export: 1, type: { number: 1 } }]);
  const beforeBytes = await usedBytes();
  for (let id = 1; id < streams; id++) {
    await peer.answers(...Array.from({ length: 256 }, () => frame(id)));
    peer.frames.length = 0;
  }
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: streams, incomingStreams: streams });
  expect((await usedBytes()) - beforeBytes).toBeLessThan(4 * slackBytes);
});
