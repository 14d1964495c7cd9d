// What the processes of a line are asked, and what they answer.

import type { ContestantName } from "./contestants.ts";
import type { WorkloadName } from "./workload.ts";

/** Of every process; answered by `Usage`. */
export interface UsageRequest {
  readonly do: "usage";
}

export interface Usage {
  /** Since the process began. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

export type ReceiverRequest =
  | UsageRequest
  /** Answered by the address. */
  | { readonly do: "listen"; readonly contestant: ContestantName }
  /** Of a line with relays; answered by the address that the sender connects to. */
  | { readonly do: "book"; readonly relay: string }
  /** From now on the bytes of this workload come; `echo`: all that comes is to be sent back. */
  | { readonly do: "expect"; readonly what: WorkloadName | "echo" }
  /** Answered when so many bytes have come, each of them right, by the time on `clockMs` at which the last one did. */
  | { readonly do: "arrived"; readonly bytes: number };

/** `relay` is answered by the address. */
export type RelayRequest =
  | UsageRequest
  | { readonly do: "relay"; readonly contestant: ContestantName; readonly next: string };

export type SenderRequest =
  | UsageRequest
  | { readonly do: "connect"; readonly contestant: ContestantName; readonly address: string }
  /** Answered by `Sent`. */
  | { readonly do: "send"; readonly workload: WorkloadName; readonly seconds: number }
  /** One after the other; answered by the median time of one, in ms. */
  | { readonly do: "round-trips"; readonly seconds: number }
  /** `count` connections, each from the call to the first byte that comes back; answered by the median, in ms. */
  | { readonly do: "connects"; readonly count: number };

export interface Sent {
  readonly bytes: number;
  /** On `clockMs`. */
  readonly startMs: number;
}
