// Three hosts in a line, whose ends have no route to each other: they become one user by invitation, find the path, and
// send a long stream over it. All that the middle one sees is searched for what it must not see. Its wires are recorded
// by proxies in front of it, since no more than a TCP connection can be recorded without a packet socket.

import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Sightings, searchFile, searchMemory } from "./byte-search.ts";
import type { FlowReport } from "./host-messages.ts";
import { markerBytes } from "./marked-flow.ts";
import type { MeshHost } from "./mesh-host.ts";
import { becomeOneUser, type MeshNetwork } from "./mesh-network.ts";

const program = join(import.meta.dirname, "recording-proxy.ts");
const [proxyPort, nodePort] = [5001, 4001];

export interface LineHosts {
  readonly left: MeshHost;
  readonly middle: MeshHost;
  readonly right: MeshHost;
}

export interface Transfer {
  readonly sent: FlowReport;
  readonly received: FlowReport;
  readonly tookMs: number;
  readonly marker: string;
  /** While the stream ran, of the marker. */
  readonly leftMemory: Sightings;
  readonly middleMemory: Sightings;
}

/** The keys of some node's links and sessions, in hex. */
export interface LineKeys {
  /** Those that only the ends have. */
  readonly session: readonly string[];
  /** Those of the link between left and middle. */
  readonly link: readonly string[];
}

/** The ends reach the middle by its proxies alone, since they do not listen themselves. */
export async function startLine(network: MeshNetwork): Promise<LineHosts> {
  const { wires } = network;
  await wires.addLine(["left", "middle", "right"]);
  await mkdir(recordings(network));
  const words = [String(proxyPort), String(nodePort), recordings(network)];
  await wires.start("middle", program, ...words).hear((message) => message === "listening");
  const [middle, left, right] = await Promise.all([
    network.start("middle", {
      listen: [`tcp://127.0.0.1:${nodePort}`],
      told: [`tcp://10.77.1.2:${proxyPort}`, `tcp://10.77.2.1:${proxyPort}`],
    }),
    network.start("left", {}),
    network.start("right", {}),
  ]);
  await becomeOneUser(middle, left, right);
  // Whoever has just joined links anew, as a member: so the last one comes first.
  await right.until(({ devices, routes }) => devices.length === 3 && routes[left.id] !== undefined);
  await Promise.all([left.reaches(right), middle.reaches(right), middle.reaches(left)]);
  return { left, middle, right };
}

/** Sends so many bytes from the left to the right end, and searches memories when half of it is there. */
export async function transfer({ left, middle, right }: LineHosts, sizeBytes: number): Promise<Transfer> {
  const marker = randomBytes(markerBytes).toString("hex");
  const sinceMs = performance.now();
  await left.call({ do: "send", to: right.id, marker, sizeBytes });
  const whole = right.call<FlowReport>({ do: "received", atLeastBytes: Number.MAX_SAFE_INTEGER });
  const timed = whole.then((received) => ({ received, tookMs: performance.now() - sinceMs }));
  await right.call<FlowReport>({ do: "received", atLeastBytes: sizeBytes / 4 });
  const [leftMemory, middleMemory] = await Promise.all([
    searchMemory(left.pid, [marker]),
    searchMemory(middle.pid, [marker]),
  ]);
  const [sent, { received, tookMs }] = await Promise.all([left.call<FlowReport>({ do: "endFlow" }), timed]);
  return { sent, received, tookMs, marker, leftMemory, middleMemory };
}

/** A key that two hosts have is one between them: nobody draws the same by chance. */
export async function keysOf({ left, middle, right }: LineHosts): Promise<LineKeys> {
  const asked = [left, middle, right].map((host) => host.call<readonly string[]>({ do: "keys" }));
  const [ofLeft = [], ofMiddle = [], ofRight = []] = await Promise.all(asked);
  return {
    session: ofLeft.filter((key) => ofRight.includes(key)),
    link: ofLeft.filter((key) => ofMiddle.includes(key)),
  };
}

export interface Recording {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What went over the middle host's wires, a file for each way of each connection; the longest first. */
export async function recordingsOf(network: MeshNetwork): Promise<Recording[]> {
  const paths = (await readdir(recordings(network))).map((name) => join(recordings(network), name));
  const all = await Promise.all(paths.map(async (path) => ({ path, sizeBytes: (await stat(path)).size })));
  return all.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/** All needles in all recordings. */
export async function searchRecordings(network: MeshNetwork, needles: readonly string[]): Promise<Sightings> {
  const counts = new Map(needles.map((needle) => [needle, 0]));
  let searchedBytes = 0;
  for (const { path } of await recordingsOf(network)) {
    const seen = await searchFile(path, needles);
    for (const [needle, count] of seen.counts) counts.set(needle, (counts.get(needle) ?? 0) + count);
    searchedBytes += seen.searchedBytes;
  }
  return { counts, searchedBytes };
}

/** Bytes of a recording, from evenly spread places, in hex. */
export async function samplesOf({ path, sizeBytes }: Recording, count: number): Promise<string[]> {
  await using file = await open(path);
  const samples: string[] = [];
  for (let i = 1; i <= count; i++) {
    const { buffer } = await file.read(Buffer.alloc(16), 0, 16, Math.floor((sizeBytes * i) / (count + 1)));
    samples.push(buffer.toString("hex"));
  }
  return samples;
}

/** What the counters of the middle host's two cables say, both ways together, in bytes. */
export async function wireBytes({ wires }: MeshNetwork): Promise<number> {
  const [left, right] = await Promise.all(["left", "right"].map((name) => wires.passedBytes("middle", name)));
  return (left as number) + (right as number);
}

function recordings({ folder }: MeshNetwork): string {
  return join(folder, "recordings");
}
