// People and devices for the tests of identities: each signs what it is told to, also what no honest one would.

import { idText } from "#base/ids.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import type { DeviceId, Hash, SpaceId, UserId } from "#glow";
import { deviceIdOf } from "#identity/device-identity.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import {
  type Author,
  readStatement,
  type Said,
  signGenesis,
  signStatement,
  type Statement,
  type StatementId,
} from "#identity/user/statement.ts";
import { UserGraph } from "#identity/user/user-graph.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";

export const crypto = new NodeCrypto();
/** When everything in these tests happens. */
export const nowMs = 1_800_000_000_000;

/** An identity that follows from its name. */
export function identityOf(name: string): NodeIdentity {
  const seed = randomBytes(new SeededRandom(`identity ${name}`), 32);
  return new NodeIdentity(crypto, crypto.keyPairFromSeed("ed25519", seed));
}

export class Actor {
  readonly name: string;
  readonly identity: NodeIdentity;
  readonly id: DeviceId;

  constructor(name: string) {
    this.name = name;
    this.identity = identityOf(name);
    this.id = deviceIdOf(crypto, this.identity.publicKey);
  }
}

export interface Saying {
  /** What the author knew; all of the story so far if it is left out. */
  readonly knows?: readonly Statement[];
  readonly sequence?: number;
  readonly timeMs?: number;
  /** In whose name, if not the actor's own. */
  readonly author?: Author;
  readonly key?: NodeIdentity;
}

/** Every statement that was ever signed about one user, whether it will count or not. */
export class Story {
  readonly user: UserId;
  readonly first: Actor;
  readonly recovery: Actor;
  readonly told: Statement[] = [];
  readonly #byId = new Map<StatementId, Statement>();

  constructor(first = new Actor("phone"), recovery = new Actor("recovery"), name = "Ann") {
    this.first = first;
    this.recovery = recovery;
    const genesis = { type: "genesis", name, device: first.name, recovery: recovery.identity.publicKey } as const;
    this.user = this.#tell(signGenesis(first.identity, genesis, nowMs, new Uint8Array(16))).id as UserId;
  }

  get genesis(): Statement {
    return this.told[0] as Statement;
  }

  say(
    actor: Actor,
    said: Said,
    { knows = this.heads(), sequence, timeMs = nowMs, author, key }: Saying = {},
  ): Statement {
    const inNameOf = author ?? (actor === this.recovery ? this.user : actor.id);
    const placement = {
      author: inNameOf,
      sequence: sequence ?? this.#last(inNameOf, knows) + 1,
      parents: knows.map(({ hash }) => hash),
      timeMs,
    };
    return this.#tell(signStatement(key ?? actor.identity, placement, said));
  }

  add(by: Actor, device: Actor, role: "admin" | "device" = "device", saying?: Saying): Statement {
    return this.say(by, { type: "add", key: device.identity.publicKey, name: device.name, role }, saying);
  }

  promote(by: Actor, device: Actor, saying?: Saying): Statement {
    return this.say(by, { type: "promote", device: device.id }, saying);
  }

  revoke(
    by: Actor,
    device: Actor,
    saying: Saying & { accepted?: number; batches?: [string, number][] } = {},
  ): Statement {
    const accepted = saying.accepted ?? this.#last(device.id, saying.knows ?? this.heads());
    const batches = new Map(saying.batches as [SpaceId, number][] | undefined);
    return this.say(by, { type: "revoke", device: device.id, accepted, batches }, saying);
  }

  certify(by: Actor, tab: Actor, untilMs = nowMs + 86_400_000, saying?: Saying): Statement {
    return this.say(by, { type: "certify", key: tab.identity.publicKey, name: tab.name, untilMs }, saying);
  }

  rotate(by: Actor, device: Actor, key: Actor, saying?: Saying): Statement {
    return this.say(by, { type: "rotate", device: device.id, key: key.identity.publicKey }, saying);
  }

  rename(by: Actor, name: string, device?: Actor, saying?: Saying): Statement {
    return this.say(by, { type: "rename", name, ...(device && { device: device.id }) }, saying);
  }

  heads(among: readonly Statement[] = this.told): Statement[] {
    const inner = new Set(among.flatMap(({ parents }) => parents));
    return among.filter(({ id }) => !inner.has(id));
  }

  /** A user's graph that has been told these statements. */
  graph(statements: readonly Statement[] = this.told): UserGraph {
    const graph = new UserGraph(crypto, this.user, 10_000);
    graph.take(statements.map(({ bytes }) => bytes));
    return graph;
  }

  /** Names of the devices, and of admins with a star, in the order of the alphabet. */
  devices(statements?: readonly Statement[]): string[] {
    const { devices } = this.graph(statements).state(nowMs);
    return [...devices.values()].map(({ name, role }) => name + (role === "admin" ? "*" : "")).sort();
  }

  #tell(bytes: Uint8Array): Statement {
    const statement = readStatement(crypto, bytes);
    if (!this.#byId.has(statement.id)) this.told.push(statement);
    this.#byId.set(statement.id, statement);
    return statement;
  }

  #last(author: Author, knows: readonly Statement[]): number {
    const seen = new Set<Statement>();
    const queue = [...knows];
    let last = 0;
    for (let statement = queue.pop(); statement !== undefined; statement = queue.pop()) {
      if (seen.has(statement)) continue;
      seen.add(statement);
      if (statement.author === author) last = Math.max(last, statement.sequence);
      queue.push(...statement.parents.flatMap((id) => this.#byId.get(id) ?? []));
    }
    return last;
  }
}

export function texts(hashes: readonly Hash[]): string[] {
  return hashes.map(idText);
}
