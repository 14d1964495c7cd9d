// Stories of one user: who may say what, and what comes of statements that did not know of one another.

import { describe, expect, test } from "vitest";
import { compareBytes } from "#base/bytes.ts";
import { Actor, crypto, nowMs, Story, texts } from "../../../test/identity/cast.ts";
import type { Statement } from "./statement.ts";
import { UserGraph } from "./user-graph.ts";

const laptop = new Actor("laptop");
const tablet = new Actor("tablet");
const server = new Actor("server");
const thief = new Actor("thief");
const tab = new Actor("tab");
const newKey = new Actor("new key");

/** A phone that is an admin, as is the laptop; a tablet that is not. */
function family(): Story {
  const story = new Story();
  story.add(story.first, laptop, "admin");
  story.add(story.first, tablet);
  return story;
}

/** What is answered to the last statement told, when all before it is known. */
function refusalOf(story: Story): string | undefined {
  const graph = story.graph(story.told.slice(0, -1));
  const { refused } = graph.take([(story.told.at(-1) as Statement).bytes]);
  return refused[0] && `${refused[0].error.kind}: ${refused[0].error.message}`;
}

describe("roles", () => {
  test("the first device is an admin, and adds others", () => {
    expect(family().devices()).toEqual(["laptop*", "phone*", "tablet"]);
  });

  test("an admin adds, promotes, revokes, certifies, rotates and renames; a device only what is its own", () => {
    const allowed: [string, (story: Story, by: Actor) => Statement][] = [
      ["add", (story, by) => story.add(by, server)],
      ["promote", (story, by) => story.promote(by, tablet)],
      ["revoke", (story, by) => story.revoke(by, laptop)],
      ["rotate another", (story, by) => story.rotate(by, laptop, newKey)],
      ["rename another", (story, by) => story.rename(by, "x", laptop)],
      ["rename the user", (story, by) => story.rename(by, "x")],
    ];
    for (const [what, say] of allowed) {
      for (const by of ["phone", "recovery", "tablet", "stranger"]) {
        const story = family();
        const actor = { phone: story.first, recovery: story.recovery, tablet, stranger: server }[by] as Actor;
        say(story, actor);
        const governs = by === "phone" || by === "recovery";
        expect(refusalOf(story)?.split(":")[0], `${what} by ${by}`).toBe(governs ? undefined : "denied");
      }
    }
  });

  test("a device renames, rotates and revokes itself, certifies tabs and revokes its own", () => {
    const story = family();
    const own: (() => Statement)[] = [
      () => story.rename(tablet, "slate", tablet),
      () => story.certify(tablet, tab),
      () => story.revoke(tablet, tab),
      () => story.rotate(tablet, tablet, newKey),
      () => story.revoke(tablet, tablet, { key: newKey.identity }),
    ];
    for (const say of own) {
      say();
      expect(refusalOf(story)).toBeUndefined();
    }
    expect(story.devices()).toEqual(["laptop*", "phone*"]);
  });

  test("a tab may say nothing, and a device does not revoke another's tab", () => {
    const story = family();
    story.certify(laptop, tab);
    story.certify(tab, server);
    expect(refusalOf(story)).toContain("denied");
    const other = family();
    other.certify(laptop, tab);
    other.revoke(tablet, tab);
    expect(refusalOf(other)).toContain("denied");
  });

  test("only the recovery key replaces the recovery key", () => {
    const story = family();
    story.say(story.first, { type: "recovery", key: newKey.identity.publicKey });
    expect(refusalOf(story)).toContain("denied");
    story.told.pop();
    story.say(story.recovery, { type: "recovery", key: newKey.identity.publicKey });
    expect(refusalOf(story)).toBeUndefined();
    story.revoke(story.recovery, laptop);
    expect(refusalOf(story)).toContain("another key");
    story.told.pop();
    story.revoke(story.recovery, laptop, { key: newKey.identity });
    expect(refusalOf(story)).toBeUndefined();
    expect(story.graph().state(nowMs).recovery).toEqual(newKey.identity.publicKey);
  });
});

describe("what makes no sense is refused", () => {
  const cases: [string, (story: Story) => unknown, string][] = [
    [
      "a position that was skipped",
      (story) => story.add(laptop, server, "device", { sequence: 2 }),
      "next statement is 1",
    ],
    [
      "a position told before",
      (story) => story.rename(story.first, "x", undefined, { sequence: 1 }),
      "next statement is 3",
    ],
    ["a key of somebody else", (story) => story.rename(laptop, "x", undefined, { key: thief.identity }), "another key"],
    ["a promotion of nobody", (story) => story.promote(laptop, server), "no device"],
    ["a revocation of nobody", (story) => story.revoke(laptop, server), "never was a device"],
    ["a key that is in use", (story) => story.rotate(tablet, tablet, laptop), "already"],
    ["a tab with a device's key", (story) => story.certify(tablet, laptop), "already"],
    ["a tab for ever", (story) => story.certify(tablet, tab, nowMs + 1e11), "at most"],
    ["a tab for the past", (story) => story.certify(tablet, tab, nowMs - 1), "past"],
  ];
  for (const [what, say, reason] of cases) {
    test(what, () => {
      const story = family();
      say(story);
      expect(refusalOf(story)).toContain(reason);
    });
  }

  test("another user's beginning, also where nothing is known yet", () => {
    const [ann, bob] = [new Story(), new Story(laptop)];
    const graph = new UserGraph(crypto, ann.user);
    expect(graph.take([bob.genesis.bytes]).refused[0]?.error.message).toContain("begins another user");
    graph.take([ann.genesis.bytes]);
    expect(graph.take([bob.genesis.bytes]).refused[0]?.error.message).toContain("one beginning");
    expect(graph.size).toBe(1);
  });

  test("what builds on it is refused with it, and a revoked device never returns", () => {
    const story = family();
    story.revoke(laptop, tablet);
    story.add(laptop, tablet);
    story.rename(laptop, "x", laptop);
    const { refused } = story.graph(story.told.slice(0, -2)).take(story.told.slice(-2).map(({ bytes }) => bytes));
    expect(refused.map(({ error }) => error.kind)).toEqual(["invalid", "invalid"]);
    expect(refused[0]?.error.message).toContain("revoked for ever");
    expect(refused[1]?.error.message).toContain("it builds on");
  });
});

describe("a revocation", () => {
  test("strikes what the revoked device said without its knowledge, and keeps what it knew", () => {
    const story = family();
    story.add(laptop, server);
    const before = story.heads();
    story.revoke(story.first, laptop);
    story.add(laptop, thief, "admin", { knows: before });
    expect(story.devices()).toEqual(["phone*", "server", "tablet"]);
    expect(story.graph().state(nowMs).setAside).toHaveLength(1);
  });

  test("strikes what is past the position it accepts, and all that rests on it", () => {
    const story = family();
    story.add(laptop, server, "admin");
    story.add(laptop, thief, "admin");
    story.add(thief, newKey);
    story.revoke(story.first, laptop, { accepted: 1 });
    expect(story.devices()).toEqual(["phone*", "server*", "tablet"]);
  });

  test("of each other puts both out, and an unconcerned admin stays", () => {
    const story = family();
    story.add(story.first, server, "admin");
    const before = story.heads();
    story.revoke(story.first, laptop, { knows: before });
    story.revoke(laptop, story.first, { knows: before });
    expect(story.devices()).toEqual(["server*", "tablet"]);
  });

  test("is not undone by a stolen admin that pretends to have revoked its author before", () => {
    const story = family();
    const early = story.heads();
    story.add(story.first, server);
    story.revoke(story.first, laptop);
    story.revoke(laptop, story.first, { knows: early });
    story.add(laptop, thief, "admin", { knows: story.told.slice(-1) });
    expect(story.devices()).toEqual(["tablet"]);
  });

  test("by the recovery key undoes what a thief has revoked", () => {
    const story = family();
    story.add(story.first, server);
    const honest = story.devices();
    story.revoke(laptop, story.first);
    story.revoke(laptop, tablet);
    story.add(laptop, thief, "admin");
    story.revoke(thief, server);
    expect(story.devices()).toEqual(["laptop*", "thief*"]);
    story.revoke(story.recovery, laptop, { accepted: 0 });
    expect(story.devices()).toEqual(honest.filter((name) => name !== "laptop*"));
    expect(story.graph().state(nowMs).revoked.size).toBe(1);
  });

  test("by the recovery key reaches a thief that has put out whoever added it, and so itself", () => {
    const story = family();
    const honest = story.devices();
    story.revoke(laptop, story.first, { accepted: 0 });
    expect(story.devices()).toEqual([]);
    story.revoke(story.recovery, laptop, { accepted: 0 });
    expect(refusalOf(story)).toBeUndefined();
    expect(story.devices()).toEqual(honest.filter((name) => name !== "laptop*"));
    expect([...story.graph().state(nowMs).revoked.keys()]).toEqual([laptop.id]);
  });

  test("leaves the name that people know the device by", () => {
    const story = family();
    story.rename(story.first, "the stolen one", laptop);
    story.revoke(story.first, laptop, { accepted: 0 });
    expect([...story.graph().state(nowMs).revokedNames]).toEqual([[laptop.id, "the stolen one"]]);
  });

  test("outlives a rotation by a thief that tried to make its author's key another one", () => {
    const story = family();
    story.add(story.first, server, "admin");
    const before = story.heads();
    const stolen = story.rotate(laptop, server, newKey, { knows: before });
    const revocation = story.revoke(story.first, laptop, { knows: before });
    // The server has seen the rotation, and knows that it does not count.
    story.revoke(server, tablet, { knows: [stolen, revocation] });
    expect(refusalOf(story)).toBeUndefined();
    expect(story.devices()).toEqual(["phone*", "server*"]);
  });

  test("fells what rests on a struck statement, whatever else would allow it that it did not know", () => {
    const story = family();
    const before = story.heads();
    const struck = story.add(laptop, server, "device", { knows: before });
    story.certify(server, tab, undefined, { knows: [struck] });
    const honest = story.add(story.first, server, "device", { knows: before });
    story.revoke(story.first, laptop, { knows: [honest] });
    for (const order of [story.told, story.told.toReversed(), [...story.told.slice(0, 3), honest, ...story.told]]) {
      const graph = new UserGraph(crypto, story.user);
      for (const { bytes } of order) graph.take([bytes]);
      const names = [...graph.state(nowMs).devices.values()].map(({ name }) => name);
      expect(names.sort()).toEqual(["phone", "server", "tablet"]);
    }
  });

  test("names the last batches; of several the least that names a space", () => {
    const story = family();
    const before = story.heads();
    story.revoke(story.first, tablet, {
      knows: before,
      batches: [
        ["a", 5],
        ["b", 7],
      ],
    });
    story.revoke(laptop, tablet, {
      knows: before,
      batches: [
        ["a", 3],
        ["c", 9],
      ],
    });
    const revoked = story.graph().state(nowMs).revoked.get(tablet.id);
    expect([...(revoked ?? [])]).toEqual([
      ["a", 3],
      ["b", 7],
      ["c", 9],
    ]);
  });

  test("takes with it the tabs that the device vouched for", () => {
    const story = family();
    story.certify(tablet, tab);
    expect(story.devices()).toContain("tab");
    story.revoke(story.first, tablet);
    expect(story.devices()).not.toContain("tab");
  });
});

describe("keys", () => {
  test("a device keeps its id when its key changes, and the old key says nothing more", () => {
    const story = family();
    story.rotate(tablet, tablet, newKey);
    const device = story.graph().state(nowMs).devices.get(tablet.id);
    expect(device?.node).toBe(newKey.identity.id);
    story.rename(tablet, "x", tablet);
    expect(refusalOf(story)).toContain("another key");
  });

  test("two rotations at once leave it without one, until an admin gives it one", () => {
    const story = family();
    const before = story.heads();
    story.rotate(tablet, tablet, newKey, { knows: before });
    story.rotate(tablet, tablet, thief, { knows: before });
    expect(story.graph().state(nowMs).devices.get(tablet.id)?.key).toBeUndefined();
    expect(story.graph().state(nowMs).forks).toHaveLength(1);
    story.rename(tablet, "x", tablet);
    expect(refusalOf(story)).toContain("contested");
    story.told.pop();
    story.rotate(laptop, tablet, server);
    expect(story.graph().state(nowMs).devices.get(tablet.id)?.key).toEqual(server.identity.publicKey);
  });

  test("an admin's rotation wins over a concurrent one by the device", () => {
    const story = family();
    const before = story.heads();
    story.rotate(tablet, tablet, thief, { knows: before });
    story.rotate(laptop, tablet, newKey, { knows: before });
    expect(story.graph().state(nowMs).devices.get(tablet.id)?.key).toEqual(newKey.identity.publicKey);
  });
});

test("a fork is shown with both statements, and both count", () => {
  const story = family();
  const before = story.heads();
  const one = story.add(laptop, server, "device", { knows: before });
  const two = story.rename(laptop, "Ann B.", undefined, { knows: before });
  const { forks, name } = story.graph().state(nowMs);
  expect(forks.map((fork) => ({ ...fork, statements: texts(fork.statements).sort() }))).toEqual([
    { author: laptop.id, sequence: 1, statements: [one.id, two.id].sort() },
  ]);
  expect(name).toBe("Ann B.");
  expect(story.devices()).toContain("server");
});

test("of two names given at once everybody takes the same", () => {
  const story = family();
  const before = story.heads();
  const names = [
    story.rename(laptop, "A", tablet, { knows: before }),
    story.rename(tablet, "B", tablet, { knows: before }),
  ];
  const winner = names.sort((a, b) => (a.id < b.id ? 1 : -1))[0] as Statement;
  for (const order of [story.told, story.told.toReversed()]) {
    const device = story.graph(order).state(nowMs).devices.get(tablet.id);
    expect(winner.said).toMatchObject({ name: device?.name });
  }
});

test("a statement of a type that a newer Glow has holds its place", () => {
  const story = family();
  const later = story.say(laptop, { type: "unknown", name: "" });
  story.add(laptop, server, "device", { knows: [later] });
  expect(refusalOf(story)).toBeUndefined();
  expect(story.devices()).toContain("server");
});

describe("time", () => {
  test("a tab's certificate is judged by the clock of whoever looks, with a tolerance", () => {
    const story = family();
    const untilMs = nowMs + 3_600_000;
    story.certify(laptop, tab, untilMs);
    const graph = story.graph();
    const has = (atMs: number) => graph.state(atMs).devices.has(tab.id);
    expect([has(nowMs), has(untilMs + 299_999), has(untilMs + 300_000)]).toEqual([true, true, false]);
  });

  test("a certificate that lies about its time is not believed before it is near", () => {
    const story = family();
    const farMs = nowMs + 400 * 86_400_000;
    story.certify(laptop, tab, farMs, { timeMs: farMs - 86_400_000 });
    expect(refusalOf(story)).toBeUndefined();
    expect(story.graph().state(nowMs).devices.has(tab.id)).toBe(false);
    expect(
      story
        .graph()
        .state(farMs - 1000)
        .devices.has(tab.id),
    ).toBe(true);
  });
});

test("all keys that a device or tab was ever given are known, also when it is revoked or has run out, whatever the order", () => {
  const story = family();
  story.rotate(tablet, tablet, newKey);
  story.certify(story.first, tab, nowMs + 1000);
  story.revoke(story.first, tablet);
  const keysOf = (statements: readonly Statement[], atMs: number) => story.graph(statements).state(atMs).keys;
  const keys = keysOf(story.told, nowMs + 10_000_000);
  expect(keys.get(tablet.id)).toEqual(
    [tablet, newKey].map(({ identity }) => identity.publicKey).sort((a, b) => compareBytes(a, b)),
  );
  expect(keys.get(tab.id)).toEqual([tab.identity.publicKey]);
  expect(keys.get(thief.id)).toBe(undefined);
  expect(keysOf(story.told.toReversed(), nowMs)).toEqual(keys);
});
