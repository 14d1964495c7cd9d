// Finds out which object each of the things is that were found in the folder and are not as a row expects them: one that was
// moved, one that goes on under its name, one that the drive has under that name, or a new one. What has not settled, or
// whose name is not free yet, is left for later.

import type { LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import { type BindingRow, sameStat } from "./binding-row.ts";
import { type FolderSeat, folderOf, joinPath } from "./binding-rows.ts";
import { holdersOf } from "./drive-twins.ts";
import type { DriveWriter } from "./drive-writer.ts";
import type { ChangedEntry } from "./folder-comparison.ts";
import type { LocalSight } from "./local-merge.ts";
import type { MissingRows } from "./missing-rows.ts";
import { type MatchedSighting, matchMoves, type Sighting } from "./move-matcher.ts";
import { isLarge } from "./sight-sealer.ts";
import type { Unsettled } from "./unsettled.ts";
import { bindingPace } from "./pace.ts";

export interface SightFinderOptions {
  readonly parts: BindingParts;
  readonly writer: DriveWriter;
  readonly unsettled: Unsettled;
  readonly missing: MissingRows;
  /** What lies there is to be looked at again when its name may have become free. */
  later(path: string): void;
}

export interface FoundSights {
  /** Folders before what is in them. */
  readonly sights: readonly LocalSight[];
  /** New or moved ones: what is in them is to be looked at. */
  readonly folders: readonly FolderSeat[];
}

const nsPerMs = 1_000_000n;

export class SightFinder {
  readonly #options: SightFinderOptions;
  readonly #parts: BindingParts;
  /** Folders that this binding has made: what is in them came from here, until the drive says otherwise. */
  readonly #ours = new Set<ObjectId>();

  constructor(options: SightFinderOptions) {
    this.#options = options;
    this.#parts = options.parts;
  }

  /** `looked` are the folders in which the sightings lie, as far as they were looked at as a whole. */
  async find(
    changed: readonly ChangedEntry[],
    sightings: readonly Sighting[],
    looked: readonly FolderSeat[],
  ): Promise<FoundSights> {
    const known: LocalSight[] = [];
    for (const { row, sighting } of changed) {
      const read = sighting.stat.kind !== "folder" && !sameStat(row.stat, sighting.stat);
      if (this.#hasSettled(sighting, false)) known.push(knownSight(sighting, row, read));
    }
    const fresh: Sighting[] = [];
    const waiting: LocalSight[] = [];
    for (const match of await this.#match(sightings.map((each) => this.#apart(each)))) {
      if (match.row === undefined) fresh.push(match.sighting);
      else if (this.#isReady(match, match.row)) known.push(this.#matched(match.sighting, match.row));
      else waiting.push(this.#matched(match.sighting, match.row));
    }
    const leaving = new Set(known.flatMap(({ object, moved }) => (moved === true ? [object] : [])));
    const sights = [...known, ...(await this.#identify(fresh, leaving))];
    // What is missing may lie in a folder that has taken its name.
    return { sights, folders: this.#foldersOf([...sights, ...waiting], sightings, looked) };
  }

  /** Those that are new, or under a new name. */
  #foldersOf(
    sights: readonly LocalSight[],
    sightings: readonly Sighting[],
    looked: readonly FolderSeat[],
  ): FolderSeat[] {
    const drivePaths = new Map(looked.map(({ object, drivePath }) => [object, drivePath]));
    const found = new Set(sightings.map(({ path }) => path));
    return sights
      .filter(({ kind, path }) => kind === "folder" && found.has(path))
      .map(({ object, path, parent, localName, stat }) => {
        const above = drivePaths.get(parent) ?? folderOf(path);
        return { object, path, drivePath: joinPath(above, this.#parts.names.toDrive(localName)), file: stat.file };
      });
  }

  /** What is on its way to another place is not what has its name here now, though its row says so until it is there. */
  #apart(sighting: Sighting): Sighting {
    const { row } = sighting;
    return row !== undefined && this.#options.writer.isMoving(row.object) ? { ...sighting, row: undefined } : sighting;
  }

  // ---------------------------------------------------------------------------------------------- what was known

  async #match(sightings: readonly Sighting[]): Promise<readonly MatchedSighting[]> {
    if (sightings.length === 0) return [];
    const { rows } = this.#parts;
    const files = [...new Set(sightings.map(({ stat }) => stat.file))];
    const found = await rows.byFile(files);
    const known = new Map(found.flatMap((row) => (row === undefined ? [] : [[row.stat.file, row]])));
    const places = await this.#places([...known.values()]);
    const matched = matchMoves(sightings, known, (row) => isOccupied(row, places.get(row.object)));
    for (const { row } of matched) if (row !== undefined) this.#options.missing.found(row.object);
    return matched;
  }

  /** What lies now where these rows say. */
  async #places(known: readonly BindingRow[]): Promise<Map<ObjectId, LocalStat | undefined>> {
    const { rows, agent } = this.#parts;
    const paths = await Promise.all(known.map(({ object }) => rows.path(object)));
    const there = known.flatMap((row, i) => (paths[i] === undefined ? [] : [{ row, path: paths[i] }]));
    const stats = there.length === 0 ? [] : await agent.stat(there.map(({ path }) => path));
    return new Map(there.map(({ row }, i) => [row.object, stats[i]]));
  }

  #isReady({ sighting, displaced }: MatchedSighting, row: BindingRow): boolean {
    const { missing, later } = this.#options;
    const nowMs = this.#parts.clock.monotonicMs();
    const moved = row.parent !== sighting.parent || row.localName !== sighting.localName;
    if (displaced === undefined && this.#hasSettled(sighting, moved)) return true;
    // Until then it is not where its row says; but it is not gone.
    if (moved) missing.add(row, nowMs, true);
    if (displaced !== undefined) {
      missing.add(displaced, nowMs);
      later(sighting.path);
    }
    return false;
  }

  #matched(sighting: Sighting, row: BindingRow): LocalSight {
    const { kind, file } = sighting.stat;
    // A file that was moved is known by its size and time; one that took another's place is another file.
    const read = kind !== "folder" && file !== row.stat.file;
    return knownSight(sighting, row, read);
  }

  /** `moved`: a file is left under its new name for a moment, since whoever saves it may be about to write the old one. */
  #hasSettled(sighting: Sighting, moved: boolean): boolean {
    const { unsettled } = this.#options;
    const { clock, rows } = this.#parts;
    const key = rows.spotKey(sighting);
    const nowMs = clock.monotonicMs();
    if (sighting.stat.kind !== "file") return !unsettled.waits(key, nowMs);
    const ageMs = moved ? 0 : clock.wallMs() - Number(sighting.stat.changedNs / nsPerMs);
    return unsettled.settled(key, sighting, nowMs, ageMs);
  }

  // ------------------------------------------------------------------------------------------------ what is new

  /** `leaving` are known things that are about to be moved, also in the drive. */
  async #identify(sightings: readonly Sighting[], leaving: ReadonlySet<ObjectId>): Promise<LocalSight[]> {
    const byFolder = new Map<ObjectId, Sighting[]>();
    for (const sighting of sightings) {
      if (!this.#hasSettled(sighting, false)) continue;
      const others = byFolder.get(sighting.parent);
      if (others === undefined) byFolder.set(sighting.parent, [sighting]);
      else others.push(sighting);
    }
    const isLeaving = (object: ObjectId): boolean => leaving.has(object) || this.#options.writer.isMoving(object);
    const found = await Promise.all(
      [...byFolder].map(([folder, inside]) => this.#identifyIn(folder, inside, isLeaving)),
    );
    return found.flat();
  }

  async #identifyIn(
    folder: ObjectId,
    sightings: readonly Sighting[],
    isLeaving: (object: ObjectId) => boolean,
  ): Promise<LocalSight[]> {
    const { unsettled, writer } = this.#options;
    const { rows, names } = this.#parts;
    const unasked = (sighting: Sighting): boolean =>
      (writer.isBeingMade(folder) || this.#ours.has(folder)) && !unsettled.hasFailed(rows.spotKey(sighting));
    const asked = sightings.filter((sighting) => !unasked(sighting));
    const wanted = asked.map(({ localName, stat }) => ({ name: names.toDrive(localName), kind: stat.kind }));
    const holders = asked.length === 0 ? [] : await holdersOf(this.#parts, folder, wanted);
    const twins = new Set<ObjectId>();
    const sights: LocalSight[] = [];
    for (const sighting of sightings.filter(unasked)) sights.push(this.#newSight(sighting, false));
    asked.forEach((sighting, i) => {
      const holder = holders[i];
      const free = holder?.type === "taken" && holder.row !== undefined && isLeaving(holder.row.object);
      if (holder === undefined || free) sights.push(this.#newSight(sighting, false));
      else if (holder.type === "twin" && !twins.has(holder.object)) {
        twins.add(holder.object);
        sights.push({ ...sightOf(sighting), object: holder.object, origin: "twin", read: isRead(sighting) });
      } else if (holder.type === "taken" && holder.row !== undefined && this.#options.missing.has(holder.row.object)) {
        // It is gone from here, and soon from the drive: then the name is free.
        this.#options.later(sighting.path);
      } else sights.push(this.#newSight(sighting, true));
    });
    return sights;
  }

  #newSight(sighting: Sighting, marked: boolean): LocalSight {
    const { kind } = sighting.stat;
    const object = this.#parts.drive.newObject(kind);
    if (kind === "folder") {
      if (this.#ours.size >= bindingPace.cachedPaths) this.#ours.clear();
      this.#ours.add(object);
    }
    return { ...sightOf(sighting), object, origin: "new", read: isRead(sighting), ...(marked && { marked }) };
  }
}

function sightOf({ parent, localName, path, stat }: Sighting): Omit<LocalSight, "object" | "origin" | "read"> {
  return { parent, localName, path, stat, kind: stat.kind };
}

function knownSight(sighting: Sighting, row: BindingRow, read: boolean): LocalSight {
  const moved = row.parent !== sighting.parent || row.localName !== sighting.localName;
  return { ...sightOf(sighting), object: row.object, origin: "known", read, moved, backed: isLarge(row.stat) };
}

function isRead({ stat }: Sighting): boolean {
  return stat.kind !== "folder";
}

/** By any file for a file, by the same folder for a folder. */
function isOccupied(row: BindingRow, stat: LocalStat | undefined): boolean {
  if (stat?.kind !== row.kind) return false;
  return row.kind !== "folder" || stat.file === row.stat.file;
}
