// What each limit on a user's statements does when it is exceeded.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import type { SpaceId } from "#glow";
import { Actor, crypto, identityOf, nowMs, Story } from "../../../test/identity/cast.ts";
import { signRecord } from "../signed-record.ts";
import { readStatement, type Statement } from "./statement.ts";
import { UserGraph } from "./user-graph.ts";

const device = new Actor("device");

function actors(name: string, count: number): Actor[] {
  return Array.from({ length: count }, (_, i) => new Actor(`${name} ${i}`));
}

function kindsOf(graph: UserGraph, statements: readonly Statement[]): string[] {
  return graph.take(statements.map(({ bytes }) => bytes)).refused.map(({ error }) => error.kind);
}

function failure(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof GlowError ? `${error.kind}: ${error.message}` : "no error of ours";
  }
}

/** Many statements in one line, signed without a look at all that came before. */
function line(story: Story, by: Actor, from: Statement, first: number, count: number): Statement[] {
  const said: Statement[] = [];
  for (let i = 0; i < count; i++) {
    const knows = [said.at(-1) ?? from];
    said.push(story.say(by, { type: "unknown", name: "" }, { knows, sequence: first + i }));
  }
  return said;
}

test("identityLimits.statementBytes: more is neither read nor signed", () => {
  const { statementBytes } = identityLimits;
  expect(failure(() => readStatement(crypto, new Uint8Array(statementBytes + 1)))).toMatch(/^too-large/);
  expect(
    failure(() => signRecord(identityOf("x"), "statement", { big: new Uint8Array(statementBytes) }, statementBytes)),
  ).toMatch(/^too-large/);
});

test("identityLimits.parents and identityLimits.nameBytes and identityLimits.spaces: a statement that exceeds one is none", () => {
  const { parents, nameBytes, spaces } = identityLimits;
  const story = new Story();
  const many = Array.from({ length: parents + 1 }, () => {
    const name = `${story.told.length}`;
    return story.rename(story.first, name, undefined, { knows: [story.genesis], sequence: 1 });
  });
  expect(failure(() => story.rename(story.first, "x", undefined, { knows: many.slice(1), sequence: 2 }))).toBe("none");
  expect(failure(() => story.rename(story.first, "x", undefined, { knows: many, sequence: 2 }))).toMatch(
    /more than 16 items/,
  );
  expect(failure(() => story.rename(story.first, "é".repeat(nameBytes / 2)))).toBe("none");
  expect(failure(() => story.rename(story.first, "é".repeat(nameBytes / 2 + 1)))).toMatch(/^too-large/);
  const batches = (count: number) => new Map(Array.from({ length: count }, (_, i) => [`s${i}` as SpaceId, i]));
  const revoke = (count: number) => () =>
    story.say(story.first, { type: "revoke", device: story.first.id, accepted: 0, batches: batches(count) });
  expect(failure(revoke(spaces))).toBe("none");
  expect(failure(revoke(spaces + 1))).toMatch(/^too-large/);
});

test("identityLimits.devices: one more is refused, until one is revoked", () => {
  const story = new Story();
  const others = actors("other", identityLimits.devices);
  let last = story.genesis;
  for (const [i, other] of others.entries()) {
    last = story.add(story.first, other, "device", { knows: [last], sequence: i + 1 });
  }
  const graph = new UserGraph(crypto, story.user);
  expect(kindsOf(graph, story.told)).toEqual(["exhausted"]);
  const before = story.told.at(-2) as Statement;
  const { length } = others;
  const revocation = story.revoke(story.first, others[0] as Actor, { knows: [before], sequence: length });
  const added = story.add(story.first, others[length - 1] as Actor, "device", {
    knows: [revocation],
    sequence: length + 1,
  });
  expect(kindsOf(graph, [revocation, added])).toEqual([]);
  expect(graph.state(nowMs).devices.size).toBe(identityLimits.devices);
});

test("identityLimits.tabs: one more is refused, unless others have run out by then", () => {
  const story = new Story();
  const tabs = actors("tab", identityLimits.tabs + 1);
  let last = story.genesis;
  for (const [i, tab] of tabs.slice(0, -1).entries()) {
    last = story.certify(story.first, tab, nowMs + 1000, { knows: [last], sequence: i + 1 });
  }
  const one = tabs.at(-1) as Actor;
  const graph = story.graph();
  const sequence = tabs.length;
  const late = story.certify(story.first, one, nowMs + 5000, { knows: [last], sequence, timeMs: nowMs + 2000 });
  const early = story.certify(story.first, one, nowMs + 5000, { knows: [last], sequence });
  expect(kindsOf(graph, [early, late])).toEqual(["exhausted"]);
  expect(graph.state(nowMs + 1000 + identityLimits.clockToleranceMs).devices.size, "those that ran out are gone").toBe(
    2,
  );
});

test("identityLimits.tabMs: a longer certificate is refused", () => {
  const story = new Story();
  const graph = story.graph();
  const exact = story.certify(story.first, device, nowMs + identityLimits.tabMs);
  expect(kindsOf(graph, [exact])).toEqual([]);
  const longer = story.certify(story.first, device, nowMs + identityLimits.tabMs + 1);
  expect(kindsOf(graph, [longer])).toEqual(["invalid"]);
});

test("identityLimits.statementsPerAuthor and identityLimits.statements: what is past them is not held, but the recovery key can act", () => {
  const { statements, statementsPerAuthor } = identityLimits;
  const story = new Story();
  const others = actors("writer", Math.ceil(statements / statementsPerAuthor));
  let last = story.genesis;
  for (const [i, other] of others.entries()) {
    last = story.add(story.first, other, "device", { knows: [last], sequence: i + 1 });
  }
  const graph = story.graph();
  for (const [i, other] of others.entries()) {
    const said = line(story, other, last, 1, statementsPerAuthor + (i === 0 ? 2 : 0));
    const refused = kindsOf(graph, said);
    if (i === 0) expect(refused).toEqual(["exhausted", "exhausted"]);
    last = said[statementsPerAuthor - 1] as Statement;
    if (graph.size < statements) expect(graph.heads()).toEqual([last.hash]);
  }
  expect(graph.size).toBe(statements);
  const here = graph.statements.at(-1) as Statement;
  const [by] = others as [Actor];
  const revocation = story.revoke(story.recovery, by, { knows: [here], sequence: 1, accepted: 0 });
  expect(kindsOf(graph, [revocation])).toEqual([]);
  expect(graph.state(nowMs).devices.has(by.id)).toBe(false);
});

test("identityLimits.userBytes: what is past it is not held", () => {
  const { userBytes, statementBytes } = identityLimits;
  const story = new Story();
  const big = { type: "filler", filler: new Uint8Array(statementBytes - 400) };
  const graph = story.graph();
  let [taken, last] = [0, story.genesis];
  for (let sequence = 1; taken === sequence - 1; sequence++) {
    const place = { author: idBytes(story.first.id), sequence, parents: [last.hash] };
    const bytes = signRecord(story.first.identity, "statement", { ...big, ...place, time: nowMs }, statementBytes);
    last = readStatement(crypto, bytes);
    if (graph.take([bytes]).refused.length === 0) taken++;
    else expect(graph.take([bytes]).refused[0]?.error.kind).toBe("exhausted");
  }
  expect(taken).toBe(Math.floor((userBytes - story.genesis.bytes.length) / last.bytes.length));
});

test("identityLimits.orphans: of those that wait for parents the oldest go, and can come again", () => {
  const { orphans } = identityLimits;
  const story = new Story();
  const said = line(story, story.first, story.genesis, 1, orphans + 2);
  const graph = new UserGraph(crypto, story.user);
  graph.take([story.genesis.bytes]);
  for (const each of said.slice(1).toReversed()) graph.take([each.bytes]);
  graph.take([(said[0] as Statement).bytes]);
  expect(graph.size, "the last came first, and went first").toBe(1 + said.length - 1);
  graph.take([(said.at(-1) as Statement).bytes]);
  expect(graph.size).toBe(1 + said.length);
});
