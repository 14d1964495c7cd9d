// Clients send numbered messages to a server, which keeps them in a log on its disk before it acknowledges them. What
// was acknowledged must survive everything; once all is healed, everything must get acknowledged.

import { GlowError } from "#base/errors.ts";
import { integerBelow } from "#base/random.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { drawDelay } from "#platform/simulated/range.ts";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";
import { LogClient, type LogUser } from "./echo-log-client.ts";
import { LogServer, type LogServerOptions } from "./echo-log-server.ts";

export const echoLog: Scenario = makeEchoLog("echo-log", { acknowledgeBeforeSync: false });

/** With another server, a scenario that the swarm must see fail. */
export function makeEchoLog(name: string, server: LogServerOptions): Scenario {
  return {
    name,
    about: "a server logs what clients send, and acknowledges it when it is synced: acknowledged messages survive",
    // From a good solid-state drive to a card in a camera. What is under way when the power goes is what matters here.
    settings: { clients: [1, 5], syncMs: [1, 200] },
    safetyMs: 20_000,
    livenessMs: 60_000,
    operations: [20, 150],
    faults: {
      crash: 8,
      pause: 3,
      partition: 3,
      clog: 4,
      slow: 3,
      "refuse-dials": 2,
      cut: 6,
      "clock-step": 2,
      "clock-rate": 2,
      "disk-errors": 3,
      "disk-slow": 2,
      "disk-full": 2,
    },
    nodes: (settings) => ["server", ...clientNames(settings)],
    drawOperation: (random, { clients = 1 }) => ({
      client: `client${1 + integerBelow(random, clients)}`,
      // Some messages are larger than a sector or two, so that a record can be torn.
      lengthBytes: Math.floor(drawDelay(random, [0, 5000])),
    }),
    start: (world, settings) => new EchoLogTrial(world, settings, server),
  };
}

function clientNames({ clients = 1 }: Settings): string[] {
  return Array.from({ length: clients }, (_, i) => `client${1 + i}`);
}

class EchoLogTrial implements Trial {
  readonly #server: SimulatedNode<LogServer>;
  readonly #clients = new Map<string, SimulatedNode<LogClient>>();
  readonly #users = new Map<string, User>();
  readonly #acknowledged = new Set<string>();
  #written = 0;
  /** The life of the server that was checked last: what it recovered does not change. */
  #checked: LogServer | undefined;

  constructor(world: World, settings: Settings, server: LogServerOptions) {
    const disk = { conditions: { syncMs: settings["syncMs"] ?? 1 } };
    this.#server = world.addNode("server", { boot: (platform) => LogServer.boot(platform, server), disk });
    for (const name of clientNames(settings)) {
      const user = new User((text) => this.#acknowledge(text));
      this.#users.set(name, user);
      this.#clients.set(name, world.addNode(name, { boot: (platform) => new LogClient(platform, user) }));
    }
  }

  operate({ client, lengthBytes }: Operation): void {
    const user = this.#users.get(String(client));
    if (user === undefined) return;
    const text = `${++this.#written} from ${String(client)} ${"x".repeat(Number(lengthBytes))}`;
    user.write(text);
    this.#clients.get(String(client))?.tell((handle) => handle.send(text));
  }

  check(): void {
    const server = this.#server.handle;
    if (server === undefined || server === this.#checked) return;
    this.#checked = server;
    this.#checkGenuine(server.recovered);
    for (const text of this.#acknowledged) {
      if (!server.has(text)) throw broken("acknowledged", `message ${head(text)} was acknowledged, and is lost`);
    }
  }

  settled(): boolean {
    const { handle } = this.#server;
    return handle !== undefined && [...this.#users.values()].every(({ waiting }) => waiting.size === 0);
  }

  missing(): string {
    const waiting = [...this.#users.values()].flatMap((user) => [...user.waiting].map(head));
    return `acknowledgement of messages ${waiting.join(", ")}`;
  }

  #acknowledge(text: string): void {
    this.#acknowledged.add(text);
  }

  #checkGenuine(recovered: readonly string[]): void {
    const written = new Set([...this.#users.values()].flatMap((user) => user.written));
    for (const text of recovered) {
      if (!written.has(text))
        throw broken("genuine", `the log holds ${head(text)}, which nobody wrote or was logged twice`);
      written.delete(text);
    }
  }
}

/** A person at a client, who remembers what was written whatever the client forgets. */
class User implements LogUser {
  readonly written: string[] = [];
  readonly waiting = new Set<string>();
  readonly #acknowledged: (text: string) => void;

  constructor(acknowledged: (text: string) => void) {
    this.#acknowledged = acknowledged;
  }

  write(text: string): void {
    this.written.push(text);
    this.waiting.add(text);
  }

  unacknowledged(): Iterable<string> {
    return this.waiting;
  }

  acknowledged(text: string): void {
    this.waiting.delete(text);
    this.#acknowledged(text);
  }
}

function broken(invariant: string, message: string): GlowError {
  return new GlowError("internal", `invariant.${invariant}`, { message });
}

function head(text: string): string {
  return `"${text.slice(0, text.indexOf(" x"))}"`;
}
