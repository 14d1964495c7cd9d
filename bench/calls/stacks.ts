// The stacks under comparison. A process loads the one that it measures, and no other.

import type { Stack } from "./stack.ts";

export const stackNames = ["hand-packed", "ws-json", "capnweb", "grpc-js", "firefly", "firefly-ws"] as const;
export type StackName = (typeof stackNames)[number];

/** The one that the others are measured by: what the bare socket gives. */
export const floorName: StackName = "hand-packed";

interface StackEntry {
  /** Versions and settings, for whoever reads the figures. */
  readonly about: string;
  load(): Promise<Stack>;
}

export const stacks: Readonly<Record<StackName, StackEntry>> = {
  "hand-packed": {
    about: "node:net, frames written by hand, one write per turn, no errors and no limits: the floor",
    load: async () => (await import("./hand-packed.ts")).stack,
  },
  "ws-json": {
    about: "ws 8.23.0 without compression, one JSON text per message, bytes in base64",
    load: async () => (await import("./ws-json.ts")).stack,
  },
  capnweb: {
    about: "capnweb 0.12.0 over ws 8.23.0 without compression; items are a ReadableStream of one chunk each",
    load: async () => (await import("./capnweb.ts")).stack,
  },
  "grpc-js": {
    about: "@grpc/grpc-js 1.14.7 with proto-loader 0.8.0, HTTP/2 without TLS, one channel, defaults",
    load: async () => (await import("./grpc-js.ts")).stack,
  },
  firefly: {
    about: "Glow's Firefly over its TcpPipe, generated code, all limits on",
    load: async () => (await import("./firefly.ts")).overTcp,
  },
  "firefly-ws": {
    about: "the same over its WebSocketPipe, on ws 8.23.0 without compression",
    load: async () => (await import("./firefly.ts")).overWebSocket,
  },
};
