// The stacks under comparison. A process loads the one that it measures, and no other.

import { nodeFlags } from "../../scripts/node-flags.mjs";
import type { Contestant } from "./contestant.ts";

export const contestantNames = ["glow", "node-net", "node-tls", "libp2p"] as const;
export type ContestantName = (typeof contestantNames)[number];

interface ContestantEntry {
  /** Versions and settings, for whoever reads the figures. */
  readonly about: string;
  /** How many relays it can have in a line. */
  readonly mostRelays: number;
  /** What its processes are started with, as they would be outside of here. */
  readonly nodeFlags?: readonly string[];
  /** Brings what is not among the packages of this project; throws, and says why, where it can't. */
  prepare?(say: (text: string) => void): Promise<void>;
  load(): Promise<Contestant>;
}

export const contestants: Readonly<Record<ContestantName, ContestantEntry>> = {
  glow: {
    about: "a node in each process, one stream of a session from end to end; AES-256-GCM",
    mostRelays: 2,
    nodeFlags,
    load: async () => (await import("./glow.ts")).contestant,
  },
  "node-net": {
    about: "the bare socket, nothing encrypted; its relays join sockets: the floor",
    mostRelays: 2,
    load: async () => (await import("./node-net.ts")).contestant,
  },
  "node-tls": {
    about: "TLS 1.3 with AES-256-GCM, the server proves who it is; relays as above, which see only ciphertext",
    mostRelays: 2,
    load: async () => (await import("./node-tls.ts")).contestant,
  },
  libp2p: {
    about: "js-libp2p 3.3.11: TCP, Noise (ChaCha20-Poly1305), yamux; circuit relay v2 without its limits",
    mostRelays: 1,
    prepare: async (say) => (await import("../peers/libp2p/packages.ts")).install(say),
    load: async () => (await import("../peers/libp2p/contestant.ts")).contestant,
  },
};
