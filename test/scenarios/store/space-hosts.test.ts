// Devices that hold a space without its keys: they verify, keep and serve it, and know neither a name nor what is in it.

import { expect, test } from "vitest";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { DeviceId } from "#glow";
import { crypto } from "../../identity/cast.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { filesIn, SpaceWorld } from "../../store/space-world.ts";

/** Whether it lies anywhere in these bytes. */
function holds(bytes: Uint8Array, what: string | Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(what);
}

test("a host serves what it cannot read, and nothing on its disk or in its index is in clear", async () => {
  const on = new SpaceWorld();
  for (const name of ["host", "laptop"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "host", "laptop"]) await on.start(name);
  const secret = "a name that nobody else shall know";
  const space = await on.create("phone", { hosts: [on.actor("host").id] });
  expect(space.holders.has(on.actor("host").id)).toBe(true);
  for (let i = 0; i < 5; i++) await on.finish(on.device("phone").write([entryOf(i, `${secret} ${i}`.repeat(20))]));
  expect(await on.give("phone", "host")).toEqual(Array(6).fill("taken"));
  await on.run(30_000);
  await on.give("phone", "host");
  const host = on.device("host");
  expect([host.space().readable, host.space().keys, host.parts.kind.opened.size]).toEqual([false, undefined, 0]);

  await on.give("host", "laptop");
  expect(await on.state("laptop")).toMatchObject({ [`${objectOf(3)}.0`]: `${secret} 3`.repeat(20) });

  const files = await on.finish(filesIn(host.parts.platform.disk));
  const rows = await on.finish(host.parts.index.range(new Uint8Array(0), Uint8Array.of(0xff), 10_000));
  const everything = concatBytes([...files.values(), ...rows.flat()]);
  expect(everything.length).toBeGreaterThan(3000);
  expect(holds(everything, secret)).toBe(false);
  expect(holds(everything, objectOf(3))).toBe(false);
  expect(holds(everything, idBytes(objectOf(3)))).toBe(false);
  // The search finds what is there.
  expect(holds(everything, "registers")).toBe(true);
});

test("a device that becomes a host reads what it could, and no more of what comes", async () => {
  const on = new SpaceWorld();
  for (const name of ["host", "laptop"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "host", "laptop"]) await on.start(name);
  const space = await on.create();
  await on.finish(on.device("phone").write([entryOf(1, "before")]));
  await on.meet();
  expect(await on.state("host")).toEqual({ [`${objectOf(1)}.0`]: "before" });
  await on.finish(space.addHost(on.actor("host").id));
  await on.finish(space.addHost(on.actor("host").id));
  await on.meet();
  await on.finish(on.device("phone").write([entryOf(1, "after")]));
  await on.meet();
  expect(await on.state("laptop")).toEqual({ [`${objectOf(1)}.0`]: "after" });
  expect(await on.state("host")).toEqual({ [`${objectOf(1)}.0`]: "before" });
  expect(on.device("host").space().waiting().batches).toBe(1);
  expect(on.device("laptop").space().waiting().batches).toBe(0);
});

test("a stranger's device may be a host; only a member may say so, and so many of them", async () => {
  const on = new SpaceWorld();
  on.story.add(on.story.first, on.actor("laptop"));
  await on.start("phone");
  const host = await on.start("stranger");
  const space = await on.create();
  const { id } = on.actor("stranger");
  await on.give("phone", "stranger");
  await expect(on.finish(host.space().addHost(id))).rejects.toMatchObject({ kind: "denied" });
  await on.finish(space.addHost(id));
  await on.give("phone", "stranger");
  expect([space.holders.has(id), host.space().holders.has(id), host.space().readable]).toEqual([true, true, false]);
  const others = Array.from({ length: spaceLimits.hosts }, (_, i) => {
    return idText(crypto.hash("blake3", utf8Encode(`host ${i}`))) as DeviceId;
  });
  for (const other of others.slice(1)) await on.finish(space.addHost(other));
  expect(space.holders.size).toBe(spaceLimits.hosts + 2);
  await expect(on.finish(space.addHost(others[0] as DeviceId))).rejects.toMatchObject({ kind: "exhausted" });
});
