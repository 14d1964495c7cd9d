// Payloads that no value packs to: each fails its call or its result, costs what its bytes cost, and leaves nothing.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import { Reader } from "#firefly/codec/reader.ts";
import { flag, op } from "#firefly/session/frame.ts";
import { EchoStub } from "../../interfaces/generated/sample.ts";
import { call, carrying, errorPayload, method, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { nothing, settled } from "./session-pair.ts";

const huge = 2 ** 32 - 1;
const { depth, elementsPerPayload } = fireflyLimits;

test.each<[string, number, Uint8Array, string]>([
  ["nothing where a record should be", method.echo, new Uint8Array(0), "the bytes end too early"],
  ["a string of 4 GiB", method.echo, varints(1, huge), "the bytes end too early"],
  ["bytes of 4 GiB", method.put, varints(huge, 1, 2, 3), "the bytes end too early"],
  ["a list of 2^32 - 1 elements", method.withoutCircles, varints(0, huge), `${huge} elements in`],
  ["text that is not UTF-8", method.echo, Uint8Array.of(2, 2, 0xc3, 0x28), "a string is not UTF-8"],
  ["half a surrogate pair", method.echo, Uint8Array.of(2, 3, 0xed, 0xa0, 0x80), "a string is not UTF-8"],
  ["a number above 32 bits", method.increment, Uint8Array.of(255, 255, 255, 255, 16), "does not fit into 32 bits"],
  ["a number above 64 bits", method.bytes, new Uint8Array(11).fill(255), "does not fit into 64 bits"],
  ["a number without an end", method.increment, new Uint8Array(100_000).fill(128), "does not fit into 32 bits"],
  ["bytes left over", method.increment, varints(2, 2), "1 bytes too many"],
  ["an object where the table has none", method.keep, varints(0), "no object 0 in the table"],
  ["a stream where the table has none", method.upload, varints(0), "no stream 0 in the table"],
])("%s fails the call, and nothing else", async (_name, number, payload, message) => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 50; i++) {
    expect(await peer.answers(call({ id: 0, type: { number: 0 }, method: number, payload }))).toEqual([
      expect.stringMatching(new RegExp(`^RETURN call=0 error=2 .*malformed payload: .*${message}`)),
    ]);
    expect(peer.session.sizes).toEqual(nothing);
  }
  await peer.lives();
});

/** A drawing as it is packed, around its parts: presence bits, shapes, colours, tags; then the date and CBOR's zero. */
const before = (parts: number): Uint8Array => (parts === 0 ? varints(0, 0, 0, 0) : varints(2, 0, 0, 0, parts));
const behind = Uint8Array.of(...new Uint8Array(8), 1, 0);

function nested(levels: number): Uint8Array {
  const around = Array.from({ length: levels - 1 }, () => before(1));
  return concatBytes([...around, before(0), behind, ...around.map(() => behind)]);
}

/** What becomes of a result that is this payload. */
async function returned(peer: RawPeer, payload: Uint8Array, flags = 0): Promise<unknown> {
  const result = peer.session.root(EchoStub).withoutCircles([]);
  const settling = result.catch((thrown: unknown) => thrown);
  await settled();
  peer.send(carrying(op.return | flags, 0, payload));
  await settled();
  expect(peer.session.sizes).toEqual(nothing);
  return settling;
}

test("a result nested above `fireflyLimits.depth` fails its call, one as deep as that arrives", async () => {
  const peer = await RawPeer.greeted();
  expect(await returned(peer, nested(depth))).toMatchObject({ shapes: [], parts: [expect.anything()] });
  for (const levels of [depth + 1, 1000, 20_000]) {
    expect(await returned(peer, nested(levels))).toMatchObject({
      kind: "invalid",
      message: `malformed payload: nested deeper than ${depth} levels`,
    });
  }
  await peer.lives();
});

test("more than `fireflyLimits.elementsPerPayload` elements fail the call, wherever they stand", async () => {
  const peer = await RawPeer.greeted();
  const half = elementsPerPayload / 2;
  // A circle takes nine bytes.
  const filled = concatBytes([varints(0, half), new Uint8Array(half * 9), varints(0, 0), behind]);
  const two = concatBytes([before(2), filled, filled, behind]);
  expect(await returned(peer, two)).toMatchObject({
    kind: "invalid",
    message: `malformed payload: more than ${elementsPerPayload} elements`,
  });
  await peer.lives();
});

test.each<[string, Uint8Array, number, string]>([
  ["nothing", new Uint8Array(0), 0, "the bytes end too early"],
  ["random bytes", Uint8Array.of(255, 254, 253), 0, "malformed payload"],
  ["an error cut off", errorPayload(3, "a", "b"), flag.error, "the bytes end too early"],
  [
    "an error with too long a text",
    errorPayload(3, "a", "b", "x".repeat(5000)),
    flag.error,
    "an error with a text of 5000",
  ],
])("a RETURN with %s fails its call, and nothing else", async (_name, payload, flags, message) => {
  const peer = await RawPeer.greeted();
  for (let i = 0; i < 50; i++) {
    expect(await returned(peer, payload, flags)).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining(message),
    });
  }
  await peer.lives();
});

test("an error of a kind that nobody knows is `internal`", async () => {
  const peer = await RawPeer.greeted();
  const failure = await returned(peer, errorPayload(77, "moon.land", "moon", "too far"), flag.error);
  expect(failure).toMatchObject({ kind: "internal", op: "moon.land", target: "moon", message: "too far" });
});

test("a payload longer than its frame ends the session", async () => {
  const peer = await RawPeer.greeted();
  const whole = call({ id: 0, type: { number: 0 }, method: method.put, payload: new Uint8Array(100) });
  peer.send(whole.subarray(0, 50));
  await peer.ends("protocol", "a frame is cut off or malformed");
});

test.each<[string, Uint8Array, string]>([
  ["of 2 GiB in six bytes", varints(huge, 1), "the bytes end too early"],
  ["with a leading zero", Uint8Array.of(4, 0, 1), "a leading zero"],
  ["that is negative zero", Uint8Array.of(1), "negative zero"],
])("a bigint %s is malformed", (_name, bytes, message) => {
  expect(() => new Reader(bytes).bigint()).toThrow(
    expect.objectContaining({ kind: "invalid", message: expect.stringContaining(message) }),
  );
});
