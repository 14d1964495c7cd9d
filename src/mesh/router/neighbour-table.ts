// Everybody to whom there is a link, found by id, or by the bytes of one that lie anywhere in a packet.

import { GlowError } from "#base/errors.ts";
import { routerLimits } from "#base/limits.ts";
import type { NodeId, Random } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { IdMap } from "../wire/id-map.ts";
import type { Neighbour } from "./neighbour.ts";

export class NeighbourTable {
  readonly #byId = new Map<NodeId, Neighbour>();
  readonly #byBytes: IdMap<Neighbour>;

  constructor(random: Random) {
    this.#byBytes = new IdMap(random, nodeIdBytes, 1);
  }

  get(peer: NodeId): Neighbour | undefined {
    return this.#byId.get(peer);
  }

  /** The one whose id begins at `at`; it allocates nothing. */
  at(bytes: Uint8Array, at: number): Neighbour | undefined {
    return this.#byBytes.get(bytes, at);
  }

  all(): IterableIterator<Neighbour> {
    return this.#byId.values();
  }

  add(neighbour: Neighbour): void {
    this.#byId.set(neighbour.id, neighbour);
    this.#byBytes.set(neighbour.bytes, neighbour);
  }

  delete(neighbour: Neighbour): void {
    this.#byId.delete(neighbour.id);
    this.#byBytes.delete(neighbour.bytes);
  }

  /** `exhausted` if no link to this peer can be taken: there are too many neighbours, or links to this one. */
  checkRoom(peer: NodeId, linksPerNeighbour: number): void {
    const links = this.#byId.get(peer)?.links.size;
    if (links === undefined ? this.#byId.size < routerLimits.neighbours : links < linksPerNeighbour) return;
    throw new GlowError("exhausted", "mesh.link", { target: peer, message: "there are links enough" });
  }
}
