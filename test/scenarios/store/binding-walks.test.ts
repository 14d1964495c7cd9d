// All of the drive is gone through, folder by folder, when a device starts. Whatever moves meanwhile, nothing is passed by.

import { expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { idBytes } from "#base/ids.ts";
import type { Index, ObjectId } from "#glow";
import { rowKeyBytes } from "#store/binding/binding-rows.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];
const children = 1;

/** Holds up whoever asks what lies in a folder according to the rows. */
class ListingGate {
  folder: ObjectId | undefined;
  isWaiting = false;
  readonly #opened = Promise.withResolvers<void>();

  open(): void {
    this.folder = undefined;
    this.#opened.resolve();
  }

  before(index: Index): Index {
    return {
      wasReset: index.wasReset,
      write: (changes) => index.write(changes),
      read: (keys) => index.read(keys),
      range: async (from, to, limit, backwards) => {
        if (this.#isOf(from)) {
          this.isWaiting = true;
          await this.#opened.promise;
        }
        return index.range(from, to, limit, backwards);
      },
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }

  #isOf(key: Uint8Array): boolean {
    const { folder } = this;
    if (folder === undefined || key[0] !== 5 || key[rowKeyBytes - 1] !== children) return false;
    const id = idBytes(folder);
    return equalBytes(key.subarray(rowKeyBytes, rowKeyBytes + id.length), id);
  }
}

async function objectAt(world: BindingWorld, path: string): Promise<ObjectId | undefined> {
  const { drive } = world.device("laptop");
  return (await world.finish(drive.find(path)))?.object;
}

test("a folder that moves from where nobody has looked yet to where somebody has comes with all that is new in it", async () => {
  const gate = new ListingGate();
  const world = await boundWorld(both, { index: (index, name) => (name === "laptop" ? gate.before(index) : index) });
  const phone = world.folder("phone").user;
  // What is empty is looked at anyway.
  for (const path of ["a", "a/moving", "z"]) {
    phone.makeFolder(path);
    phone.write(`${path}/old`, text("old"));
  }
  await world.settle();
  const last = await objectAt(world, "z");
  // The laptop dies as soon as its drive has the file, before it is in the folder.
  world.device("laptop").drive.watch(() => world.crash("laptop"));
  phone.write("a/moving/file", text("file"));
  await world.until(() => world.node("laptop").handle === undefined);
  gate.folder = last;
  await world.start("laptop");
  await world.until(() => gate.isWaiting);
  expect(tree(world, "laptop")).not.toHaveProperty("a/moving/file");
  phone.move("a/moving", "z/moving");
  while ((await objectAt(world, "z/moving")) === undefined) await world.run(10);
  gate.open();
  await world.settle();
  expect(tree(world, "laptop")).toHaveProperty("z/moving/file", "file");
  expect(tree(world, "laptop")).toEqual(tree(world, "phone"));
});
