// A session on one path, as the link there sees it. Each path has its own, so that the last request of one that is not used
// any more is known as such.

import type { LinkPacket } from "../link/link-packet.ts";
import type { LinkOutput, LinkSource } from "../link/link-source.ts";
import type { PriorityClass } from "../wire/priority.ts";

/** Where a session's packets go for now. */
export interface SessionPath {
  readonly output: LinkOutput;
  /** The link ends at the peer: packets need no seal of their own. */
  readonly direct: boolean;
}

export class PathSource implements LinkSource {
  readonly output: LinkOutput;
  readonly direct: boolean;
  readonly #fill: (source: PathSource, packet: LinkPacket, priority: PriorityClass) => boolean;

  constructor(
    { output, direct }: SessionPath,
    fill: (source: PathSource, packet: LinkPacket, priority: PriorityClass) => boolean,
  ) {
    this.output = output;
    this.direct = direct;
    this.#fill = fill;
  }

  is(path: SessionPath | undefined): boolean {
    return this.output === path?.output && this.direct === path.direct;
  }

  fill(packet: LinkPacket, priority: PriorityClass): boolean {
    return this.#fill(this, packet, priority);
  }
}
