// The contract of Indexes and Index, as far as it can be seen without a crash or damage: those are made, and tested, where
// each implementation is.

import { expect } from "vitest";
import type { Index, IndexChange, Indexes } from "#glow";
import { compareBytes, equalBytes, toHex } from "#base/bytes.ts";
import { indexLimits } from "#base/limits.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import { type Check, failure, type MakeSubject, patterned, suite } from "./subject.ts";

/** `make` gives indexes of which none exists. `manyRows` is for platforms on which every row is slow. */
export function indexesCompliance(name: string, make: MakeSubject<Indexes>, manyRows = 20_000): void {
  suite(`Indexes: ${name}`, make, (check) => {
    pairChecks(check);
    rangeChecks(check);
    orderChecks(check);
    openChecks(check);
    limitChecks(check);
    answerChecks(check);
    sizeChecks(check, manyRows);
  });
}

function pairChecks(check: Check<Indexes>): void {
  check("reads what was written, in the order asked; undefined where there is nothing", async (indexes) => {
    const index = await indexes.open("store");
    expect(index.wasReset).toBe(false);
    await index.write([put([1], [10]), put([2, 0], [20]), put([3], [30, 31])]);
    expect(await read(index, [3], [9], [1], [2, 0], [1], [2])).toEqual([
      "1e1f",
      undefined,
      "0a",
      "14",
      "0a",
      undefined,
    ]);
    expect(await index.read([])).toEqual([]);
    await index.close();
  });

  check("replaces and removes; removing what is not there does nothing", async (indexes) => {
    const index = await indexes.open("store");
    await index.write([put([1], [1]), put([2], [2])]);
    await index.write([put([1], [3]), remove([2]), remove([7])]);
    expect(await read(index, [1], [2], [7])).toEqual(["03", undefined, undefined]);
    await index.write([]);
    expect(await rows(index)).toEqual(["01=03"]);
    await index.close();
  });

  check("of two changes of one key in a write the later counts", async (indexes) => {
    const index = await indexes.open("store");
    await index.write([put([1], [1]), put([1], [2]), put([2], [1]), remove([2]), remove([3]), put([3], [1])]);
    expect(await rows(index)).toEqual(["01=02", "03=01"]);
    await index.close();
  });

  check("an empty key and empty values are keys and values like any other", async (indexes) => {
    const index = await indexes.open("store");
    await index.write([put([], [1]), put([1], [])]);
    expect(await read(index, [], [1], [0])).toEqual(["01", "", undefined]);
    expect(await rows(index)).toEqual(["=01", "01="]);
    await index.write([put([], [])]);
    expect(await read(index, [])).toEqual([""]);
    await index.write([remove([])]);
    expect(await rows(index)).toEqual(["01="]);
    await index.close();
  });

  check("keys and values may be parts of larger buffers", async (indexes) => {
    const index = await indexes.open("store");
    const whole = patterned(1, 100);
    await index.write([{ key: whole.subarray(10, 20), value: whole.subarray(30, 90) }]);
    const [found] = await index.read([whole.slice(10, 20)]);
    expect(found).toEqual(whole.slice(30, 90));
    expect(await read(index, [...whole.subarray(10, 21)])).toEqual([undefined]);
    const [row] = await index.range(whole.subarray(10, 20), Uint8Array.of(255, 255), 10);
    expect(row?.map(toHex)).toEqual([toHex(whole.subarray(10, 20)), toHex(whole.subarray(30, 90))]);
    await index.close();
  });

  check("clear removes everything", async (indexes) => {
    const index = await indexes.open("store");
    await index.write(numbered(0, 1000));
    await index.clear();
    expect(await rows(index)).toEqual([]);
    await index.write([put([1], [1])]);
    expect(await rows(index)).toEqual(["01=01"]);
    await index.close();
  });
}

function rangeChecks(check: Check<Indexes>): void {
  check("orders keys by unsigned bytes, a prefix before what it begins", async (indexes) => {
    const index = await indexes.open("store");
    const ordered = [[], [0], [0, 0], [0, 255], [1], [1, 0], [127], [127, 255], [128], [200, 1], [255], [255, 255]];
    await index.write([5, 0, 11, 3, 8, 1, 10, 2, 7, 4, 9, 6].map((i) => put(ordered[i] as number[], [i])));
    const keys = ordered.map((key) => toHex(Uint8Array.from(key)));
    expect((await rows(index)).map((row) => row.split("=")[0])).toEqual(keys);
    const backwards = await index.range(new Uint8Array(), Uint8Array.of(255, 255, 255), 100, true);
    expect(backwards.map(([key]) => toHex(key))).toEqual(keys.toReversed());
    await index.close();
  });

  check("a range has its beginning and not its end, and no more rows than asked", async (indexes) => {
    const index = await indexes.open("store");
    await index.write(numbered(0, 100));
    const range = async (from: number, to: number, limit: number, backwards?: boolean) =>
      (await index.range(numberKey(from), numberKey(to), limit, backwards)).map(([key]) => numberOf(key));
    expect(await range(10, 13, 100)).toEqual([10, 11, 12]);
    expect(await range(10, 50, 3)).toEqual([10, 11, 12]);
    expect(await range(10, 50, 3, true)).toEqual([49, 48, 47]);
    expect(await range(97, 200, 100)).toEqual([97, 98, 99]);
    expect(await range(97, 200, 2, true)).toEqual([99, 98]);
    expect(await range(10, 10, 100)).toEqual([]);
    expect(await range(20, 10, 100)).toEqual([]);
    expect(await range(20, 10, 100, true)).toEqual([]);
    expect(await range(10, 20, 0)).toEqual([]);
    expect(await range(200, 300, 100)).toEqual([]);
    expect(await range(0, 100, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await index.close();
  });

  check("a limit that is no number of rows is `invalid`", async (indexes) => {
    const index = await indexes.open("store");
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await failure(index.range(new Uint8Array(), Uint8Array.of(1), bad), "invalid");
    }
    await index.close();
  });

  check("is like a sorted list through random writes, reads and ranges", async (indexes) => {
    const index = await indexes.open("store");
    const random = new SeededRandom("index");
    const model = new Map<string, Uint8Array>();
    const randomKey = () => patterned(integerBelow(random, 200), integerBelow(random, 4));
    for (let step = 0; step < 60; step++) {
      const changes = Array.from({ length: integerBelow(random, 40) }, (): IndexChange => {
        const value = integerBelow(random, 3) === 0 ? null : patterned(step, integerBelow(random, 50));
        return { key: randomKey(), value };
      });
      await index.write(changes);
      for (const { key, value } of changes) {
        if (value === null) model.delete(toHex(key));
        else model.set(toHex(key), value);
      }
      const key = randomKey();
      expect(await index.read([key])).toEqual([model.get(toHex(key))]);
      await sameRange(index, model, randomKey(), randomKey(), integerBelow(random, 20), step % 2 === 0);
    }
    await index.close();
  });
}

async function sameRange(
  index: Index,
  model: ReadonlyMap<string, Uint8Array>,
  from: Uint8Array,
  to: Uint8Array,
  limit: number,
  backwards: boolean,
): Promise<void> {
  const within = [...model]
    .map(([hex, value]) => [Uint8Array.fromHex(hex), value] as const)
    .filter(([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0)
    .sort(([a], [b]) => (backwards ? compareBytes(b, a) : compareBytes(a, b)));
  const found = await index.range(from, to, limit, backwards);
  const text = (pairs: readonly (readonly [Uint8Array, Uint8Array])[]) => pairs.map((pair) => pair.map(toHex));
  expect(text(found)).toEqual(text(within.slice(0, limit)));
}

function orderChecks(check: Check<Indexes>): void {
  check("operations are done in the order of their calls, none awaited", async (indexes) => {
    const index = await indexes.open("store");
    const before = index.read([Uint8Array.of(1)]);
    const first = index.write([put([1], [1])]);
    const between = index.read([Uint8Array.of(1)]);
    const second = index.write([put([1], [2]), put([2], [2])]);
    const after = index.range(new Uint8Array(), Uint8Array.of(255), 10);
    const cleared = index.clear();
    const empty = index.range(new Uint8Array(), Uint8Array.of(255), 10);
    const third = index.write([put([3], [3])]);
    const closing = index.close();
    expect(await before).toEqual([undefined]);
    expect(await between).toEqual([Uint8Array.of(1)]);
    expect((await after).length).toBe(2);
    expect(await empty).toEqual([]);
    await Promise.all([first, second, cleared, third, closing]);
    const again = await indexes.open("store");
    expect(await rows(again)).toEqual(["03=03"]);
    await again.close();
  });

  check("a write that is refused changes nothing", async (indexes) => {
    const index = await indexes.open("store");
    await index.write([put([1], [1])]);
    const tooLong = { key: new Uint8Array(indexLimits.keyBytes + 1), value: null };
    await failure(index.write([put([1], [2]), put([2], [2]), tooLong]), "too-large");
    expect(await rows(index)).toEqual(["01=01"]);
    await index.close();
  });
}

function openChecks(check: Check<Indexes>): void {
  check("what was written is there when it is opened again", async (indexes) => {
    const index = await indexes.open("store");
    await index.write(numbered(0, 1000));
    await index.write([remove([0, 0, 0, 5])]);
    await index.close();
    const again = await indexes.open("store");
    expect(again.wasReset).toBe(false);
    expect((await rows(again)).length).toBe(999);
    await again.close();
  });

  check("a second opener is refused, until the first has closed", async (indexes) => {
    const first = await indexes.open("store");
    await first.write([put([1], [1])]);
    await failure(indexes.open("store"), "unavailable");
    await failure(indexes.remove("store"), "unavailable");
    expect(await rows(first)).toEqual(["01=01"]);
    await first.close();
    const second = await indexes.open("store");
    expect(await rows(second)).toEqual(["01=01"]);
    await second.close();
  });

  check("of many who open at once, one does", async (indexes) => {
    const opens = await Promise.allSettled(Array.from({ length: 8 }, () => indexes.open("store")));
    const opened = opens.filter((open) => open.status === "fulfilled").map((open) => open.value);
    expect(opened.length).toBe(1);
    await opened[0]?.close();
  });

  check("indexes of different names have nothing in common", async (indexes) => {
    const a = await indexes.open("a");
    const b = await indexes.open("b-2");
    await Promise.all([a.write([put([1], [1])]), b.write([put([1], [2])])]);
    expect(await rows(a)).toEqual(["01=01"]);
    await a.clear();
    expect(await rows(b)).toEqual(["01=02"]);
    await a.close();
    expect(await rows(b)).toEqual(["01=02"]);
    await b.close();
  });

  check("what was removed is gone; removing what is not there does nothing", async (indexes) => {
    await indexes.remove("store");
    const index = await indexes.open("store");
    await index.write(numbered(0, 100));
    await index.close();
    await indexes.remove("store");
    const again = await indexes.open("store");
    expect(again.wasReset).toBe(false);
    expect(await rows(again)).toEqual([]);
    await again.close();
  });

  check("a closed index is `released`; closing twice is no error", async (indexes) => {
    const index = await indexes.open("store");
    await index.close();
    await index.close();
    await failure(index.write([put([1], [1])]), "released");
    await failure(index.read([new Uint8Array()]), "released");
    await failure(index.range(new Uint8Array(), Uint8Array.of(1), 1), "released");
    await failure(index.clear(), "released");
    const again = await indexes.open("store");
    await failure(index.read([new Uint8Array()]), "released");
    await again.close();
  });

  check("a name that is none is `invalid`", async (indexes) => {
    const tooLong = "a".repeat(indexLimits.nameBytes + 1);
    for (const bad of ["", "A", "a.b", "a/b", "..", "a_b", "a b", "ä", "a\0", "a\n", tooLong]) {
      await failure(indexes.open(bad), "invalid");
      await failure(indexes.remove(bad), "invalid");
    }
    const index = await indexes.open("a".repeat(indexLimits.nameBytes));
    await index.close();
  });
}

function limitChecks(check: Check<Indexes>): void {
  check("keys and values as long as the limit are taken, longer ones are `too-large`", async (indexes) => {
    const index = await indexes.open("store");
    const key = patterned(1, indexLimits.keyBytes);
    const value = patterned(2, indexLimits.valueBytes);
    await index.write([{ key, value }]);
    const [found] = await index.read([key]);
    expect(equalBytes(found as Uint8Array, value)).toBe(true);
    const longKey = patterned(1, indexLimits.keyBytes + 1);
    const longValue = patterned(2, indexLimits.valueBytes + 1);
    await failure(index.write([{ key: longKey, value: null }]), "too-large");
    await failure(index.write([{ key, value: longValue }]), "too-large");
    await failure(index.read([longKey]), "too-large");
    await failure(index.range(longKey, key, 1), "too-large");
    await failure(index.range(key, longKey, 1), "too-large");
    await index.close();
  });

  check("more changes, bytes, keys or rows in one call than the limit are `too-large`", async (indexes) => {
    const index = await indexes.open("store");
    const removal = remove([1]);
    const changes = Array.from({ length: indexLimits.changesPerWrite + 1 }, () => removal);
    await failure(index.write(changes), "too-large");
    const large = put([1], new Uint8Array(indexLimits.valueBytes));
    const count = Math.ceil(indexLimits.writeBytes / indexLimits.valueBytes);
    await failure(index.write(Array.from({ length: count }, () => large)), "too-large");
    const keys = Array.from({ length: indexLimits.keysPerRead + 1 }, () => Uint8Array.of(1));
    await failure(index.read(keys), "too-large");
    await failure(index.range(new Uint8Array(), Uint8Array.of(1), indexLimits.rowsPerRange + 1), "too-large");
    expect(await rows(index)).toEqual([]);
    await index.close();
  });
}

function answerChecks(check: Check<Indexes>): void {
  check(
    "an answer of more bytes than the limit is `too-large`; the index goes on",
    async (indexes) => {
      const index = await indexes.open("store");
      const value = patterned(1, indexLimits.valueBytes);
      const count = Math.floor(indexLimits.answerBytes / indexLimits.valueBytes);
      for (let i = 0; i <= count; i++) await index.write([{ key: numberKey(i), value }]);
      const keys = Array.from({ length: count + 1 }, (_, i) => numberKey(i));
      await failure(index.read(keys), "too-large");
      await failure(index.range(numberKey(0), numberKey(count + 1), count + 1), "too-large");
      await failure(index.range(numberKey(0), numberKey(count + 1), count + 1, true), "too-large");
      expect((await index.read(keys.slice(0, count))).every((found) => found?.length === value.length)).toBe(true);
      expect((await index.range(numberKey(0), numberKey(count + 1), count - 1)).length).toBe(count - 1);
      await index.close();
    },
    60_000,
  );
}

function sizeChecks(check: Check<Indexes>, manyRows: number): void {
  check(
    `writes, reads and lists ${manyRows} rows at once`,
    async (indexes) => {
      const index = await indexes.open("store");
      const numbers = Array.from({ length: manyRows }, (_, i) => (i * 7919) % manyRows);
      await index.write(numbers.map((number) => ({ key: numberKey(number), value: patterned(number, 100) })));
      const found = await index.read(numbers.map(numberKey));
      expect(found.every((value, i) => equalBytes(value as Uint8Array, patterned(numbers[i] as number, 100)))).toBe(
        true,
      );
      const all = await index.range(numberKey(0), numberKey(manyRows), manyRows);
      expect(all.every(([key, value], i) => numberOf(key) === i && equalBytes(value, patterned(i, 100)))).toBe(true);
      expect(all.length).toBe(manyRows);
      await index.write(numbers.map((number) => ({ key: numberKey(number), value: null })));
      expect(await rows(index)).toEqual([]);
      await index.close();
    },
    60_000,
  );
}

function put(key: readonly number[], value: readonly number[] | Uint8Array): IndexChange {
  return { key: Uint8Array.from(key), value: Uint8Array.from(value) };
}

function remove(key: readonly number[]): IndexChange {
  return { key: Uint8Array.from(key), value: null };
}

function numberKey(number: number): Uint8Array {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}

function numberOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset, 4).getUint32(0);
}

function numbered(from: number, to: number): IndexChange[] {
  return Array.from({ length: to - from }, (_, i) => ({ key: numberKey(from + i), value: numberKey(i) }));
}

async function read(index: Index, ...keys: readonly (readonly number[])[]): Promise<(string | undefined)[]> {
  const values = await index.read(keys.map((key) => Uint8Array.from(key)));
  return values.map((value) => (value === undefined ? undefined : toHex(value)));
}

/** All rows (up to the limit of a range), each as `key=value` in hexadecimal. */
async function rows(index: Index): Promise<string[]> {
  const last = new Uint8Array(indexLimits.keyBytes).fill(255);
  const found = await index.range(new Uint8Array(), last, indexLimits.rowsPerRange);
  return found.map(([key, value]) => `${toHex(key)}=${toHex(value)}`);
}
