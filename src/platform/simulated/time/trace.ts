// The diary of a simulated world: a running hash over every event, by which two runs are compared, and the last
// events in words, for the report of a failure.
//
// The hash is the body of MurmurHash3 (Appleby, public domain) in two lanes with different constants, 64 bits
// together. It is no cryptographic hash, and need not be: nobody tries to forge a trace, two runs of one program are
// compared. It costs nanoseconds where a hasher would cost a microsecond per event, and it can be read at any time.

import { simulationLimits } from "#base/limits.ts";

/** What can happen in a world. Append freely; the name goes into the hash. */
export type TraceKind =
  // nodes
  | "boot"
  | "ready"
  | "exit"
  | "kill"
  | "power-loss"
  | "pause"
  | "ghost"
  | "timer"
  | "clock-step"
  | "clock-rate"
  // network
  | "listen"
  | "dial"
  | "connect"
  | "dial-fail"
  | "send"
  | "packet"
  | "stuck"
  | "resume"
  | "give-up"
  | "close"
  | "reset"
  | "cut"
  | "barrier"
  | "heal"
  | "conditions"
  // disk
  | "open"
  | "read"
  | "write"
  | "truncate"
  | "sync"
  | "rename"
  | "remove"
  | "make-folder"
  | "sync-folder"
  | "disk-error"
  | "disk-fault"
  | "unsynced-kept"
  | "unsynced-lost"
  | "unsynced-torn"
  | "name-kept"
  | "name-lost"
  | "rot"
  // scenario
  | "operation"
  | "fault"
  | "phase"
  | "defect";

interface TraceLine {
  timeNs: number;
  who: string;
  kind: TraceKind;
  what: string;
  size: number;
}

export class Trace {
  #low = 0x2545f491;
  #high = 0x9e3779b9;
  #count = 0;
  readonly #counts = new Map<TraceKind, number>();
  readonly #lines: TraceLine[] = [];

  /** Events recorded so far. */
  get length(): number {
    return this.#count;
  }

  /** How often each kind of event came. */
  get counts(): ReadonlyMap<TraceKind, number> {
    return this.#counts;
  }

  /**
   * One event: when, who, what kind, what it concerned, and a number or two that tell it from others (a size, a
   * duration; a digest of the bytes, which goes into the hash but not into the words).
   */
  record(timeNs: number, who: string, kind: TraceKind, what = "", size = 0, digest = 0): void {
    this.#mix(timeNs | 0);
    this.#mix((timeNs / 0x1_0000_0000) | 0);
    this.#mixText(who);
    this.#mixText(kind);
    this.#mixText(what);
    this.#mix(size | 0);
    this.#mix(digest | 0);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#keep(timeNs, who, kind, what, size);
  }

  /** 16 hexadecimal digits that stand for everything recorded so far, in its order. */
  hash(): string {
    return hex(finish(this.#low ^ this.#count)) + hex(finish(this.#high ^ this.#low ^ this.#count));
  }

  /** The last events in words, the oldest first. */
  lastLines(count: number = simulationLimits.traceLines): string[] {
    const kept = this.#lines.length;
    const from = Math.max(0, this.#count - Math.min(count, kept));
    const lines: string[] = [];
    for (let i = from; i < this.#count; i++) lines.push(formatLine(this.#lines[i % simulationLimits.traceLines]));
    return lines;
  }

  #keep(timeNs: number, who: string, kind: TraceKind, what: string, size: number): void {
    const at = this.#count++ % simulationLimits.traceLines;
    const line = this.#lines[at];
    if (line === undefined) {
      this.#lines.push({ timeNs, who, kind, what, size });
      return;
    }
    line.timeNs = timeNs;
    line.who = who;
    line.kind = kind;
    line.what = what;
    line.size = size;
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(text.length);
  }

  #mix(word: number): void {
    let low = Math.imul(word, 0xcc9e2d51);
    low = Math.imul((low << 15) | (low >>> 17), 0x1b873593) ^ this.#low;
    this.#low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
    let high = Math.imul(word, 0x239b961b);
    high = Math.imul((high << 16) | (high >>> 16), 0xab0e9789) ^ this.#high;
    this.#high = (Math.imul((high << 17) | (high >>> 15), 5) + 0x561ccd1b) | 0;
  }
}

/**
 * 32 bits that stand for some bytes: all of them up to 1024, and 1024 spread evenly where there are more, so that a
 * packet of a megabyte costs little more than a small one.
 */
export function digestOf(parts: readonly Uint8Array[]): number {
  let digest = parts.length === 0 ? 1 : 0x811c9dc5;
  for (const part of parts) {
    const stride = Math.ceil(part.length / 1024);
    for (let i = 0; i < part.length; i += stride) digest = Math.imul(digest ^ (part[i] as number), 0x01000193);
    digest = Math.imul(digest ^ part.length, 0x01000193);
  }
  return digest;
}

function finish(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function formatLine(line: TraceLine | undefined): string {
  if (line === undefined) return "";
  const time = (line.timeNs / 1e6).toFixed(3).padStart(12);
  const size = line.size === 0 ? "" : ` (${line.size})`;
  return `${time} ms  ${line.who.padEnd(12)} ${line.kind.padEnd(14)} ${line.what}${size}`;
}
