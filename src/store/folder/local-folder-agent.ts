// A bound folder, as whoever keeps it and a drive the same uses it: cuts each call into jobs for the hands there are, and
// puts the results together.

import { assert, GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { Subscription } from "#glow";
import type {
  DraftName,
  FilePart,
  FolderAction,
  FolderAgent,
  LocalStat,
  NamesIn,
  ResealedChunk,
  ScanPage,
  SealKeys,
  SealRequest,
  SealResult,
} from "../contracts.ts";
import { groupsOf, sealingsOf, sharesOf, takesFromFolderAtAll } from "./action-groups.ts";
import type { ActionResult, Draft, FileAction, FolderCrew } from "./folder-jobs.ts";
import { draftLargeFile, isLargeDraft, partsOf, type RunJob, sealLargeFile } from "./large-file.ts";
import { inParallel } from "./parallel.ts";

/** Tells what changes in a folder, as `FolderAgent.watch` does. */
export type WatchFolder = FolderAgent["watch"];

export interface LocalFolderAgentOptions {
  readonly caseSensitive: boolean;
  readonly windowsNames: boolean;
  /** The agent's own: closed with it. */
  readonly crew: FolderCrew;
  readonly watch: WatchFolder;
}

export class LocalFolderAgent implements FolderAgent {
  readonly caseSensitive: boolean;
  readonly windowsNames: boolean;
  readonly #crew: FolderCrew;
  readonly #watch: WatchFolder;
  readonly #watching = new Set<Subscription>();
  readonly #closing = new AbortController();

  constructor({ caseSensitive, windowsNames, crew, watch }: LocalFolderAgentOptions) {
    this.caseSensitive = caseSensitive;
    this.windowsNames = windowsNames;
    this.#crew = crew;
    this.#watch = watch;
  }

  async *scan(folders: readonly string[], deep: boolean): AsyncGenerator<ScanPage, void, undefined> {
    // The last come first: so the tree is walked in depth, and what waits is never much.
    const pending = folders.toReversed();
    yield* inParallel(this.#width, () => {
      if (pending.length === 0) return undefined;
      const share = Math.min(Math.ceil(pending.length / this.#crew.hands), folderLimits.foldersPerPage);
      const next = pending.splice(-share).toReversed();
      return this.#run("scan", { folders: next }).then(({ page, rest }) => {
        for (const folder of rest.toReversed()) pending.push(folder);
        if (deep) for (const { path, stat } of page.entries) if (stat.kind === "folder") pending.push(path);
        return page;
      });
    });
  }

  find(wanted: readonly NamesIn[]): Promise<ScanPage> {
    return this.#run("find", { wanted });
  }

  async stat(paths: readonly string[]): Promise<(LocalStat | undefined)[]> {
    return [...(await this.#run("stat", { paths }))];
  }

  async *seal(files: readonly SealRequest[], keys: SealKeys): AsyncGenerator<SealResult, void, undefined> {
    const sealings = sealingsOf(files).values();
    const begin = (): Promise<readonly SealResult[]> | undefined => {
      const { value: portion } = sealings.next();
      if (portion === undefined) return undefined;
      return this.#seal(portion, keys).catch((thrown: unknown) => {
        return portion.map(({ path }) => ({ path, result: GlowError.from(thrown, "file.seal", path) }));
      });
    };
    for await (const results of inParallel(this.#width, begin)) yield* results;
  }

  /** The next group's content is written while one group gets its place, unless it is taken from there. */
  async apply(actions: readonly FolderAction[], keys: SealKeys): Promise<readonly ActionResult[]> {
    const groups = groupsOf(actions);
    const results: ActionResult[] = [];
    let ahead: Promise<readonly (Draft | undefined)[]> | undefined;
    for (const [i, group] of groups.entries()) {
      const drafts = await (ahead ?? this.#draft(group, keys));
      const next = groups[i + 1];
      ahead = next === undefined || takesFromFolderAtAll(next) ? undefined : this.#draft(next, keys);
      results.push(...(await this.#commit(group, drafts)));
    }
    return results;
  }

  async draft(part: FilePart, keys: SealKeys): Promise<DraftName> {
    const [draft] = await this.#run("draft", { parts: [part], keys });
    assert(draft !== undefined, "each part becomes a draft or a failure");
    if (draft instanceof GlowError) throw draft;
    return draft;
  }

  async discard(draft: DraftName): Promise<void> {
    await this.#run("discard", { draft });
  }

  async read(paths: readonly string[], limitBytes: number): Promise<(Uint8Array | undefined)[]> {
    return [...(await this.#run("read", { paths, limitBytes }))];
  }

  reseal(path: string, chunks: readonly ResealedChunk[], keys: SealKeys): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#run("reseal", { path, chunks, keys });
  }

  watch(...[changed, limited]: Parameters<WatchFolder>): Subscription {
    const watching = this.#watch(changed, limited);
    this.#watching.add(watching);
    return {
      stop: () => {
        this.#watching.delete(watching);
        watching.stop();
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const watching of this.#watching) watching.stop();
    this.#watching.clear();
    await this.#crew.close();
  }

  /** One more than there are hands, so that none waits for us. */
  get #width(): number {
    return this.#crew.hands + 1;
  }

  async #seal(portion: readonly SealRequest[], keys: SealKeys): Promise<readonly SealResult[]> {
    const [first, ...others] = portion;
    const isLarge = first !== undefined && first.expected.sizeBytes > folderLimits.bytesPerSealing;
    if (!isLarge) return this.#run("seal", { files: portion, keys });
    assert(others.length === 0, "a large file is a portion of its own");
    return [await sealLargeFile(this.#run, this.#crew.hands, first, keys)];
  }

  /** For each file its draft. Never fails: what fails is the draft. */
  async #draft(group: readonly FolderAction[], keys: SealKeys): Promise<readonly (Draft | undefined)[]> {
    const files = group.filter((action): action is FileAction => action.type === "file");
    const small = files.filter((file) => !isLargeDraft(file));
    const large = files.filter(isLargeDraft);
    const [smallDrafts, largeDrafts] = await Promise.all([
      Promise.all(sharesOf(small, this.#crew.hands).map((share) => this.#draftShare(share, keys))),
      Promise.all(large.map((file) => draftLargeFile(this.#run, this.#crew.hands, file, keys))),
    ]);
    const drafts = new Map<FolderAction, Draft | undefined>();
    for (const [i, draft] of smallDrafts.flat().entries()) drafts.set(small[i] as FileAction, draft);
    for (const [i, draft] of largeDrafts.entries()) drafts.set(large[i] as FileAction, draft);
    return group.map((action) => drafts.get(action));
  }

  async #draftShare(files: readonly FileAction[], keys: SealKeys): Promise<readonly Draft[]> {
    try {
      return await this.#run("draft", { parts: files.flatMap(partsOf), keys });
    } catch (thrown) {
      return files.map(({ path }) => GlowError.from(thrown, "file.draft", path));
    }
  }

  async #commit(
    group: readonly FolderAction[],
    drafts: readonly (Draft | undefined)[],
  ): Promise<readonly ActionResult[]> {
    const ready = group.map((action, i) => ({ action, draft: drafts[i] })).filter(isReady);
    const results = await this.#commitReady(ready);
    const byAction = new Map(ready.map(({ action }, i): [FolderAction, ActionResult] => [action, results[i]]));
    return group.map((action, i) => (drafts[i] instanceof GlowError ? drafts[i] : byAction.get(action)));
  }

  async #commitReady(ready: readonly ReadyAction[]): Promise<readonly ActionResult[]> {
    const actions = ready.map(({ action }) => withoutContent(action));
    const drafts = ready.map(({ draft }) => draft);
    try {
      return await this.#run("commit", { actions, drafts });
    } catch (thrown) {
      return actions.map(({ path }) => GlowError.from(thrown, "folder.apply", path));
    }
  }

  readonly #run: RunJob = (job, argument, told) => {
    const { signal } = this.#closing;
    if (!signal.aborted) return this.#crew.run(job, argument, told === undefined ? { signal } : { signal, told });
    return Promise.reject(new GlowError("released", `folder.${job}`, { message: "the bound folder was let go of" }));
  };
}

interface ReadyAction {
  readonly action: FolderAction;
  readonly draft: DraftName | undefined;
}

function isReady(each: { readonly action: FolderAction; readonly draft: Draft | undefined }): each is ReadyAction {
  return !(each.draft instanceof GlowError);
}

/** What was drafted need not travel again. */
function withoutContent(action: FolderAction): FolderAction {
  return action.type === "file" ? { ...action, chunks: [] } : action;
}
