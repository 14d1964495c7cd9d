// Has the jobs of a bound folder done by the threads of a pool.

import { assert, GlowError } from "#base/errors.ts";
import type { LocalRootFacts } from "#platform/nodejs/local-root.ts";
import type { ContentKey, SealKeys, SealResult } from "#store/contracts.ts";
import type { FolderCrew, FolderJob, FolderJobs, RunOptions } from "#store/folder/folder-jobs.ts";
import type { FolderTask, PackedCommit, PackedDrafts } from "./folder-jobs.ts";
import {
  type PackedPage,
  type PackedSeals,
  type PackedStats,
  unpackPage,
  unpackSeals,
  unpackStats,
  withFailures,
} from "./folder-packing.ts";
import type { WorkerPool } from "./worker-pool.ts";

type Unpackers = { readonly [Name in FolderJob]: (packed: never) => FolderJobs[Name]["result"] };

const unpackers: Unpackers = {
  scan: (page: PackedPage) => unpackPage(page),
  find: (page: PackedPage) => unpackPage(page).page,
  stat: (stats: PackedStats) => unpackStats(stats),
  read: (list: FolderJobs["read"]["result"]) => list,
  seal: (seals: PackedSeals) => unpackSeals(seals),
  sealPart: (seals: PackedSeals) => onlyOne(unpackSeals(seals)),
  sealLists: (seals: PackedSeals) => {
    const { result } = onlyOne(unpackSeals(seals));
    if (result instanceof GlowError) throw result;
    return result;
  },
  reseal: (list: FolderJobs["reseal"]["result"]) => list,
  draft: ({ names, failures }: PackedDrafts) => withFailures(names, failures) as FolderJobs["draft"]["result"],
  discard: () => undefined,
  commit: ({ stats, failures }: PackedCommit) => withFailures(unpackStats(stats), failures),
};

export class PoolCrew implements FolderCrew {
  readonly hands: number;
  readonly #pool: WorkerPool;
  readonly #root: LocalRootFacts;
  readonly #diskRoot: string;

  /** The pool, whose script serves `folderJobs`, is not the crew's: others use it, too. */
  constructor(pool: WorkerPool, hands: number, root: LocalRootFacts, diskRoot: string) {
    this.#pool = pool;
    this.hands = hands;
    this.#root = root;
    this.#diskRoot = diskRoot;
  }

  async run<Name extends FolderJob>(
    job: Name,
    argument: FolderJobs[Name]["argument"],
    { signal, told }: RunOptions<Name> = {},
  ): Promise<FolderJobs[Name]["result"]> {
    const task: FolderTask<Name> = { root: this.#root, diskRoot: this.#diskRoot, argument: plain(argument) };
    const unpack: Unpackers[Name] = unpackers[job];
    // What a job says comes from a thread of this program.
    const progress = told && ((value: unknown) => told(value as FolderJobs[Name]["told"]));
    return unpack(await this.#pool.run<never>(`folder.${job}`, task, { signal, ...(progress && { progress }) }));
  }

  async close(): Promise<void> {}
}

function onlyOne(results: readonly SealResult[]): SealResult {
  const [result] = results;
  assert(result !== undefined, "one was sealed");
  return result;
}

/** What else belongs to keys, such as methods, does not travel. */
function plain<Argument extends object>(argument: Argument): Argument {
  if (!("keys" in argument)) return argument;
  const { current, all, boundarySeed, chunks } = argument.keys as SealKeys;
  const keys: SealKeys = {
    current: plainKey(current),
    all: all.map(plainKey),
    boundarySeed,
    ...(chunks && { chunks }),
  };
  return { ...argument, keys };
}

function plainKey({ id, naming, nonces }: ContentKey): ContentKey {
  return { id, naming, nonces };
}
