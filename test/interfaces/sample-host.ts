// Offers the sample interface on every pipe that it is handed, plain or resumable.

import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Pipe } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { EchoInterface } from "./generated/sample.ts";
import { SampleEcho } from "./sample-echo.ts";

export class SampleHost {
  readonly #timers = new NodeTimers();
  readonly #clock = new NodeClock();
  readonly #object = new SampleEcho(this.#timers);
  readonly #acceptor = new ResumableAcceptor({
    timers: this.#timers,
    clock: this.#clock,
    random: new NodeRandom(),
    accept: (pipe) => void this.take(pipe),
  });

  take(pipe: Pipe): FireflySession {
    const root = { type: EchoInterface, object: this.#object };
    return new FireflySession(pipe, { timers: this.#timers, clock: this.#clock, root });
  }

  takeResumable(pipe: Pipe): void {
    this.#acceptor.take(pipe);
  }
}
