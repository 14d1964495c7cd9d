// Does the jobs of a bound folder, in the thread it is called in, which it blocks while it works.

import type { Compression, Crypto } from "#glow";
import type { BlobPlace, LocalFolder, LocalRoot } from "../contracts.ts";
import { ActionCommit } from "./action-commit.ts";
import { ContentDraft } from "./content-draft.ts";
import { ChunkResealer } from "./chunk-resealer.ts";
import { FileBlock } from "./file-block.ts";
import { FileSealer, unpackRefs } from "./file-sealer.ts";
import type { FolderCrew, FolderJob, FolderJobs, RunOptions } from "./folder-jobs.ts";
import { findNames, readSmall, scanPage } from "./folder-look.ts";

/** Reads from the store's packs, which lie outside of the folder. */
export interface PackReader {
  /** The stored bytes, unchecked, borrowed until the next are read. At once where the platform can. */
  read(place: BlobPlace): Uint8Array | Promise<Uint8Array>;
  /** These are read next, in this order, so some may be read ahead. */
  expect?(places: readonly BlobPlace[]): void;
  /** Lets go of the packs that it holds open. */
  rest(): void;
}

export interface FolderWorkOptions {
  readonly root: LocalRoot;
  readonly packs: PackReader;
  readonly crypto: Crypto;
  readonly compression: Compression;
  /** Left out: its own. Whoever does one job after the other keeps it between them. */
  readonly block?: FileBlock;
}

type Works = {
  readonly [Name in FolderJob]: (
    folder: LocalFolder,
    argument: FolderJobs[Name]["argument"],
    told: (value: FolderJobs[Name]["told"]) => void,
  ) => FolderJobs[Name]["result"] | Promise<FolderJobs[Name]["result"]>;
};

export class FolderWork {
  readonly #root: LocalRoot;
  readonly #packs: PackReader;
  readonly #works: Works;

  constructor({ root, packs, crypto, compression, block = new FileBlock() }: FolderWorkOptions) {
    this.#root = root;
    this.#packs = packs;
    this.#works = {
      scan: (folder, { folders }) => scanPage(folder, folders),
      find: (folder, { wanted }) => findNames(folder, wanted),
      stat: (folder, { paths }) => paths.map((path) => folder.stat(path)),
      read: (folder, { paths, limitBytes }) => paths.map((path) => readSmall(folder, path, limitBytes)),
      seal: (folder, { files, keys }) => {
        const sealer = new FileSealer(folder, crypto, compression, keys, block);
        return files.map((file) => sealer.seal(file));
      },
      reseal: (folder, request) => new ChunkResealer(folder, crypto, compression, request.keys, block).reseal(request),
      sealPart: (folder, { file, offset, keys }, told) => {
        return new FileSealer(folder, crypto, compression, keys, block).sealPart(file, offset, told);
      },
      sealLists: (folder, { refs, keys }) => {
        return new FileSealer(folder, crypto, compression, keys, block).sealLists(unpackRefs(refs));
      },
      draft: (folder, { parts, keys }) => new ContentDraft(folder, packs, crypto, compression, keys).writeAll(parts),
      discard: (folder, { draft }) => {
        folder.discard(draft);
        return undefined;
      },
      commit: (folder, request) => new ActionCommit(folder).run(request),
    };
  }

  /** `unavailable` if the folder is not there. */
  async run<Name extends FolderJob>(
    job: Name,
    argument: FolderJobs[Name]["argument"],
    told: (value: FolderJobs[Name]["told"]) => void = () => undefined,
  ): Promise<FolderJobs[Name]["result"]> {
    const work: Works[Name] = this.#works[job];
    const folder = this.#root.enter();
    try {
      return await work(folder, argument, told);
    } finally {
      folder.leave();
      this.#packs.rest();
    }
  }
}

/** Does each job where it is asked for: for a simulated world. */
export class InlineCrew implements FolderCrew {
  readonly hands = 1;
  readonly #work: FolderWork;

  constructor(work: FolderWork) {
    this.#work = work;
  }

  run<Name extends FolderJob>(
    job: Name,
    argument: FolderJobs[Name]["argument"],
    { told }: RunOptions<Name> = {},
  ): Promise<FolderJobs[Name]["result"]> {
    return this.#work.run(job, argument, told);
  }

  async close(): Promise<void> {}
}
