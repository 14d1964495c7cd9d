// Two hosts with no way to each other but a third one, which carries their stream and learns nothing of it.

import { afterEach, beforeEach, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { searchMemory } from "./byte-search.ts";
import { keysOf, recordingsOf, samplesOf, searchRecordings, startLine, transfer, wireBytes } from "./line-story.ts";
import { MeshNetwork } from "./mesh-network.ts";

const MiB = 1024 * 1024;
const sizeBytes = 48 * MiB;
const missing = namespacesMissing();
let network: MeshNetwork;

beforeEach(async (context) => {
  context.skip(missing !== undefined, missing);
  network = await MeshNetwork.create();
});

afterEach(() => network?.dispose());

test("the ends of a line join by invitation, find the path, and send over a relay that sees nothing", async () => {
  const line = await startLine(network);
  const { left, middle, right } = line;
  expect(await network.wires.ip("left", "route")).toBe(
    "10.77.1.0/24 dev right proto kernel scope link src 10.77.1.1 \n",
  );
  await expect(left.call({ do: "dial", address: "tcp://10.77.2.2:4001" })).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(left.state.neighbours).toEqual([middle.id]);
  expect(right.state.neighbours).toEqual([middle.id]);
  expect(left.state.routes[right.id]).toEqual({ next: middle.id, hops: 2 });

  const beforeBytes = await wireBytes(network);
  const { sent, received, marker, leftMemory, middleMemory } = await transfer(line, sizeBytes);
  expect(received.sizeBytes).toBe(sizeBytes);
  expect(received.hash).toBe(sent.hash);

  // Memory: the search finds the plaintext where it is allowed to be, and the keys of those who have them.
  expect(leftMemory.counts.get(marker)).toBeGreaterThan(0);
  expect(middleMemory.counts.get(marker)).toBe(0);
  const keys = await keysOf(line);
  expect(keys.session.length).toBeGreaterThanOrEqual(2);
  const inLeft = await searchMemory(left.pid, [...keys.session, ...keys.link]);
  const inMiddle = await searchMemory(middle.pid, [marker, ...keys.session, ...keys.link]);
  for (const some of [keys.session, keys.link]) {
    expect(some.filter((key) => inLeft.counts.get(key) !== 0).length).toBeGreaterThanOrEqual(2);
  }
  expect(keys.link.filter((key) => inMiddle.counts.get(key) !== 0).length).toBeGreaterThanOrEqual(2);
  expect([marker, ...keys.session].filter((secret) => inMiddle.counts.get(secret) !== 0)).toEqual([]);

  // Wire: the recordings hold all that the cables carried, the search finds what is there, and no secret is.
  const [intoMiddle, outOfMiddle] = await recordingsOf(network);
  if (intoMiddle === undefined || outOfMiddle === undefined) throw new Error("nothing was recorded");
  const samples = await samplesOf(intoMiddle, 32);
  const onWire = await searchRecordings(network, [marker, ...keys.session, ...keys.link, ...samples]);
  expect(onWire.searchedBytes).toBeGreaterThan(0.9 * ((await wireBytes(network)) - beforeBytes));
  expect(onWire.searchedBytes).toBeGreaterThan(2 * sizeBytes);
  expect([marker, ...keys.session, ...keys.link].filter((secret) => onWire.counts.get(secret) !== 0)).toEqual([]);
  // Relayed bodies leave as they came: nobody on the way seals them anew.
  expect(samples.filter((sample) => (onWire.counts.get(sample) ?? 0) >= 2).length).toBeGreaterThan(24);
});
