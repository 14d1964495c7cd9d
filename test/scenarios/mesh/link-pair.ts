// Two neighbours in a simulated world, with one link between them, or a raw pipe where a story wants to be the enemy.

import { GlowError } from "#base/errors.ts";
import type { Address, Pipe, Platform, Timers } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { HandshakeKeys } from "#mesh/handshake/handshake-keys.ts";
import type { LinkEvents, Relayed, SecureLink } from "#mesh/link/link.ts";
import { LinkSetup, type LinkSetupOptions } from "#mesh/link/link-setup.ts";
import type { LinkPacket } from "#mesh/link/link-packet.ts";
import type { LinkSource } from "#mesh/link/link-source.ts";
import type { Pieces } from "#mesh/wire/piece-reader.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";

export const address = "sim://far:1" as Address;

/** One side: its links, and what they have told it. */
export class LinkEnd {
  readonly identity: NodeIdentity;
  readonly setup: LinkSetup;
  readonly links: SecureLink[] = [];
  readonly control: string[] = [];
  readonly sessions: { tag: number; number: number; bytes: Uint8Array }[] = [];
  readonly relayed: { header: Relayed; body: Uint8Array }[] = [];
  readonly closed: GlowError[] = [];
  /** Thrown by the next event. */
  throwNext: GlowError | undefined;

  readonly platform: Platform;

  constructor(platform: Platform, options: Partial<LinkSetupOptions>) {
    this.platform = platform;
    const { crypto, random } = platform;
    this.identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", random));
    this.setup = new LinkSetup({
      platform,
      keys: new HandshakeKeys(this.identity, crypto, random),
      hello: () => new Uint8Array(3),
      admit: () => this.events,
      made: ({ link }) => this.links.push(link),
      ...options,
    });
  }

  readonly events: LinkEvents = {
    control: (_link, channel, message) => {
      if (this.throwNext !== undefined) throw this.throwNext;
      this.control.push(`${channel}:${message.length}`);
    },
    session: (_link, tag, number, payload, sizeBytes) =>
      this.sessions.push({ tag, number, bytes: payload.bytes(sizeBytes) }),
    relayed: (_link, header, body) => this.relayed.push({ header, body: joined(body) }),
    measured: () => undefined,
    closed: (_link, reason) => this.closed.push(reason),
  };

  get link(): SecureLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new GlowError("not-found", "test.link", { message: "there is no link" });
    return link;
  }
}

export class LinkPair {
  readonly world: World;
  near!: LinkEnd;
  far!: LinkEnd;

  private constructor(seed: number) {
    this.world = new World(nodeHost, { seed });
  }

  /** Two nodes that know of each other; `far` listens. */
  static async start(
    options: {
      seed?: number;
      near?: Partial<LinkSetupOptions>;
      far?: Partial<LinkSetupOptions>;
      nearTimers?: (timers: Timers) => Timers;
    } = {},
  ): Promise<LinkPair> {
    const pair = new LinkPair(options.seed ?? 1);
    pair.world.addNode("far", {
      boot: async (platform) => {
        pair.far = new LinkEnd(platform, options.far ?? {});
        await platform.network.listen(address, (pipe) =>
          pair.far.setup.accept(pipe, { transport: "sim", dialled: false }),
        );
      },
    });
    pair.world.addNode("near", {
      boot: (platform) => {
        const timers = options.nearTimers?.(platform.timers) ?? platform.timers;
        pair.near = new LinkEnd({ ...platform, timers }, options.near ?? {});
      },
    });
    await pair.world.run({ untilMs: 100 });
    return pair;
  }

  /** The same with a link. */
  static async linked(seed = 1): Promise<LinkPair> {
    const pair = await LinkPair.start({ seed });
    await pair.dial();
    await pair.wait(500);
    return pair;
  }

  /** Links, however often it takes: a simulated network fails a dial now and then. */
  async dial(): Promise<void> {
    const expected = this.far.identity.id;
    for (let tries = 0; this.near.links.length === 0 && tries < 100; tries++) {
      await this.world.finish(this.near.setup.dial(address, { expected }).catch(unlessUnavailable));
    }
  }

  /** A pipe to `far` on which the story speaks for itself. */
  async raw(): Promise<Pipe> {
    for (;;) {
      const pipe = await this.world.finish(this.near.platform.network.dial(address).catch(unlessUnavailable));
      if (pipe !== undefined) return pipe;
    }
  }

  async wait(forMs: number): Promise<void> {
    await this.world.run({ untilMs: this.world.nowMs + forMs });
  }
}

/** Sends one thing once. */
export class OneTimeSource implements LinkSource {
  #left: ((packet: LinkPacket) => void) | undefined;

  constructor(write: (packet: LinkPacket) => void) {
    this.#left = write;
  }

  fill(packet: LinkPacket): boolean {
    this.#left?.(packet);
    this.#left = undefined;
    return false;
  }
}

export function joined(pieces: Pieces): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof GlowError && error.kind === "unavailable")) throw error;
}
