// Programs that set, cancel and nest timers on devices whose clocks are wrong and jump, and which stop and crash. By a
// program's own clock no timer may be early, none may ring out of order, after its cancellation or in another life.

import { GlowError } from "#base/errors.ts";
import { chance, integerBelow, pick } from "#base/random.ts";
import type { Platform } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { drawDelay } from "#platform/simulated/range.ts";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";

export const clockAndTimers: Scenario = {
  name: "clock-and-timers",
  about: "timers are never early, never out of order and never of another life, whatever clocks and nodes do",
  settings: { nodes: [1, 6] },
  safetyMs: 20_000,
  livenessMs: 60_000,
  operations: [50, 300],
  faults: { crash: 6, pause: 6, "clock-step": 6, "clock-rate": 8 },
  nodes: nodeNames,
  drawOperation: (random, settings) => ({
    node: pick(random, nodeNames(settings)),
    // Few different delays, so that many timers are due at the same time.
    delayMs: chance(random, 0.5) ? integerBelow(random, 4) * 500 : Math.floor(drawDelay(random, [0, 15_000])),
    cancelAfterMs: chance(random, 0.2) ? integerBelow(random, 2000) : -1,
  }),
  start: (world, settings) => new ClockTrial(world, settings),
};

function nodeNames({ nodes = 1 }: Settings): string[] {
  return Array.from({ length: nodes }, (_, i) => `node${1 + i}`);
}

class ClockTrial implements Trial {
  readonly #nodes = new Map<string, SimulatedNode<Sleeper>>();
  #problem: string | undefined;

  constructor(world: World, settings: Settings) {
    for (const name of nodeNames(settings)) {
      const boot = (platform: Platform) => new Sleeper(platform, (problem) => this.#report(name, problem));
      this.#nodes.set(name, world.addNode(name, { boot }));
    }
  }

  operate({ node, delayMs, cancelAfterMs }: Operation): void {
    this.#nodes.get(String(node))?.tell((sleeper) => sleeper.sleep(Number(delayMs), Number(cancelAfterMs)));
  }

  check(): void {
    if (this.#problem !== undefined) throw new GlowError("internal", "invariant.timers", { message: this.#problem });
    for (const { handle } of this.#nodes.values()) handle?.checkClock();
  }

  settled(): boolean {
    return [...this.#nodes.values()].every(({ handle }) => handle?.waiting === 0);
  }

  missing(): string {
    return [...this.#nodes].map(([name, { handle }]) => `${handle?.waiting ?? "all"} timers of ${name}`).join(", ");
  }

  #report(name: string, problem: string): void {
    this.#problem ??= `${name}: ${problem}`;
  }
}

/** One program: sets timers and looks closely at when they ring. */
class Sleeper {
  readonly #platform: Platform;
  readonly #report: (problem: string) => void;
  #waiting = 0;
  #lastMs = 0;
  /** When the timer that rang last was due, and the how-manieth it was that was set. */
  #lastRung = { dueMs: 0, number: 0 };
  #numbers = 0;
  #turnIsOpen = false;

  constructor(platform: Platform, report: (problem: string) => void) {
    this.#platform = platform;
    this.#report = report;
  }

  /** Timers that have neither rung nor been cancelled. */
  get waiting(): number {
    return this.#waiting;
  }

  sleep(delayMs: number, cancelAfterMs: number): void {
    const { clock, timers } = this.#platform;
    const dueMs = clock.monotonicMs() + delayMs;
    const number = ++this.#numbers;
    let cancelled = false;
    this.#waiting++;
    const timer = timers.after(delayMs, () => {
      if (cancelled) this.#report(`timer ${number} rang after it was cancelled`);
      else this.#ring(dueMs, number);
    });
    if (cancelAfterMs < 0 || cancelAfterMs >= delayMs) return;
    timers.after(cancelAfterMs, () => {
      cancelled = true;
      timer.cancel();
      this.#waiting--;
    });
  }

  checkClock(): void {
    const nowMs = this.#platform.clock.monotonicMs();
    if (nowMs < this.#lastMs) this.#report(`the clock went back from ${this.#lastMs} to ${nowMs} ms`);
    this.#lastMs = nowMs;
  }

  #ring(dueMs: number, number: number): void {
    const nowMs = this.#platform.clock.monotonicMs();
    this.#waiting--;
    if (nowMs < dueMs) this.#report(`timer ${number} rang ${dueMs - nowMs} ms early`);
    const last = this.#lastRung;
    if (dueMs < last.dueMs) this.#report(`timer ${number} was due before timer ${last.number}, and rang after it`);
    if (dueMs === last.dueMs && number < last.number)
      this.#report(`timers ${number} and ${last.number} changed places`);
    this.#lastRung = { dueMs, number };
    this.#checkTurn();
  }

  /** The end of this turn must come before the next timer rings. */
  #checkTurn(): void {
    if (this.#turnIsOpen) this.#report("a timer rang before the turn of the last was over");
    this.#turnIsOpen = true;
    this.#platform.timers.endOfTurn(() => {
      this.#turnIsOpen = false;
    });
  }
}
