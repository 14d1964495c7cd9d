// What a power loss may leave of a file, against a model that remembers every state the file was in since its last sync.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { SeededRandom } from "#base/random.ts";
import { type FileChange, SectorFile } from "./sector-file.ts";

const sectorBytes = 512;

/** A file as a plain array, and all it has been since it was last synced. */
class Model {
  states: Uint8Array[] = [new Uint8Array(0)];

  get now(): Uint8Array {
    return this.states.at(-1) as Uint8Array;
  }

  apply(change: FileChange): void {
    const { now } = this;
    if ("sizeBytes" in change) {
      const resized = new Uint8Array(change.sizeBytes);
      resized.set(now.subarray(0, change.sizeBytes));
      this.states.push(resized);
    } else if (change.bytes.length > 0) {
      const written = new Uint8Array(Math.max(now.length, change.offset + change.bytes.length));
      written.set(now);
      written.set(change.bytes, change.offset);
      this.states.push(written);
    }
  }

  sync(): void {
    this.states = [this.now];
  }
}

type Step = FileChange | "sync";

let fillByte = 0;

const write: fc.Arbitrary<Step> = fc.tuple(fc.nat(4000), fc.nat(2000)).map(([offset, length]) => {
  fillByte = (fillByte % 255) + 1;
  return { offset, bytes: new Uint8Array(length).fill(fillByte) };
});
const truncate: fc.Arbitrary<Step> = fc.nat(5000).map((sizeBytes) => ({ sizeBytes }));
const steps = fc.array(
  fc.oneof(
    { arbitrary: write, weight: 6 },
    { arbitrary: truncate, weight: 2 },
    { arbitrary: fc.constant<Step>("sync"), weight: 1 },
  ),
  { maxLength: 25 },
);

function perform(file: SectorFile, model: Model, drawn: readonly Step[]): void {
  for (const step of drawn) {
    if (step === "sync") {
      file.sync();
      model.sync();
      continue;
    }
    file.begin(step);
    file.complete(step);
    model.apply(step);
  }
}

function contentOf(file: SectorFile): Uint8Array {
  return file.read(0, file.sizeBytes);
}

/** A sector of a state, zeros behind its end. */
function sectorOf(state: Uint8Array, number: number): Uint8Array {
  const sector = new Uint8Array(sectorBytes);
  sector.set(state.subarray(number * sectorBytes, (number + 1) * sectorBytes));
  return sector;
}

/** Each sector as it was in some state, up to the size of some state. */
function expectLegal(found: Uint8Array, states: readonly Uint8Array[]): void {
  expect(states.map((state) => state.length)).toContain(found.length);
  for (let number = 0; number * sectorBytes < found.length; number++) {
    const sector = found.subarray(number * sectorBytes, (number + 1) * sectorBytes);
    const legal = states.some((state) => equalBytes(sectorOf(state, number).subarray(0, sector.length), sector));
    expect(legal, `sector ${number} was never so`).toBe(true);
  }
}

/** 64 files that were synced full of ones, overwritten with twos and grown, and what a power loss left of each. */
function crashed(loss: (file: SectorFile, random: SeededRandom) => void): Uint8Array[] {
  return Array.from({ length: 64 }, (_, seed) => {
    const file = new SectorFile(sectorBytes);
    file.complete({ offset: 0, bytes: new Uint8Array(2048).fill(1) });
    file.sync();
    file.complete({ offset: 0, bytes: new Uint8Array(1024).fill(2) });
    file.complete({ offset: 1024, bytes: new Uint8Array(2048).fill(2) });
    loss(file, new SeededRandom(seed));
    return contentOf(file);
  });
}

describe("a power loss", () => {
  test("leaves what was synced, and of the rest each sector as it once was", () => {
    fc.assert(
      fc.property(steps, fc.nat(), (drawn, seed) => {
        const file = new SectorFile(sectorBytes);
        const model = new Model();
        perform(file, model, drawn);
        expect(contentOf(file)).toEqual(model.now);
        file.losePower(new SeededRandom(seed));
        expectLegal(contentOf(file), model.states);
        expect(file.isDirty).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("of a file that was synced changes nothing; what is written later goes on from what was found", () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(), (before, after, seed) => {
        const file = new SectorFile(sectorBytes);
        const model = new Model();
        perform(file, model, [...before, "sync"]);
        file.losePower(new SeededRandom(seed));
        expect(contentOf(file)).toEqual(model.now);
        perform(file, model, after);
        expect(contentOf(file)).toEqual(model.now);
      }),
    );
  });

  test("may leave any part of a write that was under way", () => {
    fc.assert(
      fc.property(steps, write, fc.nat(), (before, last, seed) => {
        const file = new SectorFile(sectorBytes);
        const model = new Model();
        perform(file, model, [...before, "sync"]);
        file.begin(last as FileChange);
        expect(contentOf(file)).toEqual(model.now);
        model.apply(last as FileChange);
        file.losePower(new SeededRandom(seed));
        expectLegal(contentOf(file), model.states);
      }),
    );
  });

  test("leaves all, nothing and parts of it, each often", () => {
    const found = crashed((file, random) => file.losePower(random));
    const all = new Uint8Array(3072).fill(2);
    const nothing = new Uint8Array(2048).fill(1);
    const kept = found.filter((bytes) => equalBytes(bytes, all)).length;
    const lost = found.filter((bytes) => equalBytes(bytes, nothing)).length;
    expect(kept).toBeGreaterThan(8);
    expect(lost).toBeGreaterThan(8);
    expect(64 - kept - lost).toBeGreaterThan(8);
    // A later write without an earlier one, and a size without the bytes that made it.
    expect(found.some((bytes) => bytes[0] === 1 && bytes[1024] === 2)).toBe(true);
    expect(found.some((bytes) => bytes.length === 3072 && bytes[3071] === 0)).toBe(true);
  });
});

describe("a killed program", () => {
  test("loses nothing that was written, and each write under way or none of it", () => {
    const found = crashed((file, random) => {
      file.begin({ offset: 0, bytes: new Uint8Array(3072).fill(3) });
      file.kill(random);
    });
    const done = found.filter((bytes) => equalBytes(bytes, new Uint8Array(3072).fill(3))).length;
    const undone = found.filter((bytes) => equalBytes(bytes, new Uint8Array(3072).fill(2))).length;
    expect(done + undone).toBe(64);
    expect(done).toBeGreaterThan(8);
    expect(undone).toBeGreaterThan(8);
  });

  test("leaves what was not synced as unsafe as it was", () => {
    const found = crashed((file, random) => {
      file.kill(random);
      file.losePower(random);
    });
    expect(found.some((bytes) => bytes[0] === 1)).toBe(true);
  });
});

describe("a sync that fails", () => {
  function failedThen(file: SectorFile, random: SeededRandom, then: () => void): void {
    const before = contentOf(file);
    file.failSync(random);
    expect(contentOf(file), "programs read on from the cache").toEqual(before);
    then();
    file.sync();
    file.losePower(random);
  }

  test("is not made good by one that succeeds", () => {
    const found = crashed((file, random) => failedThen(file, random, () => undefined));
    expect(found.some((bytes) => bytes[0] === 1)).toBe(true);
    expect(found.some((bytes) => bytes[0] === 2)).toBe(true);
  });

  test("is made good by writing again", () => {
    const again = new Uint8Array(3072).fill(2);
    const found = crashed((file, random) => failedThen(file, random, () => file.complete({ offset: 0, bytes: again })));
    for (const bytes of found) expect(bytes).toEqual(again);
  });
});

describe("a medium that rots", () => {
  function synced(): SectorFile {
    const file = new SectorFile(sectorBytes);
    file.complete({ offset: 0, bytes: new Uint8Array(2048).fill(1) });
    file.sync();
    return file;
  }

  test("flips one bit, for good until it is overwritten", () => {
    const file = synced();
    file.flipBit(2, 8 * 10 + 3);
    const expected = new Uint8Array(2048).fill(1);
    expected[2 * sectorBytes + 10] = 9;
    expect(contentOf(file)).toEqual(expected);
    file.sync();
    file.losePower(new SeededRandom(1));
    expect(contentOf(file)).toEqual(expected);
    file.complete({ offset: 1024, bytes: new Uint8Array(512).fill(1) });
    expect(contentOf(file)).toEqual(new Uint8Array(2048).fill(1));
  });

  test("flips what lies under the cache: it shows when the cache is lost", () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const file = synced();
      file.complete({ offset: 0, bytes: new Uint8Array(512).fill(2) });
      file.flipBit(0, 0);
      expect(file.read(0, 1)).toEqual(new Uint8Array([2]));
      file.losePower(new SeededRandom(seed));
      found.add(file.read(0, 1)[0] as number);
    }
    expect(found).toEqual(new Set([0, 2]));
  });

  test("says so where a sector cannot be read, until it is written", () => {
    const file = synced();
    file.makeUnreadable(1);
    expect(file.read(0, 512)).toEqual(new Uint8Array(512).fill(1));
    expect(() => file.read(500, 100)).toThrow(expect.objectContaining({ kind: "corrupt" }));
    file.complete({ offset: 512, bytes: new Uint8Array(512).fill(3) });
    expect(file.read(512, 512)).toEqual(new Uint8Array(512).fill(3));
  });
});
