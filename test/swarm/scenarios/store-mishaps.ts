// What happens to the nodes of the store's swarm beside the faults that every scenario may have: indexes that are damaged or
// sick, rot in log and packs, a device that is revoked.

import { chance, integerBelow, pick, type SeededRandom } from "#base/random.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { drawFrom } from "#platform/simulated/range.ts";
import type { World } from "#platform/simulated/world.ts";
import type { Actor, Story } from "../../identity/cast.ts";
import type { StoreLedger } from "./store-ledger.ts";
import type { StoreNode } from "./store-node.ts";

export const mishaps = ["damage-index", "disturb-index", "rot", "compact", "revoke"] as const;
export type Mishap = (typeof mishaps)[number];

export function isMishap(what: string): what is Mishap {
  return mishaps.some((each) => each === what);
}

export interface MishapOptions {
  readonly world: World;
  /** The first has made the space, and the user. */
  readonly nodes: readonly SimulatedNode<StoreNode>[];
  readonly ledger: StoreLedger;
  readonly story: Story;
  /** The node that may be revoked. */
  readonly victim: string;
  readonly actorOf: (name: string) => Actor;
  /** Has a node hear all that was said of the user. */
  readonly tell: (name: string) => void;
}

/** Within this the others hear of a revocation. */
const heardWithinMs = 20_000;

export class StoreMishaps {
  readonly #options: MishapOptions;
  /** The only node whose medium rots: the others are to make good for it. */
  readonly #rotten: SimulatedNode<StoreNode>;

  constructor(options: MishapOptions) {
    this.#options = options;
    this.#rotten = pick(options.world.random, options.nodes.slice(1));
  }

  /** Whether any disk or index has failed by now. */
  get hasBeenSick(): boolean {
    const { counts } = this.#options.world.timeline.trace;
    return (counts.get("disk-fault") ?? 0) + (counts.get("rot") ?? 0) > 0;
  }

  strike(node: SimulatedNode<StoreNode>, what: Mishap, random: SeededRandom): void {
    switch (what) {
      case "damage-index":
        return this.#damageIndex(node, random);
      case "disturb-index":
        return this.#disturbIndex(node, random);
      case "compact":
        return this.#compact(node);
      case "rot":
        return this.#rot(random);
      case "revoke":
        return this.#revoke(random);
    }
  }

  /** A program that finds its index damaged can only be started anew. */
  #damageIndex(node: SimulatedNode, random: SeededRandom): void {
    const { world } = this.#options;
    node.indexes.damage(random);
    world.after(integerBelow(random, 3000), () => {
      node.crash(pick(random, ["kill", "power"]));
      world.after(integerBelow(random, 1000), () => node.start());
    });
  }

  #disturbIndex(node: SimulatedNode, random: SeededRandom): void {
    const change = chance(random, 0.5) ? { full: true } : { errorChance: drawFrom(random, [0.05, 0.5]) };
    const disturbance = node.indexes.disturb(change);
    this.#options.world.after(integerBelow(random, 10_000), () => disturbance.heal());
  }

  #compact(node: SimulatedNode<StoreNode>): void {
    const { ledger } = this.#options;
    const isSick = () => this.hasBeenSick;
    node.tell(
      ({ blobs }) =>
        void ledger.during(node.name, "compact", isSick, async () => {
          await blobs.compact();
          return true;
        }),
    );
  }

  /** Strikes only what others have said to hold as well: nothing can make good for what is nowhere else. */
  #rot(random: SeededRandom): void {
    const { ledger, victim, actorOf } = this.#options;
    const { name, handle, disk } = this.#rotten;
    const { space, replicator } = handle ?? {};
    if (space === undefined || replicator === undefined || !ledger.isIdle(name)) return;
    const isElsewhere = space.positions().every((position) => {
      const holders = replicator.holdersOf({ ...position, space: space.id, parents: [], stamp: 0, timeMs: 0 });
      return holders.some((device) => device !== actorOf(victim).id);
    });
    const paths = [...disk.names.files()].map(([path]) => path).filter((path) => path.startsWith("store/"));
    if (isElsewhere && paths.length > 0) disk.rot(random, pick(random, ["bit", "unreadable"]), pick(random, paths));
  }

  /** By the first node, which accepts what it has of the device just then. The others hear of it some time later. */
  #revoke(random: SeededRandom): void {
    const { world, nodes, ledger, story, victim, actorOf, tell } = this.#options;
    const [first] = nodes;
    const space = first?.handle?.space;
    if (ledger.revoked !== undefined || victim === first?.name || space === undefined) return;
    const device = actorOf(victim);
    const positions = space.positions().filter(({ author }) => author === device.id);
    const last = positions.toSorted((a, b) => b.incarnation - a.incarnation)[0];
    story.revoke(story.first, device, { batches: [[space.id, last?.sequence ?? 0]] });
    ledger.revoked = device.id;
    ledger.accepted = last;
    for (const { name } of nodes) {
      world.after(name === first?.name ? 0 : integerBelow(random, heardWithinMs), () => tell(name));
    }
  }
}
