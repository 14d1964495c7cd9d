// What a node says of its user when it introduces itself.

import { expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { Actor, crypto, nowMs, Story } from "../../../test/identity/cast.ts";
import { readUserClaim, userClaimBytes, writeUserClaim } from "./user-claim.ts";
import { deviceAt } from "./user-report.ts";

const laptop = new Actor("laptop");

test("comes back as it was, and tells logs that hold the same from those that do not", () => {
  const story = new Story();
  const claim = () => readUserClaim(writeUserClaim(crypto, story.user, story.graph().heads()));
  const before = claim();
  expect(before.user).toBe(story.user);
  expect(equalBytes(claim().headsHash, before.headsHash)).toBe(true);
  story.add(story.first, laptop);
  expect(equalBytes(claim().headsHash, before.headsHash)).toBe(false);
});

test("anything else is refused", () => {
  const whole = writeUserClaim(crypto, new Story().user, []);
  for (const wrong of [new Uint8Array(), whole.slice(1), new Uint8Array(userClaimBytes), whole.with(33, 0)]) {
    expect(() => readUserClaim(wrong)).toThrow(/malformed claim/);
  }
});

test("what a key is, is said by the statements, not by the claim", () => {
  const story = new Story();
  story.add(story.first, laptop);
  expect(deviceAt(story.graph().state(nowMs), laptop.identity.id)).toMatchObject({
    id: laptop.id,
    device: { role: "device" },
  });
  story.revoke(story.first, laptop);
  expect(deviceAt(story.graph().state(nowMs), laptop.identity.id)).toBeUndefined();
});
