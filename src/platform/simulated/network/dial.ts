// One attempt to connect: a request that is sent again while nobody answers, an answer, and a way to give up. As in
// TCP, the listening side has its end as soon as the request arrives, and may so be left with a pipe nobody wants.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import { transportLimits } from "#base/limits.ts";
import type { Address, Pipe } from "#glow";
import type { Incarnation } from "../incarnation.ts";
import { toNs } from "../time/nanoseconds.ts";
import type { TimelineEvent } from "../time/timeline.ts";
import { Flow } from "./flow.ts";
import type { Host } from "./host.ts";
import type { SimulatedNetwork } from "./network.ts";
import { SimulatedPipe } from "./pipe.ts";
import type { SimAddress } from "./sim-address.ts";

/** A request that was lost is sent again after this, then after twice as long, and so on (RFC 6298, 2.1). */
const resendMs = 1000;

export class Dial {
  readonly #network: SimulatedNetwork;
  readonly #incarnation: Incarnation;
  readonly #address: Address;
  readonly #to: SimAddress;
  readonly #signal: AbortSignal | undefined;
  readonly #aborted = () => this.#fail("cancelled", "the dial was given up by its caller");
  readonly #resolve: (pipe: Pipe) => void;
  readonly #reject: (error: GlowError) => void;
  #timeout: TimelineEvent | undefined;
  #pipe: SimulatedPipe | undefined;
  #over = false;

  constructor(
    network: SimulatedNetwork,
    incarnation: Incarnation,
    address: Address,
    to: SimAddress,
    signal: AbortSignal | undefined,
    settle: { resolve: (pipe: Pipe) => void; reject: (error: GlowError) => void },
  ) {
    this.#network = network;
    this.#incarnation = incarnation;
    this.#address = address;
    this.#to = to;
    this.#signal = signal;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
  }

  start(): void {
    const { timeline } = this.#network;
    this.#signal?.addEventListener("abort", this.#aborted);
    this.#incarnation.record("dial", this.#address);
    this.#timeout = this.#incarnation.schedule(toNs(transportLimits.dialMs), () => {
      this.#fail("unavailable", `nobody answered at ${this.#address} for ${transportLimits.dialMs} ms`);
    });
    const out = this.#network.wire(this.#incarnation.node, this.#to.node);
    const extraNs = out.dialDelayNs();
    if (extraNs === undefined) {
      this.#incarnation.schedule(out.flightNs(), () => this.#fail("unavailable", `dialling ${this.#address} failed`));
      return;
    }
    timeline.schedule(extraNs, () => this.#request(resendMs));
  }

  #request(resendAfterMs: number): void {
    if (this.#over || !this.#incarnation.alive) return;
    const { timeline } = this.#network;
    const { node: from } = this.#incarnation;
    const { node: to } = this.#to;
    const resend = () => this.#request(resendAfterMs * 2);
    if (!this.#network.passes(from, to)) {
      timeline.schedule(toNs(resendAfterMs), resend);
      return;
    }
    timeline.schedule(this.#network.wire(from, to).flightNs(), () => {
      if (this.#over || !this.#incarnation.alive) return;
      if (this.#network.passes(from, to)) this.#requested();
      else timeline.schedule(toNs(resendAfterMs), resend);
    });
  }

  /** The request has arrived. */
  #requested(): void {
    const { timeline } = this.#network;
    const host = this.#network.host(this.#to.node);
    const there = host?.incarnation;
    const pauseNs = (there?.pausedUntilNs ?? 0) - timeline.nowNs;
    const accept = host?.acceptors.get(this.#to.port);
    if (host === undefined || there === undefined || accept === undefined) this.#refused();
    else if (pauseNs > 0) timeline.schedule(pauseNs, () => this.#request(resendMs));
    else this.#connect(host, there, accept);
  }

  #refused(): void {
    const back = this.#network.wire(this.#to.node, this.#incarnation.node);
    this.#incarnation.schedule(back.flightNs(), () => {
      this.#fail("unavailable", `nobody listens at ${this.#address}`);
    });
  }

  #connect(host: Host, there: Incarnation, accept: (pipe: SimulatedPipe) => void): void {
    const { node } = this.#incarnation;
    const label = this.#network.nextPipeLabel(node, this.#to);
    const own = this.#network.host(node) as Host;
    const near = new SimulatedPipe(
      this.#incarnation,
      host.name,
      label,
      (pipe) => this.#ended(own, pipe),
      () => this.#open(),
    );
    const far = new SimulatedPipe(there, node, label, (pipe) => host.pipes.delete(pipe));
    const network = this.#network;
    const nearOut = new Flow(network, network.wire(node, host.name), near, far);
    near.connect(nearOut, () => network.pieceRandom(label, "dialled"));
    const farOut = new Flow(network, network.wire(host.name, node), far, near);
    far.connect(farOut, () => network.pieceRandom(label, "accepted"));
    own.pipes.add(near);
    host.pipes.add(far);
    this.#pipe = near;
    there.record("connect", label);
    far.out.send("open");
    there.run(() => accept(far));
  }

  #open(): void {
    if (this.#over) return;
    this.#incarnation.record("connect", this.#pipe?.label);
    this.#settle();
    const pipe = this.#pipe as SimulatedPipe;
    this.#incarnation.run(() => this.#resolve(pipe));
  }

  #ended(own: Host, pipe: SimulatedPipe): void {
    own.pipes.delete(pipe);
    this.#fail("unavailable", `${this.#address} broke off the dial`);
  }

  #fail(kind: ErrorKind, message: string): void {
    if (this.#over || !this.#incarnation.alive) return;
    this.#settle();
    this.#pipe?.abandon();
    this.#incarnation.record("dial-fail", `${this.#address}: ${kind}`);
    this.#incarnation.run(() => this.#reject(new GlowError(kind, "network.dial", { target: this.#address, message })));
  }

  #settle(): void {
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#aborted);
    if (this.#timeout !== undefined) this.#network.timeline.cancel(this.#timeout);
  }
}
