// The two ends of one resumable pipe as seen from outside the world: what each has sent and got, and whether it may end.
// A conversation outlives the programs that hold it, so that what a crash took away can be told from what got lost.

import { equalBytes } from "#base/bytes.ts";
import { assert, type GlowError } from "#base/errors.ts";
import { resumableLimits } from "#base/limits.ts";
import type { ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import type { PipeReceiver } from "#glow";

/** One end. Its packets can be told from all others by their bytes alone. */
export class ConversationEnd implements PipeReceiver {
  readonly name: string;
  readonly pipe: ResumablePipe;
  /** What was sent here, packet by packet, as sizes. */
  readonly sentSizes: number[] = [];
  received = 0;
  /** Set when its program has died, and takes no part any more. */
  isGone = false;
  end: GlowError | undefined;
  readonly #nowMs: () => number;
  readonly #peer: () => ConversationEnd | undefined;
  /** When the pipe was cut; undefined while it is connected. */
  #cutMs: number | undefined;
  #owesDrained = false;

  constructor(name: string, pipe: ResumablePipe, nowMs: () => number, peer: () => ConversationEnd | undefined) {
    this.name = name;
    this.pipe = pipe;
    this.#nowMs = nowMs;
    this.#peer = peer;
    pipe.onState = (state) => {
      if (state !== "closed") this.#cutMs = state === "reconnecting" ? nowMs() : undefined;
    };
  }

  get isOpen(): boolean {
    return !this.isGone && this.end === undefined;
  }

  send(sizeBytes: number): void {
    const packet = packetOf(this.name, this.sentSizes.length, sizeBytes);
    this.sentSizes.push(sizeBytes);
    const middle = Math.floor(sizeBytes / 3);
    if (!this.pipe.send([packet.subarray(0, middle), packet.subarray(middle)])) this.#owesDrained = true;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    const peer = this.#peer();
    const number = this.received++;
    assert(this.end === undefined, `${this.name} gets no packet after its end`);
    assert(peer !== undefined && number < peer.sentSizes.length, `${this.name} gets only what was sent`);
    const expected = packetOf(peer.name, number, peer.sentSizes[number] as number);
    assert(
      equalBytes(expected, bytes.subarray(start, end)),
      `${this.name} gets packet ${number} once, in order and whole`,
    );
  }

  drained(): void {
    assert(
      this.end === undefined && this.#owesDrained,
      `${this.name} hears \`drained\` only after \`send\` said false`,
    );
    this.#owesDrained = false;
  }

  closed(reason: GlowError): void {
    assert(this.end === undefined, `${this.name} ends once`);
    this.end = reason;
    assert(reason.kind === "disconnected", `${this.name} ends only because it was cut: ${reason.message}`);
    const peer = this.#peer();
    const isLeft = peer === undefined || !peer.isOpen;
    // Clocks run at up to twice the world's speed.
    const isLate = this.#cutMs !== undefined && this.#nowMs() - this.#cutMs >= resumableLimits.graceMs / 2;
    assert(
      isLeft || isLate,
      `${this.name} ends only if the other end is gone or it was cut for long: ${reason.message}`,
    );
  }

  /** What is still to come here, in words; undefined if nothing is. */
  missing(): string | undefined {
    const sent = this.#peer()?.sentSizes.length ?? 0;
    if (this.received < sent) return `${this.name} has ${this.received} of ${sent} packets`;
    if (this.pipe.state !== "connected") return `${this.name} is ${this.pipe.state}`;
    return this.#owesDrained ? `${this.name} has not heard \`drained\`` : undefined;
  }

  /** Throws if a cut had more sent again than the window. */
  checkResent(): void {
    const { resentBytes, reconnects } = this.pipe;
    assert(
      resentBytes <= reconnects * resumableLimits.windowBytes,
      `${this.name} sends at most a window again per cut`,
    );
  }
}

export interface Conversation {
  readonly client: string;
  readonly near: ConversationEnd;
  far: ConversationEnd | undefined;
}

function packetOf(name: string, number: number, sizeBytes: number): Uint8Array {
  const packet = new Uint8Array(sizeBytes);
  let state = number + 1;
  for (let i = 0; i < name.length; i++) state = Math.imul(state, 31) + name.charCodeAt(i);
  for (let i = 0; i < sizeBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    packet[i] = state >>> 24;
  }
  return packet;
}
