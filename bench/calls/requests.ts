// What the processes of a measurement are asked, and what they answer.

import type { StackName } from "./stacks.ts";
import type { WorkloadName } from "./workload.ts";

/** Of a server: `serve` returns the port, `cpu` the microseconds used since the process began. */
export type ServerRequest = { readonly do: "serve"; readonly stack: StackName } | { readonly do: "cpu" };

export type ClientRequest =
  | { readonly do: "connect"; readonly stack: StackName; readonly port: number }
  /** Whether the stack offers what the workload needs. */
  | { readonly do: "offers"; readonly workload: WorkloadName }
  | { readonly do: "run"; readonly workload: WorkloadName; readonly seconds: number }
  /** `count` echoes with `lanes` under way at a time; returns the median time of one, in ms. */
  | { readonly do: "echo"; readonly count: number; readonly lanes: number }
  /** Five dependent calls, `count` times; returns the median time of the five, in ms. */
  | { readonly do: "dependent"; readonly count: number };

export interface Work {
  readonly operations: number;
  readonly seconds: number;
  /** Of the client. */
  readonly cpuUs: number;
}

export interface Connected {
  readonly pipelines: boolean;
}

export interface Timed {
  readonly medianMs: number;
}

/** Of a proxy: `start` returns its port; `counts` waits until nothing comes any more, and begins from zero again. */
export type ProxyRequest =
  | { readonly do: "start"; readonly port: number; readonly oneWayMs: number }
  | { readonly do: "counts" };

export interface Traffic {
  readonly toServerBytes: number;
  readonly toClientBytes: number;
  /** Pieces as the proxy read them: about one for each write of the sender. */
  readonly toServerPieces: number;
  readonly toClientPieces: number;
}
