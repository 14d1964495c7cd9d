// Chance, in two halves: `SeededRandom`, whose whole sequence follows from one seed, for simulation and tests; and
// fair draws (a number, a pick, a shuffle) from any `Random`, so that nobody scales random bytes by hand.
// SeededRandom is fast and even, and predictable to whoever sees some of it: never a source of real keys.

import { sha256 } from "@noble/hashes/sha2.js";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { concatBytes, utf8Encode } from "./bytes.ts";
import { assert, GlowError } from "./errors.ts";

/** What is drawn from: the shape of `Random` (src/glow.ts), which base, being below it, does not import. */
export interface ByteSource {
  fill(target: Uint8Array): void;
}

/** A seed as a person gives it. `7`, `7n` and `"7"` are the same seed, so that what a failure prints can be typed. */
export type Seed = number | bigint | string;

/** A stream of bytes: two fills of 8 give the same as one of 16. The same on every machine. */
export class SeededRandom implements ByteSource {
  /** What the stream and its children follow from; does not change as bytes are drawn. */
  readonly #key: Uint8Array;
  readonly #generator: RandomGenerator;
  /** Bytes of the last word that were not asked for yet, lowest first. */
  #word = 0;
  #left = 0;

  constructor(seed: Seed) {
    assert(typeof seed !== "number" || Number.isSafeInteger(seed), `a seed is a whole number below 2^53, not ${seed}`);
    this.#key = sha256(utf8Encode(`glow seed ${seed}`));
    this.#generator = generatorFrom(this.#key);
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) {
      if (this.#left === 0) {
        this.#word = this.#generator.next();
        this.#left = 4;
      }
      target[i] = this.#word;
      this.#word >>>= 8;
      this.#left--;
    }
  }

  /**
   * The child stream of this name. It depends on the parent's seed and the label alone, not on what was drawn from
   * the parent or which other children there are: a new consumer disturbs none of the others. The same label gives
   * the same stream again, so labels must differ where streams must.
   */
  fork(label: string): SeededRandom {
    const child = sha256(concatBytes([this.#key, utf8Encode(label)]));
    return new SeededRandom(child.toHex());
  }
}

function generatorFrom(key: Uint8Array): RandomGenerator {
  const view = new DataView(key.buffer, key.byteOffset, 16);
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => view.getInt32(at, true)));
}

// A draw is rejected with a chance below one half: this many in a row mean that the source is broken, not bad luck.
const maxRejections = 200;

/** A whole number from 0 to `bound - 1`, each equally likely. `bound` is from 1 to 2^53. */
export function integerBelow(random: ByteSource, bound: number): number {
  assert(bound >= 1 && bound <= 2 ** 53 && Number.isInteger(bound), `a bound is a whole number above 0, not ${bound}`);
  const range = bound <= 2 ** 32 ? 2 ** 32 : 2 ** 53;
  // The last, incomplete run of `bound` values would favour the small ones.
  const fair = range - (range % bound);
  for (let i = 0; i < maxRejections; i++) {
    const drawn = range === 2 ** 32 ? bits32(random) : bits53(random);
    if (drawn < fair) return drawn % bound;
  }
  throw new GlowError("internal", "random.draw", { message: `${maxRejections} draws in a row were out of range` });
}

/** A number from 0 up to, but not including, 1: a multiple of 2^-53. */
export function float(random: ByteSource): number {
  return bits53(random) / 2 ** 53;
}

/** True with this probability: never for 0, always for 1. */
export function chance(random: ByteSource, probability: number): boolean {
  assert(probability >= 0 && probability <= 1, `a probability is from 0 to 1, not ${probability}`);
  return float(random) < probability;
}

/** One of `items`, which must not be empty. */
export function pick<Item>(random: ByteSource, items: readonly Item[]): Item {
  assert(items.length > 0, "there must be something to pick from");
  return items[integerBelow(random, items.length)] as Item;
}

/** The items in an order drawn from all orders alike (Fisher and Yates), as a new array. */
export function shuffled<Item>(random: ByteSource, items: readonly Item[]): Item[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = integerBelow(random, i + 1);
    const moved = order[i] as Item;
    order[i] = order[j] as Item;
    order[j] = moved;
  }
  return order;
}

/** `lengthBytes` random bytes: an id (16 and more never meet by accident), a nonce, a seed. */
export function randomBytes(random: ByteSource, lengthBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  random.fill(bytes);
  return bytes;
}

// Shared by all draws: nothing can come between filling and reading it.
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

function bits32(random: ByteSource): number {
  random.fill(scratch.subarray(0, 4));
  return scratchView.getUint32(0, true);
}

function bits53(random: ByteSource): number {
  random.fill(scratch);
  const high = scratchView.getUint32(0, true) >>> 11;
  return high * 2 ** 32 + scratchView.getUint32(4, true);
}
