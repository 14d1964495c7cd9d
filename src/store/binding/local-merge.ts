// What becomes of something that was seen in the folder: the one place where the three sides meet, the row (what both agreed
// on last), the folder and the drive. Pure, so that every case can be tried.
//
//   only the folder changed    into the drive
//   only the drive changed     nothing is said here; `revisit` has the drive's side looked at, which changes the folder
//   both, to the same          agreed
//   both, to different         content: the folder's becomes a version beside the drive's; places and modes: the drive's
//                              stands. Either way the folder's is in the drive before the folder changes
//   one removed, one changed   the change stands

import { equalBytes } from "#base/bytes.ts";
import type { Content, DriveState, DriveStep, DriveVersion, FileKind, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { LocalSpot } from "./binding-rows.ts";
import type { DriveTree } from "./drive-tree.ts";
import { noFingerprint } from "./fingerprint.ts";
import { type LocalNames, marked } from "./local-names.ts";
import { isAsideName } from "./own-names.ts";

/** Something that lies in the folder, and which object of the drive it is: one that has a row, or is to get one. */
export interface LocalSight extends LocalSpot {
  readonly object: ObjectId;
  readonly kind: FileKind;
  readonly path: string;
  readonly stat: LocalStat;
  /** `known` has a row; `new` is to be made; `twin` is in the drive under the same name, and nobody has compared them. */
  readonly origin: "known" | "new" | "twin";
  /** Whether what it holds is to be read, because it may have changed. */
  readonly read: boolean;
  /** Whether its row has it under another name or in another folder. */
  readonly moved?: boolean;
  /** Whether it backed its chunks so far. */
  readonly backed?: boolean;
  /** What it holds, once it was read; never for folders. */
  readonly held?: HeldContent;
  /** Its name is taken in the drive by something that has not come here yet: it gets one with a mark. */
  readonly marked?: boolean;
}

export interface HeldContent {
  readonly fingerprint: Uint8Array;
  readonly content?: Content;
  readonly target?: string;
}

export interface DrivePlace {
  readonly parent: ObjectId;
  readonly name: string;
  /** It is to be made there; otherwise it moves there. */
  readonly create: boolean;
}

export type LocalVerdict =
  | {
      readonly type: "agreed";
      /** Where the drive is to have it; undefined: where it is. */
      readonly place: DrivePlace | undefined;
      readonly steps: readonly DriveStep[];
      readonly row: BindingRow;
      /** The drive has something for the folder. */
      readonly revisit: boolean;
    }
  /** The drive no longer has the folder that it lies in: that one must be made anew first. */
  | { readonly type: "homeless"; readonly folder: ObjectId }
  /** The drive has the folder that it lies in below itself, until that one's move is in the drive as well. */
  | { readonly type: "early" }
  /** The drive does not know the object any more, as if it had never been: the row goes, and what is here is new. */
  | { readonly type: "lost" };

/** What the merge needs to know of the drive's tree. */
export interface TreeView extends Pick<DriveTree, "where"> {
  /**
   * Whether a folder would lie in itself in the drive if it lay in this one; then who has moved what keeps them apart in the
   * folder: the drive something (`drive`), or only the folder, of which the drive is still to be told.
   */
  circle(folder: ObjectId, parent: ObjectId): "drive" | "folder" | undefined;
}

export interface MergeInput {
  readonly sight: LocalSight;
  readonly row: BindingRow | undefined;
  readonly drive: DriveState | undefined;
  readonly tree: TreeView;
  readonly names: LocalNames;
  readonly fingerprintOf: (version: DriveVersion) => Uint8Array;
  /**
   * What the file holds, with its time, is a version that the drive has replaced since: it was put here from the drive, and
   * the row that would say so was lost with a crash.
   */
  readonly isPast: boolean;
}

export function mergeLocal(input: MergeInput): LocalVerdict {
  const { sight, row, drive, tree } = input;
  if (sight.origin === "new") return create(input);
  if (drive === undefined) return sight.origin === "twin" ? create(input) : { type: "lost" };
  if (row === undefined) return mergeTwin(input, drive);
  switch (tree.where(row.object)) {
    case "inside":
      return mergeInside(input, row, drive);
    case "trash":
      return mergeRemoved(input, row, drive);
    case "elsewhere":
      return agree(input, row, drive, undefined, seatOf(sight), true);
    case "unknown":
      return { type: "lost" };
  }
}

/** Whether the drive shows another content than the row knows; a link's time is not kept in folders. */
export function showsOther(
  row: BindingRow,
  drive: DriveState,
  fingerprintOf: (version: DriveVersion) => Uint8Array,
): boolean {
  const shown = drive.heads[0];
  if (row.kind === "folder" || shown === undefined) return false;
  if (row.kind === "file" && shown.modifiedNs !== row.modifiedNs) return true;
  return !equalBytes(fingerprintOf(shown), row.fingerprint);
}

function create({ sight, tree, names }: MergeInput): LocalVerdict {
  if (tree.where(sight.parent) !== "inside") return { type: "homeless", folder: sight.parent };
  const plain = plainName(sight, names);
  return {
    type: "agreed",
    place: { parent: sight.parent, name: givenName(sight, plain), create: true },
    steps: contentSteps(sight, undefined),
    // With the plain name the row says that the file is to be renamed here as well.
    row: rowOf(sight, { driveName: plain, mode: sight.stat.mode, modifiedNs: sight.stat.modifiedNs }),
    revisit: sight.marked === true || isAsideName(sight.localName),
  };
}

/** The drive has something of the same name and kind, and nothing was ever agreed on: a union. */
function mergeTwin({ sight, names, fingerprintOf, isPast }: MergeInput, drive: DriveState): LocalVerdict {
  const { held, stat } = sight;
  const agreed = drive.heads.some((head) => held !== undefined && equalBytes(fingerprintOf(head), held.fingerprint));
  // It may have been moved since it was found there: then it is, as far as anybody knows here, where it was found.
  const plain = plainName(sight, names);
  const driveName = names.same(plain, drive.name) ? drive.name : plain;
  const moved = driveName !== drive.name || sight.parent !== drive.parent;
  const row = rowOf(sight, { driveName, mode: stat.mode, modifiedNs: stat.modifiedNs });
  // What else the drive has in a folder is still to come.
  const unseen = sight.kind === "folder" || (sight.kind === "file" && drive.mode !== stat.mode);
  return {
    type: "agreed",
    place: undefined,
    steps: agreed || isPast ? [] : contentSteps(sight, []),
    row,
    revisit: unseen || moved || isAsideName(sight.localName) || showsOther(row, drive, fingerprintOf),
  };
}

function mergeInside(input: MergeInput, row: BindingRow, drive: DriveState): LocalVerdict {
  const { sight, tree, names } = input;
  const movedThere = drive.parent !== row.parent || drive.name !== row.driveName;
  if (isAsideName(sight.localName)) return agree(input, row, drive, undefined, seatOf(sight), true);
  if (!isMoved(sight, row, names)) return agree(input, row, drive, undefined, seatOf(sight), movedThere);
  const plain = names.same(sight.localName, row.localName) ? row.driveName : plainName(sight, names);
  const name = givenName(sight, plain);
  const seat = { ...seatOf(sight), driveName: plain };
  if (drive.parent === sight.parent && drive.name === name) return agree(input, row, drive, undefined, seat, false);
  const circle = movedThere ? undefined : tree.circle(row.object, sight.parent);
  if (movedThere || circle === "drive") return agree(input, row, drive, undefined, seat, true);
  if (circle === "folder") return { type: "early" };
  if (tree.where(sight.parent) !== "inside") return { type: "homeless", folder: sight.parent };
  return agree(input, row, drive, { parent: sight.parent, name, create: false }, seat, sight.marked === true);
}

/** It is in the drive's trash. */
function mergeRemoved(input: MergeInput, row: BindingRow, drive: DriveState): LocalVerdict {
  const { sight, tree, names } = input;
  const moved = isMoved(sight, row, names) && !isAsideName(sight.localName);
  const driveName = moved ? plainName(sight, names) : row.driveName;
  const seat = { ...seatOf(sight), driveName };
  // A folder goes, whatever it is called: what was put into it has it made anew, by that name.
  if (row.kind === "folder" || (!moved && !contentChange(input, row, drive).changed)) {
    return agree(input, row, drive, undefined, seat, true);
  }
  if (tree.where(sight.parent) !== "inside") return { type: "homeless", folder: sight.parent };
  const place = { parent: sight.parent, name: givenName(sight, driveName), create: false };
  return agree(input, row, drive, place, seat, sight.marked === true);
}

/** The rest: content and mode, whatever was found about the place. */
function agree(
  input: MergeInput,
  row: BindingRow,
  drive: DriveState,
  place: DrivePlace | undefined,
  seat: Partial<BindingRow>,
  revisitPlace: boolean,
): LocalVerdict {
  const { sight, fingerprintOf } = input;
  const { changed, steps, fingerprint, modifiedNs } = contentChange(input, row, drive);
  const modeHere = sight.kind !== "link" && sight.stat.mode !== row.stat.mode;
  const modeThere = drive.mode !== row.mode;
  // Nothing can be done to what stays in the trash.
  const reachable = place !== undefined || input.tree.where(row.object) !== "trash";
  const setMode = modeHere && !modeThere && reachable && sight.stat.mode !== drive.mode;
  return {
    type: "agreed",
    place,
    steps: setMode ? [...steps, { type: "attributes", object: row.object, mode: sight.stat.mode }] : steps,
    row: {
      ...row,
      ...seat,
      // What was not looked into is as it was seen last: `held` is left out only for what did not change.
      stat: sight.stat,
      fingerprint: changed ? fingerprint : row.fingerprint,
      modifiedNs: changed ? modifiedNs : row.modifiedNs,
      mode: setMode ? sight.stat.mode : row.mode,
    },
    revisit: revisitPlace || modeThere || showsOther(row, drive, fingerprintOf),
  };
}

interface ContentChange {
  readonly changed: boolean;
  readonly steps: readonly DriveStep[];
  readonly fingerprint: Uint8Array;
  readonly modifiedNs: bigint;
}

function contentChange(
  { sight, fingerprintOf, isPast }: MergeInput,
  row: BindingRow,
  drive: DriveState,
): ContentChange {
  const { held, stat } = sight;
  const unchanged = { changed: false, steps: [], fingerprint: row.fingerprint, modifiedNs: row.modifiedNs };
  if (held === undefined) return unchanged;
  const same = equalBytes(held.fingerprint, row.fingerprint);
  const touched = sight.kind === "file" && stat.modifiedNs !== row.stat.modifiedNs;
  if (same && !touched) return unchanged;
  const shown = drive.heads[0];
  const shownSame = shown !== undefined && equalBytes(fingerprintOf(shown), held.fingerprint);
  const driveTouched = shown !== undefined && shown.modifiedNs !== row.modifiedNs;
  const result = { changed: true, fingerprint: held.fingerprint, modifiedNs: stat.modifiedNs };
  // Both have the same content now. Of two times the drive's stands, unless only the folder's has changed.
  if (isPast || (shownSame && (!same || driveTouched))) return { ...result, steps: [] };
  const seen = drive.heads.filter((head) => {
    const fingerprint = fingerprintOf(head);
    return equalBytes(fingerprint, row.fingerprint) || equalBytes(fingerprint, held.fingerprint);
  });
  return { ...result, steps: contentSteps(sight, seen) };
}

/** `seen`: the versions that this one replaces; left out for an object that has none. */
function contentSteps({ object, held, stat }: LocalSight, seen: readonly DriveVersion[] | undefined): DriveStep[] {
  const replaces = seen === undefined ? {} : { replaces: seen.map(({ id }) => id) };
  if (held?.content !== undefined) {
    return [{ type: "content", object, content: held.content, modifiedNs: stat.modifiedNs, ...replaces }];
  }
  if (held?.target !== undefined) {
    return [{ type: "target", object, target: held.target, modifiedNs: stat.modifiedNs, ...replaces }];
  }
  return [];
}

function isMoved(sight: LocalSight, row: BindingRow, names: LocalNames): boolean {
  return sight.parent !== row.parent || !names.same(sight.localName, row.localName);
}

/** What it is called in the drive: something that was left aside, and that nobody knows, is not to stay hidden. */
function plainName({ localName }: LocalSight, names: LocalNames): string {
  return names.toDrive(isAsideName(localName) ? localName.slice(1) : localName);
}

function givenName(sight: LocalSight, plain: string): string {
  return sight.marked === true ? marked(plain, sight.object) : plain;
}

function seatOf({ parent, localName }: LocalSight): LocalSpot {
  return { parent, localName };
}

function rowOf(sight: LocalSight, rest: Pick<BindingRow, "driveName" | "mode" | "modifiedNs">): BindingRow {
  const { object, kind, parent, localName, stat, held } = sight;
  return { object, kind, parent, localName, stat, fingerprint: held?.fingerprint ?? noFingerprint, ...rest };
}
