// What a test and the program of a host (host.ts) say to each other, as lines of JSON. A call has a number, which its
// answer bears; a host's state comes by itself, whenever it has changed.

import type { Address, NodeId } from "#glow";

export interface HostOptions {
  readonly name: string;
  readonly diskRoot: string;
  readonly listen?: readonly string[];
  /** What it says about where it listens, if that is not what is true. */
  readonly told?: readonly string[];
  /** Finds others by multicast DNS. */
  readonly discovery?: boolean;
}

export type HostCall =
  | { readonly do: "createUser" }
  | { readonly do: "invite" }
  | { readonly do: "join"; readonly code: string }
  | { readonly do: "revoke"; readonly node: NodeId }
  | { readonly do: "dial"; readonly address: string; readonly expected?: NodeId }
  /** Sends a marked flow (marked-flow.ts) until it is told to end it, or so many bytes; answered when it is under way. */
  | { readonly do: "send"; readonly to: NodeId; readonly marker: string; readonly sizeBytes?: number }
  /** Answered with a FlowReport when the receiver has everything. */
  | { readonly do: "endFlow" }
  /** Answered with a FlowReport, once there are so many bytes. */
  | { readonly do: "received"; readonly atLeastBytes: number }
  /** The longest silence counts from now on. */
  | { readonly do: "listenAnew" }
  /** Every key that was made ready for use so far, in hex. */
  | { readonly do: "keys" }
  | { readonly do: "stop" };

/** One end's view of a flow: how much, and which bytes in which order. */
export interface FlowReport {
  readonly sizeBytes: number;
  /** SHA-256, in hex; once it has ended. */
  readonly hash?: string;
  /** Between two packets that came in; the time since the last one counts too. */
  readonly longestSilenceMs: number;
}

export interface HostState {
  readonly id: NodeId;
  readonly addresses: readonly Address[];
  readonly neighbours: readonly NodeId[];
  /** The next hop to each node that can be reached. */
  readonly routes: Readonly<Record<NodeId, { readonly next: NodeId; readonly hops: number }>>;
  /** The user's devices. */
  readonly devices: readonly NodeId[];
  /** What discovery says, whoever it is. */
  readonly found: Readonly<Record<NodeId, readonly Address[]>>;
}

export type HostMessage =
  | { readonly state: HostState }
  | { readonly call: number; readonly answer?: unknown }
  | { readonly call: number; readonly kind: string; readonly message: string };
