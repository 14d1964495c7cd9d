// Peers that take as much as they can get: calls, bytes, objects, names, time, and results that they never read.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { duplicate } from "#firefly/codec/stub.ts";
import { Writer } from "#firefly/codec/writer.ts";
import { flag, floor, op } from "#firefly/session/frame.ts";
import { OutgoingInterfaceNames } from "#firefly/session/interface-names.ts";
import { DepotInterface, WagonInterface, type WagonStub } from "../../interfaces/generated/depot.ts";
import { EchoInterface } from "../../interfaces/generated/sample.ts";
import { call, hello, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { depotOffer, echoOffer, nothing, SessionPair, settled } from "./session-pair.ts";

const echo = { number: 0 };
const least = { calls: floor.calls, callBytes: floor.callBytes, streams: floor.streams };

const never = (): Promise<never> => new Promise(() => undefined);

const increment = (id: number): Uint8Array => call({ id, type: echo, method: method.increment, payload: varints(2) });

const sleep = (id: number): Uint8Array => call({ id, type: echo, method: method.sleep, payload: varints(1_000_000) });

/** From now on the host knows that nobody reads what it sends. */
async function fill(peer: RawPeer): Promise<void> {
  peer.back.shut();
  await peer.answers(increment(0));
}

test("`fireflyLimits.calls` calls may be unanswered; another ends the session", async () => {
  const peer = await RawPeer.greeted({ root: echoOffer({ sleep: never, increment: (value) => value + 1 }) });
  const { calls } = fireflyLimits;
  peer.send(...Array.from({ length: calls }, (_, id) => sleep(id)));
  await settled();
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: calls });
  peer.send(sleep(calls));
  await peer.ends("protocol", `call id ${calls} is above the limit of ${calls} calls`);
});

test("a call id that is in use ends the session", async () => {
  const peer = await RawPeer.greeted();
  peer.send(sleep(3), increment(3));
  await peer.ends("protocol", "call 3 is not finished and cannot be made again");
});

test("unanswered calls hold `fireflyLimits.callBytes`; another byte ends the session, and no handler sees it", async () => {
  const seen: number[] = [];
  const root = echoOffer({
    put: (data) => {
      seen.push(data.length);
      return never();
    },
    increment: (value) => value + 1,
  });
  const peer = await RawPeer.greeted({ root });
  const { callBytes } = fireflyLimits;
  const put = (id: number, bytes: number): Uint8Array => {
    const payload = new Uint8Array(bytes);
    payload.set(varints(bytes - 4));
    return call({ id, type: echo, method: method.put, payload });
  };
  const each = callBytes / 4;
  for (let id = 0; id < 4; id++) peer.send(put(id, each));
  await settled();
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 4 });
  peer.send(call({ id: 4, type: echo, method: method.increment, payload: varints(2) }));
  await peer.ends("protocol", `its unanswered calls hold more than ${callBytes} bytes`);
  expect(seen).toEqual([each - 4, each - 4, each - 4, each - 4]);
});

test("a host that may give no more than `fireflyLimits.exports` objects fails the call, goes on, and forgets none", async () => {
  const peer = await RawPeer.greeted();
  const { exports, capabilitiesPerPayload } = fireflyLimits;
  const give = (count: number): Promise<readonly string[]> =>
    peer.answers(call({ id: 0, type: echo, method: method.giveMany, payload: varints(count) }));
  for (let left = exports; left > 0; left -= capabilitiesPerPayload) await give(capabilitiesPerPayload);
  expect(peer.session.sizes).toEqual({ ...nothing, exports });
  for (let i = 0; i < 10; i++) {
    expect(await give(3)).toEqual([expect.stringMatching(/^RETURN call=0 error=6 .*the peer holds 1048576 objects/)]);
    expect(peer.session.sizes).toEqual({ ...nothing, exports });
  }
  const { counts } = peer.sample;
  expect(counts.chainsMade - counts.chainsDisposed).toBe(exports);
  await peer.lives();
  await peer.answers(plain(op.release, 77, 1));
  expect(await give(1)).toEqual([expect.stringMatching(/^RETURN call=0 payload=0100 table=\[export 77 /)]);
  peer.close();
  await peer.session.closed;
  expect(peer.session.sizes).toEqual(nothing);
  expect(counts.chainsDisposed).toBe(counts.chainsMade);
}, 20_000);

test("a peer that sends more than `fireflyLimits.exports` objects, all of them kept, ends the session", async () => {
  const { exports, capabilitiesPerPayload } = fireflyLimits;
  const kept: WagonStub[] = [];
  const root = depotOffer({
    count: (wagons) => {
      for (const wagon of wagons) kept.push(duplicate(wagon));
      return kept.length;
    },
  });
  const peer = new RawPeer({ root });
  const depot = mention(0, DepotInterface);
  const wagon = mention(1, WagonInterface);
  peer.send(
    hello(),
    call({ id: 0, type: depot, method: 0, payload: varints(1, 0), table: [{ export: 0, type: wagon }] }),
  );
  const indices = Array.from({ length: capabilitiesPerPayload }, (_, index) => index);
  const payload = varints(capabilitiesPerPayload, ...indices);
  const send = (from: number, count: number): void => {
    const table = indices.slice(0, count).map((index) => ({ export: from + index, type: { number: 1 } }));
    const used = count === capabilitiesPerPayload ? payload : varints(count, ...indices.slice(0, count));
    peer.send(call({ id: 0, type: { number: 0 }, method: 0, payload: used, table }));
  };
  send(1, capabilitiesPerPayload - 1);
  for (let from = capabilitiesPerPayload; from < exports; from += capabilitiesPerPayload) {
    send(from, capabilitiesPerPayload);
    await settled();
  }
  expect(peer.session.sizes).toEqual({ ...nothing, imports: exports });
  send(exports, 1);
  await peer.ends("protocol", `it has sent more than ${exports} objects`);
}, 30_000);

test("a peer names `fireflyLimits.binds` interfaces; calls of unknown ones fail, another name ends the session", async () => {
  const peer = await RawPeer.greeted();
  const { binds } = fireflyLimits;
  const unknown = (number: number): Uint8Array => {
    const hash = `12${number.toString(16).padStart(64, "0")}`;
    return call({ id: 0, type: { number, hash }, method: 0 });
  };
  for (let number = 1; number < binds; number++) peer.send(unknown(number));
  await settled();
  expect(peer.frames.filter((each) => each.startsWith("RETURN call=0 error=11")).length).toBe(binds - 1);
  await peer.lives();
  peer.send(unknown(binds));
  await peer.ends("protocol", `it names more than ${binds} interfaces`);
});

test("this side names `fireflyLimits.binds` interfaces, and fails what needs another", () => {
  const names = new OutgoingInterfaceNames();
  const writer = new Writer();
  const type = (number: number) => ({ ...EchoInterface, hash: `12${number.toString(16).padStart(64, "0")}` });
  for (let number = 0; number < fireflyLimits.binds; number++) names.write(writer, type(number));
  expect(() => names.write(writer, type(fireflyLimits.binds))).toThrow(
    expect.objectContaining({ kind: "exhausted", message: expect.stringContaining("use another session") }),
  );
  names.write(writer, type(7));
  expect(names.size).toBe(fireflyLimits.binds);
});

test("a deadline above `fireflyLimits.deadlineMs` is refused by the caller, and ends the session of who sends it", async () => {
  const { deadlineMs } = fireflyLimits;
  await using pair = new SessionPair();
  const options = { deadlineMs: deadlineMs + 1 };
  await expect(pair.echo.increment(1, options)).rejects.toMatchObject({
    kind: "invalid",
    message: `a deadline is at most ${deadlineMs} ms, not ${deadlineMs + 1}`,
  });
  expect(await pair.echo.increment(1, { deadlineMs })).toBe(2);
  const peer = new RawPeer();
  const type = mention(0, EchoInterface);
  peer.send(hello(), call({ id: 0, type, method: method.increment, ...options }));
  await peer.ends("protocol", `a deadline of ${deadlineMs + 1} ms`);
});

test("calls whose results nobody reads wait, and as many as `fireflyLimits.calls` at most", async () => {
  let made = 0;
  const peer = await RawPeer.greeted({ root: echoOffer({ increment: () => ++made }) });
  const { calls } = fireflyLimits;
  const all = Array.from({ length: calls }, (_, id) => increment(id));
  await fill(peer);
  peer.send(...all);
  await settled();
  expect(made).toBe(2);
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: calls });
  peer.back.open();
  await settled();
  expect(made).toBe(calls + 2);
  expect(peer.session.sizes).toEqual(nothing);
  await fill(peer);
  peer.send(...all, increment(5));
  await settled();
  expect(made).toBe(calls + 3);
  peer.back.open();
  await peer.ends("protocol", "call 5 is not finished and cannot be made again");
});

test("parked calls that are given up leave nothing behind", async () => {
  let made = 0;
  const peer = await RawPeer.greeted({ root: echoOffer({ increment: () => ++made }) });
  await fill(peer);
  for (let i = 0; i < 1000; i++) peer.send(increment(0), plain(op.finish, 0));
  await settled();
  expect(peer.session.sizes).toEqual(nothing);
  peer.back.open();
  await settled();
  expect(made).toBe(2);
  expect(peer.frames.filter((each) => each.startsWith("RETURN call=0 error=8")).length).toBe(1000);
});

/** Has a host send so much that nobody reads that little more will be too much. */
async function fillQueue(resultBytes: number): Promise<{ peer: RawPeer; next: () => Promise<void> }> {
  const result = { id: 1, name: "x".repeat(resultBytes - 5) };
  const begun: (() => void)[] = [];
  const root = echoOffer({
    increment: (value) => value + 1,
    echo: () => new Promise((resolve) => begun.push(() => resolve(result))),
  });
  const peer = await RawPeer.greeted({ root });
  const ask = (id: number): Uint8Array => call({ id, type: echo, method: method.echo, payload: varints(0, 0) });
  const results = Math.ceil(fireflyLimits.sendQueueBytes / resultBytes);
  await peer.answers(...Array.from({ length: results }, (_, id) => ask(id)));
  peer.back.shut();
  const next = async (): Promise<void> => {
    begun.pop()?.();
    await settled();
  };
  while (begun.length > 1) await next();
  expect(peer.back.bufferedBytes).toBeLessThanOrEqual(fireflyLimits.sendQueueBytes);
  return { peer, next };
}

const unreadReason = { kind: "exhausted", message: "the peer does not read what it is sent" };

test("results that nobody reads end the session with `exhausted` at `fireflyLimits.sendQueueBytes`", async () => {
  const { peer, next } = await fillQueue(fireflyLimits.payloadBytes);
  await next();
  expect(await peer.session.closed).toMatchObject(unreadReason);
  expect(peer.back.bufferedBytes).toBeLessThan(fireflyLimits.sendQueueBytes + 1024);
  expect(peer.session.sizes).toEqual(nothing);
});

test("errors of calls for which no handler runs do so, too", async () => {
  const { peer } = await fillQueue(fireflyLimits.payloadBytes - 1024);
  const wrong = call({ id: 60_000, type: echo, method: 1000 });
  for (let i = 0; i < 20 && peer.session.sizes.incomingCalls > 0; i++) {
    peer.send(...Array.from({ length: 10_000 }, () => wrong));
    await settled();
  }
  expect(await peer.session.closed).toMatchObject(unreadReason);
  expect(peer.session.sizes).toEqual(nothing);
});

test("embargoes wait behind parked calls, twice `fireflyLimits.calls` at most", async () => {
  const peer = await RawPeer.greeted({ limits: least });
  await fill(peer);
  const embargo = plain(op.disembargo, 7);
  await peer.answers(increment(0), ...Array.from({ length: 2 * least.calls - 1 }, () => embargo));
  expect(peer.session.sizes).toEqual({ ...nothing, incomingCalls: 1 });
  peer.send(embargo);
  await settled();
  peer.back.open();
  await peer.ends("protocol", "too many embargoes");
});

test("echoes that are not behind anything are answered at once, and lifting what was never laid ends the session", async () => {
  const peer = await RawPeer.greeted();
  const answers = await peer.answers(...Array.from({ length: 5000 }, (_, number) => plain(op.disembargo, number)));
  expect(answers.length).toBe(5000);
  expect(answers[4999]).toBe("DISEMBARGO number=4999 echo");
  peer.send(plain(op.disembargo | flag.echo, 0));
  await peer.ends("protocol", "it lifts embargo 0 out of turn");
});

test("handlers that go on after FINISH are as many as calls may be; then calls fail as `exhausted` until some end", async () => {
  const begun: (() => void)[] = [];
  const root = echoOffer({
    increment: (value) => value + 1,
    sleep: () => new Promise((resolve) => begun.push(resolve)),
  });
  const peer = await RawPeer.greeted({ root, limits: least });
  for (let i = 0; i < 3 * least.calls; i++) peer.send(sleep(0), plain(op.finish, 0));
  await settled();
  expect(begun.length).toBe(least.calls);
  expect(peer.session.sizes).toEqual(nothing);
  expect(await peer.answers(sleep(0))).toEqual([
    expect.stringMatching(/^RETURN call=0 error=6 .*1024 calls that were given up are still being worked on/),
  ]);
  for (const end of begun.splice(0, 10)) end();
  await settled();
  await peer.lives(1000);
  for (let i = 0; i < 20; i++) peer.send(sleep(0), plain(op.finish, 0));
  await settled();
  expect(begun.length).toBe(least.calls);
  for (const end of begun.splice(0)) end();
  await settled();
  await peer.lives(1000);
});
