// Two devices of one user with a folder of one drive bound on either, and a third folder, which no device knows: there a
// test does whatever it does in the other two, so that both can be compared with what should be.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreHostStatus } from "./host-messages.ts";
import { StoreDevice } from "./store-device.ts";
import { differences, outline, snapshot, type TreeSnapshot } from "./tree-snapshot.ts";
import { lookEveryMs, patienceMs, pause } from "./until.ts";

export class StorePair {
  readonly root: string;
  readonly a: StoreDevice;
  readonly b: StoreDevice;
  readonly space: string;
  /** What should be in both folders. */
  readonly model: string;

  private constructor(root: string, a: StoreDevice, b: StoreDevice, space: string) {
    this.root = root;
    this.a = a;
    this.b = b;
    this.space = space;
    this.model = join(root, "model");
    mkdirSync(this.model);
  }

  /** Both up, linked, and with nothing to do. */
  static async create(): Promise<StorePair> {
    const root = mkdtempSync(join(tmpdir(), "glow-store-"));
    const a = await StoreDevice.create({ name: "a", root });
    const b = await StoreDevice.create({ name: "b", root, dials: a });
    await a.call({ do: "createUser" });
    await b.call({ do: "join", code: await a.call<string>({ do: "invite" }) });
    const space = await a.call<string>({ do: "createDrive" });
    const pair = new StorePair(root, a, b, space);
    for (const device of pair.devices) await device.call({ do: "bind", space, folder: device.folder });
    await pair.untilAlike();
    return pair;
  }

  get devices(): readonly [StoreDevice, StoreDevice] {
    return [this.a, this.b];
  }

  /** Resolves when both are linked, have nothing left to do and hold the same, and so do their folders. */
  untilAlike(waitMs = patienceMs): Promise<readonly StoreHostStatus[]> {
    return this.#until("alike", waitMs, (look) => differences(look(this.a.folder), look(this.b.folder)));
  }

  /**
   * The same, and both folders hold what the model does. With `counts` that is so only of paths for which it says so: the
   * others need to be the same in both.
   */
  untilAsModel(
    waitMs = patienceMs,
    counts: (path: string) => boolean = () => true,
  ): Promise<readonly StoreHostStatus[]> {
    const such = (tree: TreeSnapshot): TreeSnapshot => new Map([...tree].filter(([path]) => counts(path)));
    return this.#until("as they should be", waitMs, (look) => {
      const [here, there] = [look(this.a.folder), look(this.b.folder)];
      return [...differences(here, there), ...differences(such(look(this.model)), such(here))];
    });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.kill()));
    rmSync(this.root, { recursive: true, force: true });
  }

  /** A change that nobody has noticed yet looks just like rest: so the folders are compared at rest, and looked at last. */
  async #until(
    what: string,
    waitMs: number,
    unlike: (look: (root: string) => TreeSnapshot) => readonly string[],
  ): Promise<readonly StoreHostStatus[]> {
    const endMs = performance.now() + waitMs;
    for (;;) {
      const before = await this.#statuses();
      if (before.every(isAtRest) && unlike(outline).length === 0) {
        const states = await this.#statuses();
        if (states.every(isAtRest) && unlike(snapshot).length === 0) return states;
      }
      if (performance.now() > endMs) {
        const found = [...before.map((each) => JSON.stringify(each)), ...unlike(snapshot)];
        throw new Error(`after ${waitMs / 1000} s the devices are not ${what}:\n${found.join("\n")}`);
      }
      await pause(lookEveryMs);
    }
  }

  #statuses(): Promise<StoreHostStatus[]> {
    return Promise.all(this.devices.map((device) => device.status()));
  }
}

function isAtRest({ states, peers, missingBlobs, alike }: StoreHostStatus): boolean {
  return peers === 1 && missingBlobs === 0 && alike && states.every((state) => state === "idle");
}
