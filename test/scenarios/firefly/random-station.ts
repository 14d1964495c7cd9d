// What random operations are done on: two sides that offer the same, and a record of all that has to come true of it.

import { duplicate } from "#firefly/codec/stub.ts";
import type { CallContext, CallOptions, Stream } from "#firefly/runtime.ts";
import type { FireflySession } from "#firefly/session/session.ts";
import {
  type Chain,
  type ChainStub,
  type Echo,
  EchoInterface,
  EchoStub,
  type Inspection,
  type Listener,
  type ListenerStub,
  type Message,
} from "../../interfaces/generated/sample.ts";
import { type Offer, SessionPair } from "./session-pair.ts";
import type { Valve } from "./valve.ts";

/** Notes what it hears: `handle:number`, with rising numbers for each handle. */
export class Ear implements Listener {
  readonly texts: string[] = [];

  heard(text: string): string {
    this.texts.push(text);
    return text;
  }
}

/** A chain that knows how often it was disposed of. */
class Link implements Chain, Disposable {
  disposals = 0;
  readonly #station: Station;
  readonly #value: number;

  constructor(station: Station, value: number) {
    this.#station = station;
    this.#value = value;
    station.links.push(this);
  }

  next(): Chain {
    return new Link(this.#station, this.#value + 1);
  }

  value(): number {
    if (this.disposals > 0) throw new Error("it was disposed of before");
    return this.#value;
  }

  itself(listener: ListenerStub): Listener {
    return duplicate(listener);
  }

  [Symbol.dispose](): void {
    this.disposals++;
  }
}

/** The root of a side. */
export class Station implements Partial<Echo> {
  readonly links: Link[] = [];
  readonly kept: ListenerStub[] = [];
  produced = 0;
  open = 0;

  increment(value: number): number {
    return value + 1;
  }

  async echo(message: Message): Promise<Message> {
    await Promise.resolve();
    return message;
  }

  first(): Chain {
    return new Link(this, 0);
  }

  async give(): Promise<Chain> {
    await Promise.resolve();
    return new Link(this, 0);
  }

  inspect(): Inspection {
    const nested = { chain: new Link(this, 10), listener: null };
    return { chain: new Link(this, 1), label: "", nested };
  }

  giveMany(count: number): Chain[] {
    return Array.from({ length: count }, (_, value) => new Link(this, value));
  }

  keep(callback: ListenerStub): void {
    this.kept.push(duplicate(callback));
  }

  call(listener: ListenerStub, text: string): Promise<string> {
    return listener.heard(text);
  }

  *items(count: number): Generator<Message> {
    this.open++;
    try {
      for (let id = 0; id < count; id++) yield { id, name: "" };
    } finally {
      this.open--;
    }
  }

  async sum(values: Stream<number>): Promise<bigint> {
    let sum = 0n;
    for await (const value of values) sum += BigInt(value);
    return sum;
  }

  sleep(_ms: number, context?: CallContext): Promise<void> {
    return new Promise((_resolve, reject) => {
      context?.signal.addEventListener("abort", () => reject(context.signal.reason));
    });
  }

  release(): void {
    for (const listener of this.kept.splice(0)) listener[Symbol.dispose]();
  }
}

export type SideName = "near" | "far";

/** A side as its program sees it: the root of the other, and what it has got from there. */
export class Side {
  readonly station = new Station();
  readonly chains: { readonly stub: ChainStub; readonly value: number }[] = [];
  readonly ears: { readonly stub: ListenerStub; readonly handle: number; next: number }[] = [];
  readonly streams: Stream<Message>[] = [];
  root: EchoStub | undefined;
}

/** Two sides, on one session or with a middle between them. */
export class RandomWorld {
  readonly near = new Side();
  readonly far = new Side();
  readonly pairs: readonly SessionPair[];
  readonly ear = new Ear();
  /** What every call came to; each has to settle, as `expected` says, or with an error of a kind that it may have. */
  readonly outcomes: Promise<string | undefined>[] = [];
  readonly controllers: AbortController[] = [];
  handles = 0;

  constructor(hops: 1 | 2) {
    const near = { type: EchoInterface, object: this.near.station };
    const far = { type: EchoInterface, object: this.far.station };
    if (hops === 1) {
      this.pairs = [new SessionPair({ host: far, caller: near })];
    } else {
      const outer: SessionPair = new SessionPair({ caller: near, host: passedOn(() => inner.near.root(EchoStub)) });
      const inner: SessionPair = new SessionPair({ caller: passedOn(() => outer.far.root(EchoStub)), host: far });
      this.pairs = [outer, inner];
    }
    this.near.root = this.pairs[0]?.near.root(EchoStub);
    this.far.root = this.pairs.at(-1)?.far.root(EchoStub);
  }

  get sessions(): readonly FireflySession[] {
    return this.pairs.flatMap((pair) => [pair.near, pair.far]);
  }

  /** In both directions of every hop. */
  get valves(): readonly Valve[] {
    return this.pairs.flatMap((pair) => [pair.there, pair.back]);
  }

  get defects(): readonly unknown[] {
    return this.pairs.flatMap((pair) => pair.defects);
  }

  /** Options with a signal, for a call that may be given up later. */
  options(): CallOptions {
    const controller = new AbortController();
    this.controllers.push(controller);
    return { signal: controller.signal };
  }

  /** Notes a call; its outcome is undefined if it is as it should be. */
  expect<Result>(name: string, call: PromiseLike<Result>, isRight: (result: Result) => boolean): void {
    const outcome = (async (): Promise<string | undefined> => {
      try {
        const result = await call;
        return isRight(result) ? undefined : `${name} came to ${String(result)}`;
      } catch (thrown) {
        const { kind } = thrown as { kind?: string };
        return kind === "cancelled" || kind === "released" ? undefined : `${name} failed: ${String(thrown)}`;
      }
    })();
    this.outcomes.push(outcome);
  }
}

/** A root that is a stub of another session, which does not exist yet. */
function passedOn(stub: () => EchoStub): Offer {
  let root: EchoStub | undefined;
  const object = new Proxy(
    {},
    {
      get: (_target, name) => {
        root ??= stub();
        return Reflect.get(root, name) as unknown;
      },
    },
  );
  return { type: EchoInterface, object };
}
