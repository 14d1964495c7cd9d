// A whole world out of one seed: nodes with clocks, disks and programs, and the network between them, in virtual time.
// The same seed and the same program give the same run, event by event; `traceHash` says whether they did.

import { GlowError } from "#base/errors.ts";
import { type Seed, SeededRandom } from "#base/random.ts";
import type { Compression, Crypto } from "#glow";
import { type NetworkOptions, SimulatedNetwork } from "./network/network.ts";
import { type NodeOptions, SimulatedNode } from "./node.ts";
import { toNs } from "./time/nanoseconds.ts";
import { type RunOptions, Timeline } from "./time/timeline.ts";

/** What a world cannot make itself. */
export interface WorldHost {
  /**
   * Resolves when all promise reactions that are under way, and all they lead to, are over. Core code has no means to
   * wait for that: under Node it is `setImmediate`, in a page a MessageChannel.
   */
  drain(): Promise<void>;
  /** Given to every node. Keys are seeded all the same, since each node draws them from its own `random`. */
  readonly crypto: Crypto;
  readonly compression: Compression;
}

export interface WorldOptions {
  readonly seed: Seed;
  readonly network?: NetworkOptions;
}

export class World {
  /** For whoever builds the world: draws from it disturb nothing inside. */
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  readonly timeline: Timeline;
  readonly #host: WorldHost;
  readonly #root: SeededRandom;
  readonly #nodes = new Map<string, SimulatedNode>();

  constructor(host: WorldHost, options: WorldOptions) {
    this.#root = new SeededRandom(options.seed);
    this.random = this.#root.fork("world");
    this.timeline = new Timeline(() => host.drain());
    this.network = new SimulatedNetwork(this.timeline, this.#root.fork("network"), options.network);
    this.#host = host;
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }

  /** Stands for everything that has happened so far: the same for two runs if, and only if, they were the same. */
  traceHash(): string {
    return this.timeline.trace.hash();
  }

  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** Makes a node and starts its program. Its randomness depends on the seed and its name alone. */
  addNode<Handle>(name: string, options: NodeOptions<Handle>): SimulatedNode<Handle> {
    if (this.#nodes.has(name)) {
      throw new GlowError("already-exists", "world.add", { target: name, message: `there is a node ${name} already` });
    }
    const { crypto, compression } = this.#host;
    const parts = { timeline: this.timeline, network: this.network, crypto, compression };
    const node = new SimulatedNode(parts, name, this.#root.fork(`node ${name}`), options);
    this.#nodes.set(name, node);
    node.start();
    return node;
  }

  /** `not-found` if there is none of this name. */
  node(name: string): SimulatedNode {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      throw new GlowError("not-found", "world.node", { target: name, message: `there is no node ${name}` });
    }
    return node;
  }

  /** Runs a task of the test, not of a node, some time from now. */
  after(delayMs: number, task: () => void): void {
    this.timeline.schedule(toNs(delayMs), () => {
      this.timeline.enter();
      task();
    });
  }

  /** Lets time pass: see `RunOptions`. Rejects with the first defect of a node's code. */
  run(options?: RunOptions): Promise<void> {
    return this.timeline.run(options);
  }

  /** Lets time pass until `work` settles. `deadline` if nothing is left to happen, or `withinMs` has passed, before. */
  async finish<Result>(work: Promise<Result>, withinMs = 600_000): Promise<Result> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    work.then(settle, settle);
    await this.run({ untilMs: this.nowMs + withinMs, stop: () => settled });
    if (!settled) {
      throw new GlowError("deadline", "world.finish", {
        message: `the work has not settled in ${withinMs} virtual ms`,
      });
    }
    return work;
  }

  /** Ends every fault that lasts: barriers, disturbances, sick disks; and starts the nodes that are down. */
  healAll(): void {
    this.network.healAll();
    for (const node of this.#nodes.values()) {
      node.disk.heal();
      node.indexes.heal();
      node.start();
    }
  }
}
