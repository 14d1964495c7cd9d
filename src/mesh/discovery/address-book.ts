// The addresses under which nodes may be reached, whoever said so, and how dialling them went. Anybody may say anything:
// so each source has room for a few addresses of a node, what has worked is never pushed out by what somebody says, and
// what has failed makes room first.

import { discoveryLimits } from "#base/limits.ts";
import type { Address, Clock, NodeId, Subscription } from "#glow";
import { reachOf } from "./address-reach.ts";

/**
 * Who says so: a person or an invitation; the local network; a neighbour by gossip; nobody, since it has worked. In the
 * order of trust, but gossip before `reached`, which stands for itself.
 */
export type AddressSource = "given" | "discovery" | "reached" | { readonly toldBy: NodeId };

export interface AddressBookOptions {
  readonly clock: Clock;
  readonly limits?: Partial<typeof discoveryLimits>;
}

/** What is known of one address of a node. Times are of the monotonic clock. */
export interface KnownAddress {
  readonly node: NodeId;
  readonly address: Address;
  /** When somebody last said so. */
  readonly toldMs: number;
  /** When it last led to the node. */
  readonly reachedMs: number | undefined;
  readonly failedMs: number | undefined;
  /** Since it was last reached. */
  readonly failures: number;
  /** Not to be dialled before. */
  readonly dueMs: number;
  /** Higher is better: 0 for gossip, 1 for the local network, 2 for what was given. */
  readonly trust: number;
}

/** What a source counts, and under which name it is kept. */
const trustOf = { given: 2, discovery: 1, reached: 0 } as const;
/** Of one address: more that say the same add nothing. */
const sourcesPerAddress = 8;

interface Entry extends KnownAddress {
  toldMs: number;
  reachedMs: number | undefined;
  failedMs: number | undefined;
  failures: number;
  dueMs: number;
  trust: number;
  /** With when each last said so. */
  readonly sources: Map<string, number>;
}

export class AddressBook {
  readonly #clock: Clock;
  readonly #limits: typeof discoveryLimits;
  /** The nodes heard of longest ago come first. */
  readonly #nodes = new Map<NodeId, Map<Address, Entry>>();
  readonly #pinned = new Set<NodeId>();
  readonly #watchers = new Set<(node: NodeId) => void>();

  constructor({ clock, limits }: AddressBookOptions) {
    this.#clock = clock;
    this.#limits = { ...discoveryLimits, ...limits };
  }

  /** Whether it is new. What is no address, or finds no room, is ignored: it is a hint. */
  add(node: NodeId, address: Address, source: AddressSource): boolean {
    const entry = this.#add(node, address, source);
    if (entry === undefined) return false;
    this.#tellWatchers(node);
    return true;
  }

  /** What a source says of a node now, instead of all that it said before. */
  replace(node: NodeId, addresses: readonly Address[], source: AddressSource): void {
    const key = keyOf(source);
    const said = addresses.slice(0, this.#limits.addressesPerSource);
    for (const entry of this.#nodes.get(node)?.values() ?? []) {
      if (!said.includes(entry.address)) this.#unsay(entry, key);
    }
    const fresh = said.filter((address) => this.#add(node, address, source) !== undefined);
    if (fresh.length > 0) this.#tellWatchers(node);
  }

  /** It has led to the node. */
  reached(node: NodeId, address: Address): void {
    const entry = this.#nodes.get(node)?.get(address) ?? this.#add(node, address, "reached");
    if (entry === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    Object.assign(entry, { reachedMs: nowMs, failedMs: undefined, failures: 0, dueMs: nowMs });
  }

  /** It has not, and is not to be dialled before `dueMs`. */
  failed(node: NodeId, address: Address, dueMs: number): void {
    const entry = this.#nodes.get(node)?.get(address);
    if (entry === undefined) return;
    Object.assign(entry, { failedMs: this.#clock.monotonicMs(), failures: entry.failures + 1, dueMs });
  }

  /** What they failed at may be over: each may be dialled again when `dueMs` says. */
  excuse(node: NodeId, dueMs: () => number, which: "all" | "reached" = "all"): void {
    for (const entry of this.#entriesOf(node)) {
      if (which === "all" || entry.reachedMs !== undefined) Object.assign(entry, { failures: 0, dueMs: dueMs() });
    }
  }

  /** Each may be dialled from this time on, if not before. What they failed at is remembered: the wait after that is as long. */
  hurry(node: NodeId, dueMs: number): void {
    for (const entry of this.#entriesOf(node)) Object.assign(entry, { dueMs: Math.min(entry.dueMs, dueMs) });
  }

  /** What this source says of the node. */
  saidBy(node: NodeId, source: AddressSource): Address[] {
    const key = keyOf(source);
    return this.#entriesOf(node).flatMap(({ address, sources }) => (sources.has(key) ? [address] : []));
  }

  /** Those that have worked first, the latest in front; then those that may be dialled earliest. */
  of(node: NodeId): KnownAddress[] {
    return this.#entriesOf(node).sort(
      (a, b) => (b.reachedMs ?? -1) - (a.reachedMs ?? -1) || a.dueMs - b.dueMs || b.trust - a.trust,
    );
  }

  /** Everything, to be kept elsewhere. */
  *entries(): Iterable<KnownAddress> {
    for (const node of this.#nodes.keys()) yield* this.of(node);
  }

  /** Keeps a node, however many others are told of, and what has led to it, however long ago. */
  pin(node: NodeId): Subscription {
    this.#pinned.add(node);
    return { stop: () => this.#pinned.delete(node) };
  }

  /** Called when an address is new, after it was added. */
  watch(added: (node: NodeId) => void): Subscription {
    this.#watchers.add(added);
    return { stop: () => this.#watchers.delete(added) };
  }

  #tellWatchers(node: NodeId): void {
    for (const added of this.#watchers) added(node);
  }

  /** The entry if it is new. */
  #add(node: NodeId, address: Address, source: AddressSource): Entry | undefined {
    if (reachOf(address) === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const key = keyOf(source);
    const trust = typeof source === "string" ? trustOf[source] : 0;
    const addresses = this.#touch(node);
    const old = addresses.get(address);
    if (old !== undefined) {
      old.toldMs = nowMs;
      old.trust = Math.max(old.trust, trust);
      if (old.sources.has(key) || old.sources.size < sourcesPerAddress) old.sources.set(key, nowMs);
      return undefined;
    }
    const ofSource = [...addresses.values()].filter(({ sources }) => sources.has(key));
    if (ofSource.length >= this.#limits.addressesPerSource) {
      this.#unsay(
        least(ofSource, ({ sources }) => sources.get(key) as number),
        key,
      );
    }
    if (!this.#makeRoom(addresses, key, trust)) return undefined;
    const entry: Entry = {
      node,
      address,
      trust,
      toldMs: nowMs,
      dueMs: nowMs,
      reachedMs: undefined,
      failedMs: undefined,
      failures: 0,
      sources: new Map([[key, nowMs]]),
    };
    this.#touch(node).set(address, entry);
    return entry;
  }

  #entriesOf(node: NodeId): Entry[] {
    const addresses = this.#nodes.get(node);
    const nowMs = this.#clock.monotonicMs();
    const isPinned = this.#pinned.has(node);
    for (const entry of addresses?.values() ?? []) {
      // Of who is wanted, what has worked or was given stays: after a long absence nobody else may know it.
      if (isPinned && (entry.reachedMs !== undefined || entry.trust >= trustOf.given)) continue;
      if (Math.max(entry.toldMs, entry.reachedMs ?? 0) + this.#limits.addressMs < nowMs) this.#remove(entry);
    }
    return [...(addresses?.values() ?? [])];
  }

  /** The source no longer says so; what nobody says, and never worked, goes. */
  #unsay(entry: Entry, key: string): void {
    entry.sources.delete(key);
    if (entry.sources.size === 0 && entry.reachedMs === undefined) this.#remove(entry);
  }

  #remove({ node, address }: Entry): void {
    const addresses = this.#nodes.get(node);
    addresses?.delete(address);
    if (addresses?.size === 0) this.#nodes.delete(node);
  }

  /** Whether there is room for one more address of this source, after making it. */
  #makeRoom(addresses: Map<Address, Entry>, key: string, trust: number): boolean {
    if (addresses.size < this.#limits.addressesPerNode) return true;
    const entries = [...addresses.values()];
    const hints = entries.filter(({ reachedMs }) => reachedMs === undefined);
    const isProof = key === "reached";
    const choices = [
      hints.filter(({ failures }) => failures > 0),
      hints.filter((each) => isProof || each.trust < trust),
      mostSaid(hints, key),
      isProof ? entries : [],
    ];
    const victims = choices.find(({ length }) => length > 0);
    if (victims === undefined) return false;
    // The newest of those that nobody has tried: the older ones are to have their turn.
    this.#remove(least(victims, (each) => each.reachedMs ?? each.failedMs ?? -each.toldMs));
    return true;
  }

  /** The node's addresses; the node counts as heard of now. */
  #touch(node: NodeId): Map<Address, Entry> {
    const addresses = this.#nodes.get(node) ?? new Map<Address, Entry>();
    this.#nodes.delete(node);
    if (this.#nodes.size >= this.#limits.nodes) this.#forgetOne();
    this.#nodes.set(node, addresses);
    return addresses;
  }

  #forgetOne(): void {
    let victim: NodeId | undefined;
    for (const [node, addresses] of this.#nodes) {
      if (this.#pinned.has(node)) continue;
      victim ??= node;
      if ([...addresses.values()].some(({ reachedMs }) => reachedMs !== undefined)) continue;
      victim = node;
      break;
    }
    const [oldest] = this.#nodes.keys();
    const forgotten = victim ?? oldest;
    if (forgotten !== undefined) this.#nodes.delete(forgotten);
  }
}

/** Text, so that it is the same for each message of one neighbour. */
function keyOf(source: AddressSource): string {
  return typeof source === "string" ? source : `told by ${source.toldBy}`;
}

/**
 * Of the source that says most addresses of a node, all it says, if that is more than `key` would say with one more. So
 * nobody's last address is pushed out as long as there are fewer liars than there is room.
 */
function mostSaid(hints: readonly Entry[], key: string): Entry[] {
  const counts = new Map<string, number>();
  for (const { sources } of hints) {
    for (const source of sources.keys()) counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  const own = (counts.get(key) ?? 0) + 1;
  const [most, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0] as [string, number]);
  return count > own ? hints.filter(({ sources }) => sources.has(most)) : [];
}

function least<Item>(items: readonly Item[], measure: (item: Item) => number): Item {
  return items.reduce((a, b) => (measure(b) < measure(a) ? b : a));
}
