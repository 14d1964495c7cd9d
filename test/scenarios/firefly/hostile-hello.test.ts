// Peers that begin wrongly, and peers that end wrongly.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { floor, op, version } from "#firefly/session/frame.ts";
import { ChainInterface, EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { call, carrying, errorPayload, frame, goaway, hello, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { eventually, nothing, settled } from "./session-pair.ts";

const increment = call({ id: 0, type: mention(0, EchoInterface), method: method.increment, payload: varints(2) });

test.each<[string, readonly Uint8Array[], string]>([
  ["a call before HELLO", [increment], "its first frame is not HELLO"],
  ["GOAWAY before HELLO", [goaway(errorPayload(1, "", "", ""))], "its first frame is not HELLO"],
  ["HELLO twice", [hello(), hello()], "it says HELLO twice"],
  ["another magic", [hello({ mark: [0x46, 0x47] })], "it does not speak Firefly"],
  ["HTTP", [new TextEncoder().encode("\0GET / HTTP/1.1\r\n\r\n")], "it does not speak Firefly"],
  ["HELLO cut off", [hello().subarray(0, 6)], "a frame is cut off or malformed"],
  ["a version above 2^32", [Uint8Array.of(0, 0x46, 0x46, 255, 255, 255, 255, 255, 1)], "does not fit into 32 bits"],
  [
    "a root whose interface is numbered 1",
    [hello({ root: mention(1, EchoInterface) })],
    "interface number 1 comes before 0",
  ],
])("%s ends the session", async (_name, frames, message) => {
  const peer = new RawPeer();
  peer.send(...frames).send(increment);
  await peer.ends("protocol", message);
});

test.each([0, version + 1, 2 ** 32 - 1])(
  "version %i is unsupported, and the peer is told which is spoken",
  async (speaks) => {
    const peer = new RawPeer();
    // What follows is of a version that nobody here knows.
    peer.send(hello({ speaks }), Uint8Array.of(255, 255, 255));
    await peer.ends("unsupported", `the peer speaks version ${speaks} of Firefly, this side version ${version}`);
    expect(peer.frames.at(-1)).toContain("update the older one");
  },
);

test("limits below the floor count as the floor, and huge ones cost nothing", async () => {
  for (const limit of [0, 1, 2 ** 32 - 1]) {
    const peer = new RawPeer();
    peer.send(hello({ calls: limit, callBytes: limit, streams: limit }));
    await settled();
    const calls = Array.from({ length: floor.calls }, () => peer.session.root(EchoStub).increment(1));
    for (const each of calls) each.catch(() => undefined);
    expect(peer.session.sizes).toEqual({ ...nothing, outgoingCalls: floor.calls });
    peer.close();
    await Promise.allSettled(calls);
  }
});

test("limits that no implementation could keep are refused when a session is made", () => {
  for (const limits of [{ calls: floor.calls - 1 }, { callBytes: 2 ** 32 }, { streams: 64.5 }]) {
    expect(() => new RawPeer({ limits })).toThrow(expect.objectContaining({ kind: "invalid", op: "firefly.open" }));
  }
});

test.each(Array.from({ length: 20 }, (_, index) => index + 12))(
  "op %i is unknown and ends the session",
  async (code) => {
    const peer = await RawPeer.greeted();
    peer.send(Uint8Array.of(code, 0, 0, 0));
    await peer.ends("protocol", `frame ${code} is unknown`);
  },
);

test("a call on the root of a side that offers none fails as `not-found`, and nothing else", async () => {
  const bare = new RawPeer({ isBare: true });
  await bare.answers(hello());
  for (let i = 0; i < 100; i++) {
    for (const type of [EchoInterface, ChainInterface]) {
      const number = type === EchoInterface ? 0 : 1;
      const named = i === 0 ? mention(number, type) : { number };
      expect(
        await bare.answers(call({ id: 0, type: named, method: 0, table: [{ stream: 3 }] }), plain(op.end, 3)),
      ).toEqual(['RETURN call=0 error=3 "firefly.call" "root" "the peer offers no root object"', "STOP stream=3"]);
    }
    expect(bare.session.sizes).toEqual(nothing);
  }
});

test("GOAWAY ends the session with the peer's reason, and what comes behind it is not read", async () => {
  const peer = new RawPeer();
  peer.send(hello(), goaway(errorPayload(15, "node.stop", "", "out of service")), Uint8Array.of(255), increment);
  expect(await peer.session.closed).toMatchObject({
    kind: "unavailable",
    op: "firefly.goaway",
    message: "the peer ended the session: out of service",
  });
  peer.send(increment).send(Uint8Array.of(255, 255));
  await settled();
  expect(peer.frames.filter((each) => !each.startsWith("HELLO"))).toEqual([]);
  expect(peer.session.sizes).toEqual(nothing);
  await eventually(() => peer.end !== undefined);
  expect(peer.end).toBeDefined();
});

test("GOAWAY of a kind that nobody knows is `internal`, with its message", async () => {
  const peer = new RawPeer();
  peer.send(hello(), goaway(errorPayload(200, "", "", "because")));
  expect(await peer.session.closed).toMatchObject({ kind: "internal", message: expect.stringContaining("because") });
});

test.each<[string, Uint8Array]>([
  ["nothing", new Uint8Array(0)],
  ["zeros", new Uint8Array(3)],
  ["text that is too long", errorPayload(1, "x".repeat(fireflyLimits.errorTextBytes + 1), "", "")],
  ["text that is not UTF-8", Uint8Array.of(1, 1, 255, 0, 0)],
  ["more than an error", Uint8Array.of(1, 0, 0, 0, 0)],
])("GOAWAY with %s ends the session as malformed", async (_name, payload) => {
  const peer = await RawPeer.greeted();
  peer.send(goaway(payload));
  await peer.ends("protocol", "a frame is cut off or malformed");
});

test("a pipe that ends in the middle of everything fails what is under way, once", async () => {
  const peer = await RawPeer.greeted();
  const calls = Array.from({ length: 100 }, () => peer.session.root(EchoStub).increment(1));
  peer.send(call({ id: 0, type: { number: 0 }, method: method.sleep, payload: varints(100_000) }));
  await settled();
  peer.close();
  for (const each of await Promise.allSettled(calls)) {
    expect(each).toMatchObject({ status: "rejected", reason: { kind: "disconnected", target: "Echo.increment" } });
  }
  expect(peer.session.sizes).toEqual(nothing);
  await expect(peer.session.root(EchoStub).increment(1)).rejects.toMatchObject({ kind: "disconnected" });
});

test("half a frame and the pipe's end are two things: the first ends the session", async () => {
  const peer = await RawPeer.greeted();
  peer.send(frame((writer) => writer.u8(op.call)));
  peer.close();
  expect(await peer.session.closed).toMatchObject({ kind: "protocol", message: expect.stringContaining("is cut off") });
  expect(peer.session.sizes).toEqual(nothing);
});

test("an empty packet is nothing", async () => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 1000; i++) peer.send();
  await peer.lives();
});

test("an answer to a call that was not made ends the session", async () => {
  const peer = await RawPeer.greeted();
  peer.send(carrying(op.return, 0, new Uint8Array(0)));
  await peer.ends("protocol", "it returns call 0, which was not made");
});
