// The network's side of one node: whether it has power, who listens on it and which pipes end there.

import { chance, integerBelow, shuffled } from "#base/random.ts";
import type { Random } from "#glow";
import type { Incarnation } from "../incarnation.ts";
import type { SimulatedPipe } from "./pipe.ts";

/** The first port that is given to who asks for port 0 (RFC 6335, the dynamic range). */
const firstDynamicPort = 49_152;

export class Host {
  readonly name: string;
  /** Without power nothing is answered, not even by a reset. */
  powered = false;
  incarnation: Incarnation | undefined;
  readonly acceptors = new Map<number, (pipe: SimulatedPipe) => void>();
  readonly pipes = new Set<SimulatedPipe>();
  #nextPort = firstDynamicPort;

  constructor(name: string) {
    this.name = name;
  }

  freePort(): number {
    while (this.acceptors.has(this.#nextPort)) this.#nextPort++;
    return this.#nextPort++;
  }

  start(incarnation: Incarnation): void {
    this.powered = true;
    this.incarnation = incarnation;
  }

  /** The program has died; of what it had sent, each pipe's peer gets some prefix. */
  stop(random: Random, powerLost: boolean): void {
    const pipes = [...this.pipes];
    this.acceptors.clear();
    this.pipes.clear();
    this.incarnation = undefined;
    this.powered = !powerLost;
    // The system takes down pipes in no order that a program may count on.
    for (const pipe of shuffled(random, pipes)) pipe.die(drawPrefix(random, pipe), !powerLost);
  }
}

/** How many of the packets on the way still arrive: mostly all, else any number. */
export function drawPrefix(random: Random, pipe: SimulatedPipe): number {
  const { inFlight } = pipe.out;
  return chance(random, 0.5) ? inFlight : integerBelow(random, inFlight + 1);
}
