// Nodes on one switch find each other with nothing configured, and link if they belong to the same user; one that is
// revoked loses its links, and gets no other.

import { afterEach, beforeEach, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { HostError, type MeshHost } from "./mesh-host.ts";
import { becomeOneUser, everywhere, MeshNetwork } from "./mesh-network.ts";

const soonMs = 3000;
const missing = namespacesMissing();
const byThemselves = { ...everywhere, discovery: true };
let network: MeshNetwork;

beforeEach(async (context) => {
  context.skip(missing !== undefined, missing);
  network = await MeshNetwork.create();
});

afterEach(() => network?.dispose());

function linked(host: MeshHost, other: MeshHost): Promise<number> {
  return host.until(({ neighbours, routes }) => neighbours.includes(other.id) && routes[other.id] !== undefined);
}

test("two devices that know no address find each other and link, beside a stranger whom they only see", async () => {
  await network.addLan(["ann", "bob", "eve"]);
  const [first, second] = await Promise.all([network.start("ann"), network.start("bob")]);
  await becomeOneUser(first, second);
  await Promise.all([first.stop(), second.stop()]);

  const eve = await network.start("eve", byThemselves);
  await eve.call({ do: "createUser" });
  const [ann, bob] = await Promise.all([network.start("ann", byThemselves), network.start("bob", byThemselves)]);
  expect([ann.id, bob.id]).toEqual([first.id, second.id]);
  const tookMs = await Promise.all([linked(ann, bob), linked(bob, ann)]);
  expect(Math.max(...tookMs)).toBeLessThan(soonMs);

  await Promise.all(
    [ann, bob].map((host) => host.until(({ found }) => found[eve.id]?.[0] === "tcp://192.168.7.3:4001")),
  );
  await eve.until(({ found }) => found[ann.id] !== undefined && found[bob.id] !== undefined);
  expect([ann, bob].filter((host) => host.isLinked(eve))).toEqual([]);
  expect(ann.state.devices.toSorted()).toEqual([ann.id, bob.id].toSorted());
});

test("a revoked device loses its links everywhere within a second, and is not let in again", async () => {
  await network.addLan(["ann", "bob", "eve"]);
  const [ann, bob] = await Promise.all([network.start("ann", byThemselves), network.start("bob", byThemselves)]);
  const eve = await network.start("eve", byThemselves);
  await becomeOneUser(ann, bob, eve);
  const all = [ann, bob, eve];
  await Promise.all(all.flatMap((host) => all.filter((other) => other !== host).map((other) => linked(host, other))));

  const sinceMs = performance.now();
  await ann.call({ do: "revoke", node: eve.id });
  const gone = [ann, bob].map((host) =>
    host.until(({ devices, neighbours }) => ![...devices, ...neighbours].includes(eve.id)),
  );
  await Promise.all([...gone, eve.until(({ neighbours }) => neighbours.length === 0)]);
  expect(performance.now() - sinceMs).toBeLessThan(1000);

  // It is a link on the other side for as long as the refusal is on its way; here it never is.
  for (const host of [ann, bob]) host.met();
  for (const number of [1, 2, 1, 2]) {
    const dialled = eve.call({ do: "dial", address: `tcp://192.168.7.${number}:4001` });
    await dialled.catch((error: unknown) => expect(error).toBeInstanceOf(HostError));
    await eve.until(({ neighbours }) => neighbours.length === 0);
  }
  // An answer comes behind all that these have said of their neighbours.
  await Promise.all([ann, bob].map((host) => host.call({ do: "keys" })));
  expect([...ann.met(), ...bob.met()]).not.toContain(eve.id);
  expect([ann, bob].flatMap(({ state }) => [...state.devices, ...Object.keys(state.routes)])).not.toContain(eve.id);
  expect(ann.isLinked(bob)).toBe(true);
});
