// Large files in parts. Each begins where the one before has ended, which is known long before that one is done: so several
// hands work on one file, and between two parts each may do something else.

import { assert, GlowError } from "#base/errors.ts";
import { contentLimits, folderLimits } from "#base/limits.ts";
import type {
  ChunkName,
  ChunkRef,
  SealedChunk,
  SealKeys,
  SealRequest,
  SealResult,
  SourcedChunk,
} from "../contracts.ts";
import { contentBytes } from "./action-groups.ts";
import { packRefs } from "./file-sealer.ts";
import type { Draft, DraftPart, FileAction, FolderJob, FolderJobs } from "./folder-jobs.ts";
import { inParallel } from "./parallel.ts";

export type RunJob = <Name extends FolderJob>(
  job: Name,
  argument: FolderJobs[Name]["argument"],
  told?: (value: FolderJobs[Name]["told"]) => void,
) => Promise<FolderJobs[Name]["result"]>;

/** So many parts are under way at once. Fails as the jobs do; what is wrong with the file is its result. */
export async function sealLargeFile(
  run: RunJob,
  hands: number,
  request: SealRequest,
  keys: SealKeys,
): Promise<SealResult> {
  const { path } = request;
  const refs: ChunkRef[] = [];
  const chunks: SealedChunk[] = [];
  const seen = new Set<string>();
  for await (const { result } of sealedParts(run, hands, request, keys)) {
    // A part does not know those before it: what is there already was given by one of them, or is known to all.
    if (result instanceof GlowError) return { path, result };
    for (const ref of result.content.chunks) refs.push(ref);
    for (const chunk of result.chunks) if (isFirst(seen, chunk.name)) chunks.push(chunk);
  }
  const lists = await run("sealLists", { refs: packRefs(refs), keys });
  return { path, result: { content: lists.content, chunks: [...chunks, ...lists.chunks] } };
}

/** In their order. The last may be a failure: then those that were begun after it are over, too. */
async function* sealedParts(
  run: RunJob,
  hands: number,
  file: SealRequest,
  keys: SealKeys,
): AsyncGenerator<SealResult, void, undefined> {
  const parts: Promise<SealResult>[] = [];
  let offset: number | undefined = 0;
  try {
    while (offset !== undefined && offset < file.expected.sizeBytes) {
      const ending = Promise.withResolvers<number | undefined>();
      const part: Promise<SealResult> = run("sealPart", { file, offset, keys }, (end) => ending.resolve(end));
      // One that fails may never have come to its end.
      part.catch(() => undefined).finally(() => ending.resolve(undefined));
      parts.push(part);
      if (parts.length >= hands) yield (await parts.shift()) as SealResult;
      const end: number | undefined = await ending.promise;
      assert(end === undefined || end > offset, "a part is longer than any chunk");
      offset = end;
    }
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) yield await part;
  } finally {
    await Promise.allSettled(parts);
  }
}

/**
 * The draft, or why there is none; never fails. Its first part makes it, unless it was begun, so many are written at once
 * after that, and the last one, which gives it its attributes, when it holds all the others.
 */
export async function draftLargeFile(run: RunJob, hands: number, file: FileAction, keys: SealKeys): Promise<Draft> {
  const others = partsOf(file).map((part, i) => (i === 0 ? { ...part, neededBytes: neededBytes(file) } : part));
  const last = others.pop();
  assert(last !== undefined, "a file has a part at least");
  const write = async (part: DraftPart): Promise<Draft> => {
    try {
      const [drafted] = await run("draft", { parts: [part], keys });
      assert(drafted !== undefined, "each part becomes a draft or a failure");
      return drafted;
    } catch (thrown) {
      // What was written goes when the folder is opened next.
      return GlowError.from(thrown, "file.draft", file.path);
    }
  };
  const first = file.draft === undefined ? others.shift() : undefined;
  const draft = first === undefined ? file.draft : await write(first);
  if (draft === undefined) return write(last);
  if (draft instanceof GlowError) return draft;
  let failure: GlowError | undefined;
  const rest = others.values();
  const next = (): Promise<Draft> | undefined => {
    const part = failure === undefined ? rest.next().value : undefined;
    return part && write({ ...part, draft });
  };
  for await (const written of inParallel(hands, next)) if (written instanceof GlowError) failure ??= written;
  return failure ?? write({ ...last, draft });
}

/**
 * What would fill the disk is not begun: other programs need it, and it would be tried again and again. A chunk that claims
 * more than any can have is refused by whoever opens it.
 */
function neededBytes({ chunks }: FileAction): number {
  const sizes = chunks.map(({ chunk, from }) => (from === undefined ? 0 : chunk.sizeBytes));
  return sizes.reduce((sum, sizeBytes) => sum + Math.min(sizeBytes, contentLimits.chunkBytes), 0);
}

/** What is to be written of it: of a small file, the one that is all of it. */
export function partsOf({ path, chunks, draft, mode, modifiedNs }: FileAction): DraftPart[] {
  const parts: DraftPart[] = [];
  let part: SourcedChunk[] = [];
  let offset = 0;
  let bytes = 0;
  const cut = (): void => {
    if (part.length > 0) parts.push({ path, chunks: part, offset });
    offset += bytes;
    part = [];
    bytes = 0;
  };
  for (const { chunk, from } of chunks) {
    if (from === undefined) {
      assert(draft !== undefined, "each chunk comes from somewhere, or was drafted");
      cut();
      offset += chunk.sizeBytes;
      continue;
    }
    part.push({ chunk, from });
    bytes += chunk.sizeBytes;
    if (bytes >= folderLimits.draftPartBytes) cut();
  }
  return [...parts, { path, chunks: part, offset, attributes: { mode, modifiedNs } }];
}

/** What was begun is not all in one part. */
export function isLargeDraft(file: FileAction): boolean {
  return file.draft !== undefined || contentBytes(file) >= folderLimits.draftPartBytes;
}

function isFirst(seen: Set<string>, name: ChunkName): boolean {
  const text = name.toHex();
  if (seen.has(text)) return false;
  seen.add(text);
  return true;
}
