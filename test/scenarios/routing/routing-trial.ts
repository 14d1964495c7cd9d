// One random story of a mesh, from one seed: a time in which everything happens to it, with loops looked for after every
// event, and a quiet time, after which everybody must reach everybody, and at the lowest cost.

import { assert } from "#base/errors.ts";
import { chance, integerBelow, pick, SeededRandom, type Seed } from "#base/random.ts";
import { unitsPerMs } from "#mesh/routing/link-cost.ts";
import { RoutingWorld, type WorldNode } from "./routing-world.ts";

export interface TrialOptions {
  readonly nodes: number;
  readonly tabs?: number;
  readonly liars?: number;
  readonly actions: number;
  readonly quietMs?: number;
}

/** Forgetting comes into play within the story: as it is, it takes minutes. */
const limits = { retentionMs: 300, syncMs: 3000, requestRetryMaxMs: 2000 };

/** What happened, for people; throws if anything that must hold does not. */
export function runTrial(seed: Seed, options: TrialOptions): RoutingWorld {
  const random = new SeededRandom(seed);
  const count = options.nodes;
  const liars = new Set(Array.from({ length: options.liars ?? 0 }, (_, i) => i));
  const tabs = new Set(Array.from({ length: options.tabs ?? 0 }, (_, i) => count - 1 - i));
  const world = new RoutingWorld(random.fork("world"), { nodes: count, tabs, liars, limits });
  world.time.afterEach = () => world.checkLoops();
  for (let i = 1; i < count; i++) world.connect(i, integerBelow(random, i));
  for (let i = 0; i < options.actions; i++) {
    act(world, random);
    world.checkLoops();
    world.time.runUntil(
      world.time.nowMs + (chance(random, 0.7) ? integerBelow(random, 100) : integerBelow(random, 3000)),
    );
  }
  world.time.runUntil(world.time.nowMs + (options.quietMs ?? 30_000));
  if (liars.size === 0) checkCosts(world);
  else checkReach(world);
  return world;
}

function act(world: RoutingWorld, random: SeededRandom): void {
  const count = world.nodes.length;
  const link = world.links.size > 0 ? pick(random, [...world.links]) : undefined;
  const action = integerBelow(random, 20);
  const a = integerBelow(random, count);
  const b = integerBelow(random, count);
  if (action < 6 || link === undefined) {
    if (a !== b && world.linkOf(a, b) === undefined) world.connect(a, b);
  } else if (action < 11) world.cut(link);
  else if (action < 16) world.measure(link);
  else if (action < 18)
    world.restart(a, chance(random, 0.5) ? -integerBelow(random, 100_000) : integerBelow(random, 1000));
  else avoidNext(world, world.nodes[a] as WorldNode, world.nodes[b] as WorldNode, integerBelow(random, 5000));
}

function avoidNext(world: RoutingWorld, node: WorldNode, target: WorldNode, forMs: number): void {
  const route = node.routing?.next(target.id);
  if (route !== undefined) node.routing?.avoid(target.id, route.next, world.time.nowMs + forMs);
  world.time.endTurn();
}

/** Without liars: exactly the nodes that can be reached are, each at the cost of the cheapest way. */
function checkCosts(world: RoutingWorld): void {
  assert(world.failures.length === 0, `no honest link is closed: ${world.failures[0]}`);
  for (const target of world.nodes) {
    const best = world.bestCosts(target);
    for (const node of world.nodes) {
      if (node === target) continue;
      const costMs = node.routing?.next(target.id)?.costMs;
      const units = costMs === undefined ? undefined : costMs * unitsPerMs;
      assert(units === best.get(node), `${node.number} reaches ${target.number} for ${best.get(node)}, not ${units}`);
    }
  }
}

/**
 * With liars: between nodes that are linked over honest ones there is a route, if only into a liar's arms. Not at every
 * instant: a liar that says one thing and another in turn makes the routes through it come and go.
 */
function checkReach(world: RoutingWorld): void {
  const missing = new Set<string>();
  for (const { node, target } of honestPairs(world)) missing.add(`${node.number} has a route to ${target.number}`);
  for (let i = 0; i < 50 && missing.size > 0; i++) {
    for (const { node, target } of honestPairs(world)) {
      if (node.routing?.next(target.id) !== undefined) missing.delete(`${node.number} has a route to ${target.number}`);
    }
    world.time.runUntil(world.time.nowMs + 70);
  }
  assert(missing.size === 0, [...missing].join(", "));
}

function* honestPairs(world: RoutingWorld): Generator<{ node: WorldNode; target: WorldNode }> {
  for (const target of world.nodes.filter(({ isLiar }) => !isLiar)) {
    for (const node of world.honestPart(target)) if (node !== target) yield { node, target };
  }
}
