// Finds neighbours on the local networks with no configuration, by multicast DNS on every interface that has IPv4.
// Interfaces come and go, and may not work yet: each is opened when it appears or changes, and again after a failure.

import type { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { randomBytes } from "#base/random.ts";
import type { Address, Clock, Discovery, NodeId, Random, Subscription, Timer, Timers } from "#glow";
import { discoveryLimits } from "#base/limits.ts";
import { currentInterfaces, type NetworkInterface, watchInterfaces } from "./interface-watch.ts";
import { Neighbourhood } from "./multicast-neighbourhood.ts";
import { type OpenPort, openPort } from "./multicast-port.ts";
import { serviceOn } from "./multicast-records.ts";

export interface MulticastDiscoveryOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Told each time an interface can't be used, for a log; it goes on trying by itself. */
  readonly failed?: (error: GlowError) => void;
  /** How an interface is opened, and which there are: the machine's, if not given. */
  readonly openPort?: OpenPort;
  readonly interfaces?: () => readonly NetworkInterface[];
}

type Found = (node: NodeId | undefined, addresses: readonly Address[]) => void;

/** What is done on one interface, or when it will be tried again. */
interface Presence {
  readonly networkInterface: NetworkInterface;
  /** Of the interface's name and addresses: with any of these changed it is another one. */
  readonly key: string;
  neighbourhood: Neighbourhood | undefined;
  failures: number;
  retry: Timer | undefined;
}

const firstRetryMs = 1000;
const longestRetryMs = 60_000;
/** Of random bytes: two nodes of one network never draw the same label by accident. */
const labelBytes = 8;

export class MulticastDiscovery implements Discovery {
  readonly #options: MulticastDiscoveryOptions;
  readonly #label: string;
  readonly #watch: Subscription;
  readonly #presences = new Map<string, Presence>();
  readonly #listeners = new Set<Found>();
  /** What was last told of each node, so that only changes are. */
  readonly #told = new Map<NodeId, readonly Address[]>();
  readonly #closing = new Set<Promise<void>>();
  #listening: readonly Address[] = [];
  #closed = false;

  constructor(options: MulticastDiscoveryOptions) {
    this.#options = options;
    this.#label = idText(randomBytes(options.random, labelBytes));
    const read = options.interfaces ?? currentInterfaces;
    this.#watch = watchInterfaces(options.timers, (interfaces) => this.#interfacesChanged(interfaces), read);
  }

  announce(addresses: readonly Address[]): void {
    this.#listening = addresses;
    for (const presence of this.#presences.values()) this.#tell(presence);
  }

  search(found: Found): Subscription {
    this.#listeners.add(found);
    for (const { neighbourhood } of this.#presences.values()) neighbourhood?.search(true);
    const known = [...this.#told];
    this.#options.timers.endOfTurn(() => {
      for (const [node, addresses] of known) if (this.#listeners.has(found)) found(node, addresses);
    });
    return {
      stop: () => {
        this.#listeners.delete(found);
        if (this.#listeners.size > 0) return;
        for (const { neighbourhood } of this.#presences.values()) neighbourhood?.search(false);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.stop();
    this.#listeners.clear();
    for (const name of this.#presences.keys()) this.#leave(name);
    await Promise.all(this.#closing);
  }

  #interfacesChanged(interfaces: readonly NetworkInterface[]): void {
    const usable = interfaces.filter(({ addresses }) => addresses.some(({ family }) => family === "ipv4"));
    const keys = new Map(usable.map((each) => [each.name, JSON.stringify(each)]));
    for (const [name, { key }] of this.#presences) if (keys.get(name) !== key) this.#leave(name);
    for (const networkInterface of usable) {
      const { name } = networkInterface;
      const key = keys.get(name) as string;
      const presence = this.#presences.get(name) ?? {
        networkInterface,
        key,
        neighbourhood: undefined,
        failures: 0,
        retry: undefined,
      };
      this.#presences.set(name, presence);
      // One that waited to be tried again: what changed elsewhere may be what it lacked.
      if (presence.neighbourhood === undefined) this.#enter(presence);
    }
  }

  #enter(presence: Presence): void {
    presence.retry?.cancel();
    presence.retry = undefined;
    const powers = { ...this.#options, openPort: this.#options.openPort ?? openPort };
    const neighbourhood = new Neighbourhood(presence.networkInterface, powers, {
      changed: (node) => {
        presence.failures = 0;
        this.#changed(node);
      },
      forgotten: (node) => this.#note(node, this.#addressesOf(node)),
      failed: (error) => this.#failed(presence, error),
    });
    presence.neighbourhood = neighbourhood;
    neighbourhood.search(this.#listeners.size > 0);
    this.#tell(presence);
  }

  #tell({ neighbourhood, networkInterface }: Presence): void {
    neighbourhood?.tell(serviceOn(networkInterface, this.#label, this.#options.self, this.#listening));
  }

  #failed(presence: Presence, error: GlowError): void {
    this.#endOf(presence);
    const waitMs = Math.min(firstRetryMs * 2 ** presence.failures, longestRetryMs);
    presence.failures++;
    presence.retry = this.#options.timers.after(waitMs, () => this.#enter(presence));
    this.#options.failed?.(error);
  }

  #leave(name: string): void {
    const presence = this.#presences.get(name) as Presence;
    this.#presences.delete(name);
    presence.retry?.cancel();
    this.#endOf(presence);
  }

  #endOf(presence: Presence): void {
    const { neighbourhood } = presence;
    presence.neighbourhood = undefined;
    if (neighbourhood === undefined) return;
    const nodes = neighbourhood.nodes();
    const closing = neighbourhood.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    for (const node of nodes) this.#changed(node);
  }

  #changed(node: NodeId): void {
    if (node === this.#options.self || this.#closed) return;
    const addresses = this.#addressesOf(node);
    if (addresses.join(" ") === (this.#told.get(node) ?? []).join(" ")) return;
    this.#note(node, addresses);
    for (const found of this.#listeners) found(node, addresses);
  }

  #addressesOf(node: NodeId): Address[] {
    const all = [...this.#presences.values()].flatMap(({ neighbourhood }) => neighbourhood?.addressesOf(node) ?? []);
    return [...new Set(all)].sort().slice(0, discoveryLimits.addressesPerSource);
  }

  #note(node: NodeId, addresses: readonly Address[]): void {
    if (addresses.length === 0) this.#told.delete(node);
    else this.#told.set(node, addresses);
  }
}
