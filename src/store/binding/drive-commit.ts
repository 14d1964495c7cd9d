// Writes what was seen in the folder, or what is gone from it, as one change of the drive, and then the rows that say that
// both agree. What is decided is decided when the change has its turn, on what the drive is at that moment. The rows are
// announced before the change is written, so that a crash in between does not lose them.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import type { IndexChange } from "#glow";
import type { BatchHeader, DriveChange, DriveState, DriveVersion, ObjectId } from "../contracts.ts";
import type { AnnouncedRow } from "./announced-rows.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { DriveTree } from "./drive-tree.ts";
import { type LocalSight, showsOther } from "./local-merge.ts";
import { OwnBatches } from "./own-batches.ts";
import type { SealedSight } from "./sight-sealer.ts";
import { orderSteps } from "./step-order.ts";
import { agrees, forgetRows, planSubtreeRemoval } from "./subtree-removal.ts";
import { bindingPace } from "./pace.ts";
import { WritePlan } from "./write-plan.ts";

export interface CommitResult {
  readonly failed: readonly { readonly sight: LocalSight; readonly error: GlowError }[];
  /** What was no longer so, or has a name that something else has still: it is looked at again. */
  readonly again: readonly LocalSight[];
  /** Folders that something lies in here, and that the drive no longer has. */
  readonly homeless: ReadonlySet<ObjectId>;
}

/** What one of a group can be to blame for; for all other errors trying one by one would help nobody. */
const singleKinds = new Set(["already-exists", "not-found", "invalid", "too-large", "conflict"]);

export class DriveCommit {
  /** Hashes of the batches that it wrote: nobody needs to look at what they changed. */
  readonly own = new OwnBatches();
  readonly #parts: BindingParts;
  readonly #signals: BindingSignals;
  /** A change has failed, which may have been written nevertheless. */
  #failed = false;

  constructor(parts: BindingParts, signals: BindingSignals) {
    this.#parts = parts;
    this.#signals = signals;
  }

  /** Fails as a whole for what none of the sights is to blame for: `exhausted`, `denied`, `unavailable`. */
  write(group: readonly SealedSight[]): Promise<CommitResult> {
    return this.#parts.turns.take(async () => {
      const left: Left = { again: [], homeless: new Set() };
      try {
        await this.#write(await this.#withFewChunks(group), left);
        return { failed: [], ...left };
      } catch (thrown) {
        const error = GlowError.from(thrown, "binding.write");
        if (!singleKinds.has(error.kind)) throw error;
        return { failed: await this.#writeSingly(group, left), ...left };
      }
    });
  }

  /** One change names only so many chunks: those of a very large file come in changes before, which change nothing else. */
  async #withFewChunks(group: readonly SealedSight[]): Promise<readonly SealedSight[]> {
    const total = group.reduce((sum, { chunks }) => sum + chunks.length, 0);
    if (total <= bindingPace.chunksPerChange) return group;
    const all = group.flatMap(({ chunks }) => chunks);
    for (let at = 0; at < all.length; at += bindingPace.chunksPerChange) {
      const chunks = all.slice(at, at + bindingPace.chunksPerChange);
      await this.#change(async () => ({ steps: [], chunks, rows: [] }));
    }
    return group.map(({ sight }) => ({ sight, chunks: [] }));
  }

  /** The rows of what is no longer in the folder; of a folder, its own, and what is below goes with it. */
  remove(gone: readonly BindingRow[]): Promise<void> {
    return this.#parts.turns.take(async () => {
      let removal: Removal | undefined;
      const ends = await this.#change(async () => {
        removal = await this.#planRemoval(gone);
        const rows = removal.rows.map(({ object }) => ({ object, now: undefined }));
        return { steps: removal.objects.map((object) => ({ type: "remove", object })), chunks: [], rows };
      });
      if (removal !== undefined) await this.#forget(removal);
      await this.#parts.rows.write([], ends);
    });
  }

  async #writeSingly(group: readonly SealedSight[], left: Left): Promise<CommitResult["failed"]> {
    const failed: { sight: LocalSight; error: GlowError }[] = [];
    for (const { sight, chunks } of group) {
      let error = await this.#tryOne({ sight, chunks }, left);
      if (error?.kind === "already-exists" && sight.origin === "known") {
        error = await this.#tryOne({ sight: { ...sight, marked: true }, chunks }, left);
      }
      if (error !== undefined) failed.push({ sight, error });
    }
    return failed;
  }

  async #tryOne(one: SealedSight, left: Left): Promise<GlowError | undefined> {
    try {
      await this.#write([one], left);
      return undefined;
    } catch (thrown) {
      return GlowError.from(thrown, "binding.write", one.sight.path);
    }
  }

  async #write(group: readonly SealedSight[], { again, homeless }: Left): Promise<void> {
    let plan: WritePlan | undefined;
    const ends = await this.#change(async () => {
      plan = await this.#plan(group);
      const rows = plan.rows.flatMap(({ was, now }) => announcedRow(now?.object ?? was?.object, now));
      return { steps: orderSteps(plan.changes), chunks: plan.chunks, rows };
    });
    if (plan === undefined) return;
    await this.#parts.rows.write(plan.rows, ends);
    again.push(...plan.again);
    for (const folder of plan.homeless) homeless.add(folder);
    if (plan.revisit.length > 0) this.#signals.revisit(plan.revisit);
  }

  /** What ends the announcement of its rows. A change of nothing is none, and is not written. */
  async #change(prepare: () => Promise<AnnouncedChange>): Promise<readonly IndexChange[]> {
    const { drive, rows, announced } = this.#parts;
    const objects = new Set<ObjectId>();
    let ends: readonly IndexChange[] = [];
    let isAnnounced = false;
    this.own.begin();
    try {
      const header = await drive.change(async () => {
        // Whether the one that failed is in the drive after all is known by now.
        if (this.#failed) await announced.settle(rows, drive);
        this.#failed = false;
        const { steps, chunks, rows: outcome } = await prepare();
        if (steps.length + chunks.length === 0) throw nothing;
        for (const { object } of steps) objects.add(object);
        const announce = async ({ hash }: BatchHeader): Promise<void> => {
          isAnnounced = true;
          ends = await announced.announce(hash, outcome);
        };
        return { steps, chunks, announce };
      });
      this.own.end(idText(header.hash), objects);
    } catch (thrown) {
      this.own.end(undefined, objects);
      this.#failed ||= isAnnounced;
      if (thrown !== nothing) throw thrown;
    }
    return ends;
  }

  async #plan(group: readonly SealedSight[]): Promise<WritePlan> {
    const { rows, drive, folder } = this.#parts;
    const sights = group.map(({ sight }) => sight);
    const known = sights.filter(({ origin }) => origin !== "new").map(({ object }) => object);
    const tree = new DriveTree(drive, folder);
    const parents = [...new Set(sights.map(({ parent }) => parent))];
    const [, rowList, spots, above] = await Promise.all([
      tree.load([...known, ...parents]),
      rows.byObject(sights.map(({ object }) => object)),
      rows.at(sights),
      rows.byObject(parents),
    ]);
    const seated = new Set([rows.root, ...parents.filter((_, i) => above[i] !== undefined)]);
    const plan = new WritePlan(this.#parts, tree, { seated, inPlace: await this.#inPlace(sights, tree) });
    for (const [i, each] of group.entries()) {
      const row = rowList[i];
      plan.add(each, row, spots[i], await this.#isPast(each.sight, row, tree.state(each.sight.object)));
    }
    plan.finish();
    return plan;
  }

  /** Of the folders above what is to move, and those have to be looked at only then: which are where their rows say. */
  async #inPlace(sights: readonly LocalSight[], tree: DriveTree): Promise<ReadonlySet<ObjectId>> {
    const moving = sights.filter(({ kind, moved }) => kind === "folder" && moved === true);
    const folders = [...new Set(moving.flatMap(({ parent }) => [parent, ...tree.above(parent)]))];
    const rows = folders.length === 0 ? [] : await this.#parts.rows.byObject(folders);
    return new Set(folders.filter((folder, i) => rows[i]?.parent === tree.state(folder)?.parent));
  }

  /** Asked only where it looks as if both sides had changed. */
  async #isPast({ held, stat, kind }: LocalSight, row: BindingRow | undefined, state?: DriveState): Promise<boolean> {
    const { drive, fingerprintOf } = this.#parts;
    if (held === undefined || kind !== "file" || state === undefined) return false;
    const same = (fingerprint: Uint8Array): boolean => equalBytes(fingerprint, held.fingerprint);
    const isOther = (version: DriveVersion): boolean => !same(fingerprintOf(version));
    if (!state.heads.every(isOther) || (row !== undefined && !showsOther(row, state, fingerprintOf))) return false;
    if (row !== undefined && same(row.fingerprint)) return false;
    const versions = await drive.history(state.object, bindingPace.pastVersions);
    return versions.some((version) => version.modifiedNs === stat.modifiedNs && !isOther(version));
  }

  async #planRemoval(gone: readonly BindingRow[]): Promise<Removal> {
    const { rows, drive, folder } = this.#parts;
    const found = await rows.byObject(gone.map(({ object }) => object));
    // What was moved or replaced since it was missed is not what was missed.
    const fresh = found.filter((row, i) => row !== undefined && isSameThing(row, gone[i])) as BindingRow[];
    const tree = new DriveTree(drive, folder);
    await tree.load(fresh.map(({ object }) => object));
    const removal: Removal = { rows: fresh, objects: [], covered: new Set(), revisit: new Set() };
    for (const row of fresh) {
      const state = tree.state(row.object);
      if (state === undefined || tree.where(row.object) !== "inside") continue;
      if (!agrees(this.#parts, row, state)) removal.revisit.add(row.object);
      else if (row.kind !== "folder") removal.objects.push(row.object);
      else {
        const below = await planSubtreeRemoval(this.#parts, row.object);
        removal.objects.push(...below.objects);
        for (const object of below.covered) removal.covered.add(object);
        if (!below.whole) removal.revisit.add(row.object);
      }
    }
    return removal;
  }

  /** What the drive has kept comes back; also what it had moved out of a folder that is gone here with all in it. */
  async #forget({ rows: tops, objects, covered, revisit }: Removal): Promise<void> {
    const { rows } = this.#parts;
    const gone = new Set([...objects, ...covered]);
    for (const top of tops) {
      for (const { object } of await forgetRows(rows, top)) if (!gone.has(object)) revisit.add(object);
    }
    if (revisit.size > 0) this.#signals.revisit([...revisit]);
  }
}

/** Ends a change that turns out to be none. */
const nothing = new GlowError("cancelled", "binding.write", { message: "there is nothing to be changed" });

/** A change, and the rows that hold when it is written. */
interface AnnouncedChange extends DriveChange {
  readonly rows: readonly AnnouncedRow[];
}

/** What a change leaves undone. */
interface Left {
  readonly again: LocalSight[];
  readonly homeless: Set<ObjectId>;
}

interface Removal {
  readonly rows: readonly BindingRow[];
  readonly objects: ObjectId[];
  /** What goes with folders among these. */
  readonly covered: Set<ObjectId>;
  readonly revisit: Set<ObjectId>;
}

function isSameThing(row: BindingRow, gone: BindingRow | undefined): boolean {
  return row.parent === gone?.parent && row.localName === gone.localName && row.stat.file === gone.stat.file;
}

function announcedRow(object: ObjectId | undefined, now: BindingRow | undefined): AnnouncedRow[] {
  return object === undefined ? [] : [{ object, now }];
}
