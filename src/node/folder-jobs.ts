// What threads do in bound folders: a pool whose script serves these is what `PoolCrew` needs. Results that are long, or hold
// errors, travel packed.

import { assert } from "#base/errors.ts";
import { logLimits } from "#base/limits.ts";
import type { Compression, Crypto } from "#glow";
import { DirectReader } from "#platform/nodejs/direct-reader.ts";
import { type LocalRootFacts, NodeLocalRoot } from "#platform/nodejs/local-root.ts";
import { NodePackReader } from "#platform/nodejs/pack-reader.ts";
import type { DraftName } from "#store/contracts.ts";
import { FileBlock } from "#store/folder/file-block.ts";
import type { FolderJob, FolderJobs } from "#store/folder/folder-jobs.ts";
import { FolderWork } from "#store/folder/folder-work.ts";
import {
  packFailures,
  type PackedFailures,
  type PackedStats,
  packPage,
  packSeals,
  packStats,
  withoutFailures,
} from "./folder-packing.ts";
import type { JobContext, JobHandlers, JobOutcome } from "./worker-jobs.ts";

/** The argument of the jobs `folder.scan` and so on; that of `folder.open` is a path, and what it gives are its facts. */
export interface FolderTask<Name extends FolderJob = FolderJob> {
  readonly root: LocalRootFacts;
  /** The folder that is the Disk, where packs lie. */
  readonly diskRoot: string;
  readonly argument: FolderJobs[Name]["argument"];
}

export interface PackedDrafts {
  readonly names: readonly (DraftName | undefined)[];
  readonly failures: PackedFailures;
}

export interface PackedCommit {
  readonly stats: PackedStats;
  readonly failures: PackedFailures;
}

export function folderJobs(crypto: Crypto, compression: Compression): JobHandlers {
  const block = new FileBlock();
  const blob = new FileBlock(logLimits.recordBytes);
  const direct = new DirectReader();
  const run = <Name extends FolderJob>(
    job: Name,
    { root, diskRoot, argument }: FolderTask<Name>,
    told?: (value: FolderJobs[Name]["told"]) => void,
  ) => {
    const packs = new NodePackReader(diskRoot, (sizeBytes) => blob.of(sizeBytes), direct);
    return new FolderWork({ root: new NodeLocalRoot(root), packs, crypto, compression, block }).run(
      job,
      argument,
      told,
    );
  };
  return {
    "folder.open": (path: string): JobOutcome => ({ value: NodeLocalRoot.open(path).facts }),
    "folder.scan": async (task: FolderTask<"scan">): Promise<JobOutcome> => packPage(await run("scan", task)),
    "folder.find": async (task: FolderTask<"find">): Promise<JobOutcome> => {
      return packPage({ page: await run("find", task), rest: [] });
    },
    "folder.stat": async (task: FolderTask<"stat">): Promise<JobOutcome> => packStats(await run("stat", task)),
    "folder.read": async (task: FolderTask<"read">): Promise<JobOutcome> => ({ value: await run("read", task) }),
    "folder.seal": async (task: FolderTask<"seal">): Promise<JobOutcome> => packSeals(await run("seal", task)),
    "folder.sealPart": async (task: FolderTask<"sealPart">, { progress }: JobContext): Promise<JobOutcome> => {
      return packSeals([await run("sealPart", task, (end) => progress({ value: end }))]);
    },
    "folder.sealLists": async (task: FolderTask<"sealLists">): Promise<JobOutcome> => {
      return packSeals([{ path: "", result: await run("sealLists", task) }]);
    },
    "folder.reseal": async (task: FolderTask<"reseal">): Promise<JobOutcome> => {
      const value = await run("reseal", task);
      return { value, transfer: value.flatMap((stored) => (stored === undefined ? [] : [memoryOf(stored)])) };
    },
    "folder.draft": async (task: FolderTask<"draft">): Promise<JobOutcome> => {
      const drafts = await run("draft", task);
      return { value: { names: withoutFailures(drafts), failures: packFailures(drafts) } satisfies PackedDrafts };
    },
    "folder.discard": async (task: FolderTask<"discard">): Promise<JobOutcome> => ({
      value: await run("discard", task),
    }),
    "folder.commit": async (task: FolderTask<"commit">): Promise<JobOutcome> => {
      const results = await run("commit", task);
      const { value: stats, transfer } = packStats(withoutFailures(results));
      return { value: { stats, failures: packFailures(results) } satisfies PackedCommit, transfer };
    },
  };
}

/** All of it is this one's: what was sealed lies in memory of its own. */
function memoryOf({ buffer }: Uint8Array): ArrayBuffer {
  assert(buffer instanceof ArrayBuffer, "what was sealed can be given away");
  return buffer;
}
