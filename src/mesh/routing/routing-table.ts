// All destinations that this node has heard of, by their ids and by their keys.

import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import type { NodeId, PublicKey, Random } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import type { Announcement } from "./announcement.ts";
import { Destination } from "./destination.ts";
import { IdMap } from "../wire/id-map.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingLimits } from "./routing-powers.ts";

/** Of a tagged Ed25519 key: a tag of two bytes in front of 32. */
const keyBytes = 34;
const keyTagBytes = 2;
const idTagBytes = 1;

export class RoutingTable {
  readonly #limits: RoutingLimits;
  readonly #byText = new Map<NodeId, Destination<Neighbour>>();
  readonly #byId: IdMap<Destination<Neighbour>>;
  readonly #byKey: IdMap<Destination<Neighbour>>;
  /** How many of the destinations each neighbour has brought in, whether its link still lives or not. */
  readonly #introduced = new Map<NodeId, number>();

  constructor(random: Random, limits: RoutingLimits) {
    this.#limits = limits;
    this.#byId = new IdMap(random, nodeIdBytes, idTagBytes);
    this.#byKey = new IdMap(random, keyBytes, keyTagBytes);
  }

  get size(): number {
    return this.#byText.size;
  }

  all(): Iterable<Destination<Neighbour>> {
    return this.#byText.values();
  }

  get(id: NodeId): Destination<Neighbour> | undefined {
    return this.#byText.get(id);
  }

  at(bytes: Uint8Array, at: number): Destination<Neighbour> | undefined {
    return this.#byId.get(bytes, at);
  }

  ofKey(key: PublicKey): Destination<Neighbour> | undefined {
    return key.length === keyBytes ? this.#byKey.get(key, 0) : undefined;
  }

  /**
   * Whether there is room for one more from this neighbour. Never refused is the neighbour itself: strangers must not
   * be able to fill the places of those one is linked to. `exhausted` if it has brought in too many.
   */
  hasRoom(id: NodeId, introducer: NodeId): boolean {
    if (id === introducer) return true;
    if ((this.#introduced.get(introducer) ?? 0) >= this.#limits.destinationsPerNeighbour) {
      const text = `it announced more than ${this.#limits.destinationsPerNeighbour} nodes; close the link`;
      throw new GlowError("exhausted", "routing.receive", { target: introducer, message: text });
    }
    return this.size < this.#limits.destinations;
  }

  /** `announcement` was verified, is of `id`, and is kept. */
  add(id: NodeId, introducer: NodeId, announcement: Announcement): Destination<Neighbour> {
    const destination = new Destination<Neighbour>(id, idBytes(id), introducer, announcement);
    this.#byText.set(id, destination);
    this.#byId.set(destination.idBytes, destination);
    this.#byKey.set(announcement.publicKey, destination);
    if (id !== introducer) this.#introduced.set(introducer, 1 + (this.#introduced.get(introducer) ?? 0));
    return destination;
  }

  delete({ id, idBytes: bytes, publicKey, introducer }: Destination<Neighbour>): void {
    this.#byText.delete(id);
    this.#byId.delete(bytes);
    this.#byKey.delete(publicKey);
    if (id === introducer) return;
    const left = (this.#introduced.get(introducer) ?? 1) - 1;
    if (left > 0) this.#introduced.set(introducer, left);
    else this.#introduced.delete(introducer);
  }
}
