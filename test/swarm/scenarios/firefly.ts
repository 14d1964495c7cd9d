// Firefly sessions between nodes that crash and networks that break, over plain pipes and over resumable ones. Each call
// settles exactly once, with the right result or an error that has a name; no handler runs twice for one call; and when all
// is over, no table holds anything.

import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { integerBelow, pick } from "#base/random.ts";
import type { Random } from "#glow";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";
import { FireflyPeer, type Work, works } from "./firefly-peer.ts";

/** What may become of a call when nodes crash and connections break. Anything else is a defect. */
const expected: readonly ErrorKind[] = ["disconnected", "deadline", "unavailable", "cancelled"];

function nodeNames(settings: Settings): string[] {
  return Array.from({ length: settings["nodes"] ?? 2 }, (_, index) => `n${index}`);
}

export const firefly: Scenario = {
  name: "firefly",
  about: "calls, callbacks and streams between nodes that crash: each settles once, and nothing is left behind",
  settings: { nodes: [2, 4], resumable: [0, 1] },
  safetyMs: 30_000,
  livenessMs: 300_000,
  operations: [20, 120],
  faults: { crash: 3, pause: 2, partition: 2, clog: 3, slow: 3, "refuse-dials": 2, cut: 12, "clock-step": 2 },
  nodes: nodeNames,
  drawOperation(random: Random, settings: Settings): Operation {
    const names = nodeNames(settings);
    const from = pick(random, names);
    const to = pick(
      random,
      names.filter((name) => name !== from),
    );
    return { kind: pick(random, works), from, to, size: 1 + integerBelow(random, 200) };
  },
  start: (world, settings) => new FireflyTrial(world, settings),
};

interface Call {
  readonly peer: FireflyPeer;
  readonly from: string;
  readonly text: string;
  settled: number;
}

class FireflyTrial implements Trial {
  readonly #world: World;
  readonly #calls: Call[] = [];
  readonly #runs: number[] = [];
  #defect: Error | undefined;

  constructor(world: World, settings: Settings) {
    this.#world = world;
    const onRun = (call: number): void => {
      const runs = (this.#runs[call] ?? 0) + 1;
      this.#runs[call] = runs;
      if (runs > 1) this.#fail(new Error(`the handler of call ${call} ran ${runs} times`));
    };
    for (const name of nodeNames(settings)) {
      world.addNode(name, { boot: (platform) => FireflyPeer.boot(platform, name, settings["resumable"] === 1, onRun) });
    }
  }

  operate(operation: Operation): void {
    const { kind, from, to, size } = operation as {
      kind: Work;
      from: string;
      to: string;
      size: number;
    };
    const node = this.#world.node(from);
    const peer = node.handle;
    if (!(peer instanceof FireflyPeer)) return;
    const id = this.#calls.length;
    const call: Call = { peer, from, text: `call ${id}: ${kind} from ${from} to ${to}`, settled: 0 };
    this.#calls.push(call);
    node.tell(() => {
      peer.do(kind, to, id, size).then(
        () => this.#settle(call),
        (thrown: unknown) => this.#settleFailed(call, thrown),
      );
    });
  }

  #settleFailed(call: Call, thrown: unknown): void {
    this.#settle(call);
    if (thrown instanceof GlowError && expected.includes(thrown.kind)) return;
    this.#fail(new Error(`${call.text} ended with ${String(thrown)}`, { cause: thrown }));
  }

  #settle(call: Call): void {
    call.settled++;
    if (call.settled > 1) this.#fail(new Error(`${call.text} settled ${call.settled} times`));
  }

  #fail(defect: Error): void {
    this.#defect ??= defect;
  }

  check(): void {
    if (this.#defect !== undefined) throw this.#defect;
  }

  /** Calls of programs that still run: those of a crashed one have nobody to tell. */
  #open(): Call[] {
    return this.#calls.filter((call) => call.settled === 0 && this.#world.node(call.from).handle === call.peer);
  }

  #leftovers(): string[] {
    return this.#world.nodes.flatMap(({ name, handle }) => {
      assert(handle === undefined || handle instanceof FireflyPeer, "every node runs a peer");
      return handle === undefined ? [`${name} is down`] : handle.leftovers().map((left) => `${name} ${left}`);
    });
  }

  settled(): boolean {
    return this.#open().length === 0 && this.#leftovers().length === 0;
  }

  missing(): string {
    return [...this.#open().map((call) => call.text), ...this.#leftovers()].join("; ");
  }
}
