// Rows are read while they are written: what is read is of one moment, and what was read before is not remembered.

import { expect, test } from "vitest";
import { randomBytes } from "#base/random.ts";
import { idText } from "#base/ids.ts";
import type { Index, ObjectId } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import type { BindingRow } from "./binding-row.ts";
import { BindingRows } from "./binding-rows.ts";
import { LocalNames } from "./local-names.ts";

/** Lets a test come in between two reads. */
class HeldReads {
  before: (() => Promise<void>) | undefined;

  of(index: Index): Index {
    return {
      wasReset: index.wasReset,
      write: (changes) => index.write(changes),
      read: async (keys) => {
        const found = await index.read(keys);
        const { before } = this;
        this.before = undefined;
        await before?.();
        return found;
      },
      range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }
}

test("of a folder that moves while its row is read", async () => {
  const world = new World(nodeHost, { seed: 1 });
  const reads = new HeldReads();
  const node = world.addNode("device", {
    boot: async ({ indexes, random }) => {
      const id = (): ObjectId => idText(randomBytes(random, 16)) as ObjectId;
      const root = id();
      const names = new LocalNames({ caseSensitive: true, windowsNames: false });
      const rows = new BindingRows(reads.of(await indexes.open("store")), 1, root, names);
      const stat = { kind: "folder", sizeBytes: 0, modifiedNs: 0n, changedNs: 0n, file: "1", mode: 0o755 } as const;
      const rest = { fingerprint: new Uint8Array(16), modifiedNs: 0n, mode: 0o755, stat };
      const was: BindingRow = {
        object: id(),
        kind: "folder",
        parent: root,
        localName: "was",
        driveName: "was",
        ...rest,
      };
      const now: BindingRow = { ...was, localName: "now", driveName: "now" };
      await rows.write([{ was: undefined, now: was }]);
      reads.before = () => rows.write([{ was, now }]);
      const found = await rows.byObject([was.object]);
      await rows.write([{ was: now, now: was }]);
      reads.before = () => rows.write([{ was, now }]);
      await rows.path(was.object);
      return { found, path: await rows.path(was.object) };
    },
  });
  await world.run({ stop: () => node.handle !== undefined });
  expect(node.handle?.found[0]?.localName).toBe("now");
  expect(node.handle?.path).toBe("now");
});
