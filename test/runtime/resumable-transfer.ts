// Sends a long stream of bytes over a resumable pipe whose connections are real and are cut again and again, and says
// what became of it. The test and the long version of it use this.

import { createHash, type Hash } from "node:crypto";
import type { GlowError } from "#base/errors.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import type { Address, Pipe, PipeReceiver } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { CuttingProxy } from "./cutting-proxy.ts";

const packetBytes = 64 * 1024;

export interface TransferOptions {
  readonly scheme: "tcp" | "ws";
  readonly totalBytes: number;
  readonly cuts: number;
  /** Called at each cut, for a script that shows progress. */
  readonly onCut?: (cut: number, resentBytes: number) => void;
}

export interface Transfer {
  readonly receivedBytes: number;
  /** SHA-256 of what was sent and of what has come. */
  readonly sentHash: string;
  readonly receivedHash: string;
  readonly cuts: number;
  readonly reconnects: number;
  /** What was sent again after each reconnect, in bytes. */
  readonly resentBytes: readonly number[];
  readonly tookMs: number;
  /** Of this process, in which both ends and the proxy run. */
  readonly peakResidentBytes: number;
}

export async function transfer(options: TransferOptions): Promise<Transfer> {
  const { scheme, totalBytes, cuts } = options;
  const clock = new NodeClock();
  const powers = { clock, timers: new NodeTimers(), random: new NodeRandom() };
  const network = new NodeNetwork();
  const sink = new Sink(totalBytes);
  const acceptor = new ResumableAcceptor({ ...powers, accept: (pipe) => sink.attachTo(pipe) });
  const listener = await network.listen(`${scheme}://127.0.0.1:0` as Address, (pipe) => acceptor.take(pipe));
  const cutsAt = Array.from({ length: cuts }, (_, i) => ((i + 0.5) * totalBytes) / cuts);
  const proxy = await CuttingProxy.open(Number(new URL(listener.address).port), cutsAt);

  const beganMs = clock.monotonicMs();
  const dial = (signal: AbortSignal) => network.dial(`${scheme}://127.0.0.1:${proxy.port}` as Address, signal);
  const pipe = await dialResumable({ ...powers, dial });
  const source = new Source(pipe, totalBytes);
  const resentBytes = watchResent(pipe, options.onCut);
  source.start();
  await Promise.race([sink.all, source.ended]);
  const tookMs = clock.monotonicMs() - beganMs;

  pipe.close();
  await source.ended.catch(() => undefined);
  proxy.close();
  await listener.close();
  return {
    receivedBytes: sink.receivedBytes,
    sentHash: source.hash.digest("hex"),
    receivedHash: sink.hash.digest("hex"),
    cuts: proxy.cuts,
    reconnects: pipe.reconnects,
    resentBytes: resentBytes(),
    tookMs,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Notes what is sent again after each reconnect; the function returned yields it, up to now. */
function watchResent(pipe: ResumablePipe, onCut: TransferOptions["onCut"]): () => number[] {
  const each: number[] = [];
  let before = 0;
  const note = () => {
    each.push(pipe.resentBytes - before);
    before = pipe.resentBytes;
  };
  pipe.onState = (state) => {
    // What a reconnect had sent again is known when the next cut comes.
    if (state === "reconnecting" && pipe.reconnects > 0) note();
    if (state === "reconnecting") onCut?.(pipe.reconnects + 1, pipe.resentBytes);
  };
  return () => {
    note();
    return each;
  };
}

class Source implements PipeReceiver {
  readonly hash: Hash = createHash("sha256");
  /** Rejects when the pipe ends before its user closed it. */
  readonly ended: Promise<void>;
  readonly #pipe: Pipe;
  #leftBytes: number;
  #word = 1;
  #end: (error: GlowError) => void = () => undefined;

  constructor(pipe: Pipe, totalBytes: number) {
    this.#pipe = pipe;
    this.#leftBytes = totalBytes;
    this.ended = new Promise((_resolve, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => undefined);
    pipe.attach(this);
  }

  start(): void {
    for (let room = true; room && this.#leftBytes > 0; ) room = this.#pipe.send([this.#nextPacket()]);
  }

  packet(): void {
    throw new Error("nothing is sent to the source");
  }

  drained(): void {
    this.start();
  }

  closed(reason: GlowError): void {
    this.#end(reason);
  }

  #nextPacket(): Uint8Array {
    const words = new Uint32Array(packetBytes / 4);
    for (let i = 0; i < words.length; i++)
      words[i] = this.#word = (Math.imul(this.#word, 1_664_525) + 1_013_904_223) >>> 0;
    const packet = new Uint8Array(words.buffer, 0, Math.min(packetBytes, this.#leftBytes));
    this.#leftBytes -= packet.length;
    this.hash.update(packet);
    return packet;
  }
}

class Sink implements PipeReceiver {
  readonly hash: Hash = createHash("sha256");
  /** Resolves when all bytes have come. */
  readonly all: Promise<void>;
  receivedBytes = 0;
  readonly #totalBytes: number;
  #hasAll: () => void = () => undefined;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
    this.all = new Promise((resolve) => {
      this.#hasAll = resolve;
    });
  }

  attachTo(pipe: Pipe): void {
    pipe.attach(this);
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.hash.update(bytes.subarray(start, end));
    this.receivedBytes += end - start;
    if (this.receivedBytes >= this.#totalBytes) this.#hasAll();
  }

  drained(): void {
    throw new Error("the sink sends nothing");
  }

  closed(): void {
    // Told to the source as well, which is listened to.
  }
}
