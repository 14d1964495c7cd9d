// Which of the things that were found under a name where no row expects them are things that were known elsewhere. A move
// is told by the identity on the file system; a name that goes on to have a file is told by the name. Where the two
// contradict, programs that save files decide: most write a new file and rename it over the old one, or rename the old one
// away first. So for a file the name counts, unless what had it is found elsewhere as well *and* what has it now was known
// before: then names were exchanged. For a folder its identity counts, since nobody replaces folders to save them.
//
// File systems give the identity of what was removed to what is made next. So a file or a link has moved only if it is the
// same in size and time as well; of a folder nothing like that can be told, and taking a new one for the old one does no
// harm.

import type { FileKind, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { LocalSpot } from "./binding-rows.ts";

/** Something under a name that has no row, or whose row knows a thing of the same kind with another identity: `row`. */
export interface Sighting extends LocalSpot {
  readonly path: string;
  readonly stat: LocalStat & { readonly kind: FileKind };
  readonly row: BindingRow | undefined;
}

export interface MatchedSighting {
  readonly sighting: Sighting;
  /** What it is: this object, moved here or replaced in its place. Undefined: something new. */
  readonly row: BindingRow | undefined;
  /** What has its name in the drive still, and is nowhere to be seen: the name is free when that is removed. */
  readonly displaced: BindingRow | undefined;
}

/**
 * `known` are rows by identity. `occupied` says of such a row whether its place is still taken by something that is none
 * of the sightings: by any file for a file, by the same folder for a folder.
 */
export function matchMoves(
  sightings: readonly Sighting[],
  known: ReadonlyMap<string, BindingRow>,
  occupied: (row: BindingRow) => boolean,
): readonly MatchedSighting[] {
  const match = new MoveMatch(sightings, known, occupied);
  return sightings.map((sighting) => match.of(sighting));
}

class MoveMatch {
  readonly #occupied: (row: BindingRow) => boolean;
  /** The row of a sighting's identity, and the other way round: a file with two new names is found by the first. */
  readonly #candidates = new Map<Sighting, BindingRow>();
  readonly #finders = new Map<ObjectId, Sighting>();
  /** What lies at a row's place now. */
  readonly #occupants = new Map<ObjectId, Sighting>();
  readonly #moved = new Map<Sighting, boolean>();

  constructor(
    sightings: readonly Sighting[],
    known: ReadonlyMap<string, BindingRow>,
    occupied: (row: BindingRow) => boolean,
  ) {
    this.#occupied = occupied;
    for (const sighting of sightings) {
      if (sighting.row !== undefined) this.#occupants.set(sighting.row.object, sighting);
      const row = known.get(sighting.stat.file);
      if (row === undefined || this.#finders.has(row.object) || !mayBe(row, sighting.stat)) continue;
      this.#candidates.set(sighting, row);
      this.#finders.set(row.object, sighting);
    }
  }

  of(sighting: Sighting): MatchedSighting {
    const { row } = sighting;
    if (this.#isMoved(sighting)) {
      return { sighting, row: this.#candidates.get(sighting), displaced: this.#isElsewhere(row) ? undefined : row };
    }
    return { sighting, row: this.#isElsewhere(row) ? undefined : row, displaced: undefined };
  }

  #isElsewhere(row: BindingRow | undefined): boolean {
    const finder = row && this.#finders.get(row.object);
    return finder !== undefined && this.#isMoved(finder);
  }

  /** Whether it is the object of its identity, which has left its place. */
  #isMoved(sighting: Sighting): boolean {
    const decided = this.#moved.get(sighting);
    if (decided !== undefined) return decided;
    // While it is being found out, whoever comes back here has gone in a circle: names were exchanged.
    this.#moved.set(sighting, true);
    const moved = this.#findMoved(sighting);
    this.#moved.set(sighting, moved);
    return moved;
  }

  #findMoved(sighting: Sighting): boolean {
    const candidate = this.#candidates.get(sighting);
    if (candidate === undefined) return false;
    const { row } = sighting;
    if (candidate.kind === "folder") return this.#occupants.has(candidate.object) || !this.#occupied(candidate);
    if (row !== undefined && !this.#finders.has(row.object)) return false;
    const occupant = this.#occupants.get(candidate.object);
    return occupant === undefined ? !this.#occupied(candidate) : this.#isMoved(occupant);
  }
}

/** Whether what has a row's identity now can be what had it then. */
export function mayBe({ kind, stat }: BindingRow, found: LocalStat): boolean {
  if (kind !== found.kind) return false;
  return kind === "folder" || (stat.sizeBytes === found.sizeBytes && stat.modifiedNs === found.modifiedNs);
}
