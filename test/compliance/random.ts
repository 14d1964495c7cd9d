// The contract of Random, as far as it can be seen from outside: every byte asked for is overwritten, no other is,
// and what comes looks like noise.

import { expect } from "vitest";
import type { Random } from "#glow";
import { type MakeSubject, suite } from "./subject.ts";

export function randomCompliance(name: string, make: MakeSubject<Random>): void {
  suite(`Random: ${name}`, make, (check) => {
    check("overwrites every byte of the target", async (random) => {
      for (const length of [1, 2, 16, 33, 1000]) {
        const seen = new Uint8Array(length);
        const target = new Uint8Array(length);
        // A byte stays zero in all 32 fills with a chance of 2^-256.
        for (let round = 0; round < 32; round++) {
          random.fill(target);
          for (let i = 0; i < length; i++) seen[i] = (seen[i] as number) | (target[i] as number);
        }
        expect(seen.indexOf(0)).toBe(-1);
      }
    });

    check("touches nothing around a view", async (random) => {
      const whole = new Uint8Array(48);
      for (let round = 0; round < 32; round++) random.fill(whole.subarray(16, 32));
      expect(whole.subarray(0, 16)).toEqual(new Uint8Array(16));
      expect(whole.subarray(32)).toEqual(new Uint8Array(16));
      expect(whole.subarray(16, 32)).not.toEqual(new Uint8Array(16));
    });

    check("takes an empty target", async (random) => {
      random.fill(new Uint8Array(0));
    });

    check("never gives the same 16 bytes twice", async (random) => {
      const seen = new Set<string>();
      const target = new Uint8Array(16);
      for (let i = 0; i < 2000; i++) {
        random.fill(target);
        seen.add(target.join());
      }
      expect(seen.size).toBe(2000);
    });

    check("a megabyte is even: each value comes about 4096 times", async (random) => {
      const target = new Uint8Array(1024 * 1024);
      random.fill(target);
      const counts = new Uint32Array(256);
      for (const byte of target) counts[byte] = (counts[byte] as number) + 1;
      // The standard deviation is 64; eight of them are exceeded once in 10^12 runs.
      expect(Math.min(...counts)).toBeGreaterThan(4096 - 512);
      expect(Math.max(...counts)).toBeLessThan(4096 + 512);
    });
  });
}
