// A stream between two hosts that have two relays between them, while a relay is killed or one of the hosts gets other
// addresses: how long the receiver hears nothing, and whether all of it arrives.

import { randomBytes } from "node:crypto";
import type { FlowReport } from "./host-messages.ts";
import { markerBytes } from "./marked-flow.ts";
import type { MeshHost } from "./mesh-host.ts";
import { becomeOneUser, type MeshNetwork, type Pair } from "./mesh-network.ts";

const MiB = 1024 * 1024;
/** What has to arrive before an outage, so that the stream is in full flow. */
const beforeBytes = 4 * MiB;
/** What has to arrive after an outage until it counts as over: more than can have been under way. */
const afterwardsBytes = 16 * MiB;

export class OutageStory {
  readonly #network: MeshNetwork;
  readonly #left: MeshHost;
  readonly #right: MeshHost;
  readonly #relays: MeshHost[];
  /** The last part of the left host's addresses. */
  #leftNumber = 2;

  private constructor(network: MeshNetwork, [left, right]: Pair<MeshHost>, relays: Pair<MeshHost>) {
    this.#network = network;
    this.#left = left;
    this.#right = right;
    this.#relays = [...relays];
  }

  /** The stream goes on when this resolves. */
  static async begin(network: MeshNetwork): Promise<OutageStory> {
    await network.addDiamond(["left", "right"], ["one", "two"]);
    const [left, right] = await Promise.all([network.start("left"), network.start("right")]);
    const [one, two] = await Promise.all([network.start("one"), network.start("two")]);
    await becomeOneUser(one, two, left, right);
    const story = new OutageStory(network, [left, right], [one, two]);
    await story.#untilLinked();
    const marker = randomBytes(markerBytes).toString("hex");
    await left.call({ do: "send", to: right.id, marker });
    return story;
  }

  /** Kills the relay that carries the stream, and starts it anew. The longest silence, in ms. */
  async killRelay(): Promise<number> {
    const next = this.#left.state.routes[this.#right.id]?.next;
    const at = this.#relays.findIndex(({ id }) => id === next);
    const relay = this.#relays[at];
    if (relay === undefined) throw new Error("no relay carries the stream");
    const silenceMs = await this.#silenceDuring(() => relay.kill());
    this.#relays[at] = await this.#network.start(relay.host);
    await this.#untilLinked();
    return silenceMs;
  }

  /** All addresses of the left host become others, at once. The longest silence, in ms. */
  async changeAddresses(): Promise<number> {
    const [before, after] = [this.#leftNumber, this.#leftNumber === 2 ? 3 : 2];
    this.#leftNumber = after;
    const silenceMs = await this.#silenceDuring(async () => {
      const { wires } = this.#network;
      const changes = this.#relays.map(async ({ host }, i) => {
        const [name, network] = [`to-${host}`, `10.78.${2 * i}`];
        await wires.removeAddress("left", name, `${network}.${before}/24`);
        await wires.addAddress("left", name, `${network}.${after}/24`);
      });
      await Promise.all(changes);
    });
    await this.#untilLinked();
    return silenceMs;
  }

  /** Lets the stream go on undisturbed for so long. */
  async flow(durationMs: number): Promise<void> {
    const endMs = performance.now() + durationMs;
    while (performance.now() < endMs) {
      const { sizeBytes } = await this.#received(0);
      await this.#received(sizeBytes + MiB);
    }
  }

  /** What was sent, and what has arrived. */
  async end(): Promise<Pair<FlowReport>> {
    const received = this.#received(Number.MAX_SAFE_INTEGER);
    return Promise.all([this.#left.call<FlowReport>({ do: "endFlow" }), received]);
  }

  async #silenceDuring(outage: () => Promise<void>): Promise<number> {
    const { sizeBytes } = await this.#received(0);
    await this.#received(sizeBytes + beforeBytes);
    await this.#right.call({ do: "listenAnew" });
    await outage();
    const now = await this.#received(0);
    return (await this.#received(now.sizeBytes + afterwardsBytes)).longestSilenceMs;
  }

  #received(atLeastBytes: number): Promise<FlowReport> {
    return this.#right.call<FlowReport>({ do: "received", atLeastBytes });
  }

  /** Until both ways are there. */
  async #untilLinked(): Promise<void> {
    const ends: readonly Pair<MeshHost>[] = [
      [this.#left, this.#right],
      [this.#right, this.#left],
    ];
    await Promise.all(
      ends.map(([end, other]) =>
        end.until(({ neighbours, routes }) => {
          const isLinked = this.#relays.every(({ id }) => neighbours.includes(id) && routes[id] !== undefined);
          return isLinked && routes[other.id] !== undefined;
        }),
      ),
    );
  }
}
