// Everything that can be made to go wrong in a run: each kind of fault as data, how it is drawn, and how it is done.

import { chance, integerBelow, pick, shuffled } from "#base/random.ts";
import type { Random } from "#glow";
import type { Disturbance } from "../disturbances.ts";
import type { CutManner } from "../network/network.ts";
import type { CrashManner } from "../node.ts";
import { drawDelay, drawFrom, drawWhole, type Range } from "../range.ts";
import type { World } from "../world.ts";

interface FaultData {
  /** The node dies, and starts again after a while. */
  crash: { node: string; manner: CrashManner; forMs: number };
  /** The node's program stands still, and then goes on as if nothing had been. */
  pause: { node: string; forMs: number };
  /** Nothing passes between two groups of nodes, or (one way) from the first to the second. */
  partition: { side: string[]; other: string[]; oneWay: boolean; forMs: number };
  /** Nothing passes from one node to another. */
  clog: { from: string; to: string; forMs: number };
  /** One direction becomes slow and lossy. */
  slow: { from: string; to: string; latencyMs: number; bytesPerMs: number; lossChance: number; forMs: number };
  /** Most dials from one node to another fail. */
  "refuse-dials": { from: string; to: string; dialFailChance: number; forMs: number };
  /** The pipes between two nodes break. */
  cut: { a: string; b: string; manner: CutManner };
  /** The wall clock is set. */
  "clock-step": { node: string; byMs: number };
  /** The oscillator runs fast or slow for a while. */
  "clock-rate": { node: string; rate: number; forMs: number };
  /** Some operations of the disk fail. */
  "disk-errors": { node: string; errorChance: number; forMs: number };
  "disk-slow": { node: string; latencyMs: number; forMs: number };
  /** Nothing more can be written. */
  "disk-full": { node: string; forMs: number };
  /** The medium damages a sector. Only for scenarios whose data is elsewhere too. */
  rot: { node: string; manner: "bit" | "unreadable" };
}

export type FaultKind = keyof FaultData;
export type Fault = { [Kind in FaultKind]: { readonly kind: Kind } & Readonly<FaultData[Kind]> }[FaultKind];

interface FaultRule<Data> {
  /** `nodes` are the names of all nodes, at least one. Undefined where it makes no sense with so few. */
  draw(random: Random, nodes: readonly string[]): Data | undefined;
  /** Does it to a world that has all the nodes named. */
  strike(world: World, data: Data): void;
}

/** Lasting faults are mostly short, so that many come and go in one run, and sometimes outlast every time-out. */
const lastingMs: Range = [10, 20_000];

const rules: { readonly [Kind in FaultKind]: FaultRule<FaultData[Kind]> } = {
  crash: {
    draw: (random, nodes) => ({
      node: pick(random, nodes),
      manner: pick(random, ["kill", "power"]),
      forMs: drawLasting(random),
    }),
    strike(world, { node, manner, forMs }) {
      world.node(node).crash(manner);
      world.after(forMs, () => world.node(node).start());
    },
  },
  pause: {
    draw: (random, nodes) => ({ node: pick(random, nodes), forMs: drawLasting(random) }),
    strike: (world, { node, forMs }) => world.node(node).pause(forMs),
  },
  partition: {
    draw(random, nodes) {
      if (nodes.length < 2) return undefined;
      const order = shuffled(random, nodes);
      const middle = 1 + integerBelow(random, nodes.length - 1);
      const groups = { side: order.slice(0, middle), other: order.slice(middle) };
      return { ...groups, oneWay: chance(random, 0.3), forMs: drawLasting(random) };
    },
    strike(world, { side, other, oneWay, forMs }) {
      const { network } = world;
      healAfter(world, forMs, oneWay ? network.barrier(side, other) : network.partition(side, other));
    },
  },
  clog: {
    draw: (random, nodes) => drawPair(random, nodes, ([from, to]) => ({ from, to, forMs: drawLasting(random) })),
    strike: (world, { from, to, forMs }) => healAfter(world, forMs, world.network.barrier([from], [to])),
  },
  slow: {
    draw: (random, nodes) =>
      drawPair(random, nodes, ([from, to]) => ({
        from,
        to,
        latencyMs: drawWhole(random, [50, 2000]),
        bytesPerMs: drawWhole(random, [1, 1000]),
        lossChance: drawHundredths(random, [0, 0.3]),
        forMs: drawLasting(random),
      })),
    strike: (world, { from, to, forMs, ...change }) => healAfter(world, forMs, world.network.disturb(from, to, change)),
  },
  "refuse-dials": {
    draw: (random, nodes) =>
      drawPair(random, nodes, ([from, to]) => ({
        from,
        to,
        dialFailChance: drawHundredths(random, [0.5, 1]),
        forMs: drawLasting(random),
      })),
    strike: (world, { from, to, forMs, ...change }) => healAfter(world, forMs, world.network.disturb(from, to, change)),
  },
  cut: {
    draw: (random, nodes) =>
      drawPair(random, nodes, ([a, b]) => ({ a, b, manner: pick(random, ["reset", "half-open", "silent"]) })),
    strike: (world, { a, b, manner }) => void world.network.cut(a, b, manner),
  },
  "clock-step": {
    draw: (random, nodes) => ({ node: pick(random, nodes), byMs: drawWhole(random, [-86_400_000, 86_400_000]) }),
    strike: (world, { node, byMs }) => world.node(node).stepClock(byMs),
  },
  "clock-rate": {
    draw: (random, nodes) => ({
      node: pick(random, nodes),
      rate: drawHundredths(random, [0.5, 2]),
      forMs: drawLasting(random),
    }),
    strike(world, { node, rate, forMs }) {
      world.node(node).setClockRate(rate);
      // What was usual was drawn so near to 1 that it makes no difference.
      world.after(forMs, () => world.node(node).setClockRate(1));
    },
  },
  "disk-errors": {
    draw: (random, nodes) => ({
      node: pick(random, nodes),
      errorChance: drawHundredths(random, [0.05, 0.6]),
      forMs: drawLasting(random),
    }),
    strike: (world, { node, errorChance, forMs }) =>
      healAfter(world, forMs, world.node(node).disk.disturb({ errorChance })),
  },
  "disk-slow": {
    draw: (random, nodes) => ({
      node: pick(random, nodes),
      latencyMs: drawWhole(random, [10, 2000]),
      forMs: drawLasting(random),
    }),
    strike: (world, { node, latencyMs, forMs }) =>
      healAfter(world, forMs, world.node(node).disk.disturb({ latencyMs })),
  },
  "disk-full": {
    draw: (random, nodes) => ({ node: pick(random, nodes), forMs: drawLasting(random) }),
    strike(world, { node, forMs }) {
      const { disk } = world.node(node);
      healAfter(world, forMs, disk.disturb({ capacityBytes: disk.usedBytes }));
    },
  },
  rot: {
    draw: (random, nodes) => ({ node: pick(random, nodes), manner: pick(random, ["bit", "unreadable"]) }),
    strike: (world, { node, manner }) =>
      void world.node(node).disk.rot(world.random.fork(`rot ${world.nowMs}`), manner),
  },
};

export const faultKinds = Object.keys(rules) as FaultKind[];

export function drawFault(kind: FaultKind, random: Random, nodes: readonly string[]): Fault | undefined {
  const data = rules[kind].draw(random, nodes);
  return data === undefined ? undefined : ({ kind, ...data } as Fault);
}

/** Does the fault now. One that names a node which the world does not have is passed over: its plan was made smaller. */
export function strike(world: World, fault: Fault): void {
  const known = new Set(world.nodes.map(({ name }) => name));
  if (!nodesOf(fault).every((name) => known.has(name))) return;
  world.timeline.record("plan", "fault", JSON.stringify(fault));
  const { strike: strikeAs } = rules[fault.kind] as FaultRule<Fault>;
  strikeAs(world, fault);
}

/** The nodes that a fault names. */
function nodesOf(fault: Fault): string[] {
  if ("node" in fault) return [fault.node];
  if ("side" in fault) return [...fault.side, ...fault.other];
  return "from" in fault ? [fault.from, fault.to] : [fault.a, fault.b];
}

function healAfter(world: World, forMs: number, disturbance: Disturbance): void {
  world.after(forMs, () => disturbance.heal());
}

function drawLasting(random: Random): number {
  return Math.round(drawDelay(random, lastingMs));
}

function drawHundredths(random: Random, range: Range): number {
  return Math.round(drawFrom(random, range) * 100) / 100;
}

function drawPair<Data>(
  random: Random,
  nodes: readonly string[],
  dataOf: (pair: readonly [string, string]) => Data,
): Data | undefined {
  const [a, b] = shuffled(random, nodes);
  return a === undefined || b === undefined ? undefined : dataOf([a, b]);
}
