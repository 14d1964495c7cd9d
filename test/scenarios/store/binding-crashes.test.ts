// A device is killed at each instant of taking changes over, from its folder or into it, and when it comes back the files
// have changed once more. Only one side has ever changed anything, so nothing may end as a conflict, and nothing undone.

import { describe, expect, test } from "vitest";
import type { Index } from "#glow";
import type { FolderUser } from "#platform/simulated/folder/folder-user.ts";
import { BindingWorld } from "../../store/binding-world.ts";
import { driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];
const second = 1_000_000_000n;

/** The index counts its writes, and the folder its changes of names: at the given one the device is killed. */
class Fuse {
  readonly world: BindingWorld;
  readonly #device: string;
  #left = Number.POSITIVE_INFINITY;
  isBurnt = false;

  constructor(device: string, options: { readonly at: "before" | "after" }) {
    this.#device = device;
    this.world = new BindingWorld(both, {
      index: (index, name) => (name === device ? this.#watched(index, options.at) : index),
    });
  }

  light(steps: number): void {
    this.#left = steps;
    this.world.folder(this.#device).interference = { changing: () => this.#burn() };
  }

  putOut(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  #watched(index: Index, at: "before" | "after"): Index {
    return {
      wasReset: index.wasReset,
      write: async (changes) => {
        if (at === "before") this.#burn();
        await index.write(changes);
        if (at === "after") this.#burn();
      },
      read: (keys) => index.read(keys),
      range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }

  #burn(): void {
    this.#left--;
    if (this.#left > 0 || this.isBurnt) return;
    this.isBurnt = true;
    this.world.crash(this.#device);
  }
}

const began = (user: FolderUser): void => {
  for (const name of ["edited", "moved", "touched", "removed", "moved and edited"]) user.write(name, text(name));
  user.makeFolder("folder");
  user.makeFolder("emptied");
  user.makeFolder("other");
  for (const name of ["folder/inside", "emptied/1", "emptied/2"]) user.write(name, text(name));
};

const once = (user: FolderUser): void => {
  user.write("edited", text("edited once"));
  user.move("moved", "moved once");
  user.setModified("touched", 1_700_000_000n * second);
  user.remove("removed");
  user.move("moved and edited", "other/moved");
  user.write("other/moved", text("moved and edited once"));
  user.write("new", text("new"));
  user.move("folder", "other/folder");
  user.remove("emptied");
};

const again = (user: FolderUser): void => {
  user.write("edited", text("edited again"));
  user.move("moved once", "moved again");
  user.setModified("touched", 1_800_000_000n * second);
  user.write("removed", text("made again"));
  user.move("other/moved", "moved and edited again");
  user.write("moved and edited again", text("moved and edited again"));
  user.write("new", text("new and edited"));
  user.move("other/folder", "folder again");
  user.makeFolder("emptied");
};

const outcome = {
  edited: "edited again",
  emptied: "/",
  "folder again": "/",
  "folder again/inside": "folder/inside",
  "moved again": "moved",
  "moved and edited again": "moved and edited again",
  new: "new and edited",
  other: "/",
  removed: "made again",
  touched: "touched",
};

async function play(crashed: "phone" | "laptop", at: "before" | "after", steps: number): Promise<boolean> {
  const fuse = new Fuse(crashed, { at });
  const { world } = fuse;
  for (const name of both) {
    await world.start(name);
    await world.bind(name);
  }
  const { user } = world.folder("phone");
  began(user);
  await world.settle();
  fuse.light(steps);
  once(user);
  // Long enough for all of it, if the fuse is too long.
  for (let ms = 0; ms < 5000 && !fuse.isBurnt; ms += 10) await world.run(10);
  fuse.putOut();
  again(user);
  if (crashed === "laptop") await world.run(1000);
  if (fuse.isBurnt) await world.start(crashed);
  await world.settle();
  for (const name of both) {
    expect(tree(world, name), name).toEqual(outcome);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(outcome);
    const touched = world.folder(name).user.tree().get("touched");
    expect(touched?.modifiedNs, name).toBe(1_800_000_000n * second);
  }
  const conflicts = await world.finish(world.device("phone").drive.conflicts(10));
  expect(conflicts.map(({ versions }) => versions.length)).toEqual([]);
  return fuse.isBurnt;
}

for (const crashed of ["phone", "laptop"] as const) {
  describe(`a kill of the device ${crashed === "phone" ? "whose folder changes" : "that follows"}`, () => {
    for (const at of ["before", "after"] as const) {
      test(`${at} each of its steps`, async () => {
        let steps = 1;
        while (await play(crashed, at, steps)) steps++;
        expect(steps).toBeGreaterThan(5);
      });
    }
  });
}
