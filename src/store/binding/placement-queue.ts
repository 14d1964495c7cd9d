// Puts content from the drive into files of the folder. What a file needs is looked for here first (in packs, and in large
// files of the folder itself) and fetched from others where it is missing; files that are complete are written in groups,
// large ones while they are fetched. A file whose content nobody has waits without holding up others, and not for ever in the
// same place.

import { GlowError } from "#base/errors.ts";
import type { IndexChange } from "#glow";
import type { BlobId, ChunkRef, FolderAction, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { joinPath, type RowChange } from "./binding-rows.ts";
import { rescueChunks } from "./chunk-rescue.ts";
import { leavesOf } from "./content-leaves.ts";
import { findDamaged, type Sources, sourcesOf } from "./content-sources.ts";
import { ContentWaits } from "./content-waits.ts";
import { fileMode, type Placement } from "./folder-plan.ts";
import { type Grown, GrowingDrafts } from "./growing-drafts.ts";
import { ignoreFileName } from "./own-names.ts";
import { isLarge } from "./sight-sealer.ts";
import { bindingPace } from "./pace.ts";

export interface PlacementEvents extends BindingSignals {
  /** Fails unless the folder is the one that was bound. */
  prove(): Promise<void>;
  /** Whether the drive has something else by now: then it is planned anew. */
  isStale(object: ObjectId): boolean;
  placed(object: ObjectId): void;
  /** It could not be done, or is to be planned anew (no error). */
  failed(object: ObjectId, path: string, error: GlowError | undefined): void;
  rulesChanged(): void;
}

interface NeededChunk {
  readonly chunk: ChunkRef;
  readonly offset: number;
  readonly blob: BlobId;
}

/** A file, or a link, which needs nothing. */
interface Item {
  readonly placement: Placement;
  readonly chunks: readonly NeededChunk[];
}

interface SeatedItem {
  readonly item: Item;
  readonly path: string;
  readonly row: BindingRow | undefined;
  readonly grown: Grown | undefined;
}

export class PlacementQueue {
  readonly #parts: BindingParts;
  readonly #events: PlacementEvents;
  /** All that are on their way. */
  readonly #items = new Map<ObjectId, Placement>();
  /** Where they were to lie when that was asked last, for messages. */
  readonly #paths = new Map<ObjectId, string>();
  /** Names at which something is just being put. */
  readonly #spots = new Set<string>();
  readonly #large: Placement[] = [];
  #preparingLarge = 0;
  #preparing = 0;
  #ready: Item[] = [];
  #readyBytes = 0;
  readonly #applying = new Set<Promise<void>>();
  /** Names may change meanwhile: they have none yet. */
  readonly #drafts: GrowingDrafts;
  readonly #waits: ContentWaits;
  #held = false;
  #isStopped = false;

  constructor(parts: BindingParts, events: PlacementEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#drafts = new GrowingDrafts(parts, () => events.prove());
    this.#waits = new ContentWaits(parts.timers);
  }

  get size(): number {
    return this.#items.size;
  }

  get full(): boolean {
    return this.#items.size >= bindingPace.placements;
  }

  has(object: ObjectId): boolean {
    return this.#items.has(object);
  }

  isPlacing(spotKey: string): boolean {
    return this.#spots.has(spotKey);
  }

  isPlacingIn(folder: ObjectId): boolean {
    for (const { parent } of this.#items.values()) if (parent === folder) return true;
    return false;
  }

  add(placements: readonly Placement[]): void {
    if (this.#isStopped) return;
    const small: Placement[] = [];
    for (const placement of placements) {
      this.#items.set(placement.state.object, placement);
      this.#parts.progress.begins("intoFolder", placement.localName, placement.state.sizeBytes);
      if (isLarge(placement.state)) this.#large.push(placement);
      else small.push(placement);
    }
    this.#startLarge();
    if (small.length > 0) void this.#prepare(small);
  }

  /** These were planned anew: what was written of others than what is to be placed now is of no use. */
  planned(objects: readonly ObjectId[]): void {
    for (const object of objects) {
      if (!this.#drafts.has(object)) continue;
      const placement = this.#items.get(object);
      this.#drafts.keep(object, placement && this.#fingerprintOf(placement));
    }
  }

  /** The drive has something new of these: what they wait for may never come. */
  changed(objects: readonly ObjectId[]): void {
    for (const object of objects) this.#waits.end(object);
  }

  /** Nothing gets its place until `release`: names of folders change. Resolves when nothing does any more. */
  async hold(): Promise<void> {
    this.#held = true;
    while (this.#applying.size > 0) await Promise.all(this.#applying);
  }

  release(): void {
    this.#held = this.#isStopped;
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waits.stop();
    this.#large.length = 0;
    this.#ready = [];
    await this.hold();
    await this.#drafts.stop();
  }

  // ------------------------------------------------------------------------------------------ what files need

  #startLarge(): void {
    while (this.#preparingLarge < bindingPace.largeGroups) {
      const placement = this.#large.shift();
      if (placement === undefined) return;
      this.#preparingLarge++;
      void this.#prepare([placement]).then(() => {
        this.#preparingLarge--;
        this.#startLarge();
      });
    }
  }

  async #prepare(placements: readonly Placement[]): Promise<void> {
    this.#preparing++;
    try {
      const free = await this.#withoutPresent(placements);
      const leaves = await this.#leaves(free);
      const items = await this.#locate(leaves);
      const missing = await this.#missing(items);
      await Promise.all(items.map((item) => this.#complete(item, missing)));
    } catch (thrown) {
      for (const placement of placements) this.#fail(placement, GlowError.from(thrown, "binding.place"));
    }
    this.#preparing--;
    this.#start();
  }

  /** What lies here under a name that is to be free is the folder's to tell of first. */
  async #withoutPresent(placements: readonly Placement[]): Promise<Placement[]> {
    const { rows, agent } = this.#parts;
    const known = await rows.byObject(placements.map(({ state }) => state.object));
    const paths = new Map<Placement, string | undefined>();
    for (const placement of placements) paths.set(placement, await this.#pathOf(placement));
    const unknown = placements.filter((_, i) => known[i] === undefined);
    const stats = unknown.length === 0 ? [] : await agent.stat(unknown.map((each) => paths.get(each) ?? ""));
    const present = new Set<Placement>();
    unknown.forEach((placement, i) => {
      const path = paths.get(placement);
      if (path !== undefined && stats[i] === undefined) return;
      present.add(placement);
      if (path !== undefined) this.#events.hotAt(path);
      this.#fail(placement, undefined);
    });
    return placements.filter((placement) => !present.has(placement));
  }

  /** The chunks of each; those whose lists nobody brings in time are given up for now. */
  async #leaves(
    placements: readonly Placement[],
  ): Promise<{ placement: Placement; leaves: Omit<NeededChunk, "blob">[] }[]> {
    const found: { placement: Placement; leaves: Omit<NeededChunk, "blob">[] }[] = [];
    for (const placement of placements) {
      const { content, target } = placement.state.heads[0] ?? {};
      if (content === undefined) {
        if (target !== undefined) found.push({ placement, leaves: [] });
        else this.#fail(placement, new GlowError("unsupported", "binding.place", { message: unknownContent }));
        continue;
      }
      try {
        const { object } = placement.state;
        const leaves = await this.#waits.during(object, neverComing, (signal) =>
          leavesOf(this.#parts, content, signal),
        );
        found.push({ placement, leaves });
      } catch (thrown) {
        this.#giveUp(placement, toldOf(GlowError.from(thrown, "binding.place")));
      }
    }
    return found;
  }

  async #locate(found: readonly { placement: Placement; leaves: Omit<NeededChunk, "blob">[] }[]): Promise<Item[]> {
    const blobs = await this.#parts.drive.placements(
      found.flatMap(({ leaves }) => leaves.map(({ chunk }) => chunk.name)),
    );
    let at = 0;
    return found.flatMap(({ placement, leaves }): Item[] => {
      const chunks = leaves.map((leaf) => ({ ...leaf, blob: blobs[at++] }));
      if (chunks.every(isLocated)) return [{ placement, chunks }];
      this.#fail(placement, new GlowError("unavailable", "binding.place", { message: unplaced }));
      return [];
    });
  }

  /** Blobs, in hex, that are neither in packs nor in files of this folder. */
  async #missing(items: readonly Item[]): Promise<Set<string>> {
    const blobs = items.flatMap(({ chunks }) => chunks.map(({ blob }) => blob));
    const packed = blobs.length === 0 ? [] : await this.#parts.content.blobs.has(blobs);
    const rest = blobs.filter((_, i) => packed[i] !== true);
    const backed = rest.length === 0 ? [] : await this.#parts.rows.backed(rest);
    return new Set(rest.filter((_, i) => backed[i] === undefined).map((blob) => blob.toHex()));
  }

  async #complete(item: Item, missing: ReadonlySet<string>): Promise<void> {
    const wanted = item.chunks.map(({ blob }) => blob).filter((blob) => missing.has(blob.toHex()));
    const { supply } = this.#parts.content;
    const { state } = item.placement;
    try {
      if (wanted.length > 0) {
        await this.#waits.during(
          state.object,
          () => supply.isComing(wanted),
          (signal) => (isLarge(state) ? this.#grow(item, missing, signal) : supply.want(wanted, "now", signal)),
        );
      }
    } catch (thrown) {
      this.#giveUp(item.placement, toldOf(GlowError.from(thrown, "binding.place")));
      return;
    }
    this.#ready.push(item);
    this.#readyBytes += item.placement.state.sizeBytes;
    if (this.#ready.length >= bindingPace.groupEntries || this.#readyBytes >= bindingPace.groupBytes) this.#start();
  }

  #grow({ placement, chunks }: Item, missing: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { object } = placement.state;
    const path = this.#paths.get(object) ?? placement.localName;
    return this.#drafts.grow({ object, fingerprint: this.#fingerprintOf(placement), path, chunks }, missing, signal);
  }

  #grown({ placement }: Item): Grown | undefined {
    const { object } = placement.state;
    return this.#drafts.has(object) ? this.#drafts.grown(object, this.#fingerprintOf(placement)) : undefined;
  }

  #fingerprintOf({ state }: Placement): string {
    return this.#parts.fingerprintOf(state.heads[0] ?? {}).toHex();
  }

  // ---------------------------------------------------------------------------------------------- writing them

  /** While some are being prepared, more may come along with those that are ready. */
  #start(): void {
    while (!this.#held && this.#ready.length > 0 && this.#applying.size < bindingPace.applyGroups) {
      const whole = this.#ready.length >= bindingPace.groupEntries || this.#readyBytes >= bindingPace.groupBytes;
      if (!whole && this.#preparing > this.#preparingLarge && this.#applying.size > 0) return;
      const group = this.#takeGroup();
      const applying = this.#apply(group)
        .catch((thrown: unknown) => {
          for (const { placement } of group) this.#fail(placement, GlowError.from(thrown, "binding.place"));
        })
        .then(() => {
          this.#applying.delete(applying);
          this.#events.freed();
          this.#start();
        });
      this.#applying.add(applying);
    }
  }

  #takeGroup(): Item[] {
    const group: Item[] = [];
    let bytes = 0;
    while (group.length < bindingPace.groupEntries && bytes < bindingPace.groupBytes) {
      const item = this.#ready.shift();
      if (item === undefined) break;
      group.push(item);
      bytes += item.placement.state.sizeBytes;
    }
    this.#readyBytes -= bytes;
    return group;
  }

  async #apply(group: readonly Item[]): Promise<void> {
    const { rows, agent, turns, keys } = this.#parts;
    if (!(await this.#isProved())) {
      for (const { placement } of group) this.#giveUp(placement, undefined);
      return;
    }
    const ready = await this.#seated(group);
    if (ready.length === 0) return;
    const spots = ready.map(({ item }) => rows.spotKey(item.placement));
    for (const spot of spots) this.#spots.add(spot);
    try {
      const sources = await sourcesOf(this.#parts, ready.flatMap(unwritten));
      for (const each of ready) await this.#rescue(each);
      const begun = await this.#begin(ready);
      const results = await agent.apply(
        ready.map((each) => actionOf(each, sources)),
        keys(),
      );
      for (const [i, each] of ready.entries()) {
        if (results[i]?.kind === "corrupt") await findDamaged(this.#parts.content, unwritten(each));
      }
      await turns.take(() => this.#finish(ready, results, begun));
    } finally {
      for (const spot of spots) this.#spots.delete(spot);
    }
  }

  /** They may have waited long: what lies there by now may be another folder, of which rows would be untrue. */
  async #isProved(): Promise<boolean> {
    try {
      await this.#events.prove();
      return true;
    } catch {
      // Whoever looks at it next says what is wrong with it, and when that is over.
      this.#events.hot("");
      return false;
    }
  }

  #begin(ready: readonly SeatedItem[]): Promise<readonly IndexChange[]> {
    const states = ready.map(({ item }) => item.placement.state);
    return this.#parts.begun.begin(
      ready.map(({ item }) => rowOf(this.#parts, item.placement)),
      states.map(({ sizeBytes }) => sizeBytes),
    );
  }

  /** With where they are to lie just now, and what is there. */
  async #seated(group: readonly Item[]): Promise<SeatedItem[]> {
    const { rows } = this.#parts;
    const known = await rows.byObject(group.map(({ placement }) => placement.state.object));
    const paths = await Promise.all(group.map(({ placement }) => this.#pathOf(placement)));
    return group.flatMap((item, i): SeatedItem[] => {
      const path = paths[i];
      const row = known[i];
      const elsewhere = row !== undefined && rows.spotKey(row) !== rows.spotKey(item.placement);
      const isReady = path !== undefined && !elsewhere && !this.#events.isStale(item.placement.state.object);
      if (path !== undefined && isReady) return [{ item, path, row, grown: this.#grown(item) }];
      // It may be the same content that is planned for another place.
      this.#giveUp(item.placement, undefined);
      return [];
    });
  }

  /** What lies in the file now may lie nowhere else. */
  async #rescue({ item, path, row }: SeatedItem): Promise<void> {
    if (row === undefined || !isLarge(row.stat)) return;
    await rescueChunks(this.#parts, row, path, new Set(item.chunks.map(({ blob }) => blob.toHex())));
  }

  async #finish(
    items: readonly SeatedItem[],
    results: readonly (LocalStat | GlowError | undefined)[],
    begun: readonly IndexChange[],
  ): Promise<void> {
    const { rows } = this.#parts;
    const current = await rows.byObject(items.map(({ item }) => item.placement.state.object));
    const holders = await rows.at(items.map(({ item }) => item.placement));
    const changes: RowChange[] = [];
    const placed: SeatedItem[] = [];
    for (const [i, each] of items.entries()) {
      const stat = results[i];
      if (stat === undefined || stat instanceof GlowError) {
        this.#refused(each.item.placement, each.path, stat);
        continue;
      }
      changes.push({ was: current[i], now: { ...rowOf(this.#parts, each.item.placement), stat } });
      changes.push(...this.#displaced(each, holders[i]));
      placed.push({ ...each, row: current[i] });
    }
    // Before the rows that say that the files are as they should be: then nobody would look at what they back any more.
    for (const each of placed) await this.#back(each.item, each.row);
    await rows.write(changes, begun);
    for (const each of placed) {
      await this.#unpack(each.item);
      this.#placed(each.item.placement, each.path);
    }
  }

  /** What had the place in the rows, and was nowhere in the folder: it comes back, under another name if need be. */
  #displaced({ item }: SeatedItem, holder: BindingRow | undefined): RowChange[] {
    if (holder === undefined || holder.object === item.placement.state.object) return [];
    this.#events.revisit([holder.object]);
    return [{ was: holder, now: undefined }];
  }

  /** A large file backs its chunks from now on. */
  async #back({ placement, chunks }: Item, before: BindingRow | undefined): Promise<void> {
    const { rows } = this.#parts;
    const { object } = placement.state;
    const kept = new Set(chunks.map(({ blob, offset }) => `${blob.toHex()} ${offset}`));
    if (before !== undefined && isLarge(before.stat)) {
      await rows.unback(object, ({ blob, offset }) => kept.has(`${blob.toHex()} ${offset}`));
    }
    if (isLarge(placement.state)) {
      await rows.back(chunks.map(({ chunk, blob, offset }) => ({ chunk, blob, offset, object })));
    }
  }

  /** The packs need not have what a large file backs. */
  async #unpack({ placement, chunks }: Item): Promise<void> {
    if (isLarge(placement.state)) await this.#parts.content.blobs.remove(chunks.map(({ blob }) => blob));
  }

  #placed(placement: Placement, path: string): void {
    const { object, sizeBytes } = placement.state;
    this.#items.delete(object);
    this.#paths.delete(object);
    this.#drafts.placed(object);
    this.#parts.progress.ends("intoFolder", sizeBytes, true);
    if (path === ignoreFileName) this.#events.rulesChanged();
    this.#events.placed(object);
  }

  #refused(placement: Placement, path: string, error: GlowError | undefined): void {
    if (error === undefined || isPassing(error)) {
      this.#events.hotAt(path);
      this.#fail(placement, undefined);
    } else this.#fail(placement, error);
  }

  #fail(placement: Placement, error: GlowError | undefined): void {
    this.#drafts.drop(placement.state.object);
    this.#giveUp(placement, error);
  }

  /** What was written of it is kept. */
  #giveUp(placement: Placement, error: GlowError | undefined): void {
    const { object, sizeBytes } = placement.state;
    if (!this.#items.delete(object)) return;
    const path = this.#paths.get(object) ?? placement.localName;
    this.#paths.delete(object);
    this.#parts.progress.ends("intoFolder", sizeBytes, false);
    this.#events.failed(object, path, error);
  }

  async #pathOf({ state, parent, localName }: Placement): Promise<string | undefined> {
    const above = await this.#parts.rows.path(parent);
    if (above === undefined) return undefined;
    const path = joinPath(above, localName);
    this.#paths.set(state.object, path);
    return path;
  }
}

const unknownContent = "a later version of Glow wrote it: update this device to have it";
const unplaced = "where a part of this file lies has not come to this device yet";

/** Something is there that nobody has told of yet, or its folder, or what it was to be made of, is not where it was. */
function isPassing({ kind }: GlowError): boolean {
  return kind === "conflict" || kind === "not-found";
}

/** What people are told of why a file is not placed now. */
function toldOf(error: GlowError): GlowError | undefined {
  return isPassing(error) || error.kind === "cancelled" || error.op === "binding.root" ? undefined : error;
}

/** Lists are small, and asked for before all else. */
function neverComing(): boolean {
  return false;
}

function isLocated(chunk: Omit<NeededChunk, "blob"> & { readonly blob: BlobId | undefined }): chunk is NeededChunk {
  return chunk.blob !== undefined;
}

function unwritten({ item, grown }: SeatedItem): BlobId[] {
  return item.chunks.filter(({ offset }) => grown?.offsets.has(offset) !== true).map(({ blob }) => blob);
}

function actionOf({ item, path, row, grown }: SeatedItem, sources: Sources): FolderAction {
  const { state } = item.placement;
  const target = state.heads[0]?.target;
  const expected = row?.stat;
  if (target !== undefined) return { type: "link", path, target, expected };
  return {
    type: "file",
    path,
    expected,
    mode: fileMode(state.mode),
    modifiedNs: state.modifiedNs,
    chunks: item.chunks.map(({ chunk, blob, offset }) => {
      return { chunk, from: grown?.offsets.has(offset) === true ? undefined : sources.get(blob.toHex()) };
    }),
    ...(grown !== undefined && { draft: grown.draft }),
  };
}

function rowOf({ fingerprintOf }: BindingParts, { parent, localName, state }: Placement): Omit<BindingRow, "stat"> {
  const { object, kind, name, mode, modifiedNs, heads } = state;
  const [shown] = heads;
  return {
    object,
    kind,
    parent,
    localName,
    driveName: name,
    fingerprint: fingerprintOf(shown ?? {}),
    modifiedNs,
    mode,
  };
}
