// Random operations on both sides of a session at once, over a pipe that is shut and opened at random: every call
// settles as it should, calls by one handle keep their order, and when all is released nothing is left.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { duplicate } from "#firefly/codec/stub.ts";
import type { ChainStub, ListenerStub } from "../../interfaces/generated/sample.ts";
import { RandomWorld, type Side, type SideName } from "./random-station.ts";
import { emptied, settled } from "./session-pair.ts";
import { runs } from "../../arbitraries/runs.ts";

interface Operation {
  readonly kind: keyof typeof operations;
  readonly side: SideName;
  readonly pick: number;
}

function picked<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)];
}

function addChain(side: Side, stub: ChainStub, value: number): void {
  side.chains.push({ stub, value });
}

function addEar(all: RandomWorld, side: Side, stub: ListenerStub): void {
  side.ears.push({ stub, handle: all.handles++, next: 0 });
}

function released(side: Side, list: "chains" | "ears", pick: number): void {
  const items = side[list];
  const [item] = items.splice(pick % Math.max(1, items.length), 1);
  item?.stub[Symbol.dispose]();
}

/** What a side may do: each notes what has to come of it. */
const operations = {
  increment: (all: RandomWorld, side: Side, pick: number) => {
    if (side.root) all.expect("increment", side.root.increment(pick, all.options()), (result) => result === pick + 1);
  },
  echo: (all: RandomWorld, side: Side, pick: number) => {
    if (side.root) all.expect("echo", side.root.echo({ id: pick, name: "" }), ({ id }) => id === pick);
  },
  sleep: (all: RandomWorld, side: Side) => {
    if (side.root) all.expect("sleep", side.root.sleep(1, all.options()), () => false);
  },
  first: (all: RandomWorld, side: Side) => {
    if (side.root) addChain(side, side.root.first(all.options()), 0);
  },
  give: (_all: RandomWorld, side: Side) => {
    if (side.root) addChain(side, side.root.give(), 0);
  },
  giveMany: (all: RandomWorld, side: Side, pick: number) => {
    const { root } = side;
    if (root === undefined) return;
    const many = root.giveMany(pick % 5, all.options()).then((stubs) => {
      for (const [value, stub] of stubs.entries()) addChain(side, stub, value);
      return stubs.length;
    });
    all.expect("giveMany", many, (length) => length === pick % 5);
  },
  inspect: (_all: RandomWorld, side: Side, pick: number) => {
    if (side.root === undefined) return;
    using inspection = side.root.inspect();
    addChain(side, duplicate(inspection.nested.chain), 10);
    if (pick % 2 === 0) addChain(side, duplicate(inspection.chain), 1);
  },
  next: (_all: RandomWorld, side: Side, pick: number) => {
    const chain = picked(side.chains, pick);
    if (chain !== undefined) addChain(side, chain.stub.next(), chain.value + 1);
  },
  value: (all: RandomWorld, side: Side, pick: number) => {
    const chain = picked(side.chains, pick);
    if (chain !== undefined) all.expect("value", chain.stub.value(), (value) => value === chain.value);
  },
  duplicate: (_all: RandomWorld, side: Side, pick: number) => {
    const chain = picked(side.chains, pick);
    if (chain !== undefined) addChain(side, duplicate(chain.stub), chain.value);
  },
  release: (_all: RandomWorld, side: Side, pick: number) => released(side, "chains", pick),
  lend: (all: RandomWorld, side: Side, pick: number) => {
    const text = String(pick);
    const listener = { heard: (heard: string) => heard };
    if (side.root) all.expect("call", side.root.call(listener, text, all.options()), (heard) => heard === text);
  },
  keep: (all: RandomWorld, side: Side) => {
    if (side.root) all.expect("keep", side.root.keep({ heard: (text) => text }), () => true);
  },
  comeBack: (all: RandomWorld, side: Side, pick: number) => {
    const chain = picked(side.chains, pick);
    if (chain !== undefined) addEar(all, side, chain.stub.itself(all.ear));
  },
  passOn: (all: RandomWorld, side: Side, pick: number) => {
    const chain = picked(side.chains, pick);
    const ear = picked(side.ears, pick);
    if (chain !== undefined && ear !== undefined) addEar(all, side, chain.stub.itself(ear.stub));
  },
  duplicateEar: (all: RandomWorld, side: Side, pick: number) => {
    const ear = picked(side.ears, pick);
    if (ear !== undefined) addEar(all, side, duplicate(ear.stub));
  },
  hear: (all: RandomWorld, side: Side, pick: number) => {
    const ear = picked(side.ears, pick);
    if (ear === undefined) return;
    const text = `${ear.handle}:${ear.next++}`;
    all.expect("heard", ear.stub.heard(text), (heard) => heard === text);
  },
  releaseEar: (_all: RandomWorld, side: Side, pick: number) => released(side, "ears", pick),
  items: (all: RandomWorld, side: Side, pick: number) => {
    if (side.root === undefined) return;
    const opened = side.root.items(pick, all.options()).then((stream) => side.streams.push(stream));
    all.expect("items", opened, () => true);
  },
  read: (all: RandomWorld, side: Side, pick: number) => {
    const [stream] = side.streams.splice(pick % Math.max(1, side.streams.length), 1);
    if (stream === undefined) return;
    const reading = (async () => {
      let next = 0;
      for await (const { id } of stream) {
        if (id !== next++) return false;
        if (next > pick) break;
      }
      return true;
    })();
    all.expect("read", reading, (isRight) => isRight);
  },
  leave: (_all: RandomWorld, side: Side) => side.streams.pop()?.[Symbol.dispose](),
  sum: (all: RandomWorld, side: Side, pick: number) => {
    const numbers = Array.from({ length: pick }, (_, index) => index);
    const sum = BigInt((pick * (pick - 1)) / 2);
    if (side.root) all.expect("sum", side.root.sum(numbers, all.options()), (result) => result === sum);
  },
  fail: (all: RandomWorld, side: Side) => {
    const failing = side.root?.put(new Uint8Array(1)).then(undefined, (thrown: { kind?: string }) => thrown.kind);
    if (failing !== undefined) all.expect("fail", failing, (kind) => kind === "unsupported");
  },
  giveUp: (all: RandomWorld, _side: Side, pick: number) => picked(all.controllers, pick)?.abort(),
  hold: (all: RandomWorld, _side: Side, pick: number) => picked(all.valves, pick)?.hold(),
  shut: (all: RandomWorld, _side: Side, pick: number) => picked(all.valves, pick)?.shut(),
  open: (all: RandomWorld, _side: Side, pick: number) => picked(all.valves, pick)?.open(),
  wait: () => settled(),
} as const;

/** More of what makes calls take different ways at different speeds: that is where order is at stake. */
const often: readonly (keyof typeof operations)[] = [
  "hear",
  "hear",
  "hear",
  "hold",
  "open",
  "wait",
  "hold",
  "open",
  "wait",
];

const anyOperation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[]), ...often, ...often),
  side: fc.constantFrom<SideName>("near", "far"),
  pick: fc.nat(300),
});

const anyScript = fc.array(anyOperation, { minLength: 1, maxLength: 100, size: "max" });

/** Everything is given back, and then nothing is left, and every object was disposed of once. */
async function giveBack(all: RandomWorld): Promise<void> {
  for (const side of [all.near, all.far]) {
    for (const { stub } of [...side.chains, ...side.ears]) stub[Symbol.dispose]();
    for (const stream of side.streams) stream[Symbol.dispose]();
    side.station.release();
  }
  await emptied(...all.sessions);
  for (const { station } of [all.near, all.far]) {
    expect(station.links.map((link) => link.disposals)).toEqual(station.links.map(() => 1));
    expect(station.open).toBe(0);
  }
}

async function finish(all: RandomWorld): Promise<void> {
  for (const valve of all.valves) valve.open();
  await settled();
  // Handlers that sleep do so until they are told to stop.
  for (const controller of all.controllers) controller.abort();
  const wrong = (await Promise.all(all.outcomes)).filter((outcome) => outcome !== undefined);
  expect(wrong).toEqual([]);
  await giveBack(all);
  const last = new Map<string, number>();
  for (const text of all.ear.texts) {
    const [handle = "", number = ""] = text.split(":");
    expect(Number(number)).toBeGreaterThan(last.get(handle) ?? -1);
    last.set(handle, Number(number));
  }
  expect(all.defects).toEqual([]);
}

const sessions = [
  { name: "on one session", hops: 1, numRuns: runs(300) },
  { name: "through a middle", hops: 2, numRuns: runs(150) },
] as const;

for (const { name, hops, numRuns } of sessions) {
  test(`${name}, whatever is done: calls settle as they should, in order, and nothing is left`, async () => {
    const property = fc.asyncProperty(anyScript, async (script) => {
      const all = new RandomWorld(hops);
      for (const { kind, side, pick } of script) await operations[kind](all, all[side], pick);
      await finish(all);
      for (const pair of all.pairs) await pair[Symbol.asyncDispose]();
    });
    await fc.assert(property, { numRuns });
  });

  test(`${name}, whenever a session ends: calls settle, and objects are disposed of once`, async () => {
    const property = fc.asyncProperty(anyScript, fc.nat(3), async (script, which) => {
      const all = new RandomWorld(hops);
      for (const { kind, side, pick } of script) await operations[kind](all, all[side], pick);
      picked(all.sessions, which)?.close();
      for (const valve of all.valves) valve.open();
      await settled();
      for (const controller of all.controllers) controller.abort();
      await Promise.all(all.outcomes);
      await giveBack(all);
    });
    await fc.assert(property, { numRuns });
  });
}
