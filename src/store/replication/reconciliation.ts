// Finds out which batches a peer has and this device has not, where positions cannot tell: compares fingerprints of
// ranges of hashes, and lists the ranges that differ when they have become small (Meyer, "Range-Based Set Reconciliation",
// 2023). What the peer lacks, the peer finds out likewise.

import { compareBytes, equalBytes, fromHex, toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Crypto, Hash, HashRange, RangeFingerprint, Replica } from "#glow";
import type { BatchHashSet } from "./batch-hash-set.ts";

/** Into so many parts a range is cut that differs: more make fewer round trips, and longer ones. */
const parts = 16;
/** A range with so many of the peer's hashes is listed: they are no more bytes than the fingerprints of its parts. */
const listedHashes = 32;
const listsAtOnce = 16;
/** To find one missing hash among millions of shared ones takes about as many ranges. */
const rangesPerHash = 6 * parts;
const boundBytes = 33;

/**
 * Hashes of batches that the peer claims to have and that `own` lacks, page by page. `protocol` if what it says makes no
 * sense, or leads nowhere.
 */
export async function* missingHashes(
  crypto: Crypto,
  own: BatchHashSet,
  replica: Replica,
): AsyncGenerator<readonly Hash[]> {
  let open: HashRange[] = [{ from: new Uint8Array(0), to: undefined }];
  let patience = replicationLimits.comparedRanges + own.count;
  while (open.length > 0) {
    const page = open.slice(0, replicationLimits.ranges);
    open = open.slice(page.length);
    patience -= page.length;
    if (patience < 0) throw violation("its fingerprints lead nowhere");
    const theirs = await replica.fingerprints(page);
    if (theirs.length !== page.length) throw violation(`${theirs.length} fingerprints for ${page.length} ranges`);
    const listed: HashRange[] = [];
    const halves: HashRange[] = [];
    for (const [index, range] of page.entries()) {
      const what = compare(crypto, own, range, theirs[index] as RangeFingerprint);
      if (what === "list") listed.push(range);
      else if (what === "cut") halves.push(...cut(own, range));
    }
    // In depth first: what is found pays for what is asked.
    open = [...halves, ...open];
    for await (const missing of missingFrom(own, replica, listed)) {
      patience += rangesPerHash * missing.length;
      yield missing;
    }
  }
}

function compare(crypto: Crypto, own: BatchHashSet, range: HashRange, theirs: RangeFingerprint) {
  if (theirs.count === 0) return "same";
  const mine = own.fingerprint(crypto, range);
  if (mine.count === theirs.count && equalBytes(mine.fingerprint, theirs.fingerprint)) return "same";
  const most = mine.count === 0 ? replicationLimits.rangeHashes : listedHashes;
  return theirs.count <= most ? "list" : "cut";
}

/** What is in these ranges there and not here. */
async function* missingFrom(
  own: BatchHashSet,
  replica: Replica,
  ranges: readonly HashRange[],
): AsyncGenerator<readonly Hash[]> {
  for (let at = 0; at < ranges.length; at += listsAtOnce) {
    const some = ranges.slice(at, at + listsAtOnce);
    const lists = await Promise.all(some.map((range) => replica.hashes(range)));
    const missing: Hash[] = [];
    for (const [index, list] of lists.entries()) {
      if (list.length > replicationLimits.rangeHashes) throw violation(`${list.length} hashes in one list`);
      for (const hash of list) {
        if (!isWithin(hash, some[index] as HashRange)) throw violation("a hash outside the range that was asked for");
        if (!own.has(hash)) missing.push(hash);
      }
    }
    if (missing.length > 0) yield missing;
  }
}

function isWithin(hash: Uint8Array, { from, to }: HashRange): boolean {
  return compareBytes(hash, from) >= 0 && (to === undefined || compareBytes(hash, to) < 0);
}

/** By this device's own hashes; where it has few, by the room between the ends. */
function cut(own: BatchHashSet, range: HashRange): HashRange[] {
  const cuts = own.countWithin(range) >= parts ? own.cuts(range, parts) : evenCuts(range);
  const bounds = cuts.filter((bound, at) => compareBytes(bound, cuts[at - 1] ?? range.from) > 0);
  if (bounds.length === 0) throw violation("it has many hashes where there is room for one");
  return [...bounds, range.to].map((to, at) => ({ from: bounds[at - 1] ?? range.from, to }));
}

function evenCuts({ from, to }: HashRange): Uint8Array[] {
  const low = numberOf(from, "0");
  const high = to === undefined ? numberOf(new Uint8Array(0), "f") : numberOf(to, "0");
  const cuts: Uint8Array[] = [];
  for (let nth = 1n; nth < parts; nth++) {
    const bound = low + ((high - low) * nth) / BigInt(parts);
    cuts.push(fromHex(bound.toString(16).padStart(2 * boundBytes, "0")));
  }
  return cuts;
}

function numberOf(bound: Uint8Array, fill: string): bigint {
  return BigInt(`0x${toHex(bound.subarray(0, boundBytes)).padEnd(2 * boundBytes, fill)}`);
}

function violation(what: string): GlowError {
  return new GlowError("protocol", "replica.compare", { message: `the peer breaks the protocol: ${what}` });
}
