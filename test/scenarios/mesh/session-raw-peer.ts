// A peer of a session that says whatever a test makes it say, frame by frame, and notes what it hears.

import { idText } from "#base/ids.ts";
import type { GlowError } from "#base/errors.ts";
import type { NodeId, Platform, Stream } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { frameType, LinkPacket } from "#mesh/link/link-packet.ts";
import type { LinkOutput, LinkSource } from "#mesh/link/link-source.ts";
import { type FrameSink, readFrames } from "#mesh/session/frame-reader.ts";
import { FrameWriter } from "#mesh/session/frame-writer.ts";
import { MeshSession } from "#mesh/session/session.ts";
import { PieceReader } from "#mesh/wire/piece-reader.ts";
import type { PriorityClass } from "#mesh/wire/priority.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";

/** A frame that the session has sent, in words, and the packet that it was in. */
export interface Heard {
  readonly packet: number;
  readonly text: string;
}

export class RawPeer implements LinkOutput {
  readonly world: World;
  readonly platform: Platform;
  /** The session under test, which this peer has begun. */
  readonly session: MeshSession;
  readonly ends: GlowError[] = [];
  readonly heard: Heard[] = [];
  suspicions = 0;
  /** Acknowledges the packets of each turn. */
  acknowledges = false;
  onStream: (stream: Stream) => boolean = (stream) => {
    stream.attach({
      packet: () => undefined,
      drained: () => undefined,
      closed: (reason) => this.streamEnds.push(reason),
    });
    return true;
  };
  readonly streamEnds: GlowError[] = [];
  readonly #asked: Set<LinkSource>[] = [new Set(), new Set(), new Set()];
  readonly #writer = new FrameWriter();
  #number = 0;
  #packets = 0;
  #flushing = false;
  /** Of the packets of this flush. */
  #oldest: number | undefined;
  #newest = 0;

  private constructor(world: World, platform: Platform) {
    this.world = world;
    this.platform = platform;
    const self = new Uint8Array(nodeIdBytes).fill(1);
    const peerBytes = new Uint8Array(nodeIdBytes).fill(2);
    this.session = new MeshSession({
      self,
      peer: idText(peerBytes) as NodeId,
      peerBytes,
      initiator: false,
      localTag: 7,
      remoteTag: 8,
      suite: "aes-256-gcm",
      sendKey: new Uint8Array(32),
      receiveKey: new Uint8Array(32),
      ...platform,
      events: {
        opened: (_protocol, stream) => this.onStream(stream),
        closed: (reason) => this.ends.push(reason),
        suspect: () => this.suspicions++,
      },
    });
    this.session.setPath({ output: this, direct: true });
  }

  static async start(): Promise<RawPeer> {
    const world = new World(nodeHost, { seed: 1 });
    const node = world.addNode("victim", { boot: (platform) => platform, clockRate: 1 });
    await world.run({ untilMs: 1 });
    return new RawPeer(world, node.handle as Platform);
  }

  /** One packet with these frames. Returns its number. */
  say(write: (writer: FrameWriter) => void): number {
    this.#writer.begin(1 << 24);
    write(this.#writer);
    return this.sayBytes(this.#writer.parts().map((part) => part.slice()));
  }

  /** One packet with this payload. */
  sayBytes(pieces: readonly Uint8Array[], number = this.#number): number {
    this.#number = Math.max(this.#number, number + 1);
    const reader = new PieceReader(pieces);
    this.session.receivedDirect(number, reader, reader.left);
    return number;
  }

  open(stream: number, protocol = "p"): number {
    return this.say((writer) => writer.open(stream, 2, new TextEncoder().encode(protocol)));
  }

  sayData(stream: number, offset: number, bytes: Uint8Array): number {
    return this.say((writer) => {
      writer.data(stream, offset, bytes.length);
      writer.add(bytes);
    });
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  /** Frames heard of this kind. */
  all(kind: string): string[] {
    return this.heard.filter(({ text }) => text.startsWith(`${kind} `)).map(({ text }) => text);
  }

  ready(source: LinkSource, priority: PriorityClass): void {
    this.#asked[priority]?.add(source);
    if (this.#flushing) return;
    this.#flushing = true;
    this.platform.timers.endOfTurn(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#oldest = undefined;
    for (let priority = 0; priority < 3; priority++) {
      const asked = this.#asked[priority] as Set<LinkSource>;
      for (const source of asked) {
        asked.delete(source);
        for (let more = true; more; ) {
          const packet = new LinkPacket();
          more = source.fill(packet, priority as PriorityClass);
          if (!packet.empty) this.#hear(packet);
        }
      }
    }
    if (this.acknowledges && this.#oldest !== undefined) this.acknowledge(this.#oldest, this.#newest);
  }

  #hear(packet: LinkPacket): void {
    const reader = new PieceReader(packet.block());
    if (reader.u8() !== frameType.session) throw new Error("not a packet of a session");
    reader.u32();
    const number = reader.u48();
    const sizeBytes = reader.u24();
    this.#packets++;
    readFrames(reader, sizeBytes, this.#sink(number));
    this.#newest = number;
    this.#oldest ??= number;
  }

  get packets(): number {
    return this.#packets;
  }

  acknowledge(from: number, to: number): void {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    bytes[0] = 1;
    view.setUint32(1, to, true);
    bytes[13] = 1;
    let rest = to - from;
    let at = 14;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
    bytes[at++] = rest;
    this.sayBytes([bytes.slice(0, at)]);
  }

  #sink(packet: number): FrameSink {
    const note = (text: string) => this.heard.push({ packet, text });
    return {
      done: false,
      acknowledged: ({ bounds }) => void note(`ACK ${bounds.join(" ")}`),
      opened: (stream, priority, protocol) => note(`OPEN ${stream} ${priority} ${protocol}`) > 0,
      data: (stream, offset, _pieces, length) => note(`DATA ${stream} ${offset} ${length}`) > 0,
      credit: (stream, offset) => void note(`CREDIT ${stream} ${offset}`),
      ended: (stream, offset) => void note(`END ${stream} ${offset}`),
      reset: (stream, reason) => void note(`RESET ${stream} ${reason.kind} ${reason.message}`),
      probed: (unanswered) => void note(`PROBE ${unanswered}`),
      closed: (reason) => void note(`CLOSE ${reason.kind} ${reason.message}`),
    };
  }
}
