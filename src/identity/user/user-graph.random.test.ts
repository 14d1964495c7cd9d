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

interface Scene {
  readonly speakers: readonly Actor[];
  /** Who is spoken of, and whose keys are given. */
  readonly others: readonly Actor[];
  /** What can be known. */
  readonly from: readonly Statement[];
  /** Only with keys of the speakers. */
  readonly ownKeys?: boolean;
}

/** One more statement, sensible or not. */
function sayAnything(story: Story, random: SeededRandom, { speakers, others, from, ownKeys = false }: Scene): void {
  const by = pick(random, speakers);
  const target = pick(random, others);
  const picked = Array.from({ length: 1 + integerBelow(random, 2) }, () => pick(random, from));
  const knows = integerBelow(random, 3) === 0 ? [...new Set(picked)] : story.heads(from).slice(0, 16);
  const keys = ownKeys ? speakers : others;
  const saying = { knows, ...(integerBelow(random, 12) === 0 && { key: pick(random, keys).identity }) };
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
      return void story.rotate(by, target, pick(random, keys), saying);
    case 7:
      return void story.rename(by, `name ${integerBelow(random, 9)}`, pick(random, [target, undefined]), saying);
    default:
      return void story.say(by, { type: "unknown", name: "" }, saying);
  }
}

/** Each statement may know of those before it that were admitted. */
function sayMuch(story: Story, random: SeededRandom, times: number, scene: Omit<Scene, "from">): void {
  const graph = story.graph();
  for (let i = 0; i < times; i++) {
    sayAnything(story, random, { ...scene, from: graph.statements });
    graph.take([(story.told.at(-1) as Statement).bytes]);
  }
}

/** A history that begins with some devices in good standing, so that much of it counts. */
function randomStory(random: SeededRandom, length: number, withRecovery: boolean): Story {
  const story = new Story(cast[0]);
  for (const [i, device] of cast.slice(1, 4).entries()) story.add(story.first, device, i < 2 ? "admin" : "device");
  const speakers = [...cast, ...(withRecovery ? [story.recovery] : [])];
  sayMuch(story, random, length, { speakers, others: [...cast, ...spare] });
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
    { numRuns: 25 },
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
      // More than once, since what waits for a statement of the other is not yet to be seen the first time.
      for (let round = 0; round < 5; round++) {
        two.take(missing(one, two));
        one.take(missing(two, one));
      }
      expect(told(one)).toEqual(told(two));
      expect(one.missing(texts(two.heads()))).toEqual([]);
    }),
    { numRuns: 25 },
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
      const scene = { speakers: [thief, thief, ...puppets], others: [...cast, ...puppets], ownKeys: true };
      sayMuch(story, random, 20, scene);
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
      const scene = { speakers: [thief, thief, ...puppets], others: [...cast, ...puppets], ownKeys: true };
      sayMuch(story, random, 20, scene);
      story.revoke(story.recovery, thief, { knows: story.heads(story.graph().statements).slice(0, 16), accepted: 0 });
      const after = story.graph().state(nowMs);
      expect([...after.devices.keys()]).toEqual([...before.devices.keys()].filter((id) => id !== thief.id));
      expect([...after.revoked.keys()]).toEqual([thief.id]);
    }),
    // Of the example, the thief takes itself along: it puts out whoever has added it.
    { numRuns: 60, examples: [[199]] },
  );
});
