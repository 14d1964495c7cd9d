// Brings a new device together with the one that has invited it, where they reach each other only over a device between:
// that opens a stream to either and hands bytes on. Over it the two make a link, by the invitation's secret, so that what
// lies between learns no more than a relay does. It lasts until the new device belongs here, and relays serve it.
//
//   new device -> between    stream "glow introduction 1": NodeId of the one who invited (33 bytes)
//   between -> new device    one byte, 1: go on; then the packets of the link, both ways
//   between -> inviter       stream "glow introduced 1": the packets of the link, both ways

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { nodeLimits } from "#base/limits.ts";
import type { NodeId, Pipe, PipeReceiver, Router, Stream, Subscription, Timer, Timers } from "#glow";

const introductionProtocol = "glow introduction 1";
const introducedProtocol = "glow introduced 1";
const goOn = Uint8Array.of(1);

export interface IntroductionsOptions {
  readonly timers: Timers;
  readonly router: Router;
  /** Whether it is another device of the user, and no tab. */
  isDevice(node: NodeId): boolean;
  /** Somebody has been brought; he has shown nothing yet. */
  brought(pipe: Pipe): void;
}

export class Introductions {
  readonly #options: IntroductionsOptions;
  readonly #subscriptions: readonly Subscription[];
  readonly #underWay = new Set<Introduction>();

  constructor(options: IntroductionsOptions) {
    const { router } = options;
    this.#options = options;
    this.#subscriptions = [
      router.accept(introductionProtocol, (stream) => this.#introduce(stream)),
      router.accept(introducedProtocol, (stream, peer) => this.#brought(stream, peer)),
    ];
  }

  /** A way to `target` over a neighbour. `unavailable` if that has none either, `exhausted` if it has others to bring. */
  async ask(between: NodeId, target: NodeId, signal?: AbortSignal): Promise<Pipe> {
    const session = await this.#options.router.session(between, signal);
    const pipe = new IntroducedPipe(session.open(introductionProtocol, "interactive"));
    pipe.send([idBytes(target)]);
    const giveUp = (): void => pipe.close();
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      await pipe.ready;
      return pipe;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.stop();
    for (const each of this.#underWay) each.end(refusal("cancelled", "this node stops"));
  }

  #introduce(stream: Stream): void {
    if (this.#underWay.size >= nodeLimits.introductions) {
      stream.abort(refusal("exhausted", "others are being brought together just now: try again in a minute"));
      return;
    }
    const made = new Introduction(stream, this.#options, () => this.#underWay.delete(made));
    this.#underWay.add(made);
  }

  #brought(stream: Stream, peer: NodeId): void {
    if (this.#options.isDevice(peer)) this.#options.brought(stream);
    else stream.abort(refusal("denied", "only devices of the user bring others"));
  }
}

/** What passes through the node between, for one new device. */
class Introduction implements PipeReceiver {
  readonly #near: Stream;
  readonly #options: IntroductionsOptions;
  readonly #over: () => void;
  readonly #expires: Timer;
  #far: Stream | undefined;
  #isAsked = false;
  #isOver = false;
  #bytes = 0;

  constructor(near: Stream, options: IntroductionsOptions, over: () => void) {
    this.#near = near;
    this.#options = options;
    this.#over = over;
    this.#expires = options.timers.after(nodeLimits.strangerMs, () => {
      this.end(refusal("deadline", `it took longer than ${nodeLimits.strangerMs} ms`));
    });
    near.attach(this);
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    if (this.#far !== undefined) {
      this.#pass(bytes.subarray(start, end), this.#near, this.#far);
    } else if (this.#isAsked) {
      this.end(refusal("protocol", "it has to wait until the way is open"));
    } else {
      this.#isAsked = true;
      void this.#open(bytes.subarray(start, end));
    }
  }

  drained(): void {
    this.#far?.resume();
  }

  closed(reason: GlowError): void {
    this.end(reason);
  }

  end(reason: GlowError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#expires.cancel();
    for (const stream of [this.#near, this.#far]) stream?.abort(reason);
    this.#over();
  }

  async #open(asked: Uint8Array): Promise<void> {
    const { router, isDevice } = this.#options;
    try {
      const target = idText(asked) as NodeId;
      if (!isDevice(target) || router.route(target) === undefined) {
        throw refusal("unavailable", "the device that gave the invitation cannot be reached from here either");
      }
      const far = (await router.session(target)).open(introducedProtocol, "interactive");
      if (this.#isOver) return far.abort(refusal("cancelled", "who wanted to be brought has gone"));
      this.#far = far;
      far.attach({
        packet: (bytes, start, end) => this.#pass(bytes.subarray(start, end), far, this.#near),
        drained: () => this.#near.resume(),
        closed: (reason) => this.end(reason),
      });
      this.#near.send([goOn]);
    } catch (error) {
      this.end(GlowError.from(error, "introduction.open"));
    }
  }

  #pass(packet: Uint8Array, from: Stream, to: Stream): void {
    this.#bytes += packet.length;
    if (this.#bytes > nodeLimits.introductionBytes) {
      this.end(refusal("too-large", `at most ${nodeLimits.introductionBytes} bytes pass until it belongs here`));
    } else if (!to.send([packet])) {
      from.pause();
    }
  }
}

/** The new device's end: what comes after the byte that says go on. */
class IntroducedPipe implements Pipe, PipeReceiver {
  readonly ready: Promise<void>;
  readonly #stream: Stream;
  readonly #answered = Promise.withResolvers<void>();
  #isReady = false;
  #receiver: PipeReceiver | undefined;
  #ended: GlowError | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.ready = this.#answered.promise;
    stream.attach(this);
  }

  attach(receiver: PipeReceiver): void {
    this.#receiver = receiver;
    if (this.#ended !== undefined) receiver.closed(this.#ended);
  }

  send(parts: readonly Uint8Array[]): boolean {
    return this.#stream.send(parts);
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  close(): void {
    this.#stream.close();
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isReady) {
      this.#receiver?.packet(bytes, start, end);
    } else {
      this.#isReady = true;
      this.#answered.resolve();
    }
  }

  drained(): void {
    this.#receiver?.drained();
  }

  closed(reason: GlowError): void {
    this.#ended = reason;
    this.#answered.reject(reason);
    this.#receiver?.closed(reason);
  }
}

function refusal(kind: GlowError["kind"], message: string): GlowError {
  return new GlowError(kind, "introduction", { message });
}
