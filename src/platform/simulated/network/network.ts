// The network between all nodes of a world: who reaches whom, how well, and what is broken just now.

import { assert } from "#base/errors.ts";
import { type SeededRandom, shuffled } from "#base/random.ts";
import type { Random } from "#glow";
import { type Disturbance, Disturbances } from "../disturbances.ts";
import type { Incarnation } from "../incarnation.ts";
import type { Timeline } from "../time/timeline.ts";
import type { Flow, FlowNetwork } from "./flow.ts";
import { drawPrefix, Host } from "./host.ts";
import { defaultWeather, drawConditions, type LinkConditions, loopback, type Weather } from "./link-conditions.ts";
import type { SimulatedPipe } from "./pipe.ts";
import type { SimAddress } from "./sim-address.ts";
import { Wire } from "./wire.ts";

export interface NetworkOptions {
  readonly weather?: Partial<Weather>;
  /** How long a system goes on sending to a peer that does not answer before it ends the pipe. */
  readonly giveUpMs?: number;
}

/**
 * How a pipe is broken from outside. `reset`: both ends hear of it. `half-open`: one end hears of it, the other when it
 * next sends something. `silent`: a box in the middle forgets the pipe, and nobody ever hears anything.
 */
export type CutManner = "reset" | "half-open" | "silent";

/** Shorter than TCP's quarter of an hour; far longer than any program should rely on. */
const defaultGiveUpMs = 60_000;

export class SimulatedNetwork implements FlowNetwork {
  readonly timeline: Timeline;
  readonly giveUpMs: number;
  readonly stuck = new Set<Flow>();
  readonly #random: SeededRandom;
  readonly #weather: Weather;
  readonly #hosts = new Map<string, Host>();
  readonly #wires = new Map<string, Wire>();
  readonly #barriers = new Set<{ readonly from: ReadonlySet<string>; readonly to: ReadonlySet<string> }>();
  readonly #disturbances: Disturbances;
  #pipes = 0;

  constructor(timeline: Timeline, random: SeededRandom, options: NetworkOptions = {}) {
    this.timeline = timeline;
    this.#disturbances = new Disturbances(() => timeline.record("network", "heal"));
    this.#random = random;
    this.#weather = { ...defaultWeather, ...options.weather };
    this.giveUpMs = options.giveUpMs ?? defaultGiveUpMs;
  }

  // Who reaches whom.

  host(node: string): Host | undefined {
    return this.#hosts.get(node);
  }

  /** The wire from one node to another. Its conditions depend on the seed and the two names alone. */
  wire(from: string, to: string): Wire {
    const name = `${from}>${to}`;
    let wire = this.#wires.get(name);
    if (wire === undefined) {
      const random = this.#random.fork(`wire ${name}`);
      wire = new Wire(random, from === to ? loopback : drawConditions(random, this.#weather));
      this.#wires.set(name, wire);
    }
    return wire;
  }

  /** Whether a packet gets from one node to another: no barrier is between them, and the receiver has power. */
  passes(from: string, to: string): boolean {
    for (const barrier of this.#barriers) if (barrier.from.has(from) && barrier.to.has(to)) return false;
    return this.#hosts.get(to)?.powered !== false;
  }

  /** A name for a new pipe, the same on both ends. */
  nextPipeLabel(from: string, to: SimAddress): string {
    return `${from}>${to.node}:${to.port}/${++this.#pipes}`;
  }

  /** What decides where a pipe cuts packets for a receiver of pieces: by its name and the side of it. */
  pieceRandom(pipe: string, side: "dialled" | "accepted"): Random {
    return this.#random.fork(`pieces ${pipe} ${side}`);
  }

  // Nodes.

  start(incarnation: Incarnation): void {
    let host = this.#hosts.get(incarnation.node);
    if (host === undefined) {
      host = new Host(incarnation.node);
      this.#hosts.set(incarnation.node, host);
    }
    host.start(incarnation);
    this.#resumeStuck();
  }

  /** After `incarnation.end()`. */
  stop(incarnation: Incarnation, powerLost: boolean): void {
    this.#hosts.get(incarnation.node)?.stop(this.#random.fork(`stop ${incarnation.label}`), powerLost);
  }

  // Faults.

  /** Nothing passes from any node of one set to any of the other; what is sent waits. The way back stays open. */
  barrier(from: Iterable<string>, to: Iterable<string>): Disturbance {
    const barrier = { from: new Set(from), to: new Set(to) };
    this.#barriers.add(barrier);
    this.timeline.record("network", "barrier", `${[...barrier.from].join(" ")} to ${[...barrier.to].join(" ")}`);
    return this.#disturbances.begin(() => {
      this.#barriers.delete(barrier);
      this.#resumeStuck();
    });
  }

  /** Nothing passes between the two sets of nodes, either way. */
  partition(side: Iterable<string>, other: Iterable<string>): Disturbance {
    const sides = [[...side], [...other]] as const;
    const there = this.barrier(...sides);
    const back = this.barrier(sides[1], sides[0]);
    return {
      heal: () => {
        there.heal();
        back.heal();
      },
    };
  }

  /** Changes how well packets travel from one node to another, on top of what is usual. */
  disturb(from: string, to: string, change: Partial<LinkConditions>): Disturbance {
    const calm = this.wire(from, to).disturb(change);
    this.timeline.record("network", "conditions", `${from} to ${to}: ${JSON.stringify(change)}`);
    return this.#disturbances.begin(calm);
  }

  /** Breaks the pipes between two nodes; how many there were. Of what was on the way, any prefix may still arrive. */
  cut(a: string, b: string, manner: CutManner): number {
    const random = this.#random.fork(`cut ${a} ${b} ${this.timeline.nowNs}`);
    const ends = shuffled(random, this.#endsBetween(a, b));
    const heard = new Set<string>();
    for (const end of ends) {
      this.timeline.record("network", "cut", `${end.label} at ${end.incarnation.node}: ${manner}`);
      const isFirst = !heard.has(end.label);
      heard.add(end.label);
      if (manner === "silent") end.out.sever();
      // A flow that ends with a reset is how the end at its other side hears of it.
      else if (manner === "reset" || isFirst) end.out.reset(drawPrefix(random, end));
    }
    return heard.size;
  }

  /** Ends all barriers and disturbances. Pipes that were cut stay so: noticing that is the programs' business. */
  healAll(): void {
    this.#disturbances.healAll();
  }

  #endsBetween(a: string, b: string): SimulatedPipe[] {
    assert(this.#hosts.has(a) && this.#hosts.has(b), `there are nodes ${a} and ${b}`);
    const between = (from: string, to: string) =>
      [...(this.#hosts.get(from)?.pipes ?? [])].filter((pipe) => pipe.peer === to);
    return a === b ? between(a, b) : [...between(a, b), ...between(b, a)];
  }

  #resumeStuck(): void {
    for (const flow of this.stuck) flow.resume();
  }
}
