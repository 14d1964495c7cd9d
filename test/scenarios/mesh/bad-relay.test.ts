// A relay that ill-treats what passes through it: what arrives is what was sent all the same, and where there is another
// relay, it is taken.

import { describe, expect, test } from "vitest";
import { meshSessionLimits, routerLimits } from "#base/limits.ts";
import type { LinkEvents } from "#mesh/link/link.ts";
import type { Pieces } from "#mesh/wire/piece-reader.ts";
import { MeshWorld } from "./mesh-world.ts";

type Relayed = LinkEvents["relayed"];
const sizes = Array.from({ length: 60 }, (_, at) => (at * 7919) % 60_000);

/** What a bad relay does; each for every packet. */
const wrongs: { readonly [name: string]: (honest: Relayed) => Relayed } = {
  corrupts: (honest) => (link, header, body) => honest(link, header, corrupted(body)),
  drops: () => () => undefined,
  duplicates: (honest) => (link, header, body) => {
    for (let i = 0; i < 3; i++) honest(link, header, body);
  },
  reorders: (honest) => {
    const held: (() => void)[] = [];
    return (link, header, body) => {
      held.push(() => honest(link, header, body));
      if (held.length < 4) return;
      for (const release of held.splice(0).toReversed()) release();
    };
  },
  "acknowledges nothing": (honest) => (link, header, body) => {
    // What only acknowledges is short.
    if (header.sizeBytes > 200) honest(link, header, body);
  },
};

describe("in a line, where there is no other", () => {
  for (const [name, wrong] of Object.entries(wrongs)) {
    test(`a relay that ${name} for a while delivers nothing wrong, and the stream goes on when it behaves`, async () => {
      const mesh = await MeshWorld.start({
        links: [
          ["a", "bad"],
          ["bad", "c"],
        ],
      });
      const traffic = await mesh.send("a", "c", sizes);
      const bad = mesh.subvert("bad", wrong);
      await mesh.run(20_000);
      expect(traffic.checker.wrong).toBeUndefined();
      expect(traffic.ends).toEqual([]);
      bad.stop();
      await mesh.until(() => traffic.checker.complete, 10_000);
      await mesh.expectServed("a", "c");
    });
  }

  test("a relay that lets nothing through any more ends the session, on both sides, after the grace", async () => {
    const mesh = await MeshWorld.start({
      links: [
        ["a", "bad"],
        ["bad", "c"],
      ],
    });
    const traffic = await mesh.send("a", "c", sizes);
    mesh.subvert("bad", () => () => undefined);
    await mesh.run(meshSessionLimits.graceMs - 1000);
    expect(traffic.ends).toEqual([]);
    await mesh.run(3000);
    expect(traffic.ends.map(({ kind }) => kind)).toEqual(["disconnected"]);
    expect(traffic.checker.complete).toBe(false);
    expect(traffic.checker.wrong).toBeUndefined();
    expect([...mesh.router("a").sessions()]).toEqual([]);
    // Those two have a link each with the relay, and nobody else has lost anything.
    await mesh.expectServed("a", "bad");
  });
});

describe("in a diamond", () => {
  for (const name of ["corrupts", "drops", "acknowledges nothing"] as const) {
    for (const seed of [1, 2, 3]) {
      test(`a stream leaves a relay that ${name} within seconds (seed ${seed})`, async () => {
        const mesh = await MeshWorld.start({
          seed,
          links: [
            ["a", "bad"],
            ["bad", "c"],
            ["a", "good"],
            ["good", "c"],
          ],
        });
        preferBad(mesh);
        await mesh.run(40_000);
        expect(mesh.next("a", "c")).toBe("bad");
        const traffic = await mesh.send("a", "c", sizes);
        mesh.subvert("bad", wrongs[name] as (honest: Relayed) => Relayed);
        await mesh.until(() => traffic.checker.complete, 8000);
        expect(traffic.ends).toEqual([]);
        await mesh.expectServed("a", "c");
        await mesh.expectServed("c", "a", 10_000);
      });

      test(`a session is made although the first relay ${name} (seed ${seed})`, async () => {
        const mesh = await MeshWorld.start({
          seed,
          links: [
            ["a", "bad"],
            ["bad", "c"],
            ["a", "good"],
            ["good", "c"],
          ],
        });
        preferBad(mesh);
        await mesh.run(40_000);
        mesh.subvert("bad", wrongs[name === "acknowledges nothing" ? "drops" : name] as (honest: Relayed) => Relayed);
        const beganMs = mesh.world.nowMs;
        await mesh.session("a", "c");
        expect(mesh.world.nowMs - beganMs).toBeLessThan(routerLimits.setupMs);
        await mesh.expectServed("a", "c", 8000);
      });
    }
  }

  test("a bad hop is tried again when it was avoided for long enough", async () => {
    const mesh = await MeshWorld.start({
      links: [
        ["a", "bad"],
        ["bad", "c"],
        ["a", "good"],
        ["good", "c"],
      ],
    });
    preferBad(mesh);
    await mesh.run(40_000);
    const traffic = await mesh.send("a", "c", sizes);
    const bad = mesh.subvert("bad", () => () => undefined);
    await mesh.until(() => traffic.checker.complete, 8000);
    expect(mesh.next("a", "c")).toBe("good");
    bad.stop();
    await mesh.run(routerLimits.avoidMs + 5000);
    expect(mesh.next("a", "c")).toBe("bad");
    await mesh.expectServed("a", "c");
  });
});

/** Makes the way over the good relay the slower one. */
function preferBad(mesh: MeshWorld): void {
  for (const [from, to] of [
    ["a", "good"],
    ["good", "a"],
    ["good", "c"],
    ["c", "good"],
  ] as const) {
    mesh.world.network.disturb(from, to, { latencyMs: 40 });
  }
}

function corrupted(body: Pieces): Pieces {
  return body.map((piece) => {
    const copy = Uint8Array.from(piece);
    for (let at = 0; at < copy.length; at += 50) copy[at] = (copy[at] as number) ^ 1;
    return copy;
  });
}
