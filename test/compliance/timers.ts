// The contract of Timers. Delays are few and short, since on real platforms they are really waited for; what is
// asserted is order and "never early", which no slow machine can break.

import { expect } from "vitest";
import type { Clock, Timers } from "#glow";
import { GlowError } from "#base/errors.ts";
import { type MakeSubject, suite } from "./subject.ts";

export interface TimersSubject {
  readonly timers: Timers;
  readonly clock: Clock;
  /**
   * Promise reactions, each begun by the one before, that `endOfTurn` must let pass. As many as you like where the
   * host says when its microtasks are over; a page cannot know, and waits for a bounded number.
   */
  readonly reactionChain: number;
}

export function timersCompliance(name: string, make: MakeSubject<TimersSubject>): void {
  suite(`Timers: ${name}`, make, (check) => {
    const wait = (timers: Timers, delayMs: number) => new Promise<void>((resolve) => timers.after(delayMs, resolve));

    check("runs a task once, never early", async ({ timers, clock }) => {
      for (const delayMs of [0, 0.3, 1, 2, 5, 7.7, 12]) {
        for (let round = 0; round < 5; round++) {
          let runs = 0;
          const start = clock.monotonicMs();
          const elapsedMs = await new Promise<number>((resolve) => {
            timers.after(delayMs, () => {
              runs++;
              resolve(clock.monotonicMs() - start);
            });
          });
          expect(elapsedMs).toBeGreaterThanOrEqual(delayMs);
          await wait(timers, 1);
          expect(runs).toBe(1);
        }
      }
    });

    check("never runs a task before `after` has returned", async ({ timers }) => {
      const order: string[] = [];
      const done = new Promise<void>((resolve) => {
        timers.after(0, () => {
          order.push("task");
          resolve();
        });
      });
      order.push("returned");
      await done;
      expect(order).toEqual(["returned", "task"]);
    });

    check("runs tasks in the order of their times, equal times in the order they came", async ({ timers }) => {
      const order: string[] = [];
      timers.after(40, () => order.push("40"));
      timers.after(5, () => order.push("5a"));
      timers.after(20, () => order.push("20"));
      timers.after(5, () => order.push("5b"));
      timers.after(5, () => order.push("5c"));
      await wait(timers, 60);
      expect(order).toEqual(["5a", "5b", "5c", "20", "40"]);
    });

    check("a cancelled task never runs; cancelling twice or late does nothing", async ({ timers }) => {
      const ran: string[] = [];
      const first = timers.after(5, () => ran.push("cancelled"));
      const second = timers.after(5, () => ran.push("kept"));
      const immediate = timers.after(0, () => ran.push("cancelled at once"));
      immediate.cancel();
      first.cancel();
      first.cancel();
      await wait(timers, 20);
      second.cancel();
      expect(ran).toEqual(["kept"]);
    });

    check("one task may cancel another that is due at the same time", async ({ timers }) => {
      const ran: string[] = [];
      timers.after(5, () => {
        ran.push("first");
        second.cancel();
      });
      const second = timers.after(5, () => ran.push("second"));
      await wait(timers, 20);
      expect(ran).toEqual(["first"]);
    });

    check("takes the longest delay, and refuses what is no delay", async ({ timers }) => {
      let ran = false;
      const longest = timers.after(2 ** 31 - 1, () => {
        ran = true;
      });
      await wait(timers, 5);
      expect(ran).toBe(false);
      longest.cancel();
      for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
        expect(() => timers.after(delayMs, () => undefined), String(delayMs)).toThrow(GlowError);
      }
    });

    check("endOfTurn runs after the promise reactions under way, in order", async ({ timers, reactionChain }) => {
      const order: string[] = [];
      timers.endOfTurn(() => order.push("end 1"));
      const chain = (async () => {
        for (let i = 0; i < reactionChain; i++) await undefined;
        order.push("chain");
      })();
      timers.endOfTurn(() => order.push("end 2"));
      order.push("code");
      await new Promise<void>((resolve) => timers.endOfTurn(resolve));
      await chain;
      expect(order).toEqual(["code", "chain", "end 1", "end 2"]);
    });

    check("endOfTurn called in a reaction waits for those behind it", async ({ timers, reactionChain }) => {
      const order: string[] = [];
      await undefined;
      timers.endOfTurn(() => order.push("end"));
      for (let i = 0; i < reactionChain; i++) await undefined;
      order.push("reaction");
      await new Promise<void>((resolve) => timers.endOfTurn(resolve));
      expect(order).toEqual(["reaction", "end"]);
    });

    check("endOfTurn runs before the next timer", async ({ timers }) => {
      const order: string[] = [];
      const timer = wait(timers, 0).then(() => order.push("timer"));
      timers.endOfTurn(() => order.push("end"));
      await timer;
      expect(order).toEqual(["end", "timer"]);
    });

    check("a task added by an endOfTurn task runs too, after the reactions that one caused", async ({ timers }) => {
      const order: string[] = [];
      await new Promise<void>((resolve) => {
        timers.endOfTurn(() => {
          void Promise.resolve().then(() => order.push("reaction"));
          timers.endOfTurn(() => {
            order.push("inner");
            resolve();
          });
          order.push("outer");
        });
      });
      expect(order).toEqual(["outer", "reaction", "inner"]);
    });

    check("ten thousand tasks in one turn all run, in order", async ({ timers }) => {
      const order: number[] = [];
      for (let i = 0; i < 10_000; i++) timers.endOfTurn(() => order.push(i));
      await new Promise<void>((resolve) => timers.endOfTurn(resolve));
      expect(order).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    });
  });
}
