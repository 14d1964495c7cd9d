// The contents of one file on a simulated medium: what programs read (the cache), and what may be found after a crash.
//
// A medium writes whole sectors, each at a time of its own until `sync` is over. So for each sector that was written
// since the last sync, the file keeps what it may turn out to hold: the durable bytes and those of every write since.
// The size is such a thing too. Sectors are never changed in place, only replaced, so cache and medium share them.

import { GlowError } from "#base/errors.ts";
import { chance, integerBelow, pick } from "#base/random.ts";
import type { Random } from "#glow";

/** A write or a truncation that was asked for and is not over yet. */
export type FileChange = { readonly offset: number; readonly bytes: Uint8Array } | { readonly sizeBytes: number };

/** What a crash did to what was not synced. */
export type CrashOutcome = "kept" | "lost" | "torn";

/** What a sector or the size may turn out to be, the durable value first, each with the change that made it. */
interface Candidates<Value> {
  values: { readonly change: number; readonly value: Value }[];
  /** Whether the next sync makes the cache's value durable. Not so after a sync that failed: see `failSync`. */
  dirty: boolean;
}

/** Values kept per sector between syncs. Past it the oldest but the durable one is forgotten, and cannot be found then. */
const mostCandidates = 8;

export class SectorFile {
  readonly sectorBytes: number;
  readonly #zeros: Uint8Array;
  #sizeBytes = 0;
  /** By sector number; absent ones are zeros. */
  readonly #sectors = new Map<number, Uint8Array>();
  readonly #unsynced = new Map<number, Candidates<Uint8Array>>();
  #unsyncedSize: Candidates<number> | undefined;
  /** Changes since the last sync. */
  #change = 0;
  readonly #underWay = new Set<FileChange>();
  readonly #unreadable = new Set<number>();

  constructor(sectorBytes: number) {
    this.sectorBytes = sectorBytes;
    this.#zeros = new Uint8Array(sectorBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Whether a crash may lose something. */
  get isDirty(): boolean {
    return this.#unsynced.size > 0 || this.#unsyncedSize !== undefined || this.#underWay.size > 0;
  }

  /** `corrupt` where a sector cannot be read. */
  read(offset: number, lengthBytes: number): Uint8Array {
    const end = Math.min(offset + lengthBytes, this.#sizeBytes);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    for (let at = offset; at < end; ) {
      const number = Math.floor(at / this.sectorBytes);
      if (this.#unreadable.has(number)) {
        throw new GlowError("corrupt", "file.read", { message: `sector ${number} of the medium cannot be read` });
      }
      const start = at - number * this.sectorBytes;
      const sector = this.#sectors.get(number);
      const taken = Math.min(this.sectorBytes - start, end - at);
      if (sector !== undefined) bytes.set(sector.subarray(start, start + taken), at - offset);
      at += taken;
    }
    return bytes;
  }

  /** A change is asked for: from now on a crash may leave any part of it. */
  begin(change: FileChange): void {
    this.#underWay.add(change);
  }

  complete(change: FileChange): void {
    this.#underWay.delete(change);
    this.#apply(change);
  }

  /** The change fails; of a write, the first `keepBytes` were done. */
  fail(change: FileChange, keepBytes: number): void {
    this.#underWay.delete(change);
    if ("bytes" in change && keepBytes > 0) {
      this.#apply({ offset: change.offset, bytes: change.bytes.subarray(0, keepBytes) });
    }
  }

  /** All that was completed is durable. */
  sync(): void {
    for (const [number, { dirty }] of this.#unsynced) if (dirty) this.#unsynced.delete(number);
    if (this.#unsyncedSize?.dirty === true) this.#unsyncedSize = undefined;
    this.#change = 0;
  }

  /**
   * The medium failed while syncing. Of what was not synced any part is durable, and the system then forgets that the
   * rest is not: programs go on reading it from the cache, and a later sync that succeeds does not save it. (This is
   * what Linux did to PostgreSQL; see Rebello et al., "Can Applications Recover from fsync Failures?", 2020.)
   */
  failSync(random: Random): void {
    for (const candidates of this.#unsynced.values()) settleOn(candidates, pick(random, candidates.values));
    if (this.#unsyncedSize !== undefined) settleOn(this.#unsyncedSize, pick(random, this.#unsyncedSize.values));
    this.#change = 0;
  }

  /** The program died, the system lives: the cache is kept, and of changes under way each is done or not. */
  kill(random: Random): void {
    for (const change of this.#underWay) if (chance(random, 0.5)) this.#apply(change);
    this.#underWay.clear();
  }

  /** The power went: the cache is lost. Draws what the medium holds of what was not synced. */
  losePower(random: Random): CrashOutcome {
    for (const change of this.#underWay) this.#apply(change);
    this.#underWay.clear();
    const outcome = this.#drawOutcome(random);
    this.#unsynced.clear();
    this.#unsyncedSize = undefined;
    this.#change = 0;
    this.#dropBehindEnd();
    return outcome;
  }

  /** Flips one bit of a sector, as an old or faulty medium does. Syncing does not help. */
  flipBit(number: number, bit: number): void {
    const held = this.#unsynced.get(number)?.values[0];
    const flipped = (held?.value ?? this.#sectors.get(number) ?? this.#zeros).slice();
    const at = Math.floor(bit / 8) % this.sectorBytes;
    flipped[at] = (flipped[at] as number) ^ (1 << (bit % 8));
    if (held === undefined) this.#sectors.set(number, flipped);
    else this.#unsynced.get(number)?.values.splice(0, 1, { change: held.change, value: flipped });
  }

  /** The sector gives an error when it is read, until it is written again. */
  makeUnreadable(number: number): void {
    this.#unreadable.add(number);
  }

  #apply(change: FileChange): void {
    this.#change++;
    if ("bytes" in change) this.#write(change.offset, change.bytes);
    else this.#truncate(change.sizeBytes);
  }

  #write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    // One copy for all sectors that are written whole: they are views of it.
    const own = bytes.slice();
    for (let number = Math.floor(offset / this.sectorBytes); number * this.sectorBytes < end; number++) {
      const start = number * this.sectorBytes;
      const from = Math.max(start, offset);
      const to = Math.min(start + this.sectorBytes, end);
      const written = own.subarray(from - offset, to - offset);
      this.#replace(
        number,
        written.length === this.sectorBytes ? written : this.#overlaid(number, written, from - start),
      );
      this.#unreadable.delete(number);
    }
    // Where a sync failed, what is written again brings its size along.
    if (end > this.#sizeBytes || this.#unsyncedSize?.dirty === false) this.#resize(Math.max(end, this.#sizeBytes));
  }

  #truncate(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      for (const number of this.#sectors.keys()) {
        const start = number * this.sectorBytes;
        if (start >= sizeBytes) this.#replace(number, this.#zeros);
        else if (start + this.sectorBytes > sizeBytes) {
          this.#replace(number, this.#overlaid(number, this.#zeros.subarray(sizeBytes - start), sizeBytes - start));
        }
      }
    }
    if (sizeBytes !== this.#sizeBytes) this.#resize(sizeBytes);
  }

  #overlaid(number: number, bytes: Uint8Array, at: number): Uint8Array {
    const sector = (this.#sectors.get(number) ?? this.#zeros).slice();
    sector.set(bytes, at);
    return sector;
  }

  #replace(number: number, sector: Uint8Array): void {
    const durable = this.#sectors.get(number) ?? this.#zeros;
    this.#unsynced.set(number, withCandidate(this.#unsynced.get(number), durable, sector, this.#change));
    this.#sectors.set(number, sector);
  }

  #resize(sizeBytes: number): void {
    this.#unsyncedSize = withCandidate(this.#unsyncedSize, this.#sizeBytes, sizeBytes, this.#change);
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Three ways to lose power, since different defects show in each: the medium had written nothing or all, or had
   * written in order and was stopped within a change, or had written each sector when it liked.
   */
  #drawOutcome(random: Random): CrashOutcome {
    if (!this.isDirty) return "kept";
    const way = integerBelow(random, 4);
    if (way === 0) return this.#settle(() => 0, "lost");
    if (way === 1) return this.#settle((values) => values.length - 1, "kept");
    if (way === 2) return this.#settle((values) => integerBelow(random, values.length), "torn");
    const last = integerBelow(random, this.#change + 1);
    return this.#settle((values) => lastBefore(values, chance(random, 0.5) ? last : last - 1), "torn");
  }

  #settle(choose: (values: readonly { change: number }[]) => number, outcome: CrashOutcome): CrashOutcome {
    for (const [number, { values, dirty }] of this.#unsynced) {
      const chosen = dirty ? values[choose(values)] : values[0];
      if (chosen !== undefined) this.#sectors.set(number, chosen.value);
    }
    const size = this.#unsyncedSize;
    const chosen = size?.dirty === true ? size.values[choose(size.values)] : size?.values[0];
    if (chosen !== undefined) this.#sizeBytes = chosen.value;
    return outcome;
  }

  /** What the medium holds behind the file's end is nobody's: a file that grows over it reads zeros. */
  #dropBehindEnd(): void {
    for (const [number, sector] of this.#sectors) {
      const kept = this.#sizeBytes - number * this.sectorBytes;
      if (kept <= 0 || sector === this.#zeros) this.#sectors.delete(number);
      else if (kept < this.sectorBytes)
        this.#sectors.set(number, this.#overlaid(number, this.#zeros.subarray(kept), kept));
    }
  }
}

function withCandidate<Value>(
  candidates: Candidates<Value> | undefined,
  durable: Value,
  value: Value,
  change: number,
): Candidates<Value> {
  const kept = candidates ?? { values: [{ change: 0, value: durable }], dirty: true };
  kept.values.push({ change, value });
  kept.dirty = true;
  if (kept.values.length > mostCandidates) kept.values.splice(1, 1);
  return kept;
}

function settleOn<Value>(candidates: Candidates<Value>, chosen: { change: number; value: Value }): void {
  candidates.values = [{ change: 0, value: chosen.value }];
  candidates.dirty = false;
}

/** The latest of the values that changes up to `last` had made. */
function lastBefore(values: readonly { change: number }[], last: number): number {
  let index = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as { change: number }).change <= last) index = i;
  return index;
}
