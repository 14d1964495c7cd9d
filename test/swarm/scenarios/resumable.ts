// Clients with one resumable pipe each to a server, under everything that networks and crashes do. What arrives is what
// was sent, once and in order; a pipe ends only if an end of it is gone or it was cut for longer than the grace; once all
// is healed, every pipe that lives has carried everything.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { integerBelow, pick } from "#base/random.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import type { Address, Platform } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { drawDelay } from "#platform/simulated/range.ts";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";
import { type Conversation, ConversationEnd } from "./resumable-conversation.ts";

const address = "sim://server:1" as Address;
const dialAgainMs = 500;

export const resumable: Scenario = {
  name: "resumable",
  about:
    "resumable pipes under cuts and crashes: each packet comes once and in order, and no pipe ends without a cause",
  settings: { clients: [1, 3] },
  safetyMs: 60_000,
  livenessMs: 300_000,
  operations: [20, 120],
  faults: {
    crash: 3,
    pause: 3,
    partition: 3,
    clog: 4,
    slow: 3,
    "refuse-dials": 2,
    cut: 30,
    "clock-step": 2,
    "clock-rate": 2,
  },
  nodes: (settings) => ["server", ...clientNames(settings)],
  drawOperation: (random, { clients = 1 }) => ({
    client: `client${1 + integerBelow(random, clients)}`,
    from: pick(random, ["near", "far"]),
    packets: 1 + integerBelow(random, 4),
    sizeBytes: Math.floor(drawDelay(random, [0, 100_000])),
  }),
  start: (world, settings) => new ResumableTrial(world, settings),
};

function clientNames({ clients = 1 }: Settings): string[] {
  return Array.from({ length: clients }, (_, i) => `client${1 + i}`);
}

class ResumableTrial implements Trial {
  readonly #world: World;
  readonly #server: SimulatedNode<ResumableAcceptor>;
  readonly #clients = new Map<string, SimulatedNode>();
  /** All there ever were, by the name of their near end. */
  readonly #conversations = new Map<string, Conversation>();
  readonly #latest = new Map<string, Conversation>();

  constructor(world: World, settings: Settings) {
    this.#world = world;
    this.#server = world.addNode("server", { boot: (platform) => this.#bootServer(platform) });
    for (const name of clientNames(settings)) {
      this.#clients.set(name, world.addNode(name, { boot: (platform) => this.#bootClient(platform, name) }));
    }
  }

  operate({ client, from, packets, sizeBytes }: Operation): void {
    const conversation = this.#latest.get(String(client));
    const end = from === "near" ? conversation?.near : conversation?.far;
    if (end === undefined || !end.isOpen) return;
    for (let i = 0; i < Number(packets); i++) end.send(Number(sizeBytes) >> i);
  }

  check(): void {
    for (const { near, far } of this.#latest.values()) {
      near.checkResent();
      far?.checkResent();
    }
  }

  settled(): boolean {
    return this.#missing().length === 0;
  }

  missing(): string {
    return this.#missing().join("; ");
  }

  #missing(): string[] {
    const missing: string[] = [];
    for (const name of this.#clients.keys()) {
      const conversation = this.#latest.get(name);
      if (conversation?.near.isOpen !== true || conversation.far?.isOpen !== true) missing.push(`${name} has no pipe`);
      else
        missing.push(...[conversation.near.missing(), conversation.far.missing()].filter((each) => each !== undefined));
    }
    const counts = this.#server.handle?.counts;
    if (counts?.pipes !== this.#clients.size || counts.detached > 0 || counts.waiting > 0) {
      missing.push(`the server holds ${JSON.stringify(counts)} for ${this.#clients.size} clients`);
    }
    return missing;
  }

  async #bootServer(platform: Platform): Promise<ResumableAcceptor> {
    for (const { far } of this.#conversations.values()) if (far !== undefined) far.isGone = true;
    const acceptor = new ResumableAcceptor({ ...platform, accept: (pipe) => this.#accepted(pipe) });
    await platform.network.listen(address, (pipe) => acceptor.take(pipe));
    return acceptor;
  }

  /** The first packet says whose pipe it is; all others are the conversation's. */
  #accepted(pipe: ResumablePipe): void {
    let end: ConversationEnd | undefined;
    pipe.attach({
      packet: (bytes, start, to) => {
        if (end === undefined) end = this.#joined(pipe, utf8Decode(bytes.subarray(start, to)));
        else end.packet(bytes, start, to);
      },
      drained: () => end?.drained(),
      closed: (reason) => end?.closed(reason),
    });
  }

  #joined(pipe: ResumablePipe, name: string): ConversationEnd {
    const conversation = this.#conversations.get(name) as Conversation;
    conversation.far = new ConversationEnd(
      `far ${name}`,
      pipe,
      () => this.#world.nowMs,
      () => conversation.near,
    );
    return conversation.far;
  }

  #bootClient(platform: Platform, name: string): void {
    const latest = this.#latest.get(name);
    if (latest !== undefined) latest.near.isGone = true;
    void this.#keepDialling(platform, name);
  }

  async #keepDialling(platform: Platform, name: string): Promise<void> {
    const dialAgain = (): void =>
      void platform.timers.after(dialAgainMs, () => void this.#keepDialling(platform, name));
    try {
      const dial = (signal: AbortSignal) => platform.network.dial(address, signal);
      this.#begin(name, await dialResumable({ ...platform, dial }), dialAgain);
    } catch (thrown) {
      // A server that is down, or lost the connection while it stood up; anything else is a defect.
      if (!(thrown instanceof GlowError && thrown.retry)) throw thrown;
      dialAgain();
    }
  }

  #begin(client: string, pipe: ResumablePipe, ended: () => void): void {
    const name = `${client}/${this.#conversations.size}`;
    const near = new ConversationEnd(
      name,
      pipe,
      () => this.#world.nowMs,
      () => conversation.far,
    );
    const conversation: Conversation = { client, near, far: undefined };
    this.#conversations.set(name, conversation);
    this.#latest.set(client, conversation);
    pipe.attach({
      packet: (bytes, start, end) => near.packet(bytes, start, end),
      drained: () => near.drained(),
      closed: (reason) => {
        near.closed(reason);
        ended();
      },
    });
    pipe.send([utf8Encode(name)]);
  }
}
