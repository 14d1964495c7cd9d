// What a power loss may leave of names. That they behave like a disk's while nothing is lost is shown by the
// compliance suite.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "#base/random.ts";
import { FolderTree } from "./folder-tree.ts";

/** Stands for a file's contents. */
interface Thing {
  readonly id: number;
}

type Step =
  | { readonly do: "add" | "remove" | "makeFolder" | "syncFolder"; readonly path: string }
  | { readonly do: "rename"; readonly path: string; readonly to: string };

const folder = fc.constantFrom("", "a", "a/b");
const path = fc
  .tuple(folder, fc.constantFrom("x", "y", "z"))
  .map(([above, name]) => (above ? `${above}/${name}` : name));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("add" as const), path }),
  fc.record({ do: fc.constant("remove" as const), path }),
  fc.record({ do: fc.constant("rename" as const), path, to: path }),
  fc.record({ do: fc.constant("makeFolder" as const), path: folder }),
  fc.record({ do: fc.constant("syncFolder" as const), path: folder }),
);

/** A tree, and every name that each file ever had. */
class Recorded {
  readonly tree = new FolderTree<Thing>();
  readonly namesOf = new Map<Thing, Set<string>>();
  #things = 0;

  perform(each: Step): void {
    try {
      this.#perform(each);
    } catch (error) {
      expect(["not-found", "invalid"]).toContain((error as { kind: string }).kind);
    }
  }

  add(name: string): Thing {
    const thing = { id: ++this.#things };
    this.tree.add(name, thing, "test.add");
    this.namesOf.set(thing, new Set([name]));
    return thing;
  }

  found(): [string, Thing][] {
    return [...this.tree.files()].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #perform(each: Step): void {
    if (each.do === "add") {
      if (!this.tree.has(each.path, "test.has")) this.add(each.path);
    } else if (each.do === "rename") {
      const moved = this.tree.file(each.path, "test.file");
      this.tree.rename(each.path, each.to);
      this.namesOf.get(moved as Thing)?.add(each.to);
    } else this.tree[each.do](each.path);
  }
}

function* seeds(count: number): Generator<SeededRandom> {
  for (let seed = 0; seed < count; seed++) yield new SeededRandom(seed);
}

describe("a power loss", () => {
  test("changes nothing once every folder was synced, from the root down", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const recorded = new Recorded();
        for (const each of steps) recorded.perform(each);
        for (const each of ["", "a", "a/b"]) recorded.perform({ do: "syncFolder", path: each });
        const before = recorded.found();
        expect(recorded.tree.losePower(new SeededRandom(seed))).toEqual({ kept: 0, lost: 0 });
        expect(recorded.found()).toEqual(before);
      }),
    );
  });

  test("leaves a file under one name at most, and only under one it had", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const recorded = new Recorded();
        for (const each of steps) recorded.perform(each);
        recorded.tree.losePower(new SeededRandom(seed));
        const found = recorded.found();
        expect(new Set(found.map(([, thing]) => thing)).size).toBe(found.length);
        for (const [name, thing] of found) expect(recorded.namesOf.get(thing)).toContain(name);
      }),
      { numRuns: 500 },
    );
  });

  test("never loses a durable file that is being renamed, nor leaves the name it replaces empty", () => {
    for (const random of seeds(50)) {
      const recorded = new Recorded();
      recorded.perform({ do: "makeFolder", path: "a" });
      const old = recorded.add("a/log");
      const fresh = recorded.add("fresh");
      for (const each of ["", "a"]) recorded.tree.syncFolder(each);
      recorded.tree.rename("fresh", "between");
      recorded.tree.rename("between", "a/log");
      recorded.tree.losePower(random);
      const found = new Map(recorded.found());
      expect([old, fresh]).toContain(found.get("a/log"));
      expect([...found.values()]).toContain(fresh);
    }
  });

  test("never loses a durable file by a rename into a folder that is not durable, even if that is synced", () => {
    for (const random of seeds(50)) {
      const recorded = new Recorded();
      const thing = recorded.add("x");
      recorded.tree.syncFolder("");
      recorded.tree.makeFolder("a/b");
      recorded.tree.rename("x", "a/b/x");
      recorded.tree.syncFolder("a/b");
      recorded.tree.losePower(random);
      expect(recorded.found().map(([, each]) => each)).toEqual([thing]);
    }
  });

  test("may undo what was not synced, and keep the later of two changes without the earlier", () => {
    const outcomes = new Set<string>();
    for (const random of seeds(100)) {
      const recorded = new Recorded();
      recorded.add("first");
      recorded.add("second");
      recorded.tree.losePower(random);
      outcomes.add(
        recorded
          .found()
          .map(([name]) => name)
          .join(),
      );
    }
    expect([...outcomes].sort()).toEqual(["", "first", "first,second", "second"]);
  });

  test("may bring back what was removed, and take away a file in a folder that was not durable", () => {
    const outcomes = new Set<string>();
    for (const random of seeds(100)) {
      const recorded = new Recorded();
      recorded.add("old");
      recorded.tree.syncFolder("");
      recorded.tree.remove("old");
      recorded.tree.makeFolder("a");
      recorded.add("a/new");
      recorded.tree.syncFolder("a");
      recorded.tree.losePower(random);
      outcomes.add(
        recorded
          .found()
          .map(([name]) => name)
          .join(),
      );
    }
    expect([...outcomes].sort()).toEqual(["", "a/new", "a/new,old", "old"]);
  });
});

test("syncing a folder makes durable what its names build on, and nothing else", () => {
  for (const random of seeds(50)) {
    const recorded = new Recorded();
    recorded.tree.makeFolder("a");
    recorded.tree.syncFolder("");
    recorded.add("x");
    recorded.tree.rename("x", "a/x");
    recorded.add("unrelated");
    recorded.tree.syncFolder("a");
    recorded.tree.losePower(random);
    const names = recorded.found().map(([name]) => name);
    expect(names).toContain("a/x");
    expect(names).not.toContain("x");
  }
});
