// Positions and forks: the same whatever the order, and when they are derived from rows.

import { expect, test } from "vitest";
import { compareBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import { SeededRandom, shuffled } from "#base/random.ts";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import { AuthorChains } from "./author-chains.ts";
import type { BatchRecord } from "./batch-record.ts";

const author = new Actor("author");

function record(sequence: number, branch = "", incarnation = 0): BatchRecord {
  const hash = crypto.hash("blake3", utf8Encode(`${incarnation} ${sequence} ${branch}`));
  return { id: toHex(hash), hash, author: author.id, incarnation, sequence, stamp: 10 * sequence } as BatchRecord;
}

const shown = (chains: AuthorChains) => ({
  positions: chains.positions().map(({ hash, ...each }) => ({ ...each, hash: toHex(hash) })),
  forks: chains.forks().map(({ batches, ...each }) => ({ ...each, batches: batches.map(toHex) })),
});

test("the position of an incarnation is its last batch, and with a fork there that of the smaller hash", async () => {
  // A branch keeps its order; the branches come in any.
  const main = [1, 2, 3, 4].map((sequence) => record(sequence));
  const fork = [3, 4].map((sequence) => record(sequence, "fork"));
  const next = record(1, "", 1);
  const results = new Set<string>();
  for (let seed = 0; seed < 10; seed++) {
    const random = new SeededRandom(seed);
    const left = [main.slice(2), [...fork]];
    const rows = new MemoryRows();
    const chains = new AuthorChains();
    for (const each of main.slice(0, 2)) await chains.enter(rows, each);
    for (const branch of shuffled(random, [0, 0, 1, 1])) await chains.enter(rows, left[branch]?.shift() as BatchRecord);
    await chains.enter(rows, next);
    results.add(JSON.stringify(shown(chains)));
    expect(shown(await AuthorChains.load(rows))).toEqual(shown(chains));
    expect(shown(await AuthorChains.rebuild(rows))).toEqual(shown(chains));
    expect(shown(await AuthorChains.load(rows))).toEqual(shown(chains));
    expect(chains.last(author.id)).toMatchObject({ incarnation: 1, sequence: 1 });
    const [smaller] = [main[3], fork[1]].map((each) => (each as BatchRecord).hash).sort(compareBytes);
    expect(chains.at(author.id, 0)?.hash).toEqual(smaller);
    expect(chains.forks().map(({ sequence, batches }) => [sequence, batches.length])).toEqual([
      [3, 2],
      [4, 2],
    ]);
  }
  expect(results.size).toBe(1);
});

test("no more than `spaceLimits.forks` forks are shown", async () => {
  const chains = new AuthorChains();
  const rows = new MemoryRows();
  for (let sequence = 1; sequence <= spaceLimits.forks + 5; sequence++) {
    await chains.enter(rows, record(sequence));
    await chains.enter(rows, record(sequence, "fork"));
  }
  expect(chains.forks()).toHaveLength(spaceLimits.forks);
  expect(chains.at(author.id, 0)?.sequence).toBe(spaceLimits.forks + 5);
});
