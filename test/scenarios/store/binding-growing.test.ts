// Large files are written while their chunks come: nobody sees them before they are whole, and nothing is written twice.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { bindingPace } from "#store/binding/pace.ts";
import type { FolderCrew, FolderJob, FolderJobs } from "#store/folder/folder-jobs.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld } from "../../store/bound-folders.ts";
import { noise } from "../../store/content-fixture.ts";

const both = ["phone", "laptop"];
const sizeBytes = 2 * bindingPace.draftBytes + 2_000_000;
const content = noise("growing", sizeBytes);

/** Between the phone's folder and what it gives, and between the laptop's and what it is given. */
class Taps {
  /** What the laptop has had written of files that were to come. */
  draftedBytes = 0;
  /** Whether what is being written there goes on. */
  #stuck: Gate | undefined;
  #givenBytes = Number.POSITIVE_INFINITY;

  readonly crew = (crew: FolderCrew, device: string): FolderCrew => ({
    hands: crew.hands,
    run: async (job, argument, options) => {
      if (device === "laptop") await this.#take(job, argument);
      const result = await crew.run(job, argument, options);
      return device === "phone" && job === "reseal" ? this.#given(argument, result) : result;
    },
    close: () => crew.close(),
  });

  /** The phone gives no chunks that lie behind this. */
  close(givenBytes: number): void {
    this.#givenBytes = givenBytes;
  }

  /** It gives all of them to whoever asks anew. */
  open(world: BindingWorld): void {
    this.#givenBytes = Number.POSITIVE_INFINITY;
    world.leave("phone");
    world.back("phone");
  }

  stick(): void {
    this.#stuck = Promise.withResolvers<void>();
  }

  loosen(): void {
    this.#stuck?.resolve();
    this.#stuck = undefined;
  }

  #given<Result>(argument: FolderJobs[FolderJob]["argument"], result: Result): Result {
    if (!("chunks" in argument) || !Array.isArray(result)) return result;
    return result.map((stored, i) =>
      (argument.chunks[i]?.offset ?? 0) < this.#givenBytes ? stored : undefined,
    ) as Result;
  }

  async #take(job: FolderJob, argument: FolderJobs[FolderJob]["argument"]): Promise<void> {
    if (job !== "draft" || !("parts" in argument)) return;
    for (const { chunks } of argument.parts) {
      for (const { chunk } of chunks) this.draftedBytes += chunk.sizeBytes;
    }
    await this.#stuck?.promise;
  }
}

type Gate = PromiseWithResolvers<void>;

/** The first part is written, and the last chunks have not come. */
async function halfThere(path = "large"): Promise<{ world: BindingWorld; taps: Taps }> {
  const taps = new Taps();
  const world = await boundWorld(both, { crew: taps.crew });
  if (path.includes("/")) world.folder("phone").user.makeFolder(path.slice(0, path.indexOf("/")));
  await world.settle();
  taps.close(1.5 * bindingPace.draftBytes);
  world.folder("phone").user.write(path, content);
  await world.until(() => drafts(world).length === 1);
  await world.run(100);
  return { world, taps };
}

/** Sizes of what is being written. */
function drafts(world: BindingWorld): number[] {
  return [...world.folder("laptop").drafts.values()].map(({ bytes }) => bytes.length);
}

function problems(world: BindingWorld): string[] {
  return world
    .binding("laptop")
    .status()
    .problems.map(({ error }) => error.kind);
}

async function expectPlaced(world: BindingWorld, path = "large"): Promise<void> {
  await world.settle();
  const placed = world.folder("laptop").user.read(path);
  expect(placed !== undefined && equalBytes(placed, content)).toBe(true);
  expect(drafts(world)).toEqual([]);
  expect(problems(world)).toEqual([]);
}

test("what has come is written before the last chunk comes, and once", async () => {
  const { world, taps } = await halfThere();
  expect(drafts(world)[0]).toBeGreaterThanOrEqual(bindingPace.draftBytes);
  expect(drafts(world)[0]).toBeLessThan(sizeBytes);
  expect(world.folder("laptop").user.has("large")).toBe(false);
  taps.open(world);
  await expectPlaced(world);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("what is given up for a while is gone on with", async () => {
  const { world, taps } = await halfThere();
  world.leave("phone");
  await world.until(() => problems(world).length > 0);
  expect(problems(world)).toEqual(["unavailable"]);
  expect(drafts(world)).toHaveLength(1);
  taps.open(world);
  await expectPlaced(world);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("what nothing more has come of gives back its room, and is placed when it comes", async () => {
  const { world, taps } = await halfThere();
  world.leave("phone");
  await world.until(() => drafts(world).length === 0, 120_000);
  taps.open(world);
  await expectPlaced(world);
});

describe("nothing is left of it", () => {
  test("when the drive has another version meanwhile, though that is small", async () => {
    const { world, taps } = await halfThere();
    world.folder("phone").user.write("large", noise("another", 1000));
    await world.until(() => world.folder("laptop").user.has("large"), 120_000);
    taps.open(world);
    await world.settle();
    expect(world.folder("laptop").user.read("large")).toEqual(noise("another", 1000));
    expect(drafts(world)).toEqual([]);
  });

  test("when it is removed from the drive meanwhile", async () => {
    const { world, taps } = await halfThere();
    world.folder("phone").user.remove("large");
    await world.until(() => drafts(world).length === 0, 120_000);
    taps.open(world);
    await world.settle();
    expect(world.folder("laptop").user.has("large")).toBe(false);
    expect(problems(world)).toEqual([]);
  });

  test("when the binding is paused, and it is placed later", async () => {
    const { world, taps } = await halfThere();
    await world.finish(world.binding("laptop").pause());
    expect(drafts(world)).toEqual([]);
    await world.finish(world.binding("laptop").resume());
    taps.open(world);
    await expectPlaced(world);
  });

  test.each(["kill", "power"] as const)("after a %s, and it is placed later", async (manner) => {
    const { world, taps } = await halfThere();
    await world.restart("laptop", manner);
    taps.open(world);
    await expectPlaced(world);
  });

  test("when there is no room for all of it, and it is placed when there is", async () => {
    const { world, taps } = await halfThere();
    const { capacityBytes } = world.folder("laptop");
    world.folder("laptop").capacityBytes = sizeBytes - 1_000_000;
    taps.open(world);
    await world.until(() => problems(world).length > 0);
    expect(problems(world)).toEqual(["exhausted"]);
    await world.until(() => drafts(world).length === 0);
    world.folder("laptop").capacityBytes = capacityBytes;
    await expectPlaced(world);
  });
});

test("folders get other names while a part is being written", async () => {
  const { world, taps } = await halfThere("folder/large");
  taps.stick();
  const { draftedBytes } = taps;
  taps.open(world);
  await world.until(() => taps.draftedBytes > draftedBytes);
  world.folder("phone").user.move("folder", "renamed");
  await world.until(() => world.folder("laptop").user.has("renamed"));
  expect(world.folder("laptop").user.has("folder")).toBe(false);
  taps.loosen();
  await expectPlaced(world, "renamed/large");
  expect(taps.draftedBytes).toBe(sizeBytes);
});
