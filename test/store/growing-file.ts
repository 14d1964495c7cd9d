// A large file that is on its way from a phone's folder into a laptop's, and what is seen of it on the way.

import { bindingPace } from "#store/binding/pace.ts";
import type { Platform } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { FolderCrew, FolderJob, FolderJobs } from "#store/folder/folder-jobs.ts";
import type { BindingWorld } from "./binding-world.ts";
import { boundWorld } from "./bound-folders.ts";
import { noise } from "./content-fixture.ts";

export const sizeBytes = 2 * bindingPace.draftBytes + 2_000_000;
export const content = noise("growing", sizeBytes);

/** Between the phone's folder and what it gives, and between the laptop's and what it is given. */
export class Taps {
  /** What the laptop has had written of files that were to come. */
  draftedBytes = 0;
  /** Called when some of it was written, or could not be. */
  drafted: () => void = () => undefined;
  /** How long the phone takes for what it is asked for at once. */
  givingMs = 0;
  /** Whether what is being written there goes on. */
  #stuck: Gate | undefined;
  #givenBytes = Number.POSITIVE_INFINITY;
  readonly #giving = new Turns();

  readonly crew = (crew: FolderCrew, device: string, { timers }: Platform): FolderCrew => ({
    hands: crew.hands,
    run: async (job, argument, options) => {
      if (device === "laptop") await this.#take(job, argument);
      const result = await crew.run(job, argument, options);
      if (device === "laptop" && job === "draft") this.drafted();
      if (device === "phone" && job === "reseal" && this.givingMs > 0) {
        const rest = (): Promise<void> => new Promise((resolve) => void timers.after(this.givingMs, resolve));
        await this.#giving.take(rest);
      }
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
export async function halfThere(
  path = "large",
  names = ["phone", "laptop"],
): Promise<{ world: BindingWorld; taps: Taps }> {
  const taps = new Taps();
  const world = await boundWorld(names, { crew: taps.crew });
  if (path.includes("/")) world.folder("phone").user.makeFolder(path.slice(0, path.indexOf("/")));
  await world.settle();
  taps.close(1.5 * bindingPace.draftBytes);
  world.folder("phone").user.write(path, content);
  await world.until(() => drafts(world).length === 1);
  await world.run(100);
  return { world, taps };
}

/** Sizes of what is being written. */
export function drafts(world: BindingWorld): number[] {
  return [...world.folder("laptop").drafts.values()].map(({ bytes }) => bytes.length);
}
