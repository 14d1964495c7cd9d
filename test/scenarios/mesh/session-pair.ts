// Two sessions with each other in a simulated world, over lines that a test makes as bad as it likes.

import type { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { type Seed, SeededRandom } from "#base/random.ts";
import type { NodeId, Platform, Priority, Stream } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { MeshSession } from "#mesh/session/session.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { Line, type LineConditions } from "./session-line.ts";

/** One side: its session, and what it was told. */
export class SessionSide {
  readonly platform: Platform;
  readonly line: Line;
  readonly ends: GlowError[] = [];
  suspicions = 0;
  session!: MeshSession;
  /** Takes the streams that the other side opens; false refuses them. */
  onStream: (stream: Stream, protocol: string) => boolean = () => false;

  constructor(platform: Platform, line: Line) {
    this.platform = platform;
    this.line = line;
  }

  open(protocol = "test", priority: Priority = "bulk"): Stream {
    return this.session.open(protocol, priority);
  }
}

export interface SessionPairOptions {
  readonly seed?: Seed;
  /** How it begins: over a link of its own (by default), over relays, or without a path. */
  readonly direct?: boolean | "none";
  readonly conditions?: LineConditions;
}

export class SessionPair {
  readonly world: World;
  readonly near: SessionSide;
  readonly far: SessionSide;

  private constructor(world: World, near: SessionSide, far: SessionSide) {
    this.world = world;
    this.near = near;
    this.far = far;
    begin(near, true);
    begin(far, false);
    near.line.target = far.session;
    far.line.target = near.session;
  }

  static async start({ seed = 1, direct = true, conditions = {} }: SessionPairOptions = {}): Promise<SessionPair> {
    const world = new World(nodeHost, { seed });
    const nodes = ["near", "far"].map((name) => world.addNode(name, { boot: (platform) => platform, clockRate: 1 }));
    await world.run({ untilMs: 1 });
    const [near, far] = nodes.map((node) => {
      const platform = node.handle as Platform;
      const random = new SeededRandom(`${seed} ${node.name}`);
      return new SessionSide(platform, new Line({ timers: platform.timers, random, conditions }));
    }) as [SessionSide, SessionSide];
    const pair = new SessionPair(world, near, far);
    if (direct !== "none") pair.path(direct);
    return pair;
  }

  get sides(): readonly [SessionSide, SessionSide] {
    return [this.near, this.far];
  }

  /** Both sides go this way from now on; undefined: there is none. */
  path(direct: boolean | undefined): void {
    for (const { session, line } of this.sides)
      session.setPath(direct === undefined ? undefined : { output: line, direct });
  }

  /** Both lines are like this from now on. */
  weather(conditions: LineConditions): void {
    for (const { line } of this.sides) line.conditions = conditions;
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }
}

function begin(self: SessionSide, initiator: boolean): void {
  const { platform } = self;
  self.session = new MeshSession({
    self: idOf(initiator),
    peer: idText(idOf(!initiator)) as NodeId,
    peerBytes: idOf(!initiator),
    initiator,
    localTag: initiator ? 1 : 2,
    remoteTag: initiator ? 2 : 1,
    suite: "aes-256-gcm",
    sendKey: new Uint8Array(32).fill(initiator ? 1 : 2),
    receiveKey: new Uint8Array(32).fill(initiator ? 2 : 1),
    ...platform,
    events: {
      opened: (protocol, stream) => self.onStream(stream, protocol),
      closed: (reason) => self.ends.push(reason),
      suspect: () => self.suspicions++,
    },
  });
}

function idOf(initiator: boolean): Uint8Array {
  const id = new Uint8Array(nodeIdBytes).fill(initiator ? 0xaa : 0xbb);
  id[0] = 0x1e;
  return id;
}
