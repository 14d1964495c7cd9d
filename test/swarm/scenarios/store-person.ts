// Somebody who works with the drive on one node of the store's swarm: what they do is drawn from what they see there.

import { chance, integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { DriveEntry, DriveStep, FileKind, ObjectId, Random, SealedChunk } from "#glow";
import { InlineBlockSealer } from "#store/content/block-sealer.ts";
import { ContentWriter } from "#store/content/content-writer.ts";
import { copyObject } from "#store/drive/drive-copy.ts";
import { walk } from "#store/drive/drive-walk.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import { bytesOfText, nameMarker, type StoreLedger, type Text, type WrittenVersion } from "./store-ledger.ts";
import type { StoreNode } from "./store-node.ts";

/** What a person may do, each as often as it stands here. */
export const acts = [
  "create",
  "create",
  "create",
  "bundle",
  "bundle",
  "folder",
  "folder",
  "edit",
  "edit",
  "edit",
  "overwrite",
  "move",
  "move",
  "move",
  "remove",
  "remove",
  "restore",
  "revert",
  "attributes",
  "link",
  "copy",
  "read",
  "rescue",
] as const;
export type Act = (typeof acts)[number];

const names = ["a", "b", "c", "d", "e"].map((name) => `${nameMarker} ${name}`);
/** So few that people often write the same. */
const sharedTexts = 12;
const readForMs = 10_000;

interface Draft {
  readonly steps: readonly DriveStep[];
  readonly chunks?: readonly SealedChunk[];
  readonly versions?: readonly WrittenVersion[];
}

interface Seen {
  readonly path: string;
  readonly entry: DriveEntry;
}

export class StorePerson {
  readonly #name: string;
  readonly #node: StoreNode;
  readonly #drive: SpaceDrive;
  readonly #ledger: StoreLedger;
  readonly #random: Random;

  constructor(name: string, node: StoreNode, drive: SpaceDrive, ledger: StoreLedger, seed: number) {
    this.#name = name;
    this.#node = node;
    this.#drive = drive;
    this.#ledger = ledger;
    this.#random = new SeededRandom(`person ${seed}`);
  }

  /** False if there is nothing to do it with. */
  async act(what: Act): Promise<boolean> {
    switch (what) {
      case "create":
        return this.#write(await this.#newFile(await this.#someFolder()));
      case "folder":
        return this.#write({ steps: [this.#creation("folder", await this.#someFolder())] });
      case "link":
        return this.#link();
      case "bundle":
        return this.#bundle();
      case "read":
        return this.#read();
      case "rescue":
        return (await this.#drive.rescue()) > 0;
      case "restore":
        return this.#restore();
      default:
        return this.#actOn(what);
    }
  }

  async #actOn(what: Exclude<Act, "create" | "folder" | "link" | "bundle" | "read" | "rescue" | "restore">) {
    const seen = await this.#some(what === "edit" || what === "overwrite" || what === "revert" ? ["file"] : undefined);
    if (seen === undefined) return false;
    const { object } = seen.entry;
    switch (what) {
      case "edit":
        return this.#write(await this.#content(object));
      case "overwrite":
        return this.#overwrite(object);
      case "revert":
        return this.#revert(object);
      case "move":
        return this.#write({
          steps: [{ type: "move", object, parent: await this.#someFolder(), name: this.#someName() }],
        });
      case "remove":
        return this.#write({ steps: [{ type: "remove", object }] });
      case "copy":
        await copyObject(this.#drive, object, await this.#someFolder(), this.#someName());
        return true;
      case "attributes":
        return this.#write({ steps: [{ type: "attributes", object, mode: integerBelow(this.#random, 0o1000) }] });
    }
  }

  /** Two to five new files in a new folder, beside something that is moved there. */
  async #bundle(): Promise<boolean> {
    const folder = this.#creation("folder", await this.#someFolder());
    const drafts: Draft[] = [{ steps: [folder] }];
    const count = 2 + integerBelow(this.#random, 4);
    for (let i = 0; i < count; i++) drafts.push(await this.#newFile(folder.object, `${nameMarker} ${i}`));
    const moved = await this.#some(["file", "link"]);
    if (moved !== undefined) {
      const { object } = moved.entry;
      drafts.push({ steps: [{ type: "move", object, parent: folder.object, name: `${nameMarker} moved` }] });
    }
    return this.#write({
      steps: drafts.flatMap(({ steps }) => steps),
      chunks: drafts.flatMap(({ chunks = [] }) => chunks),
      versions: drafts.flatMap(({ versions = [] }) => versions),
    });
  }

  /** As if some versions, or all, had not been seen: what comes of it is a conflict. */
  async #overwrite(object: ObjectId): Promise<boolean> {
    const heads = await this.#drive.versions(object);
    const draft = await this.#content(object);
    const replaces = heads.slice(1).map(({ id }) => id);
    const steps = draft.steps.map((step) => (step.type === "content" ? { ...step, replaces } : step));
    return this.#write({ ...draft, steps });
  }

  async #revert(object: ObjectId): Promise<boolean> {
    const versions = (await this.#drive.history(object, 100)).filter(({ head }) => !head);
    if (versions.length === 0) return false;
    const { content, modifiedNs } = pick(this.#random, versions);
    if (content === undefined) return false;
    return this.#write({ steps: [{ type: "content", object, content, modifiedNs }] });
  }

  async #restore(): Promise<boolean> {
    const removed = await this.#drive.removed(undefined, 20);
    if (removed.length === 0) return false;
    await this.#drive.restore([pick(this.#random, removed).object]);
    return true;
  }

  async #link(): Promise<boolean> {
    const creation = this.#creation("link", await this.#someFolder());
    const { object } = creation;
    const target = `${nameMarker}/${this.#someName()}`;
    const versions = [{ object, blobs: [] }];
    return this.#write({ steps: [creation, { type: "target", object, target, modifiedNs: 1n }], versions });
  }

  /** Whatever it holds, it is as long as it says. */
  async #read(): Promise<boolean> {
    const seen = await this.#some(["file"]);
    if (seen === undefined) return false;
    const file = await this.#node.contents(this.#drive).open(seen.path);
    const giveUp = new AbortController();
    const timer = this.#node.platform.timers.after(readForMs, () => giveUp.abort());
    let sizeBytes = 0;
    for await (const piece of file.read(0, undefined, giveUp.signal)) sizeBytes += piece.length;
    timer.cancel();
    if (sizeBytes !== file.content.sizeBytes)
      throw new Error(`${sizeBytes} of ${file.content.sizeBytes} bytes were read`);
    return true;
  }

  async #write({ steps, chunks = [], versions = [] }: Draft): Promise<boolean> {
    const makes = steps.flatMap((step) => (step.type === "create" ? [step.object] : []));
    const change = { node: this.#name, device: this.#node.device, makes, versions };
    this.#ledger.attempt(change);
    const header = await this.#drive.change(() => ({ steps, chunks }));
    this.#ledger.acknowledge(change, header);
    return true;
  }

  async #newFile(parent: ObjectId, name?: string): Promise<Draft> {
    const creation = this.#creation("file", parent, name);
    const { steps, ...rest } = await this.#content(creation.object);
    return { ...rest, steps: [creation, ...steps] };
  }

  /** New content, which lies here, and a step that writes it. */
  async #content(object: ObjectId): Promise<Draft> {
    const text = this.#someText();
    const { crypto, compression } = this.#node.platform;
    const { keys, settings } = this.#drive.space;
    if (keys === undefined) return { steps: [] };
    const sealer = new InlineBlockSealer(crypto, compression);
    const cut = {
      current: keys.current,
      boundarySeed: keys.boundarySeed,
      ...(settings && { chunks: settings.chunks }),
    };
    const writer = new ContentWriter(sealer, crypto, compression, cut);
    const { content, chunks } = await writer.write(once(bytesOfText(text)), (fresh) => {
      return this.#node.blobs.put(fresh.flatMap(({ blob: id, stored }) => (stored ? [{ id, stored }] : [])));
    });
    const version = { object, text, blobs: chunks.map(({ blob }) => blob) };
    const modifiedNs = BigInt(integerBelow(this.#random, 2 ** 48));
    return { steps: [{ type: "content", object, content, modifiedNs }], chunks, versions: [version] };
  }

  #creation(kind: FileKind, parent: ObjectId, name = this.#someName()): DriveStep & { readonly type: "create" } {
    return { type: "create", object: this.#drive.newObject(kind), parent, name };
  }

  #someName(): string {
    return pick(this.#random, names);
  }

  #someText(): Text {
    const isLong = chance(this.#random, 0.15);
    if (!isLong) return textOf(integerBelow(this.#random, sharedTexts));
    return { seed: integerBelow(this.#random, 1000), sizeBytes: 1000 + integerBelow(this.#random, 200_000) };
  }

  async #someFolder(): Promise<ObjectId> {
    if (chance(this.#random, 0.3)) return this.#drive.root;
    return (await this.#some(["folder"]))?.entry.object ?? this.#drive.root;
  }

  async #some(kinds?: readonly FileKind[]): Promise<Seen | undefined> {
    const all: Seen[] = [];
    for await (const seen of walk(this.#drive, this.#drive.root)) {
      if (kinds?.includes(seen.entry.kind) !== false) all.push(seen);
    }
    return all.length === 0 ? undefined : pick(this.#random, all);
  }
}

/** One of those that several people write. */
function textOf(number: number): Text {
  return { seed: -1 - number, sizeBytes: 17 + number * 400 };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
