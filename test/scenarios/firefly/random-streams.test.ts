// Random streams in both directions at once, of bytes and of objects, read to the end, a little, or not at all, over
// pipes that are shut and opened at random: what is read is what was sent, and nothing is left.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { duplicate } from "#firefly/codec/stub.ts";
import type { ByteStream, Stream } from "#firefly/runtime.ts";
import { type Depot, DepotInterface, DepotStub, type Wagon, type WagonStub } from "../../interfaces/generated/depot.ts";
import { emptied, SessionPair, settled } from "./session-pair.ts";
import { type CountedWagon, Yard } from "./wagons.ts";

/** Pieces that say where in the stream they stand. */
function* pieces(count: number, sizeBytes: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(sizeBytes).fill(i);
}

/** The root of a side: what it gives, and what it was lent. */
class Terminal implements Partial<Depot> {
  readonly given = new Yard();
  open = 0;

  *train(count: number): Generator<Wagon> {
    this.open++;
    try {
      for (let i = 0; i < count; i++) yield this.given.wagon(i);
    } finally {
      this.open--;
    }
  }

  async unload(wagons: Stream<WagonStub>): Promise<number> {
    let sum = 0;
    for await (const each of wagons) {
      using wagon = each;
      sum += await wagon.load();
      // One in a while has seen enough.
      if (sum > 300) break;
    }
    return Math.min(sum, 301);
  }

  pass(data: ByteStream): ByteStream {
    return data;
  }

  same(wagon: WagonStub): Wagon {
    return duplicate(wagon);
  }

  async join(parts: readonly ByteStream[]): Promise<bigint> {
    let sum = 0n;
    for (const part of parts) for await (const piece of part) sum += BigInt(piece.length);
    return sum;
  }
}

class Sides {
  readonly terminals = [new Terminal(), new Terminal()] as const;
  readonly lent = new Yard();
  readonly pairs: readonly SessionPair[];
  readonly roots: readonly DepotStub[];
  readonly outcomes: Promise<string | undefined>[] = [];
  readonly idle: (Stream<WagonStub> | ByteStream)[] = [];

  constructor(hops: 1 | 2) {
    const [near, far] = this.terminals.map((object) => ({ type: DepotInterface, object }));
    if (near === undefined || far === undefined) throw new Error("two sides");
    const inner = new SessionPair({ host: far, ...(hops === 1 && { caller: near }) });
    const passed = { type: DepotInterface, object: inner.near.root(DepotStub) };
    this.pairs = hops === 1 ? [inner] : [inner, new SessionPair({ host: passed, caller: near })];
    const outer = this.pairs.at(-1) as SessionPair;
    this.roots = [outer.near.root(DepotStub), outer.far.root(DepotStub)];
  }

  /** Notes what is wrong with what a piece of work has come to; an end of the session is nothing wrong. */
  note(work: () => Promise<boolean>): void {
    const outcome = work().then(
      (isRight) => (isRight ? undefined : `wrong: ${String(work)}`),
      (thrown: unknown) => ((thrown as { kind?: string }).kind === "disconnected" ? undefined : String(thrown)),
    );
    this.outcomes.push(outcome);
  }
}

const operations = {
  /** Reads some of a train, and lets each wagon go when it has been called. */
  train: (sides: Sides, root: DepotStub, a: number, b: number) =>
    sides.note(async () => {
      let next = 0;
      for await (const each of await root.train(a)) {
        using wagon = each;
        const load = await wagon.load();
        if (load !== next++) return false;
        if (next > b) return true;
      }
      return next === a;
    }),
  idle: (sides: Sides, root: DepotStub, a: number) =>
    sides.note(async () => {
      sides.idle.push(await root.train(a));
      return true;
    }),
  unload: (sides: Sides, root: DepotStub, a: number) =>
    sides.note(async () => {
      const wagons: CountedWagon[] = Array.from({ length: a }, (_, index) => sides.lent.wagon(index));
      const sum = Math.min((a * (a - 1)) / 2, 301);
      return (await root.unload(wagons)) === sum;
    }),
  pass: (sides: Sides, root: DepotStub, a: number, b: number) =>
    sides.note(async () => {
      let sizeBytes = 0;
      for await (const piece of await root.pass(pieces(a, b * 100))) sizeBytes += piece.length;
      return sizeBytes === a * b * 100;
    }),
  passAndLeave: (sides: Sides, root: DepotStub, a: number, b: number) =>
    sides.note(async () => {
      let sizeBytes = 0;
      for await (const piece of await root.pass(pieces(a, 5000))) if ((sizeBytes += piece.length) > b * 1000) break;
      return true;
    }),
  join: (sides: Sides, root: DepotStub, a: number, b: number) =>
    sides.note(async () => (await root.join([pieces(a, 300), pieces(b, 7), []])) === BigInt(a * 300 + b * 7)),
  same: (sides: Sides, root: DepotStub, a: number) =>
    sides.note(async () => {
      using wagon = root.same(sides.lent.wagon(a));
      return (await wagon.load()) === a;
    }),
  leave: (sides: Sides) => sides.idle.pop()?.[Symbol.dispose](),
  hold: (sides: Sides, _root: DepotStub, a: number) => valve(sides, a)?.hold(),
  shut: (sides: Sides, _root: DepotStub, a: number) => valve(sides, a)?.shut(),
  open: (sides: Sides, _root: DepotStub, a: number) => valve(sides, a)?.open(),
  wait: () => settled(),
} as const;

function valve(sides: Sides, pick: number) {
  const valves = sides.pairs.flatMap((pair) => [pair.there, pair.back]);
  return valves[pick % valves.length];
}

const anyOperation = fc.tuple(
  fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[]), "wait", "open", "open"),
  fc.nat(1),
  fc.nat(120),
  fc.nat(120),
);

for (const [name, hops] of [
  ["on one session", 1],
  ["through a middle", 2],
] as const) {
  test(`${name}, read or left, and whether the session ends or not`, async () => {
    const script = fc.array(anyOperation, { minLength: 1, maxLength: 40, size: "max" });
    const property = fc.asyncProperty(script, fc.boolean(), async (steps, isEnded) => {
      const sides = new Sides(hops);
      for (const [kind, side, a, b] of steps) {
        const root = sides.roots[hops === 1 ? side : 0];
        if (root !== undefined) await operations[kind](sides, root, a, b);
      }
      if (isEnded) sides.pairs[0]?.near.close();
      for (const pair of sides.pairs) for (const each of [pair.there, pair.back]) each.open();
      expect((await Promise.all(sides.outcomes)).filter((outcome) => outcome !== undefined)).toEqual([]);
      for (const stream of sides.idle) stream[Symbol.dispose]();
      const sessions = sides.pairs.flatMap((pair) => [pair.near, pair.far]);
      await emptied(...sessions);
      for (const { given, open } of sides.terminals) {
        expect(given.disposals).toEqual(given.wagons.map(() => 1));
        expect(open).toBe(0);
      }
      expect(sides.lent.disposals).toEqual(sides.lent.wagons.map(() => 0));
      for (const pair of sides.pairs) await pair[Symbol.asyncDispose]();
    });
    await fc.assert(property, { numRuns: 150 });
  });
}
