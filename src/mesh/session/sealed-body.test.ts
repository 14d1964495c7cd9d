// Sealing from end to end: nothing that a relay may do to a body goes unnoticed.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { linkLimits } from "#base/limits.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { bodyCostBytes, SealedBody } from "./sealed-body.ts";

const crypto = new NodeCrypto();

function ends(suite: "aes-256-gcm" | "chacha20-poly1305" = "aes-256-gcm"): [SealedBody, SealedBody] {
  const ids = [1, 2].map((byte) => new Uint8Array(33).fill(byte)) as [Uint8Array, Uint8Array];
  const end = (self: 0 | 1): SealedBody =>
    new SealedBody({
      crypto,
      suite,
      sendKey: new Uint8Array(32).fill(self),
      receiveKey: new Uint8Array(32).fill(1 - self),
      self: ids[self],
      peer: ids[1 - self] as Uint8Array,
      localTag: 100 + self,
      remoteTag: 101 - self,
    });
  return [end(0), end(1)];
}

const payload = [new Uint8Array(9000).fill(5), Uint8Array.of(1, 2, 3)];

for (const suite of ["aes-256-gcm", "chacha20-poly1305"] as const) {
  test(`what is sealed with ${suite} is opened on the other side, under its tag and number`, () => {
    const [near, far] = ends(suite);
    const body = concatBytes(near.seal(2 ** 33 % linkLimits.messagesPerKey, 1, payload));
    const view = new DataView(body.buffer);
    expect([view.getUint32(0, true), body.length]).toEqual([101, 9003 + bodyCostBytes]);
    const number = view.getUint32(4, true);
    expect(concatBytes(far.open(number, 1, [body.subarray(10, 5000), body.subarray(5000)]))).toEqual(
      concatBytes(payload),
    );
  });
}

test("a changed byte, number or priority, another direction, and a body that is cut short are all refused", () => {
  const [near, far] = ends();
  const body = concatBytes(near.seal(7, 2, payload)).subarray(10);
  const corrupt = expect.objectContaining({ kind: "corrupt" });
  for (const at of [0, 4000, body.length - 1]) {
    const changed = body.slice();
    changed[at] = (changed[at] as number) ^ 1;
    expect(() => far.open(7, 2, [changed])).toThrow(corrupt);
  }
  expect(() => far.open(8, 2, [body])).toThrow(corrupt);
  expect(() => far.open(7, 1, [body])).toThrow(corrupt);
  expect(() => near.open(7, 2, [body])).toThrow(corrupt);
  expect(() => far.open(7, 2, [body.subarray(0, 3)])).toThrow(corrupt);
  expect(() => far.open(7, 2, [])).toThrow(corrupt);
  expect(concatBytes(far.open(7, 2, [body])).length).toBe(9003);
});

test("keys change with the numbers, also with those of packets that went without a seal", () => {
  const [near, far] = ends();
  const perKey = linkLimits.messagesPerKey;
  const early = near.seal(5, 0, payload);
  for (const number of [perKey, 2 * perKey]) {
    near.sent(number);
    far.received(number);
  }
  const late = concatBytes(near.seal(2 * perKey + 1, 0, payload)).subarray(10);
  expect(concatBytes(far.open(2 * perKey + 1, 0, [late])).length).toBe(9003);
  expect(() => far.open(5, 0, [concatBytes(early).subarray(10)])).toThrow(expect.objectContaining({ kind: "corrupt" }));
  expect(() => far.open(4 * perKey, 0, [late])).toThrow(expect.objectContaining({ kind: "corrupt" }));
});
