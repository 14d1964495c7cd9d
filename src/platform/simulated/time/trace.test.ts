// The trace's hash tells two runs apart wherever they differ; its lines are for people.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { simulationLimits } from "#base/limits.ts";
import { digestOf, Trace } from "./trace.ts";

type Entry = [timeNs: number, who: string, what: string, size: number, digest: number];

const entry: fc.Arbitrary<Entry> = fc.tuple(
  fc.nat(2 ** 45),
  fc.string({ maxLength: 5 }),
  fc.string({ maxLength: 5 }),
  fc.nat(),
  fc.integer(),
);

function hashOf(entries: readonly Entry[]): string {
  const trace = new Trace();
  for (const [timeNs, who, what, size, digest] of entries) trace.record(timeNs, who, "timer", what, size, digest);
  return trace.hash();
}

test("the hash is the same for the same events, and another if one of them changes, is missing or moves", () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { minLength: 2, maxLength: 20, selector: String }), fc.nat(), (entries, at) => {
      const hash = hashOf(entries);
      const index = at % entries.length;
      const [timeNs, who, what, size, digest] = entries[index] as Entry;
      expect(hashOf(entries)).toBe(hash);
      expect(hash).toMatch(/^[0-9a-f]{16}$/);
      const changes: Entry[] = [
        [timeNs + 1, who, what, size, digest],
        [timeNs + 2 ** 32, who, what, size, digest],
        [timeNs, `${who}x`, what, size, digest],
        [timeNs, who, `x${what}`, size, digest],
        [timeNs, who, what, size + 1, digest],
        [timeNs, who, what, size, digest ^ 1],
      ];
      for (const changed of changes) expect(hashOf(entries.with(index, changed))).not.toBe(hash);
      expect(hashOf(entries.toSpliced(index, 1))).not.toBe(hash);
      expect(hashOf([...entries.slice(1), entries[0] as Entry])).not.toBe(hash);
    }),
  );
});

test("text that moves from one field to the next gives another hash", () => {
  expect(hashOf([[1, "ab", "c", 0, 0]])).not.toBe(hashOf([[1, "a", "bc", 0, 0]]));
});

test("short traces do not collide", () => {
  const hashes = new Set(Array.from({ length: 50_000 }, (_, i) => hashOf([[i, "a", "", 0, 0]])));
  expect(hashes.size).toBe(50_000);
});

test("the last simulationLimits.traceLines events are kept in words, and how many there were of each kind", () => {
  const trace = new Trace();
  const count = simulationLimits.traceLines + 10;
  for (let i = 0; i < count; i++) trace.record(i * 1e6, "node", i % 2 === 0 ? "timer" : "send", `event ${i}`, i);
  const lines = trace.lastLines();
  expect(lines.length).toBe(simulationLimits.traceLines);
  expect(lines[0]).toContain("event 10");
  expect(lines.at(-1)).toContain(`event ${count - 1}`);
  expect(lines.at(-1)).toContain(`${count - 1}.000 ms`);
  expect(trace.lastLines(3).length).toBe(3);
  expect(trace.lastLines(3)[0]).toContain(`event ${count - 3}`);
  expect(trace.length).toBe(count);
  expect(trace.counts.get("timer")).toBe(count / 2);
});

test("a digest tells bytes and their parts from others", () => {
  const bytes = new Uint8Array(5000).fill(7);
  const digests = [
    digestOf([]),
    digestOf([new Uint8Array(0)]),
    digestOf([bytes]),
    digestOf([bytes.subarray(1)]),
    digestOf([bytes.with(0, 8)]),
    digestOf([bytes.with(4995, 8)]),
    digestOf([bytes.subarray(0, 500), bytes.subarray(500)]),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digestOf([bytes.slice()])).toBe(digestOf([bytes]));
});
