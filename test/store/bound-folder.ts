// A simulated folder with an agent, as tests of bound folders need them.

import type { Timers } from "#glow";
import { SimulatedFolder, type SimulatedFolderOptions } from "#platform/simulated/folder/folder.ts";
import { watchSimulatedFolder } from "#platform/simulated/folder/folder-watch.ts";
import type { BlobPlace, LocalEntry, LocalStat, ScanPage, SealedContent, SealKeys } from "#store/contracts.ts";
import { type PackReader, FolderWork, InlineCrew } from "#store/folder/folder-work.ts";
import { LocalFolderAgent } from "#store/folder/local-folder-agent.ts";
import { compression, contentKey, crypto, cutKeys, smallSizes } from "./content-fixture.ts";

export function sealKeys(
  seed = 1,
  olderSeeds: readonly number[] = [],
  chunks: SealKeys["chunks"] = smallSizes,
): SealKeys {
  const { current, boundarySeed } = cutKeys(seed);
  return { current, all: [...olderSeeds.map(contentKey), current], boundarySeed, ...(chunks && { chunks }) };
}

const noTimers: Timers = { after: () => ({ cancel: () => undefined }), endOfTurn: () => undefined };

export class BoundFolder {
  readonly folder: SimulatedFolder;
  readonly packs = new MemoryPacks();
  /** Nanoseconds since 1970: stands still unless it is moved. */
  nowNs = 1_700_000_000_000_000_000n;
  agent: LocalFolderAgent;
  readonly #timers: Timers;

  constructor(options: Partial<SimulatedFolderOptions> = {}, timers = noTimers) {
    this.#timers = timers;
    this.folder = new SimulatedFolder({ nowNs: () => this.nowNs, ...options });
    this.agent = this.restart();
  }

  /** As a node that starts again. */
  restart(): LocalFolderAgent {
    const root = this.folder.mount();
    this.agent = new LocalFolderAgent({
      caseSensitive: root.caseSensitive,
      windowsNames: root.windowsNames,
      crew: new InlineCrew(new FolderWork({ root, packs: this.packs, crypto, compression })),
      watch: (...told) => watchSimulatedFolder(this.folder, this.#timers, ...told),
    });
    return this.agent;
  }

  /** So long that what was changed counts as left alone. */
  pass(ms = 1000): void {
    this.nowNs += BigInt(ms) * 1_000_000n;
  }

  async stat(path: string): Promise<LocalStat> {
    const [stat] = await this.agent.stat([path]);
    if (stat === undefined) throw new Error(`there is no ${path}`);
    return stat;
  }

  async seal(path: string, keys = sealKeys(), bytes = true): Promise<SealedContent> {
    const expected = await this.stat(path);
    for await (const { result } of this.agent.seal([{ path, expected, bytes }], keys)) {
      if (result instanceof Error) throw result;
      return result;
    }
    throw new Error("nothing was sealed");
  }
}

/** Packs in memory, one for each put. */
export class MemoryPacks implements PackReader {
  readonly #packs: Uint8Array[] = [];
  /** How often something was read, and let go of. */
  reads = 0;
  rests = 0;

  put(stored: Uint8Array): BlobPlace {
    const pack = new Uint8Array(stored.length + 10);
    pack.set(stored, 5);
    return { path: `${this.#packs.push(pack) - 1}`, offset: 5, sizeBytes: stored.length };
  }

  read({ path, offset, sizeBytes }: BlobPlace): Promise<Uint8Array> {
    this.reads++;
    return Promise.resolve((this.#packs[Number(path)] as Uint8Array).subarray(offset, offset + sizeBytes));
  }

  rest(): void {
    this.rests++;
  }
}

export async function allPages(
  pages: AsyncIterable<ScanPage>,
): Promise<{ entries: LocalEntry[]; passed: ScanPage["passed"][number][]; pages: ScanPage[] }> {
  const found = await Array.fromAsync(pages);
  return {
    entries: found.flatMap(({ entries }) => entries),
    passed: found.flatMap(({ passed }) => passed),
    pages: found,
  };
}
