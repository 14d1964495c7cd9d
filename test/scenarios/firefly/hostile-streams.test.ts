// Peers that break the rules of streams: each rule with what happens to whom.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { flag, op } from "#firefly/session/frame.ts";
import { EchoInterface } from "../../interfaces/generated/sample.ts";
import { call, carrying, errorPayload, hello, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { echoOffer, nothing, settled } from "./session-pair.ts";
import { data, dataBytes, upload } from "./stream-frames.ts";

/** A host that holds on to the streams it is sent, and never reads them. */
const unread = (): RawPeer => new RawPeer({ root: echoOffer({ upload: () => new Promise(() => undefined) }) });

/** Asks the host for a stream of items, whose id is 0. */
const items = (count: number): Uint8Array =>
  call({ id: 0, type: mention(0, EchoInterface), method: method.items, payload: varints(count) });

const manyItems = 100_000;

test.each<[string, readonly Uint8Array[], string]>([
  ["DATA on a stream that was never opened", [data(0, 1)], "it sends on stream 0, which is not open"],
  ["END of a stream that was never opened", [plain(op.end, 7)], "it sends on stream 7, which is not open"],
  ["DATA behind END", [upload(0, 0), plain(op.end, 0), data(0, 1)], "it sends on stream 0, which is not open"],
  ["END twice", [upload(0, 0), plain(op.end, 0), plain(op.end, 0)], "it sends on stream 0, which is not open"],
  ["empty DATA", [upload(0, 0), data(0, 0)], "an empty DATA frame on stream 0"],
  ["a stream id in use", [upload(0, 5), upload(1, 5, { number: 0 })], "stream 5 is open and cannot be opened again"],
  [
    "a stream that stands twice in a table",
    [call({ id: 0, type: mention(0, EchoInterface), method: method.upload, table: [{ stream: 2 }, { stream: 2 }] })],
    "stream 2 is open and cannot be opened again",
  ],
  [
    "a stream id above the limit",
    [upload(0, fireflyLimits.streams)],
    `stream id ${fireflyLimits.streams} is above the limit of ${fireflyLimits.streams} streams`,
  ],
  ["STOP of a stream that was never opened", [plain(op.stop, 0)], "it names stream 0, which was never opened"],
  ["CREDIT for a stream that was never opened", [plain(op.credit, 3, 1)], "it names stream 3, which was never opened"],
  ["END with an error that is cut off", [upload(0, 0), Uint8Array.of(op.end | flag.error, 0, 9, 0, 0)], "is cut off"],
])("%s ends the session", async (_name, frames, message) => {
  const peer = unread();
  peer.send(hello(), ...frames);
  await peer.ends("protocol", message);
});

test.each<[string, readonly Uint8Array[], string]>([
  ["credit of 0", [plain(op.credit, 0, 0)], "0 bytes of credit for stream 0"],
  [
    "credit that adds up to 2^31",
    [plain(op.credit, 0, 2 ** 31 - 1), plain(op.credit, 0, 2 ** 31 - 1)],
    "2147483647 bytes of credit for stream 0",
  ],
  ["credit of 2^32 - 1", [plain(op.credit, 0, 2 ** 32 - 1)], "4294967295 bytes of credit for stream 0"],
  ["STOP twice", [plain(op.stop, 0), plain(op.stop, 0)], "it stops stream 0, which is not open"],
])("%s ends the session", async (_name, frames, message) => {
  const peer = new RawPeer();
  await peer.answers(hello(), items(manyItems));
  peer.send(...frames);
  await peer.ends("protocol", message);
});

test("STOP of a stream that is over ends the session, CREDIT for it does nothing", async () => {
  const peer = new RawPeer();
  expect(await peer.answers(hello(), items(1))).toContain("END stream=0");
  await peer.answers(plain(op.stop, 0));
  expect(peer.session.sizes).toEqual(nothing);
  expect(await peer.answers(plain(op.credit, 0, 1000))).toEqual([]);
  peer.send(plain(op.stop, 0));
  await peer.ends("protocol", "it stops stream 0, which is not open");
});

test("what still comes on a stopped stream is thrown away, and the id is held until END", async () => {
  const peer = new RawPeer({ root: echoOffer({ upload: () => 0n, increment: (value) => value + 1 }) });
  expect(await peer.answers(hello(), upload(0, 0))).toContain("STOP stream=0");
  for (let i = 0; i < 100; i++) peer.send(data(0, 200_000));
  await settled();
  expect(peer.session.sizes).toEqual({ ...nothing, incomingStreams: 1 });
  expect(await peer.answers(plain(op.end, 0))).toEqual([]);
  expect(peer.session.sizes).toEqual(nothing);
  await peer.lives();
});

test("a stream whose items make no sense fails its reader, and is stopped", async () => {
  const sum = (payload: Uint8Array): readonly Uint8Array[] => [
    call({ id: 0, type: { number: 0 }, method: method.sum, payload: varints(0), table: [{ stream: 0 }] }),
    carrying(op.data, 0, payload),
  ];
  const peer = await RawPeer.greeted();
  for (const payload of [varints(0), varints(128, 1), varints(2, 2), varints(1, 2, 2), Uint8Array.of(1, 255)]) {
    const answers = await peer.answers(...sum(payload));
    expect(answers).toContain("STOP stream=0");
    expect(answers.find((each) => each.startsWith("RETURN"))).toMatch(/^RETURN call=0 error=2 .*malformed payload/);
    await peer.answers(plain(op.end, 0));
    expect(peer.session.sizes).toEqual(nothing);
  }
  await peer.lives();
});

test("END with an error that is none fails the reader all the same", async () => {
  const peer = await RawPeer.greeted();
  const end = carrying(op.end | flag.error, 0, Uint8Array.of(255, 255));
  const answer = (await peer.answers(upload(0, 0, { number: 0 }), end)).at(-1);
  expect(answer).toMatch(/^RETURN call=0 error=2 .*malformed payload/);
  const other = carrying(op.end | flag.error, 0, errorPayload(12, "a.b", "", "changed"));
  const answers = await peer.answers(upload(0, 0, { number: 0 }), other);
  expect(answers).toContain('RETURN call=0 error=12 "a.b" "" "changed"');
  expect(peer.session.sizes).toEqual(nothing);
});

test("streams that no payload refers to are stopped at once, as often as they come", async () => {
  const peer = await RawPeer.greeted();
  const table = Array.from({ length: fireflyLimits.streams }, (_, stream) => ({ stream }));
  const over = table.map(({ stream }) => plain(op.end, stream));
  for (let i = 0; i < 20; i++) {
    const each = call({ id: 0, type: { number: 0 }, method: method.increment, payload: varints(2), table });
    const answers = await peer.answers(each, ...over);
    expect(answers.length).toBe(table.length + 1);
    expect(peer.session.sizes).toEqual(nothing);
  }
});

test("an upload that is broken off and begun again a thousand times leaves nothing", async () => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 1000; i++) {
    peer.send(upload(0, 0, { number: 0 }), data(0, 1000), plain(op.finish, 0), data(0, 1000), plain(op.end, 0));
  }
  await settled();
  expect(peer.session.sizes).toEqual(nothing);
  expect(peer.defects).toEqual([]);
  await peer.lives();
});

test("a stream that is stopped ends with nothing more, as often as it is asked for", async () => {
  const peer = await RawPeer.greeted();
  const ask = call({ id: 0, type: { number: 0 }, method: method.items, payload: varints(manyItems) });
  for (let i = 0; i < 100; i++) {
    expect(dataBytes(await peer.answers(ask)).length).toBeGreaterThan(0);
    expect(await peer.answers(plain(op.stop, 0))).toEqual(["END stream=0"]);
    expect(peer.session.sizes).toEqual(nothing);
  }
});
