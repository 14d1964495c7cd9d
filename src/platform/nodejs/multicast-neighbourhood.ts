// Multicast DNS on one interface: says who we are, answers who asks, asks who is there, and remembers what was heard.
// All times are those of RFC 6762. Nothing here knows a socket, so it runs in simulated time.

import type { GlowError } from "#base/errors.ts";
import { discoveryLimits } from "#base/limits.ts";
import { float } from "#base/random.ts";
import type { Address, Clock, NodeId, Random, Timer, Timers } from "#glow";
import type { NetworkInterface } from "./interface-watch.ts";
import type { MulticastPort, OpenPort } from "./multicast-port.ts";
import {
  asksFor,
  type IncomingPacket,
  onLink,
  queryFor,
  responseOf,
  type Service,
  sightingsIn,
} from "./multicast-records.ts";

/** Announced when it starts, and once more in case that was lost (8.3). */
const announcementsMs = [0, 1000] as const;
/** Answers of several hosts to one question must not collide (6). */
const answerFromMs = 20;
const answerToMs = 120;
/** The first question waits a little, as many devices start together; then 1 s, and twice as long each time (5.2). */
const firstQueryFromMs = 20;
const firstQueryToMs = 120;
const nextQueryMs = 1000;
const longestQueryMs = 3_600_000;
/** What is known is asked for again when this part of its time is over, and once more (5.2). */
const refreshAt = [0.8, 0.9] as const;
/** Labels of known neighbours that fit into a question beside everything else. */
const knownAnswers = 16;

export interface NeighbourhoodPowers {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly openPort: OpenPort;
}

export interface NeighbourhoodEvents {
  /** What is known of some node may have changed. */
  changed(node: NodeId): void;
  /** It was pushed out by others, and may be there still. */
  forgotten(node: NodeId): void;
  failed(error: GlowError): void;
}

/** What one host says of one label. */
interface Sighted {
  readonly label: string;
  readonly source: string;
  readonly node: NodeId;
  readonly addresses: readonly Address[];
  readonly heardMs: number;
  readonly ttlMs: number;
  /** How many of `refreshAt` have passed. */
  refreshes: number;
}

export class Neighbourhood {
  readonly #powers: NeighbourhoodPowers;
  readonly #events: NeighbourhoodEvents;
  readonly #isOnLink: (host: string) => boolean;
  readonly #port: MulticastPort;
  /** By source and label, those heard longest ago first. A host can't take back what another has said. */
  readonly #sighted = new Map<string, Sighted>();
  readonly #timers = new Map<"announce" | "answer" | "query" | "upkeep", Timer>();
  #service: Service | undefined;
  #searching = false;
  #queryWaitMs = 0;
  #ready = false;

  constructor(networkInterface: NetworkInterface, powers: NeighbourhoodPowers, events: NeighbourhoodEvents) {
    this.#powers = powers;
    this.#events = events;
    this.#isOnLink = onLink(networkInterface);
    this.#port = powers.openPort(networkInterface, {
      ready: () => {
        this.#ready = true;
        this.#announce(0);
        this.#query(firstQueryFromMs, firstQueryToMs);
      },
      query: (query) => this.#asked(query),
      response: (response, source) => this.#heard(response, source),
      failed: (error) => {
        this.#stopTimers();
        events.failed(error);
      },
    });
  }

  /** Replaces what is said of us; undefined for nothing, which is said too. */
  tell(service: Service | undefined): void {
    const old = this.#service;
    this.#service = service;
    if (JSON.stringify(old) === JSON.stringify(service) || !this.#ready) return;
    if (service === undefined && old !== undefined) this.#port.respond(responseOf(old, 0));
    this.#announce(0);
  }

  /** Asks now, and again and again. What it hears is kept whether it asks or not. */
  search(searching: boolean): void {
    if (this.#searching === searching) return;
    this.#searching = searching;
    this.#query(firstQueryFromMs, firstQueryToMs);
  }

  addressesOf(node: NodeId): Address[] {
    return [...this.#sighted.values()].flatMap((each) => (each.node === node ? each.addresses : []));
  }

  nodes(): NodeId[] {
    return [...this.#sighted.values()].map(({ node }) => node);
  }

  /** Says goodbye (10.1). */
  async close(): Promise<void> {
    if (this.#ready && this.#service !== undefined) this.#port.respond(responseOf(this.#service, 0));
    this.#stopTimers();
    await this.#port.close();
  }

  // What we say.

  #announce(round: number): void {
    const delayMs = announcementsMs[round];
    if (delayMs === undefined) return;
    this.#after("announce", delayMs, () => {
      this.#say();
      this.#announce(round + 1);
    });
  }

  #asked(query: IncomingPacket): void {
    // One answer, to all of those who hear it, serves all questions that come until then.
    if (this.#service === undefined || this.#timers.has("answer") || !asksFor(query, this.#service.label)) return;
    this.#after("answer", this.#between(answerFromMs, answerToMs), () => this.#say());
  }

  #say(): void {
    if (this.#service !== undefined) this.#port.respond(responseOf(this.#service, discoveryLimits.sightingMs));
  }

  // What we ask.

  #query(fromMs: number, toMs: number): void {
    if (!this.#ready || !this.#searching) {
      this.#cancel("query");
      return;
    }
    this.#queryWaitMs = nextQueryMs;
    const ask = () => {
      this.#ask();
      this.#after("query", this.#queryWaitMs, ask);
      this.#queryWaitMs = Math.min(this.#queryWaitMs * 2, longestQueryMs);
    };
    this.#after("query", this.#between(fromMs, toMs), ask);
  }

  #ask(): void {
    const nowMs = this.#powers.clock.monotonicMs();
    const known = [...this.#sighted.values()].map(({ label, heardMs, ttlMs }) => ({
      label,
      ttlMs: heardMs + ttlMs - nowMs,
    }));
    const fresh = known.filter(({ ttlMs }) => ttlMs >= discoveryLimits.sightingMs / 2);
    this.#port.query(queryFor(fresh.slice(-knownAnswers)));
  }

  // What we hear.

  #heard(response: IncomingPacket, source: string): void {
    const changed = new Set<NodeId>();
    for (const { label, node, addresses, ttlMs } of sightingsIn(response, source, this.#isOnLink)) {
      if (label === this.#service?.label) continue;
      const key = `${source} ${label}`;
      const old = this.#sighted.get(key);
      this.#sighted.delete(key);
      if (old !== undefined) changed.add(old.node);
      if (ttlMs === 0) continue;
      this.#makeRoom(source);
      const heardMs = this.#powers.clock.monotonicMs();
      this.#sighted.set(key, { label, source, node, addresses, heardMs, ttlMs, refreshes: 0 });
      changed.add(node);
    }
    if (changed.size > 0 && !this.#timers.has("upkeep")) this.#upkeep();
    for (const node of changed) this.#events.changed(node);
  }

  /** What goes is not told to be gone: it is only forgotten here. */
  #makeRoom(source: string): void {
    const ofSource = [...this.#sighted].filter(([, each]) => each.source === source);
    const [oldest] = ofSource.length >= discoveryLimits.sightingsPerHost ? ofSource : this.#sighted;
    const isFull =
      this.#sighted.size >= discoveryLimits.sightings || ofSource.length >= discoveryLimits.sightingsPerHost;
    if (!isFull || oldest === undefined) return;
    this.#sighted.delete(oldest[0]);
    this.#events.forgotten(oldest[1].node);
  }

  /** Forgets what is over, asks for what soon will be. */
  #upkeep(): void {
    const nowMs = this.#powers.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    let stale = false;
    const gone: NodeId[] = [];
    for (const [key, each] of this.#sighted) {
      const age = (nowMs - each.heardMs) / each.ttlMs;
      if (age >= 1) {
        this.#sighted.delete(key);
        gone.push(each.node);
        continue;
      }
      while (age >= (refreshAt[each.refreshes] ?? 1)) {
        each.refreshes++;
        stale = true;
      }
      nextMs = Math.min(nextMs, each.heardMs + each.ttlMs * (refreshAt[each.refreshes] ?? 1) - nowMs);
    }
    if (stale && this.#searching) this.#ask();
    if (nextMs < Number.POSITIVE_INFINITY) {
      // Those that come in the same second are dealt with together; others may ask first, which we hear.
      this.#after("upkeep", nextMs + this.#between(0, nextQueryMs), () => this.#upkeep());
    }
    for (const node of gone) this.#events.changed(node);
  }

  #between(fromMs: number, toMs: number): number {
    return fromMs + float(this.#powers.random) * (toMs - fromMs);
  }

  #after(name: "announce" | "answer" | "query" | "upkeep", delayMs: number, task: () => void): void {
    this.#cancel(name);
    const timer = this.#powers.timers.after(delayMs, () => {
      this.#timers.delete(name);
      task();
    });
    this.#timers.set(name, timer);
  }

  #cancel(name: "announce" | "answer" | "query" | "upkeep"): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  #stopTimers(): void {
    this.#ready = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
