// Lists what is to be looked at: folders, or only some names in them. What cannot be looked at is told, and told anew each time;
// a folder that is gone, or another one by now, is as if nobody had asked for it.

import type { GlowError } from "#base/errors.ts";
import type { LocalEntry, ScanPage } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import { type FolderSeat, folderOf } from "./binding-rows.ts";

export interface LookTarget extends FolderSeat {
  /** What in it is to be looked at; undefined: all. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Whether what is below is to be looked at as well. */
  readonly deep: boolean;
}

export interface ListedTargets {
  /** By the path of the folder; none of one that could not be listed whole, or that is not there. */
  readonly entries: ReadonlyMap<string, readonly LocalEntry[]>;
  /** Paths of what is there and cannot be looked at. */
  readonly passed: ReadonlySet<string>;
}

export interface ListingEvents {
  /** At this path is no folder any more, or another one. */
  gone(path: string): void;
  /** This folder could not be listed, which may be over soon. */
  later(path: string): void;
}

export class TargetListing {
  readonly #parts: BindingParts;
  readonly #events: ListingEvents;

  constructor(parts: BindingParts, events: ListingEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  async of(targets: readonly LookTarget[]): Promise<ListedTargets> {
    const { problems } = this.#parts;
    const entries = new Map<string, LocalEntry[]>(targets.map(({ path }) => [path, []]));
    const passed = new Set<string>();
    const unlisted = new Map<string, GlowError>();
    for (const { path, names } of targets) problems.solveIn(path, names);
    for await (const page of this.#pages(targets)) {
      for (const entry of page.entries) entries.get(folderOf(entry.path))?.push(entry);
      for (const { path, reason } of page.passed) {
        if (entries.has(path)) unlisted.set(path, reason);
        else problems.addIn(folderOf(path), path, reason);
        passed.add(path);
      }
    }
    await this.#dropOthers(targets, entries);
    for (const [path, reason] of unlisted) if (entries.delete(path)) this.#unlisted(path, reason);
    return { entries, passed };
  }

  async *#pages(targets: readonly LookTarget[]): AsyncIterable<ScanPage> {
    const { agent } = this.#parts;
    const wanted = targets.flatMap(({ path, names }) => (names === undefined ? [] : [{ path, names: [...names] }]));
    if (wanted.length > 0) yield await agent.find(wanted);
    const whole = targets.flatMap(({ path, names }) => (names === undefined ? [path] : []));
    if (whole.length > 0) yield* agent.scan(whole, false);
  }

  #unlisted(path: string, reason: GlowError): void {
    this.#parts.problems.addIn(path, path, reason);
    // It was gone for a moment only, or another one was in its place: nobody tells that this is over.
    if (transientKinds.has(reason.kind)) this.#events.later(path);
  }

  /** What is listed of a folder that is gone, or that another one has taken the place of. The one above tells of that. */
  async #dropOthers(targets: readonly LookTarget[], entries: Map<string, LocalEntry[]>): Promise<void> {
    const inner = targets.filter(({ path }) => path !== "");
    if (inner.length === 0) return;
    const stats = await this.#parts.agent.stat(inner.map(({ path }) => path));
    inner.forEach(({ path, file }, i) => {
      const stat = stats[i];
      if (stat?.kind === "folder" && stat.file === file) return;
      entries.delete(path);
      this.#parts.problems.solveBelow(path, () => false);
      this.#events.gone(path);
    });
  }
}

/** Of a folder that could not be listed, and may be there nevertheless. */
const transientKinds: ReadonlySet<string> = new Set(["not-found", "conflict"]);
