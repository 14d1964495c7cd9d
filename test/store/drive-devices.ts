// Devices of one user with a drive each, over a space that only orders and delivers: what a drive does is seen without
// keys, disks and networks.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { SeededRandom, shuffled } from "#base/random.ts";
import type {
  BatchDraft,
  BatchHeader,
  ChunkName,
  Content,
  DeviceId,
  DriveChange,
  DriveStep,
  FileKind,
  ObjectId,
  OpenedBatch,
  SealedChunk,
  Space,
  SpaceId,
} from "#glow";
import { Turns } from "#identity/turns.ts";
import { DriveStore } from "#store/drive/drive-store.ts";
import { SpaceDrive } from "#store/drive/space-drive.ts";
import { walk } from "#store/drive/drive-walk.ts";
import { hashOf } from "./drive-batches.ts";
import { MemoryRows } from "./drive-rows.ts";

const spaceId = "space" as SpaceId;

export class DriveDevice {
  readonly id: DeviceId;
  readonly rows = new MemoryRows();
  readonly store = new DriveStore();
  readonly drive: SpaceDrive;
  /** In the order in which they were taken in. */
  readonly batches: OpenedBatch[] = [];
  readonly #random: SeededRandom;
  readonly #turns = new Turns();
  #sequence = 0;

  constructor(name: string) {
    this.#random = new SeededRandom(`device ${name}`);
    this.id = idText(hashOf(this.#random)) as DeviceId;
    const space: Partial<Space> = { id: spaceId, type: "drive", write: (prepare) => this.#write(prepare) };
    this.drive = new SpaceDrive({
      space: space as Space,
      store: this.store,
      rows: this.rows,
      device: this.id,
      random: this.#random,
    });
  }

  change(steps: readonly DriveStep[], chunks: readonly SealedChunk[] = []): Promise<BatchHeader> {
    const change: DriveChange = { steps, chunks };
    return this.drive.change(() => change);
  }

  /** Takes in what others have, parents first, in an order that `random` draws from all there are. */
  async hear(others: readonly DriveDevice[], random = new SeededRandom("order")): Promise<void> {
    const known = new Set(this.batches.map(({ hash }) => toHex(hash)));
    const missing = new Map<string, OpenedBatch>();
    for (const { batches } of others) {
      for (const batch of batches) if (!known.has(toHex(batch.hash))) missing.set(toHex(batch.hash), batch);
    }
    const left = shuffled(random, [...missing.values()]);
    while (left.length > 0) {
      const at = left.findIndex(({ parents }) => parents.every((parent) => known.has(toHex(parent))));
      const [batch] = left.splice(at, 1) as [OpenedBatch];
      known.add(toHex(batch.hash));
      await this.#turns.take(() => this.#take(batch));
    }
  }

  /** Makes a file with one chunk, whose plaintext and all else follows from `text`. */
  async write(path: string, text: string, modifiedNs = 0n): Promise<ObjectId> {
    const { content, chunks } = contentOf(text);
    const found = await this.drive.find(path);
    if (found !== undefined) {
      await this.change([{ type: "content", object: found.object, content, modifiedNs }], chunks);
      return found.object;
    }
    const object = await this.make(path, "file");
    await this.change([{ type: "content", object, content, modifiedNs }], chunks);
    return object;
  }

  async make(path: string, kind: FileKind): Promise<ObjectId> {
    const { parent, name } = await this.locate(path);
    const object = this.drive.newObject(kind);
    await this.change([{ type: "create", object, parent, name }]);
    return object;
  }

  async move(from: string, to: string): Promise<void> {
    await this.change([{ type: "move", object: await this.at(from), ...(await this.locate(to)) }]);
  }

  async remove(path: string): Promise<ObjectId> {
    const object = await this.at(path);
    await this.change([{ type: "remove", object }]);
    return object;
  }

  async at(path: string): Promise<ObjectId> {
    const found = await this.drive.find(path);
    if (found === undefined) throw new GlowError("not-found", "device.at", { target: path });
    return found.object;
  }

  async locate(path: string): Promise<{ parent: ObjectId; name: string }> {
    const slash = path.lastIndexOf("/");
    return { parent: await this.at(path.slice(0, Math.max(0, slash))), name: path.slice(slash + 1) };
  }

  /** All paths in the tree, a folder's with a slash. */
  async paths(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path, entry } of walk(this.drive, this.drive.root)) {
      paths.push(entry.kind === "folder" ? `${path}/` : path);
    }
    return paths;
  }

  async #write(prepare: () => Promise<BatchDraft> | BatchDraft): Promise<BatchHeader> {
    return this.#turns.take(async () => {
      const draft = await prepare();
      const heads = this.#heads();
      const batch: OpenedBatch = {
        ...draft,
        hash: hashOf(this.#random),
        space: spaceId,
        author: this.id,
        incarnation: 1,
        sequence: ++this.#sequence,
        parents: heads.map(({ hash }) => hash),
        stamp: Math.max(0, ...heads.map(({ stamp }) => stamp)) + 1,
        timeMs: 1_700_000_000_000 + this.batches.length,
      };
      await this.#take(batch);
      return batch;
    });
  }

  async #take(batch: OpenedBatch): Promise<void> {
    await this.store.apply(batch, this.rows);
    this.batches.push(batch);
    this.store.applied(batch);
  }

  #heads(): OpenedBatch[] {
    const built = new Set(this.batches.flatMap(({ parents }) => parents.map(toHex)));
    const heads = this.batches.filter(({ hash }) => !built.has(toHex(hash)));
    return heads.sort((a, b) => Number(b.author === this.id) - Number(a.author === this.id));
  }
}

/** Content of one chunk that stands for a text. */
export function contentOf(text: string): { content: Content; chunks: SealedChunk[] } {
  const random = new SeededRandom(`text ${text}`);
  const name = hashOf(random).slice(1) as ChunkName;
  const sizeBytes = text.length;
  if (sizeBytes === 0) return { content: { sizeBytes, depth: 0, chunks: [] }, chunks: [] };
  const blob = hashOf(random) as Uint8Array as SealedChunk["blob"];
  return {
    content: { sizeBytes, depth: 0, chunks: [{ name, sizeBytes }] },
    chunks: [{ name, sizeBytes, blob, storedBytes: sizeBytes + 40, offset: 0 }],
  };
}

/** Everybody hears of everything. */
export async function meet(devices: readonly DriveDevice[], random?: SeededRandom): Promise<void> {
  for (const device of devices) await device.hear(devices, random);
}
