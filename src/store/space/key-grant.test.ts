// Keys of a space, and how they are wrapped: for one device, one key of it and one space.

import { expect, test } from "vitest";
import { SeededRandom } from "#base/random.ts";
import type { PublicKey } from "#glow";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { unwrapKey, wrapKey } from "./key-grant.ts";
import { SpaceKey } from "./space-key.ts";

const random = new SeededRandom("keys");
const tools = { crypto, random };
const salt = new Uint8Array(16).fill(1);
const key = SpaceKey.draw(crypto, random, salt);
const phone = new Actor("phone");
const laptop = new Actor("laptop");
const own = ({ identity, id }: Actor) => ({ identity, device: id });
const grantTo = (actor: Actor) => {
  const grant = wrapKey(tools, key, salt, actor.id, actor.identity.publicKey);
  if (grant === undefined) throw new Error("it can be wrapped");
  return grant;
};

test("what follows from a key is the same for all who have it, and another in another space", () => {
  const same = new SpaceKey(crypto, key.secret, salt);
  expect(same).toEqual(key);
  const other = new SpaceKey(crypto, key.secret, new Uint8Array(16).fill(2));
  for (const [mine, theirs] of [
    [key.id, other.id],
    [key.pages, other.pages],
    [key.pageNonces, other.pageNonces],
    [key.boundarySeed, other.boundarySeed],
    [key.content.naming, other.content.naming],
    [key.content.nonces, other.content.nonces],
  ] as const) {
    expect(mine).not.toEqual(theirs);
  }
  expect(
    new Set([key.pages, key.pageNonces, key.content.naming, key.content.nonces, key.boundarySeed].map(String)).size,
  ).toBe(5);
});

test("a wrapped key is opened by the device that it is for, and by no other", () => {
  const grant = grantTo(laptop);
  expect(unwrapKey(crypto, own(laptop), key.id, grant, salt)).toEqual(key);
  expect(unwrapKey(crypto, own(phone), key.id, grant, salt)).toBe(undefined);
  const stolen = { ...grant, device: phone.id, recipient: phone.identity.publicKey };
  expect(unwrapKey(crypto, own(phone), key.id, stolen, salt)).toBe(undefined);
});

test("it does not open for another space, under another id, or changed", () => {
  const grant = grantTo(laptop);
  expect(unwrapKey(crypto, own(laptop), key.id, grant, new Uint8Array(16))).toBe(undefined);
  expect(unwrapKey(crypto, own(laptop), new Uint8Array(8), grant, salt)).toBe(undefined);
  const wrapped = grant.wrapped.slice();
  wrapped[20] = (wrapped[20] as number) ^ 1;
  for (const bad of [wrapped, wrapped.subarray(0, 10), new Uint8Array(0)]) {
    expect(unwrapKey(crypto, own(laptop), key.id, { ...grant, wrapped: bad }, salt)).toBe(undefined);
  }
});

test("nothing is wrapped for what is no key", () => {
  expect(wrapKey(tools, key, salt, phone.id, new Uint8Array(34) as PublicKey)).toBe(undefined);
});
