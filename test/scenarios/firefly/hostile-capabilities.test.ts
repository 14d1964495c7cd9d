// Peers that name objects they do not have, let go of what they do not hold, and fill tables with nonsense.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { op } from "#firefly/session/frame.ts";
import { ChainInterface, EchoStub, ListenerInterface } from "../../interfaces/generated/sample.ts";
import { ask, call, carrying, type Entry, frame, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { nothing, settled } from "./session-pair.ts";

const echo = { number: 0 };
const chain = mention(1, ChainInterface);
const { pathSteps, capabilitiesPerPayload } = fireflyLimits;

const first = (id: number): Uint8Array => ask({ id, type: echo, method: method.first });
const increment = (id: number, table: readonly Entry[]): Uint8Array =>
  call({ id, type: echo, method: method.increment, payload: varints(2), table });

/** A table of this count and what follows, behind a call that is otherwise right. */
const withTable = (...bytes: readonly number[]): Uint8Array =>
  frame((writer) => {
    writer.raw(increment(0, []).slice(0, -1));
    writer.raw(varints(...bytes));
  });

test.each<[string, readonly Uint8Array[], string]>([
  [
    "a call to an export that was never given",
    [call({ id: 0, target: 5, type: echo, method: 0 })],
    "export 5, which it does not hold",
  ],
  ["an export that was never given, in a table", [increment(0, [{ import: 9 }])], "export 9, which it does not hold"],
  [
    "an export released and named again",
    [first(0), plain(op.release, 1, 1), call({ id: 1, target: 1, type: chain, method: 0 })],
    "export 1, which it does not hold",
  ],
  [
    "an answer that was never asked for",
    [call({ id: 0, answer: 1, type: chain, method: 0 })],
    "the answer of call 1, which it is not owed",
  ],
  [
    "the answer of a plain call",
    [
      call({ id: 0, type: echo, method: method.sleep, payload: varints(99_999) }),
      call({ id: 1, answer: 0, type: chain, method: 0 }),
    ],
    "the answer of call 0, which it is not owed",
  ],
  ["its own answer", [ask({ id: 0, answer: 0, type: chain, method: 0 })], "the answer of call 0, which it is not owed"],
  [
    "its own answer in its table",
    [ask({ id: 0, type: echo, method: method.first, table: [{ answer: 0 }] })],
    "the answer of call 0, which it is not owed",
  ],
  [
    "an answer after FINISH",
    [first(0), plain(op.finish, 0), call({ id: 1, answer: 0, type: chain, method: 1 })],
    "the answer of call 0, which it is not owed",
  ],
  [
    "an answer in a table that is not owed",
    [increment(0, [{ answer: 7 }])],
    "the answer of call 7, which it is not owed",
  ],
  [
    "a path of nine steps",
    [first(0), call({ id: 1, answer: 0, path: Array(pathSteps + 1).fill(0), type: chain, method: 1 })],
    `a path of ${pathSteps + 1} steps`,
  ],
  [
    "a path of nine steps in a table",
    [first(0), increment(1, [{ answer: 0, path: Array(pathSteps + 1).fill(0) }])],
    `a path of ${pathSteps + 1} steps`,
  ],
  ["a path of 2^32 - 1 steps", [withTable(1, 2, 0, 2 ** 32 - 1)], "a path of 4294967295 steps"],
  ["a release of nothing", [first(0), plain(op.release, 1, 0)], "it releases export 1 0 times but holds it 1 times"],
  ["a release too many", [first(0), plain(op.release, 1, 2)], "it releases export 1 2 times but holds it 1 times"],
  ["a release of 2^32 - 1", [first(0), plain(op.release, 1, 2 ** 32 - 1)], "it releases export 1 4294967295 times"],
  ["a release of what was never given", [plain(op.release, 3, 1)], "export 3, which it does not hold"],
  ["a release of the root", [plain(op.release, 0, 1)], "it releases export 0 1 times but holds it 0 times"],
  ["a table of a million entries", [withTable(1_000_000)], "a payload refers to 1000000 objects"],
  [
    "a table of one entry too many",
    [increment(0, Array(capabilitiesPerPayload + 1).fill({ import: 0 }))],
    `a payload refers to ${capabilitiesPerPayload + 1} objects`,
  ],
  ["a table that is cut off", [withTable(3, 1, 0)], "is cut off"],
  ["an entry of unknown kind", [withTable(1, 4, 0)], "an object of unknown kind 4"],
  [
    "an interface number skipped",
    [increment(0, [{ export: 1, type: { number: 2 } }])],
    "interface number 2 comes before 1",
  ],
  ["an interface hash cut off", [withTable(1, 0, 1, 1, 18)], "is cut off"],
  ["FINISH above the limit", [plain(op.finish, fireflyLimits.calls)], "call id 65536 is above the limit"],
])("%s ends the session", async (_name, frames, message) => {
  const peer = await RawPeer.greeted();
  for (const each of frames) await peer.answers(each);
  await peer.ends("protocol", new RegExp(message));
  expect(peer.sample.counts.chainsDisposed).toBe(peer.sample.counts.chainsMade);
});

/** The error that a call comes back with. */
const fails = (id: number, code: number, message: string): unknown =>
  expect.stringMatching(new RegExp(`^RETURN call=${id} error=${code} .*${message}`));

test.each<[string, number, number, string]>([
  ["a step that leads nowhere", 7, 11, "there is no object at this place of the result"],
  ["a step to a string", 1, 11, "there is no object at this place of the result"],
  ["a step of 2^32 - 1", 2 ** 32 - 1, 11, "there is no object at this place of the result"],
])("a path with %s fails the call, and nothing else", async (_name, step, code, message) => {
  const peer = await RawPeer.greeted();
  await peer.answers(ask({ id: 0, type: echo, method: method.inspect }));
  for (const path of [[step], [2, step], [0, step], [step, step, step, step]]) {
    const named = peer.frames.some((each) => each.includes(`error=${code}`)) ? { number: 1 } : chain;
    expect(await peer.answers(call({ id: 1, answer: 0, path, type: named, method: 1 }))).toEqual([
      fails(1, code, message),
    ]);
  }
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 1, exports: 2 });
  await peer.lives();
});

test("a call under another interface than the object's fails, with both named", async () => {
  const peer = await RawPeer.greeted();
  expect(await peer.answers(call({ id: 0, type: chain, method: 0 }))).toEqual([
    fails(0, 11, "the object is a Echo of version"),
  ]);
  await peer.lives();
});

test.each<[string, Uint8Array, readonly Entry[], string]>([
  [
    "an object of another interface",
    varints(0),
    [{ export: 1, type: mention(1, ChainInterface) }],
    "where a Listener should be",
  ],
  [
    "an interface nobody knows",
    varints(0),
    [{ export: 1, type: { number: 1, hash: `12${"ab".repeat(32)}` } }],
    "where a Listener should be",
  ],
  ["the host's own root", varints(0), [{ import: 0 }], "where a Listener should be"],
  ["a stream instead of an object", varints(0), [{ stream: 0 }], "no object 0 in the table"],
  [
    "an index above the table",
    varints(1),
    [{ export: 1, type: mention(1, ListenerInterface) }],
    "no object 1 in the table",
  ],
  ["an index of 2^32 - 1", varints(2 ** 32 - 1), [], "no object 4294967295 in the table"],
  ["bytes left over", varints(0, 0), [{ export: 1, type: mention(1, ListenerInterface) }], "1 bytes too many"],
])("%s in an argument fails the call, and what came with it is given back", async (_name, payload, table, message) => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 50; i++) {
    const again = table.map((each) => ("export" in each && i > 0 ? { ...each, type: { number: 1 } } : each));
    const answers = await peer.answers(call({ id: 0, type: echo, method: method.keep, payload, table: again }));
    expect(answers).toContainEqual(fails(0, 2, message));
    for (const each of table) {
      if ("export" in each) expect(answers).toContain("RELEASE export=1 count=1");
      if ("stream" in each) {
        expect(answers).toContain("STOP stream=0");
        await peer.answers(plain(op.end, 0));
      }
    }
    expect(peer.session.sizes).toEqual(nothing);
  }
  await peer.lives();
});

test("one entry used in two places of a result fails the call", async () => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 50; i++) {
    const failure = Promise.resolve(peer.session.root(EchoStub).inspect()).catch((thrown: unknown) => thrown);
    await settled();
    const table = [{ export: 4, type: i === 0 ? chain : { number: 1 } }];
    expect(await peer.answers(carrying(op.return, 0, varints(0, 0, 0, 0), table))).toContain(
      "RELEASE export=4 count=1",
    );
    expect(await failure).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("object 0 of the table stands in two places"),
    });
    expect(peer.session.sizes).toEqual(nothing);
  }
});

test("entries that the payload does not use are given back, as many as there may be, again and again", async () => {
  const peer = await RawPeer.greeted();
  const table = Array.from({ length: capabilitiesPerPayload }, (_, index) => ({
    export: index >> 1,
    type: index === 0 ? mention(1, ListenerInterface) : { number: 1 },
  }));
  for (let i = 0; i < 20; i++) {
    const again = i === 0 ? table : table.map((each) => ({ ...each, type: { number: 1 } }));
    const answers = await peer.answers(increment(0, again));
    expect(answers.length).toBe(1 + capabilitiesPerPayload / 2);
    expect(answers).toContain("RELEASE export=0 count=2");
    expect(peer.session.sizes).toEqual(nothing);
  }
});

test("objects given and released a thousand times leave nothing, and each is disposed of", async () => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 1000; i++) peer.send(first(0), plain(op.release, 1, 1), plain(op.finish, 0));
  await settled();
  expect(peer.session.sizes).toEqual(nothing);
  expect(peer.sample.counts).toEqual({ chainsMade: 1000, chainsDisposed: 1000 });
});

test("a table of the host's own objects that is cut off leaves none of them alive", async () => {
  const peer = await RawPeer.greeted();
  await peer.answers(first(5), first(6));
  expect(peer.session.sizes.exports).toBe(2);
  peer.send(withTable(3, 1, 1, 1, 2, 1));
  await peer.ends("protocol", "is cut off");
  expect(peer.sample.counts).toEqual({ chainsMade: 2, chainsDisposed: 2 });
});

test("FINISH of what is not there does nothing, as the RETURN of a plain call may cross it", async () => {
  const peer = await RawPeer.greeted();
  expect(await peer.answers(...Array.from({ length: 1000 }, (_, id) => plain(op.finish, id)))).toEqual([]);
  await peer.lives();
});
