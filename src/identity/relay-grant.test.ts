// Leave to relay: from a device in good standing, to whom it names, until its time.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { UserId } from "#glow";
import { Actor, crypto, nowMs, Story } from "../../test/identity/cast.ts";
import { type RelayGrant, signRelayGrant, verifyRelayGrant } from "./relay-grant.ts";

const friend = new Actor("friend");
const laptop = new Actor("laptop");
const tab = new Actor("tab");
const friendUser = new Story(friend).user;

function family(): Story {
  const story = new Story();
  story.add(story.first, laptop);
  story.certify(story.first, tab);
  return story;
}

function verdict(
  story: Story,
  by: Actor,
  change: Partial<RelayGrant> = {},
  peer: { user?: UserId } = {},
  atMs = nowMs,
): string {
  const grantee = { kind: "node", id: friend.identity.id } as const;
  const grant = signRelayGrant(by.identity, {
    user: story.user,
    device: by.id,
    grantee,
    untilMs: nowMs + 1000,
    ...change,
  });
  expect(grant.length).toBeLessThanOrEqual(identityLimits.relayGrantBytes);
  try {
    verifyRelayGrant(crypto, grant, story.graph().state(nowMs), { node: friend.identity.id, ...peer }, atMs);
    return "holds";
  } catch (error) {
    return error instanceof GlowError ? `${error.kind}: ${error.message}` : "no error of ours";
  }
}

test("holds for the node or the user it names, with its rate", () => {
  const story = family();
  expect(verdict(story, laptop)).toBe("holds");
  const toUser = { grantee: { kind: "user", id: friendUser } as const };
  expect(verdict(story, laptop, toUser, { user: friendUser })).toBe("holds");
  expect(verdict(story, laptop, toUser)).toMatch(/denied.*somebody else/);
  const bytes = signRelayGrant(laptop.identity, {
    user: story.user,
    device: laptop.id,
    grantee: { kind: "node", id: friend.identity.id },
    untilMs: nowMs + 1000,
    bytesPerSecond: 5000,
  });
  const granted = verifyRelayGrant(crypto, bytes, story.graph().state(nowMs), { node: friend.identity.id }, nowMs);
  expect(granted.bytesPerSecond).toBe(5000);
  const stranger = { node: laptop.identity.id };
  expect(() => verifyRelayGrant(crypto, bytes, story.graph().state(nowMs), stranger, nowMs)).toThrow(/somebody else/);
});

test("ends with its time, with its device, and is not for longer than identityLimits.relayGrantMs", () => {
  const story = family();
  const { clockToleranceMs, relayGrantMs } = identityLimits;
  expect(verdict(story, laptop, {}, {}, nowMs + 999 + clockToleranceMs)).toBe("holds");
  expect(verdict(story, laptop, {}, {}, nowMs + 1000 + clockToleranceMs)).toMatch(/expired/);
  expect(verdict(story, laptop, { untilMs: nowMs + relayGrantMs + clockToleranceMs + 1 })).toMatch(/longer/);
  story.revoke(story.first, laptop);
  expect(verdict(story, laptop)).toMatch(/no device of this user/);
});

test("is not for tabs, strangers or other users to give", () => {
  const story = family();
  expect(verdict(story, tab)).toMatch(/no device/);
  expect(verdict(story, friend)).toMatch(/no device/);
  expect(verdict(story, friend, { device: laptop.id })).toMatch(/no device/);
  expect(verdict(story, laptop, { user: friendUser })).toMatch(/another user/);
});

test("a changed grant is none", () => {
  const story = family();
  const grantee = { kind: "node", id: friend.identity.id } as const;
  const whole = signRelayGrant(laptop.identity, { user: story.user, device: laptop.id, grantee, untilMs: nowMs });
  for (let i = 0; i < whole.length; i += 7) {
    const changed = whole.map((byte, at) => (at === i ? byte ^ 1 : byte));
    expect(() => verifyRelayGrant(crypto, changed, story.graph().state(nowMs), { node: grantee.id }, nowMs)).toThrow(
      GlowError,
    );
  }
  const long = new Uint8Array(identityLimits.relayGrantBytes + 1);
  expect(() => verifyRelayGrant(crypto, long, story.graph().state(nowMs), { node: grantee.id }, nowMs)).toThrow(
    /at most/,
  );
});
