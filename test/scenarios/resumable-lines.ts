// What the stories about resumable pipes are played on: a dialling and an accepting side, virtual time, and between
// them lines that a story breaks where it wants to, which a network drawn from a seed does only by luck.

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumableLimits, ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import type { Clock, Pipe, PipeReceiver, Timer, Timers } from "#glow";
import { nsPerMs } from "#platform/simulated/time/nanoseconds.ts";
import { Timeline } from "#platform/simulated/time/timeline.ts";

/** The dialling side is `near`. */
export type Side = "near" | "far";

export const other = { near: "far", far: "near" } as const;

export class Lines {
  readonly timeline = new Timeline(() => new Promise((resolve) => setImmediate(resolve)));
  readonly clock: Clock = { monotonicMs: () => this.timeline.nowMs, wallMs: () => this.timeline.nowMs };
  readonly timers: Timers = {
    after: (delayMs, task): Timer => {
      // Up, since a timer is never early.
      const event = this.timeline.schedule(Math.ceil(delayMs * nsPerMs), this.#entering(task));
      return { cancel: () => this.timeline.cancel(event) };
    },
    endOfTurn: (task) => this.timeline.endOfTurn(this.#entering(task)),
  };
  readonly random = new SeededRandom("lines");
  readonly powers = { timers: this.timers, clock: this.clock, random: this.random };
  readonly limits: Partial<ResumableLimits>;
  readonly acceptor: ResumableAcceptor;
  /** Every pipe that the acceptor handed out. */
  readonly accepted: ResumablePipe[] = [];
  readonly all: Line[] = [];
  /** How long packets take. */
  latencyMs = 5;
  /** Bytes that may be on the way in one direction of a line before its `send` says false. */
  roomBytes: number = fireflyLimits.sendHighWaterBytes;
  /** False: nobody answers at the other side. */
  reachable = true;
  /** Called with each new pipe on the accepting side, in its first turn. */
  onAccept: (pipe: ResumablePipe) => void = () => undefined;
  /** Called before a packet is put on a line. */
  onSend: (line: Line, from: Side, packet: Uint8Array) => void = () => undefined;

  constructor(limits: Partial<ResumableLimits> = {}) {
    this.limits = limits;
    const accept = (pipe: ResumablePipe) => {
      this.accepted.push(pipe);
      this.onAccept(pipe);
    };
    this.acceptor = new ResumableAcceptor({ ...this.powers, limits, accept });
  }

  /** The line that was dialled last. */
  get last(): Line {
    return this.all.at(-1) as Line;
  }

  /** A raw connection to the acceptor. */
  readonly dial = async (): Promise<Pipe> => {
    await this.wait(2 * this.latencyMs);
    if (!this.reachable) throw new GlowError("unavailable", "network.dial", { message: "nobody answers" });
    const line = new Line(this);
    this.all.push(line);
    this.acceptor.take(line.far);
    return line.near;
  };

  dialResumable(limits = this.limits): Promise<ResumablePipe> {
    return dialResumable({ ...this.powers, dial: this.dial, limits });
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.timers.after(delayMs, resolve));
  }

  /** Lets virtual time pass until `work` is done, and returns what it yields. */
  async play<Result>(work: Promise<Result>): Promise<Result> {
    let over = false;
    const settled = work.finally(() => {
      over = true;
    });
    settled.catch(() => undefined);
    await this.timeline.run({ stop: () => over });
    if (!over) throw new Error("nothing is left to happen, and the story is not over");
    return settled;
  }

  #entering(task: () => void): () => void {
    return () => {
      this.timeline.enter();
      task();
    };
  }
}

/** One connection: reliable and ordered until it is broken, each of its ends a Pipe. */
export class Line {
  readonly lines: Lines;
  readonly near: LineEnd = new LineEnd(this, "near");
  readonly far: LineEnd = new LineEnd(this, "far");
  readonly #arrivalMs = { near: 0, far: 0 };
  readonly #lost = { near: false, far: false };

  constructor(lines: Lines) {
    this.lines = lines;
  }

  /** Both ends hear of it. What is on the way is lost, but to the side `keep`. */
  cut(keep?: Side): void {
    this.lose("near");
    this.lose("far");
    this.end("near", keep === "near" ? this.lines.latencyMs : 0);
    this.end("far", keep === "far" ? this.lines.latencyMs : 0);
    if (keep !== undefined) this[keep].keepsArriving = true;
  }

  /** Nothing arrives at this side any more, and nobody is told. */
  lose(side: Side): void {
    this.#lost[side] = true;
  }

  /** This side is told that the connection is gone. */
  end(side: Side, delayMs = 0): void {
    this.lines.timers.after(delayMs, () => this[side].finish("the line was cut"));
  }

  /** Whatever is sent to this side arrives so much later. */
  stall(side: Side, delayMs: number): void {
    this.#arrivalMs[side] = Math.max(this.#arrivalMs[side], this.lines.clock.monotonicMs()) + delayMs;
  }

  /** Carries something to a side, behind what was sent before. */
  carry(to: Side, arrive: () => void): void {
    const nowMs = this.lines.clock.monotonicMs();
    this.#arrivalMs[to] = Math.max(this.#arrivalMs[to], nowMs + this.lines.latencyMs);
    const wasLost = this.#lost[to];
    this.lines.timers.after(this.#arrivalMs[to] - nowMs, () => {
      if (!wasLost && (!this.#lost[to] || this[to].keepsArriving)) arrive();
    });
  }
}

export class LineEnd implements Pipe {
  readonly line: Line;
  readonly side: Side;
  /** Bytes on the way to the other side. */
  bufferedBytes = 0;
  keepsArriving = false;
  #receiver: PipeReceiver | undefined;
  #congested = false;
  #closing = false;
  #ended = false;

  constructor(line: Line, side: Side) {
    this.line = line;
    this.side = side;
  }

  attach(receiver: PipeReceiver): void {
    if (this.#receiver !== undefined) throw new Error("a second receiver");
    this.#receiver = receiver;
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#closing || this.#ended) return false;
    const packet = concatBytes(parts);
    this.line.lines.onSend(this.line, this.side, packet);
    this.bufferedBytes += packet.length;
    this.line.carry(other[this.side], () => {
      this.bufferedBytes -= packet.length;
      this.line[other[this.side]].arrive(packet);
      if (!this.#congested || this.bufferedBytes > this.line.lines.roomBytes) return;
      this.#congested = false;
      if (!this.#closing && !this.#ended) this.#receiver?.drained();
    });
    this.#congested ||= this.bufferedBytes > this.line.lines.roomBytes;
    return !this.#congested;
  }

  close(): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    this.line.carry(other[this.side], () => this.line[other[this.side]].finish("closed by the other side"));
    this.line.end(this.side);
  }

  arrive(packet: Uint8Array): void {
    if (this.#closing || this.#ended) return;
    // Not all of its buffer, as a receiver has to expect.
    const padded = concatBytes([Uint8Array.of(0xee), packet, Uint8Array.of(0xee)]);
    this.#receiver?.packet(padded, 1, packet.length + 1);
  }

  finish(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#receiver?.closed(new GlowError("disconnected", "pipe.receive", { message: why }));
  }
}
