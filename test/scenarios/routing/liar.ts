// A neighbour that lies as well as it can without anybody's keys: claims to reach everybody for nothing, takes back
// nothing, replays what is long out of date, asks for new sequences all the time, and answers no SYNC.

import { chance, type SeededRandom } from "#base/random.ts";
import type { NodeId } from "#glow";
import type { Announcement } from "#mesh/routing/announcement.ts";
import { readMessage } from "#mesh/routing/message.ts";
import { MessageWriter } from "#mesh/routing/message-writer.ts";
import type { RoutingTime } from "./routing-time.ts";

export class Liar {
  readonly #random: SeededRandom;
  readonly #time: RoutingTime;
  readonly #send: (peer: NodeId, message: Uint8Array) => void;
  readonly #neighbours = new Set<NodeId>();
  readonly #heard: Announcement[] = [];
  #isClosed = false;

  constructor(random: SeededRandom, time: RoutingTime, send: (peer: NodeId, message: Uint8Array) => void) {
    this.#random = random;
    this.#time = time;
    this.#send = send;
    this.#lieAgain();
  }

  linkUp(peer: NodeId): void {
    this.#neighbours.add(peer);
  }

  linkDown(peer: NodeId): void {
    this.#neighbours.delete(peer);
  }

  linkChanged(): void {}

  received(_from: NodeId, message: Uint8Array): void {
    for (const record of readMessage(message)) {
      if (record.type === "route" || record.type === "request") this.#heard.push(record.announcement);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #lieAgain(): void {
    if (this.#isClosed) return;
    this.#time.after(200, () => this.#lieAgain());
    for (const peer of this.#neighbours) {
      const writer = new MessageWriter();
      writer.begin((message) => this.#send(peer, message));
      for (const announcement of this.#heard.slice(-50)) {
        if (chance(this.#random, 0.5)) writer.route(0, 0, announcement);
        if (chance(this.#random, 0.1)) writer.request(64, announcement);
      }
      const old = this.#heard[Math.floor(this.#heard.length / 3)];
      if (old !== undefined) writer.route(0, 0, old);
      writer.finish();
    }
  }
}
