// Many nodes in a ring with random chords: what it takes in messages until everybody knows the best way to everybody,
// and again after a link has ended.

import { assert } from "#base/errors.ts";
import { integerBelow, pick, SeededRandom, type Seed } from "#base/random.ts";
import { unitsPerMs } from "#mesh/routing/link-cost.ts";
import { readMessage } from "#mesh/routing/message.ts";
import { crypto } from "./routing-time.ts";
import { RoutingWorld } from "./routing-world.ts";

/** What one phase has cost. */
export interface Effort {
  readonly phase: string;
  /** Until the last message arrived. */
  readonly tookMs: number;
  readonly messages: number;
  readonly bytes: number;
  /** ROUTE and RETRACT records. */
  readonly announcements: number;
}

export interface SmallWorld {
  readonly nodes: number;
  readonly links: number;
  readonly verifications: number;
  readonly efforts: readonly Effort[];
}

export function runSmallWorld(seed: Seed, count: number): SmallWorld {
  const random = new SeededRandom(seed);
  const world = new RoutingWorld(random.fork("world"), { nodes: count, mostDelayMs: 30 });
  const meter = new Meter(world);
  const verifiedBefore = crypto.verifications;
  for (let i = 0; i < count; i++) world.connect(i, (i + 1) % count);
  for (let i = 0; i < count; i++) {
    const other = integerBelow(random, count);
    if (other !== i && world.linkOf(i, other) === undefined) world.connect(i, other);
  }
  const links = world.links.size;
  const efforts = [meter.measure("all nodes start at once")];
  checkBest(world);
  world.cut(pick(random, [...world.links]), 10);
  efforts.push(meter.measure("a link ends"));
  checkBest(world);
  world.measure(pick(random, [...world.links]));
  efforts.push(meter.measure("a cost changes"));
  checkBest(world);
  world.restart(integerBelow(random, count), -60_000);
  efforts.push(meter.measure("a node restarts alone"));
  world.checkLoops();
  return { nodes: count, links, verifications: crypto.verifications - verifiedBefore, efforts };
}

export function describeSmallWorld({ nodes, links, verifications, efforts }: SmallWorld): string {
  const lines = efforts.map(({ phase, tookMs, messages, bytes, announcements }) => {
    const perNode = (announcements / nodes).toFixed(1);
    const perLink = (announcements / links).toFixed(1);
    const perPair = (announcements / links / nodes).toFixed(2);
    return `  ${phase}: ${Math.round(tookMs)} ms, ${messages} messages, ${Math.round(bytes / 1024)} KiB, ${announcements} announcements: ${perNode} per node, ${perLink} per link, ${perPair} per link and destination`;
  });
  const verified = (verifications / nodes / nodes).toFixed(2);
  return [`${nodes} nodes, ${links} links; ${verified} verifications per node and destination`, ...lines].join("\n");
}

/** Counts what goes over all links, and when it ends. */
class Meter {
  readonly #world: RoutingWorld;
  #announcements = 0;
  #lastMs = 0;

  constructor(world: RoutingWorld) {
    this.#world = world;
    world.sent = (message) => {
      this.#lastMs = world.time.nowMs;
      for (const { type } of readMessage(message)) if (type === "route" || type === "retract") this.#announcements++;
    };
  }

  measure(phase: string): Effort {
    const { time } = this.#world;
    const [beganMs, messages, bytes] = [time.nowMs, this.#world.messages, this.#world.bytes];
    this.#announcements = 0;
    this.#lastMs = beganMs;
    time.runUntil(beganMs + 20_000);
    return {
      phase,
      tookMs: this.#lastMs - beganMs,
      messages: this.#world.messages - messages,
      bytes: this.#world.bytes - bytes,
      announcements: this.#announcements,
    };
  }
}

/** Every route is there and the best, for some targets: to know the best ways to all takes longer than all else. */
function checkBest(world: RoutingWorld): void {
  world.checkLoops();
  const step = Math.ceil(world.nodes.length / 20);
  for (let i = 0; i < world.nodes.length; i += step) {
    const target = world.nodes[i];
    assert(target !== undefined, "there is one");
    for (const [node, units] of world.bestCosts(target)) {
      if (node === target) continue;
      const costMs = node.routing?.next(target.id)?.costMs ?? Number.NaN;
      assert(costMs * unitsPerMs === units, `${node.number} reaches ${target.number} for ${units}`);
    }
  }
}
