// What every node offers first: what it is, and whether it answers.

import type { Clock } from "#glow";
import type { Node, NodeInfo } from "#interfaces/generated/node.ts";

export interface NodeDescription {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** The version of Firefly it speaks. */
  readonly protocol: number;
}

export class NodeService implements Node {
  readonly #description: NodeDescription;
  readonly #clock: Clock;
  readonly #startedAt: Date;

  constructor(description: NodeDescription, clock: Clock) {
    this.#description = description;
    this.#clock = clock;
    this.#startedAt = new Date(clock.wallMs());
  }

  info(): NodeInfo {
    const { name, version, platform, protocol } = this.#description;
    return { name, version, platform, startedAt: this.#startedAt, protocol };
  }

  ping(payload: Uint8Array): Uint8Array {
    return payload;
  }

  time(): Date {
    return new Date(this.#clock.wallMs());
  }
}
