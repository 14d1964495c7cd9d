// Random histories of honest and malicious devices: everybody who has the same statements has the same state, and a
// device that was revoked wins nothing by what it signs afterwards.

import fc from "fast-check";
import { expect, test } from "vitest";
import { integerBelow, pick, SeededRandom, shuffled } from "#base/random.ts";
import type { UserState } from "#glow";
import { Actor, crypto, nowMs, Story, texts } from "../../../test/identity/cast.ts";
import type { Statement } from "./statement.ts";
import { UserGraph } from "./user-graph.ts";

const cast = Array.from({ length: 6 }, (_, i) => new Actor(`device ${i}`));
const spare = Array.from({ length: 6 }, (_, i) => new Actor(`spare ${i}`));
const puppets = Array.from({ length: 4 }, (_, i) => new Actor(`puppet ${i}`));

/** One more statement, sensible or not, that knows some of `from`. */
function sayAnything(story: Story, random: SeededRandom, speakers: readonly Actor[], from: readonly Statement[]): void {
  const by = pick(random, speakers);
  const target = pick(random, [...cast, ...spare, ...puppets]);
  const picked = Array.from({ length: 1 + integerBelow(random, 2) }, () => pick(random, from));
  const knows = integerBelow(random, 3) === 0 ? [...new Set(picked)] : story.heads(from).slice(0, 16);
  const saying = { knows, ...(integerBelow(random, 12) === 0 && { key: pick(random, [...cast, ...spare]).identity }) };
  const accepted = integerBelow(random, 3) === 0 ? { accepted: integerBelow(random, 3) } : {};
  switch (integerBelow(random, 9)) {
    case 0:
    case 1:
      return void story.add(by, target, pick(random, ["admin", "device"]), saying);
    case 2:
      return void story.promote(by, target, saying);
    case 3:
      return void story.revoke(by, target, { ...saying, ...accepted });
    case 4:
      return void story.certify(by, target, nowMs + 1 + integerBelow(random, 1e9), saying);
    case 5:
    case 6:
      return void story.rotate(by, target, pick(random, [...spare, ...puppets]), saying);
    case 7:
      return void story.rename(by, `name ${integerBelow(random, 9)}`, pick(random, [target, undefined]), saying);
    default:
      return void story.say(by, { type: "unknown", name: "" }, saying);
  }
}

/** A history that begins with some devices in good standing, so that much of it counts. */
export function randomStory(random: SeededRandom, length: number, withRecovery: boolean): Story {
  const story = new Story(cast[0]);
  for (const [i, device] of cast.slice(1, 4).entries()) story.add(story.first, device, i < 2 ? "admin" : "device");
  const speakers = [...cast, ...(withRecovery ? [story.recovery] : [])];
  for (let i = 0; i < length; i++) sayAnything(story, random, speakers, story.graph().statements);
  return story;
}

function told(graph: UserGraph): unknown {
  return { state: graph.state(nowMs), heads: texts(graph.heads()), held: graph.statements.map(({ id }) => id).sort() };
}

test("the same statements in any order, with repetitions and in any parts, give the same state", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
      const random = new SeededRandom(seed);
      const story = randomStory(random, 30, true);
      const whole = told(story.graph());
      for (let i = 0; i < 3; i++) {
        const graph = new UserGraph(crypto, story.user);
        const order = shuffled(random, [...story.told, ...story.told.slice(0, 10)]);
        while (order.length > 0) {
          graph.take(order.splice(0, 1 + integerBelow(random, 20)).map(({ bytes }) => bytes));
        }
        expect(told(graph)).toEqual(whole);
      }
    }),
    { numRuns: 40 },
  );
});

test("two who exchange what the other lacks come to the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
      const random = new SeededRandom(seed);
      const story = randomStory(random, 30, true);
      const admitted = story.graph().statements.map(({ bytes }) => bytes);
      const [one, two] = [new UserGraph(crypto, story.user), new UserGraph(crypto, story.user)];
      for (const bytes of admitted) for (const each of [one, two]) if (integerBelow(random, 4) > 0) each.take([bytes]);
      const missing = (from: UserGraph, to: UserGraph) => from.missing(texts(to.heads())).map(({ bytes }) => bytes);
      two.take(missing(one, two));
      one.take(missing(two, one));
      expect(told(one)).toEqual(told(two));
      expect(one.missing(texts(two.heads()))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

const ranks = { tab: 0, device: 1, admin: 2 };

/** That `after` gives nobody a right that `before` did not. */
function expectNoGain(before: UserState, after: UserState): void {
  for (const [id, { role }] of after.devices) {
    const had = before.devices.get(id);
    expect(had, `${id} is new`).toBeDefined();
    expect(ranks[role]).toBeLessThanOrEqual(ranks[had?.role ?? "tab"]);
  }
  for (const id of before.revoked.keys()) expect(after.revoked.has(id), `${id} is back`).toBe(true);
  expect(after.recovery).toEqual(before.recovery);
}

test("a revoked admin gains nothing by what it signs later, however it backdates, nor does whom it adds", () => {
  let counted = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
      const random = new SeededRandom(seed);
      const story = randomStory(random, 12, false);
      const admins = cast.filter(({ id, identity }) => {
        const device = story.graph().state(nowMs).devices.get(id);
        return device?.role === "admin" && device.node === identity.id;
      });
      const [thief, victim] = shuffled(random, admins);
      if (thief === undefined || victim === undefined) return;
      const known = story.graph().statements;
      story.revoke(victim, thief, { knows: story.heads(known).slice(0, 16) });
      const before = story.graph().state(nowMs);
      if (!before.revoked.has(thief.id)) return;
      counted++;
      const honest = new Set(cast.map(({ id }) => id));
      for (let i = 0; i < 20; i++) {
        sayAnything(story, random, [thief, thief, ...puppets], story.graph().statements);
        const last = story.told.at(-1) as Statement;
        // It may borrow no key but its own and its puppets'.
        if (last.author !== thief.id && honest.has(last.author as never)) story.told.pop();
        else if (![thief, ...puppets].some(({ identity }) => identity.publicKey.every((b, j) => b === last.key[j])))
          story.told.pop();
      }
      expectNoGain(before, story.graph().state(nowMs));
    }),
    { numRuns: 60 },
  );
  expect(counted).toBeGreaterThan(20);
});

test("the recovery key brings back all that a stolen admin has destroyed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
      const random = new SeededRandom(seed);
      const story = new Story(cast[0]);
      for (const device of cast.slice(1, 4)) story.add(story.first, device, "admin");
      const [thief] = cast.slice(1) as [Actor];
      const before = story.graph().state(nowMs);
      for (let i = 0; i < 20; i++) sayAnything(story, random, [thief, thief, ...puppets], story.graph().statements);
      const stolen = story.told.filter(({ key }) => cast.every(({ identity }) => identity === thief.identity || identity.publicKey !== key));
      expect(stolen.length).toBeGreaterThan(0);
      const honestly = story.told.filter((each) => [thief, ...puppets].some(({ identity }) => identity.publicKey.every((b, j) => b === each.key[j])) || each.author === cast[0]?.id);
      story.told.splice(0, story.told.length, ...honestly);
      story.revoke(story.recovery, thief, { knows: story.heads(story.graph().statements).slice(0, 16), accepted: 0 });
      const after = story.graph().state(nowMs);
      expect([...after.devices.keys()]).toEqual([...before.devices.keys()].filter((id) => id !== thief.id));
      expect([...after.revoked.keys()]).toEqual([thief.id]);
    }),
    { numRuns: 40 },
  );
});
