// A stream goes on, whole and in order, when the relay that carries it is killed and when its sender moves to another
// address: the receiver hears nothing for less than two seconds.

import { afterEach, beforeEach, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { MeshNetwork } from "./mesh-network.ts";
import { OutageStory } from "./outage-story.ts";

const longestSilenceMs = 2000;
const missing = namespacesMissing();
let network: MeshNetwork;

beforeEach(async (context) => {
  context.skip(missing !== undefined, missing);
  network = await MeshNetwork.create();
});

afterEach(() => network?.dispose());

test("a stream outlives the relay that carries it, and the addresses of its sender", async () => {
  const story = await OutageStory.begin(network);
  for (let i = 0; i < 2; i++) expect(await story.killRelay()).toBeLessThan(longestSilenceMs);
  expect(await story.changeAddresses()).toBeLessThan(longestSilenceMs);
  const [sent, received] = await story.end();
  expect(received.sizeBytes).toBe(sent.sizeBytes);
  expect(received.hash).toBe(sent.hash);
});
