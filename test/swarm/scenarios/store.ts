// One user's drive on 3 to 9 nodes that die, lose their power and their connections, whose disks are full or sick and whose
// clocks are anywhere: what was acknowledged is never lost, and in the end all see the same.

import { GlowError } from "#base/errors.ts";
import { chance, integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { Platform } from "#glow";
import { drawFrom } from "#platform/simulated/range.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";
import { Actor, nowMs, Story } from "../../identity/cast.ts";
import { findPlaintext, inspect, type NodeReport } from "./store-inspection.ts";
import { StoreLedger } from "./store-ledger.ts";
import { type Role, StoreNode } from "./store-node.ts";
import { isMishap, type Mishap, mishaps, StoreMishaps } from "./store-mishaps.ts";
import { type Act, acts, StorePerson } from "./store-person.ts";

export const store: Scenario = {
  name: "store",
  about: "a drive on many nodes: nothing that was acknowledged is lost, hosts see nothing, and all come to agree",
  settings: { nodes: [3, 9], hosts: [0, 2], namesOnly: [0, 2], wrongClocks: [0, 1] },
  safetyMs: 60_000,
  livenessMs: 600_000,
  operations: [10, 100],
  faults: {
    crash: 8,
    pause: 3,
    partition: 4,
    clog: 3,
    slow: 3,
    "refuse-dials": 2,
    cut: 8,
    "clock-step": 2,
    "clock-rate": 2,
    "disk-errors": 3,
    "disk-slow": 2,
    "disk-full": 3,
  },
  nodes: ({ nodes = 3 }) => namesOf(nodes),
  drawOperation: (random, { nodes = 3 }) => ({
    node: pick(random, namesOf(nodes)),
    what: chance(random, 0.08) ? pick(random, mishaps) : pick(random, acts),
    // Somebody else does something at the same time, without knowing of it.
    ...(chance(random, 0.4) && { other: pick(random, namesOf(nodes)), otherWhat: pick(random, acts) }),
    seed: integerBelow(random, 2 ** 32),
  }),
  start: (world, settings) => new StoreTrial(world, settings),
};

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

const decadesMs = 30 * 365 * 86_400_000;
/** From one look at what all nodes have to the next, and how long one may take. */
const lookEveryMs = 2000;
const lookForMs = 120_000;

export class StoreTrial implements Trial {
  readonly #world: World;
  readonly #names: readonly string[];
  readonly #roles = new Map<string, Role>();
  readonly #actors = new Map<string, Actor>();
  readonly #story: Story;
  readonly #nodes = new Map<string, SimulatedNode<StoreNode>>();
  readonly ledger = new StoreLedger();
  readonly #mishaps: StoreMishaps;
  #nextLookMs = 0;
  #reports: Map<string, NodeReport> | undefined;
  #missing = "nobody has looked yet";
  #isSettled = false;

  constructor(world: World, { nodes = 3, hosts = 0, namesOnly = 0, wrongClocks = 0 }: Settings) {
    this.#world = world;
    this.#names = namesOf(nodes);
    // The first makes the space; beside it there is one more that keeps all.
    for (const [at, name] of this.#names.entries()) {
      const isHost = at >= Math.max(2, nodes - hosts);
      const keepsNames = at >= 2 && at < 2 + namesOnly;
      this.#roles.set(name, isHost ? "host" : keepsNames ? "names" : "full");
      this.#actors.set(name, new Actor(name));
    }
    const [first, ...others] = [...this.#actors.values()] as [Actor, ...Actor[]];
    this.#story = new Story(first);
    for (const other of others) this.#story.add(first, other);
    const told = this.#story.told.map(({ bytes }) => bytes);
    for (const name of this.#names) this.#add(name, told, wrongClocks === 1);
    const members = this.#names.filter((name) => this.#roles.get(name) !== "host");
    this.#mishaps = new StoreMishaps({
      world,
      nodes: [...this.#nodes.values()],
      ledger: this.ledger,
      story: this.#story,
      victim: members.at(-1) as string,
      actorOf: (name) => this.#actorOf(name),
      tell: (name) => this.#tell(name),
    });
  }

  operate({ node, what, other, otherWhat, seed }: Operation): void {
    this.#operateOn(String(node), what as Act | Mishap, Number(seed));
    if (other !== undefined) this.#operateOn(String(other), otherWhat as Act, Number(seed) + 1);
  }

  check(): void {
    const { defect } = this.ledger;
    if (defect !== undefined) throw defect;
  }

  settled(): boolean {
    if (!this.#isSettled && this.#world.nowMs >= this.#nextLookMs) {
      this.#nextLookMs = this.#world.nowMs + lookEveryMs;
      this.#isSettled = this.#look();
    }
    return this.#isSettled;
  }

  missing(): string {
    return this.#missing;
  }

  // ------------------------------------------------------------------------------------------- the nodes

  #add(name: string, told: readonly Uint8Array[], hasWrongClock: boolean): void {
    const offMs = hasWrongClock ? drawFrom(this.#world.random, [-decadesMs, decadesMs]) : 0;
    const boot = (platform: Platform) => {
      this.ledger.died(name);
      return StoreNode.boot({
        platform,
        names: this.#names,
        own: name,
        roleOf: (each) => this.#roles.get(each) ?? "full",
        actorOf: (each) => this.#actorOf(each),
        story: this.#story,
        told,
        isFirst: name === this.#names[0],
        defect: (error) => this.ledger.report(error),
      });
    };
    this.#nodes.set(name, this.#world.addNode(name, { boot, wallOffsetMs: nowMs + offMs }));
  }

  #operateOn(name: string, what: Act | Mishap, seed: number): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    if (isMishap(what)) this.#mishaps.strike(node, what, new SeededRandom(`operation ${seed}`));
    else node.tell((running) => void this.#act(node, running, what, seed));
  }

  #actorOf(name: string): Actor {
    return this.#actors.get(name) as Actor;
  }

  async #act(node: SimulatedNode, running: StoreNode, what: Act, seed: number): Promise<void> {
    const { drive } = running;
    if (drive === undefined || running.role === "host") return;
    const person = new StorePerson(node.name, running, drive, this.ledger, seed);
    const isSick = () => this.#mishaps.hasBeenSick;
    await this.ledger.during(node.name, what, isSick, () => person.act(what));
    // As a bound folder does when batches have come.
    await this.ledger.during(node.name, "rescue", isSick, () => person.act("rescue"));
  }

  /** A node that is down, or cannot write, is told again when all is healed. */
  #tell(name: string): void {
    const statements = this.#story.told.map(({ bytes }) => bytes);
    this.#nodes.get(name)?.tell((running) => {
      running.hear(statements).catch((error: unknown) => this.#noteFailure(error));
    });
  }

  #noteFailure(thrown: unknown): void {
    const error = GlowError.from(thrown, "swarm.node");
    if (error.kind === "internal") this.ledger.report(error);
  }

  // --------------------------------------------------------------------------------------------- the end

  /** All but the one that was revoked. */
  get #judged(): string[] {
    return this.#names.filter((name) => this.#actorOf(name).id !== this.ledger.revoked);
  }

  #look(): boolean {
    const heads = this.#story.heads().map(({ hash }) => hash);
    const texts = new Map<string, string>();
    for (const name of this.#judged) {
      const running = this.#nodes.get(name)?.handle;
      if (running === undefined) return this.#lacks(`${name} is down`);
      if (!running.knows(heads)) {
        this.#tell(name);
        return this.#lacks(`${name} has not heard all of the user`);
      }
      texts.set(name, running.positions());
    }
    if (new Set(texts.values()).size > 1) return this.#lacks(`different batches: ${[...texts].join("; ")}`);
    const reports = this.#reports;
    if (reports === undefined) {
      this.#begin();
      return false;
    }
    if (this.#judged.some((name) => !reports.has(name))) return false;
    this.#reports = undefined;
    return this.#judge(reports);
  }

  /** Has all nodes say what they have. */
  #begin(): void {
    const reports = new Map<string, NodeReport>();
    this.#reports = reports;
    for (const name of this.#judged) {
      this.#nodes.get(name)?.tell((running) => {
        const report = (made: NodeReport) => void reports.set(name, made);
        inspect(running, this.ledger).then(report, (error: unknown) => {
          this.#noteFailure(error);
          report({ batches: name, tree: name, problems: [String(error)] });
        });
      });
    }
    this.#world.after(lookForMs, () => {
      if (this.#reports === reports) this.#reports = undefined;
    });
  }

  #judge(reports: ReadonlyMap<string, NodeReport>): boolean {
    for (const [name, { problems }] of reports) {
      if (problems.length > 0) return this.#lacks(`${name}: ${problems.slice(0, 4).join("; ")}`);
    }
    const all = [...reports];
    const readers = all.filter(([name]) => this.#roles.get(name) !== "host");
    const batches = new Set(all.map(([, report]) => report.batches));
    if (batches.size > 1) return this.#lacks(`different batches count: ${[...batches].join("\n")}`);
    const trees = new Set(readers.map(([, { tree }]) => tree));
    if (trees.size > 1) return this.#lacks(`different trees:\n${[...trees].join("\n\n")}`);
    for (const [name] of all.filter(([each]) => this.#roles.get(each) === "host")) {
      const place = findPlaintext(this.#nodes.get(name) as SimulatedNode);
      if (place === undefined) continue;
      const message = `${name} has no keys and holds something in clear in ${place}`;
      throw new GlowError("internal", "swarm.hosts", { message });
    }
    return true;
  }

  #lacks(what: string): false {
    this.#missing = what;
    return false;
  }
}
