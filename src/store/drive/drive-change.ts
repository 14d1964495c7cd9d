// A change of a drive on its way to a batch: its steps are checked one after the other against the drive as it is, with the
// steps before them done, and become entries. What is needed to check them is read in a few reads for all of them.

import { GlowError } from "#base/errors.ts";
import { driveLimits, spaceLimits } from "#base/limits.ts";
import type { BatchDraft, DriveChange, DriveStep, Entry, EntryId, ObjectId } from "../contracts.ts";
import { ChunkDraft } from "./chunk-draft.ts";
import type { RowReader } from "./drive-keys.ts";
import { type DraftFolder, DraftTree } from "./draft-tree.ts";
import { entryIdOf, isEntry } from "./entry-order.ts";
import { comparableName, nameFault } from "./file-name.ts";
import { isFixed, kindOf, isObjectId, rootId, trashId } from "./object-id.ts";
import { furtherHeads, type Version } from "./object-row.ts";
import { furtherItems } from "./capped-list.ts";
import { defaultMode, sameVersion } from "./object-table.ts";
import {
  type AttributesValue,
  type ContentValue,
  contentFault,
  driveNameFault,
  encodeAttributes,
  encodeContent,
  encodePlace,
  isMode,
  isTime,
  register,
  targetFault,
} from "./register-values.ts";

type Step<Type extends DriveStep["type"]> = Extract<DriveStep, { readonly type: Type }>;

/** `prepare` has run, and the rows do not change until the batch is written. */
export async function draftChange(change: DriveChange, reader: RowReader): Promise<BatchDraft> {
  const { steps } = change;
  if (steps.length + change.chunks.length === 0) throw fault("invalid", undefined, "this change would change nothing");
  if (steps.length > driveLimits.steps) throw tooLarge(`${steps.length} steps`, `${driveLimits.steps} steps`);
  for (const { object } of steps) {
    if (!isObjectId(object)) throw fault("invalid", object, "this is no id of an object of a drive");
  }
  const tree = new DraftTree(reader);
  await tree.load(steps);
  const chunks = new ChunkDraft(change, reader);
  await chunks.load();
  const draft = new StepDraft(tree, chunks, reader, steps);
  for (const step of steps) await draft.add(step);
  const { placements, blobs } = chunks;
  for (const [count, what] of [
    [draft.entries.length, "entries"],
    [placements.length, "chunks"],
  ] as const) {
    if (count > spaceLimits.entries) throw tooLarge(`${count} ${what}`, `${spaceLimits.entries}`);
  }
  const { announce } = change;
  return { entries: draft.entries, placements, blobs, ...(announce !== undefined && { announce }) };
}

class StepDraft {
  readonly entries: Entry[] = [];
  readonly #tree: DraftTree;
  readonly #chunks: ChunkDraft;
  readonly #reader: RowReader;
  /** What gets content: its time is the content's. */
  readonly #filled: ReadonlySet<ObjectId>;
  readonly #written = new Set<ObjectId>();

  constructor(tree: DraftTree, chunks: ChunkDraft, reader: RowReader, steps: readonly DriveStep[]) {
    this.#tree = tree;
    this.#chunks = chunks;
    this.#reader = reader;
    const filling = steps.filter(({ type }) => type === "content" || type === "target");
    this.#filled = new Set(filling.map(({ object }) => object));
  }

  async add(step: DriveStep): Promise<void> {
    switch (step.type) {
      case "create":
        return this.#create(step);
      case "move":
        return this.#move(step);
      case "remove":
        return this.#remove(step);
      case "content":
        return this.#content(step);
      case "target":
        return this.#target(step);
      case "attributes":
        return this.#attributes(step);
    }
  }

  async #create({ object, parent, name, mode, modifiedNs }: Step<"create">): Promise<void> {
    if (this.#tree.isKnown(object)) throw fault("already-exists", object, "this object is there: take a new id");
    const folder = await this.#folder(parent);
    await this.#checkName(folder, name, [object]);
    const place = { parent: folder.members[0] as ObjectId, name };
    this.#tree.make(object, place);
    this.#write(object, register.place, encodePlace(place));
    const value = {
      ...(mode !== undefined && mode !== defaultMode(object) && { mode }),
      ...(modifiedNs !== undefined && !this.#filled.has(object) && { modifiedNs }),
    };
    checkAttributes(object, { ...value, ...(mode !== undefined && { mode }) });
    if (Object.keys(value).length > 0) this.#write(object, register.attributes, encodeAttributes(value));
  }

  async #move({ object, parent, name }: Step<"move">): Promise<void> {
    checkMovable(object);
    if (!this.#tree.isPlaced(object)) throw notFound(object);
    const folder = await this.#folder(parent);
    const objects = await this.#tree.shownWith(object);
    if (kindOf(object) === "folder" && (await this.#tree.isWithin(folder, objects))) {
      throw fault("invalid", object, "a folder cannot be moved into itself");
    }
    await this.#checkName(folder, name, objects);
    const place = { parent: folder.members[0] as ObjectId, name };
    this.#tree.put(objects, place);
    for (const each of objects) this.#write(each, register.place, encodePlace(place));
  }

  async #remove({ object }: Step<"remove">): Promise<void> {
    checkMovable(object);
    await this.#checkInTree(object);
    for (const each of await this.#tree.shownWith(object)) {
      const { parent, name } = await this.#tree.placeOf(each);
      this.#tree.put([each], { parent: trashId, name });
      this.#write(each, register.place, encodePlace({ parent: trashId, name, from: parent }));
    }
  }

  async #content({ object, content, modifiedNs, replaces }: Step<"content">): Promise<void> {
    if (kindOf(object) !== "file") throw fault("invalid", object, "only a file has content");
    const reason = contentFault(content) ?? this.#chunks.fault(content);
    if (reason !== undefined) throw fault("invalid", object, reason);
    await this.#version(object, { modifiedNs, content }, replaces);
  }

  async #target({ object, target, modifiedNs, replaces }: Step<"target">): Promise<void> {
    if (kindOf(object) !== "link") throw fault("invalid", object, "only a link points at something");
    const reason = targetFault(target);
    if (reason !== undefined) throw fault("invalid", object, reason);
    await this.#version(object, { modifiedNs, target }, replaces);
  }

  async #version(object: ObjectId, value: ContentValue, replaces: readonly EntryId[] | undefined): Promise<void> {
    await this.#checkInTree(object);
    if (!isTime(value.modifiedNs)) throw fault("invalid", object, "a file's time is between 1678 and 2262");
    if (this.#written.has(object)) throw fault("invalid", object, "a change gives an object content once");
    this.#written.add(object);
    this.#write(object, register.content, encodeContent(value), await this.#replaced(object, replaces));
  }

  async #attributes({ object, mode, modifiedNs, name, retired }: Step<"attributes">): Promise<void> {
    if (object !== rootId) await this.#checkInTree(object);
    if ((mode ?? modifiedNs ?? name ?? retired) === undefined) throw fault("invalid", object, "no attribute was given");
    checkDriveName(object, name);
    if (retired !== undefined && object !== rootId) throw fault("invalid", object, "only a whole drive is put away");
    checkAttributes(object, { ...(mode !== undefined && { mode }), ...(modifiedNs !== undefined && { modifiedNs }) });
    const hasContent = this.#written.has(object) || this.#tree.headsOf(object).length > 0;
    if (modifiedNs !== undefined && hasContent) {
      throw fault("invalid", object, "the time of a file is its content's: write the same content with the new time");
    }
    const value = {
      ...(mode !== undefined && { mode }),
      ...(modifiedNs !== undefined && { modifiedNs }),
      ...(name !== undefined && { name }),
      ...(retired !== undefined && { retired }),
    };
    const first = object === rootId ? object : (await this.#tree.shownWith(object))[0];
    this.#write(first ?? object, register.attributes, encodeAttributes(value));
  }

  /** What a version replaces: what was asked for, with what says the same; or all heads. */
  async #replaced(object: ObjectId, wanted: readonly EntryId[] | undefined): Promise<readonly EntryId[]> {
    const heads: Version[] = [...this.#tree.headsOf(object)];
    if (this.#tree.hasMoreHeads(object)) {
      heads.push(...(await furtherItems(furtherHeads(object), this.#reader, spaceLimits.replaces)));
    }
    const ids = new Map<string, EntryId>();
    const add = (id: EntryId) => ids.set(`${id.index} ${id.batch.toHex()}`, id);
    wanted?.forEach(add);
    for (const head of heads) {
      const isMeant = (id: EntryId) => heads.some((other) => isEntry(other.order, id) && sameVersion(head, other));
      if (wanted === undefined || wanted.some(isMeant)) add(entryIdOf(head.order));
    }
    if (wanted !== undefined && ids.size > spaceLimits.replaces) {
      throw tooLarge(`${ids.size} versions to replace`, `${spaceLimits.replaces}`);
    }
    return [...ids.values()].slice(0, spaceLimits.replaces);
  }

  async #folder(parent: ObjectId): Promise<DraftFolder> {
    if (!isObjectId(parent) || kindOf(parent) !== "folder") {
      throw fault("invalid", parent, "only a folder has something in it");
    }
    const folder = await this.#tree.folder(parent);
    if (folder === undefined) throw notFound(parent);
    if (folder.depth < driveLimits.depth) return folder;
    throw fault("too-large", parent, `what is made or moved has at most ${driveLimits.depth} folders above it`);
  }

  async #checkName(folder: DraftFolder, name: string, objects: readonly ObjectId[]): Promise<void> {
    const reason = nameFault(name);
    if (reason !== undefined) throw fault("invalid", name, reason);
    if (!(await this.#tree.isTaken(folder, comparableName(name), objects))) return;
    throw fault("already-exists", name, "something in this folder has this name: take another one, or move that away");
  }

  async #checkInTree(object: ObjectId): Promise<void> {
    if (!(await this.#tree.isInTree(object))) throw notFound(object);
  }

  #write(object: ObjectId, number: number, value: Uint8Array, replaces: readonly EntryId[] = []): void {
    this.entries.push({ object, register: number, value, replaces });
  }
}

function checkMovable(object: ObjectId): void {
  if (isFixed(object)) throw fault("invalid", object, "the root and the trash stay where they are");
}

function checkAttributes(object: ObjectId, { mode, modifiedNs }: AttributesValue): void {
  if (mode !== undefined && !isMode(mode)) throw fault("invalid", object, "a mode is a number from 0 to 0o777");
  if (modifiedNs !== undefined && !isTime(modifiedNs)) {
    throw fault("invalid", object, "a file's time is between 1678 and 2262");
  }
}

function checkDriveName(object: ObjectId, name: string | undefined): void {
  if (name === undefined) return;
  const reason =
    object === rootId ? driveNameFault(name) : "only the root has a drive's name; others have one by a move";
  if (reason !== undefined) throw fault("invalid", object, reason);
}

function notFound(object: ObjectId): GlowError {
  return fault("not-found", object, "there is no such object in the drive, or it is in the trash");
}

function tooLarge(what: string, limit: string): GlowError {
  return fault("too-large", undefined, `a change of ${what} is too large: make several, of at most ${limit} each`);
}

function fault(kind: GlowError["kind"], target: string | undefined, message: string): GlowError {
  return new GlowError(kind, "drive.change", { target, message });
}
