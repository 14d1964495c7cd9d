// A sender, a receiver and the relays between them, of one contestant, each in a fresh process.

import { join } from "node:path";
import { Child } from "../harness/child.ts";
import type { Interruption } from "../harness/interruption.ts";
import { oneCoreCommand } from "../harness/one-core.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import type { ReceiverRequest, RelayRequest, SenderRequest, Sent, Usage } from "./requests.ts";
import type { WorkloadName } from "./workload.ts";

/** How much longer than it is to work a process may take to answer. */
const patienceSeconds = 30;
/** An echo that is not back after so long does not come. */
const echoPatienceMs = 300;

type LineRequest = ReceiverRequest | RelayRequest | SenderRequest;

export interface LineOptions {
  readonly relays: number;
  /** All on the same core, where the system can do that. */
  readonly oneCore: boolean;
}

/** What it took to get bytes through the line. */
export interface Transfer {
  readonly bytes: number;
  readonly seconds: number;
  readonly senderCpuUs: number;
  readonly receiverCpuUs: number;
  /** Of each relay, the sender's first. */
  readonly relayCpuUs: readonly number[];
}

/** Of the process of the line that has most of it. */
export interface Memory {
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

export class Line {
  readonly #contestant: ContestantName;
  readonly #sender: Child;
  readonly #relays: readonly Child[];
  readonly #receiver: Child;

  private constructor(contestant: ContestantName, { relays, oneCore }: LineOptions) {
    const under = oneCore ? oneCoreCommand : undefined;
    this.#contestant = contestant;
    const { nodeFlags } = contestants[contestant];
    this.#sender = new Child(script("sender"), under, nodeFlags);
    this.#relays = Array.from({ length: relays }, () => new Child(script("relay"), under, nodeFlags));
    this.#receiver = new Child(script("receiver"), under, nodeFlags);
  }

  /** Runs `measure` with a fresh line through which a message has gone there and back. */
  static run<Result>(
    interruption: Interruption,
    contestant: ContestantName,
    options: LineOptions,
    measure: (line: Line) => Promise<Result>,
  ): Promise<Result> {
    const line = new Line(contestant, options);
    return interruption.withChildren(line.#processes(), async () => {
      await line.#connect();
      return measure(line);
    });
  }

  #processes(): Child[] {
    return [this.#sender, ...this.#relays, this.#receiver];
  }

  async #connect(): Promise<void> {
    const contestant = this.#contestant;
    let address = await this.#ask<string>(this.#receiver, { do: "listen", contestant });
    for (const relay of this.#relays.toReversed()) {
      const next = address;
      address = await this.#ask<string>(relay, { do: "relay", contestant, next });
    }
    if (this.#relays.length > 0) address = await this.#ask<string>(this.#receiver, { do: "book", relay: address });
    await this.#ask(this.#sender, { do: "connect", contestant, address });
    await this.#ask(this.#sender, { do: "round-trips", seconds: 0 });
  }

  /** `workingSeconds`: how long the process is to work before it answers. */
  async #ask<Result>(child: Child, request: LineRequest, workingSeconds = 0): Promise<Result> {
    const silence = Promise.withResolvers<never>();
    const late = (): void => silence.reject(new Error("no answer came"));
    const timer = setTimeout(late, (workingSeconds + patienceSeconds) * 1000);
    try {
      return await Promise.race([child.request<Result>(request), silence.promise]);
    } catch (error) {
      throw new Error(`"${request.do}"`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #usages(): Promise<Usage[]> {
    return Promise.all(this.#processes().map((each) => this.#ask<Usage>(each, { do: "usage" })));
  }

  async memory(): Promise<Memory> {
    const usages = await this.#usages();
    return {
      rssBytes: Math.max(...usages.map(({ rssBytes }) => rssBytes)),
      peakRssBytes: Math.max(...usages.map(({ peakRssBytes }) => peakRssBytes)),
    };
  }

  /** One way, for `seconds` and until the last byte has come; each byte is checked. */
  async transfer(workload: WorkloadName, seconds: number): Promise<Transfer> {
    await this.#ask(this.#receiver, { do: "expect", what: workload });
    const before = await this.#usages();
    const send: SenderRequest = { do: "send", workload, seconds };
    const { bytes, startMs } = await this.#ask<Sent>(this.#sender, send, seconds);
    const endMs = await this.#ask<number>(this.#receiver, { do: "arrived", bytes });
    const after = await this.#usages();
    const cpuUs = after.map((usage, i) => usage.cpuUs - (before[i] as Usage).cpuUs);
    return {
      bytes,
      seconds: (endMs - startMs) / 1000,
      senderCpuUs: cpuUs[0] as number,
      receiverCpuUs: cpuUs.at(-1) as number,
      relayCpuUs: cpuUs.slice(1, -1),
    };
  }

  /** The median of round trips, one at a time. */
  async roundTripMs(seconds: number): Promise<number> {
    await this.#ask(this.#receiver, { do: "expect", what: "echo" });
    return this.#ask<number>(this.#sender, { do: "round-trips", seconds }, seconds);
  }

  /** The median of connections, one at a time, each from its beginning to the first byte that comes back. */
  async connectMs(count: number): Promise<number> {
    await this.#ask(this.#receiver, { do: "expect", what: "echo" });
    return this.#ask<number>(this.#sender, { do: "connects", count });
  }

  /** Whether what is sent goes through the relays: nothing comes back without them. The line is of no use after that. */
  async isRelayed(): Promise<boolean> {
    await this.#ask(this.#receiver, { do: "expect", what: "echo" });
    await Promise.all(this.#relays.map((relay) => relay.stop()));
    const silence = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => silence.resolve(true), echoPatienceMs);
    const echo = this.#ask(this.#sender, { do: "round-trips", seconds: 0 });
    const isCut = echo.then(
      () => false,
      () => true,
    );
    try {
      return await Promise.race([isCut, silence.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function script(name: "sender" | "relay" | "receiver"): string {
  return join(import.meta.dirname, `${name}-process.ts`);
}
