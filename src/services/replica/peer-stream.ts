// A stream of a peer, which may never send what it should, and which may be given up at any time: also while it is waited
// for, and before it is there.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import type { Stream } from "#firefly/codec/stream.ts";
import type { Timer, Timers } from "#glow";

export class PeerStream<Item> {
  readonly #timers: Timers;
  readonly #opening: Promise<Stream<Item>>;
  #stream: Stream<Item> | undefined;
  #isGivenUp = false;
  /** Ends the wait that is under way. */
  #leave: ((error: GlowError) => void) | undefined;

  constructor(timers: Timers, opening: Promise<Stream<Item>>) {
    this.#timers = timers;
    this.#opening = opening;
    opening.then(
      (stream) => {
        this.#stream = stream;
        if (this.#isGivenUp) stream[Symbol.dispose]();
      },
      // Whoever reads hears of it.
      () => undefined,
    );
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** What has come: undefined at the end, and when it is given up. `deadline` if nothing comes within the time. */
  async read(withinMs?: number): Promise<readonly Item[] | undefined> {
    if (this.#isGivenUp) return undefined;
    try {
      const stream = this.#stream;
      const batch = stream === undefined ? this.#opening.then((opened) => opened.readBatch()) : stream.readBatch();
      // What is there already needs no timer.
      return batch === undefined || Array.isArray(batch)
        ? batch
        : await this.#within(Promise.resolve(batch as PromiseLike<readonly Item[] | undefined>), withinMs);
    } catch (thrown) {
      if (this.#isGivenUp) return undefined;
      this.end();
      throw ofPeer(thrown);
    }
  }

  /** Gives it up: a read that is under way ends. */
  end(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#stream?.[Symbol.dispose]();
    this.#leave?.(new GlowError("cancelled", "replica.read", { message: "it was given up" }));
  }

  #within<Result>(work: Promise<Result>, withinMs: number | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      if (withinMs !== undefined) timer = this.#timers.after(withinMs, () => reject(stalled(withinMs)));
      this.#leave = reject;
      work.then(resolve, reject).finally(() => timer?.cancel());
    });
  }
}

/** What the other side calls a defect is one of its own, and to this side an answer like any other. */
export function ofPeer(thrown: unknown): GlowError {
  const error = GlowError.from(thrown, "replica.ask");
  const kind: ErrorKind = error.kind === "internal" ? "unavailable" : error.kind;
  return new GlowError(kind, error.op, { target: error.target, message: error.message, cause: error });
}

function stalled(withinMs: number): GlowError {
  const message = `the peer has sent nothing for ${withinMs} ms, in the middle of an answer`;
  return new GlowError("deadline", "replica.read", { message });
}
