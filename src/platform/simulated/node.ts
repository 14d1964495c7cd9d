// A device of the simulated world: a clock, a disk and a place in the network, on which one program at a time runs. It
// can be killed, lose its power, stop for a while and start again; its disk and its clock outlive its program.

import { GlowError } from "#base/errors.ts";
import type { SeededRandom } from "#base/random.ts";
import type { Compression, Crypto, Platform } from "#glow";
import { type DiskOptions, SimulatedDisk } from "./disk/disk.ts";
import { MountedDisk } from "./disk/mounted-disk.ts";
import { Incarnation } from "./incarnation.ts";
import { SimulatedIndexes } from "./index/indexes.ts";
import { MountedIndexes } from "./index/mounted-index.ts";
import { HostNetwork } from "./network/host-network.ts";
import type { SimulatedNetwork } from "./network/network.ts";
import { drawFrom } from "./range.ts";
import { SimulatedClock } from "./time/clock.ts";
import { toNs } from "./time/nanoseconds.ts";
import type { Timeline } from "./time/timeline.ts";
import { IncarnationClock, SimulatedTimers } from "./time/timers.ts";

/**
 * Starts the program. What it returns, or what its promise resolves to, becomes `node.handle`: how a test talks to the
 * program. A rejection with a GlowError other than `internal` is an exit: the node is down until it is restarted.
 * Anything else it throws is a defect.
 */
export type Boot<Handle> = (platform: Platform) => Handle | Promise<Handle>;

/**
 * `kill`: the program dies, its system lives, so peers' pipes are reset and the disk keeps what was written.
 * `power`: all dies at once, so peers hear nothing, and of what was not synced any part may be lost.
 */
export type CrashManner = "kill" | "power";

export interface NodeOptions<Handle> {
  readonly boot: Boot<Handle>;
  /** How many of its milliseconds pass in one of the world's; drawn within 0.02 % of 1 by default. */
  readonly clockRate?: number;
  /** How far its wall clock is off; drawn within a second by default. */
  readonly wallOffsetMs?: number;
  readonly disk?: DiskOptions;
  /** A program that exits by itself is started again after this, as by a service manager. */
  readonly restartAfterMs?: number;
}

/** What a node needs of its world. */
export interface NodeWorld {
  readonly timeline: Timeline;
  readonly network: SimulatedNetwork;
  readonly crypto: Crypto;
  readonly compression: Compression;
}

const defaultRestartAfterMs = 1000;

export class SimulatedNode<Handle = unknown> {
  readonly name: string;
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  readonly indexes: SimulatedIndexes;
  readonly #world: NodeWorld;
  readonly #random: SeededRandom;
  readonly #options: NodeOptions<Handle>;
  #incarnation: Incarnation | undefined;
  #timers: SimulatedTimers | undefined;
  #lives = 0;
  #handle: Handle | undefined;

  constructor(world: NodeWorld, name: string, random: SeededRandom, options: NodeOptions<Handle>) {
    const { timeline } = world;
    const rate = options.clockRate ?? drawFrom(random, [0.9998, 1.0002]);
    const wallOffsetMs = options.wallOffsetMs ?? drawFrom(random, [-1000, 1000]);
    this.name = name;
    this.clock = new SimulatedClock(() => timeline.nowNs, rate, wallOffsetMs);
    this.disk = new SimulatedDisk(timeline, name, options.disk);
    this.indexes = new SimulatedIndexes(timeline, name);
    this.#world = world;
    this.#random = random;
    this.#options = options;
  }

  /** Whether a program runs on it, or is starting. */
  get up(): boolean {
    return this.#incarnation !== undefined;
  }

  /** Whether its program stands still just now. */
  get paused(): boolean {
    return this.#incarnation?.paused === true;
  }

  /** What the running program's boot returned; undefined while the node is down or starting. */
  get handle(): Handle | undefined {
    return this.#handle;
  }

  /** Starts the program anew, on the same disk. Does nothing if the node is up. */
  start(): void {
    if (this.#incarnation !== undefined) return;
    const { timeline, network } = this.#world;
    const incarnation = new Incarnation(timeline, this.name, ++this.#lives);
    this.#incarnation = incarnation;
    network.start(incarnation);
    incarnation.record("boot");
    const platform = this.#platform(incarnation);
    incarnation.run(() => void this.#boot(incarnation, platform));
  }

  /** Ends the program. From then on it can have no effect, whatever of it is still under way. */
  crash(manner: CrashManner): void {
    const incarnation = this.#incarnation;
    if (incarnation === undefined) return;
    const powerLost = manner === "power";
    incarnation.record(powerLost ? "power-loss" : "kill");
    this.#incarnation = undefined;
    this.#handle = undefined;
    incarnation.end();
    this.#world.network.stop(incarnation, powerLost);
    const random = this.#random.fork(`crash ${incarnation.label}`);
    if (powerLost) this.disk.losePower(random);
    else this.disk.kill(random);
    this.indexes.crash(random.fork("indexes"), powerLost);
  }

  /**
   * Has the running program do something, as an event of its own: after its pause, if it stands still, and not at all
   * if it dies before. False if the node is down or starting.
   */
  tell(task: (handle: Handle) => void): boolean {
    const incarnation = this.#incarnation;
    const handle = this.#handle;
    if (incarnation === undefined || handle === undefined) return false;
    incarnation.schedule(0, () => incarnation.run(() => task(handle)));
    return true;
  }

  /** For this long nothing happens on the node, and then everything that was due: a stopped process, a long pause. */
  pause(forMs: number): void {
    if (this.#incarnation === undefined) return;
    this.#incarnation.record("pause", "", Math.round(forMs));
    this.#incarnation.pauseUntil(this.#world.timeline.nowNs + toNs(forMs));
  }

  stepClock(byMs: number): void {
    this.clock.step(byMs);
    this.#world.timeline.record(this.name, "clock-step", "", Math.round(byMs));
  }

  setClockRate(rate: number): void {
    this.clock.rate = rate;
    if (this.up) this.#timers?.rearm();
    this.#world.timeline.record(this.name, "clock-rate", String(rate));
  }

  async #boot(incarnation: Incarnation, platform: Platform): Promise<void> {
    try {
      const handle = await this.#options.boot(platform);
      if (!incarnation.alive) return;
      this.#handle = handle;
      incarnation.record("ready");
    } catch (thrown) {
      if (!incarnation.alive) return;
      if (!(thrown instanceof GlowError) || thrown.kind === "internal") {
        this.#world.timeline.defect(incarnation.label, thrown);
        return;
      }
      incarnation.record("exit", thrown.toString());
      this.crash("kill");
      const afterMs = this.#options.restartAfterMs ?? defaultRestartAfterMs;
      this.#world.timeline.schedule(toNs(afterMs), () => this.start());
    }
  }

  #platform(incarnation: Incarnation): Platform {
    const random = this.#random.fork(incarnation.label);
    const timers = new SimulatedTimers(incarnation, this.clock);
    this.#timers = timers;
    return {
      name: "simulated",
      clock: new IncarnationClock(incarnation, this.clock, drawFrom(random.fork("uptime"), [0, 1e6])),
      timers,
      random,
      crypto: this.#world.crypto,
      network: new HostNetwork(this.#world.network, incarnation),
      disk: new MountedDisk(this.disk, incarnation, random.fork("disk")),
      indexes: new MountedIndexes(this.indexes, incarnation, random.fork("indexes")),
      compression: this.#world.compression,
    };
  }
}
