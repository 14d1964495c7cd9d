// The hashes of a space's batches, sorted by bytes, with fingerprints of any range of them: what is compared where the
// positions of authors cannot tell what is missing (forks, holes). After A. Meyer, "Range-Based Set Reconciliation" (2023):
// two sets whose fingerprints are equal are taken to be equal, and of two that differ the halves are compared.
//
//   fingerprint = BLAKE3( "glow range" 00 | count (u64) | sum of the hashes without their tags, mod 2^256 (32 bytes) )
//
// numbers big-endian; the hash stands without its tag. A sum, since it can be kept for blocks and put together for any
// range. Who may sign batches can, with much work (Wagner's generalized birthday), find two sets with the same sum: then
// others may miss batches of that author's own forks. Nobody can do it to the batches of somebody else.

import { compareBytes, concatBytes, fromHex, toHex, utf8Encode } from "#base/bytes.ts";
import { bytesOf } from "#base/suites.ts";
import type { Crypto, Hash, HashRange, RangeFingerprint } from "#glow";

/** A block is split when it has more; a range's ends cost as much as a block has. */
const mostInBlock = 32;
const prefix = utf8Encode("glow range\0");

interface Block {
  hashes: Hash[];
  sum: bigint;
}

export class BatchHashSet {
  readonly #blocks: Block[] = [];
  #count = 0;

  /** `hashes` are sorted by bytes, each once. */
  constructor(hashes: readonly Hash[]) {
    for (let at = 0; at < hashes.length; at += mostInBlock) {
      const block = hashes.slice(at, at + mostInBlock);
      this.#blocks.push({ hashes: block, sum: sumOf(block) });
    }
    this.#count = hashes.length;
  }

  get count(): number {
    return this.#count;
  }

  has(hash: Hash): boolean {
    const block = this.#blocks[this.#blockOf(hash)];
    if (block === undefined) return false;
    const found = block.hashes[lowerBound(block.hashes, hash)];
    return found !== undefined && compareBytes(found, hash) === 0;
  }

  /** Does nothing if it is there already. */
  add(hash: Hash): void {
    const index = this.#blockOf(hash);
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push({ hashes: [hash], sum: sumOf([hash]) });
      this.#count++;
      return;
    }
    const at = lowerBound(block.hashes, hash);
    const next = block.hashes[at];
    if (next !== undefined && compareBytes(next, hash) === 0) return;
    block.hashes.splice(at, 0, hash);
    block.sum += sumOf([hash]);
    this.#count++;
    if (block.hashes.length <= mostInBlock) return;
    const upper = block.hashes.splice(mostInBlock / 2);
    const sum = sumOf(upper);
    block.sum -= sum;
    this.#blocks.splice(index + 1, 0, { hashes: upper, sum });
  }

  fingerprint(crypto: Crypto, range: HashRange): RangeFingerprint {
    let count = 0;
    let sum = 0n;
    for (const { block, from, to } of this.#slices(range)) {
      count += to - from;
      sum += from === 0 && to === block.hashes.length ? block.sum : sumOf(block.hashes.slice(from, to));
    }
    return { count, fingerprint: fingerprintOf(crypto, count, sum) };
  }

  /** The first `limit` in the range. */
  within(range: HashRange, limit: number): Hash[] {
    const found: Hash[] = [];
    for (const { block, from, to } of this.#slices(range)) {
      found.push(...block.hashes.slice(from, Math.min(to, from + limit - found.length)));
      if (found.length >= limit) break;
    }
    return found;
  }

  countWithin(range: HashRange): number {
    let count = 0;
    for (const { from, to } of this.#slices(range)) count += to - from;
    return count;
  }

  /** Where `parts` - 1 cuts divide the range into parts with as many hashes each, or as near as may be. */
  cuts(range: HashRange, parts: number): Hash[] {
    const slices = [...this.#slices(range)];
    const count = slices.reduce((sum, { from, to }) => sum + to - from, 0);
    const cuts: Hash[] = [];
    let passed = 0;
    for (const { block, from, to } of slices) {
      for (let next = at(); next !== undefined && next < passed + to - from; next = at()) {
        cuts.push(block.hashes[from + next - passed] as Hash);
      }
      passed += to - from;
    }
    return cuts;

    function at(): number | undefined {
      const nth = cuts.length + 1;
      return nth < parts ? Math.floor((count * nth) / parts) : undefined;
    }
  }

  /** The parts of blocks that lie in the range, in order; none of them is empty. */
  *#slices({ from, to }: HashRange): Iterable<{ block: Block; from: number; to: number }> {
    for (let index = this.#blockOf(from); index < this.#blocks.length; index++) {
      const block = this.#blocks[index] as Block;
      if (to !== undefined && compareBytes(block.hashes[0] as Hash, to) >= 0) return;
      const start = lowerBound(block.hashes, from);
      const end = to === undefined ? block.hashes.length : lowerBound(block.hashes, to);
      if (start < end) yield { block, from: start, to: end };
    }
  }

  /** The block that holds a hash if any does: the last one that begins with it or before it. */
  #blockOf(hash: Uint8Array): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes((this.#blocks[middle] as Block).hashes[0] as Hash, hash) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** Where the first hash lies that does not come before `bound`. */
function lowerBound(hashes: readonly Hash[], bound: Uint8Array): number {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(hashes[middle] as Hash, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Not reduced: sums of blocks are, when a fingerprint is made of them. */
function sumOf(hashes: readonly Hash[]): bigint {
  let sum = 0n;
  for (const hash of hashes) sum += BigInt(`0x${toHex(bytesOf("blake3", hash))}`);
  return sum;
}

function fingerprintOf(crypto: Crypto, count: number, sum: bigint): Uint8Array {
  const number = fromHex(count.toString(16).padStart(16, "0"));
  const total = fromHex(BigInt.asUintN(256, sum).toString(16).padStart(64, "0"));
  return bytesOf("blake3", crypto.hash("blake3", concatBytes([prefix, number, total])));
}
