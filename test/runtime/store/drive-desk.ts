// What a test asks a host about a drive: parts of its files, all their versions, whole listings; and has it filled with
// many files. As a face of the node would do it, without a folder.

import { createHash } from "node:crypto";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { driveLimits } from "#base/limits.ts";
import type { BlobId, ChunkRef, Content, DriveEntry, DriveStep, Platform, SealedChunk, SealKeys, SpaceId } from "#glow";
import type { Storage } from "#node/storage.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { ContentReader } from "#store/content/content-reader.ts";
import { ContentSealer } from "#store/content/content-sealer.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import type { DriveListing, FileVersion } from "./host-messages.ts";

/** Versions of a file, and conflicts, that are told of: more than any test makes. */
const mostVersions = 1000;
const mostConflicts = 1000;
const filesAtOnce = 2000;

export class DriveDesk {
  readonly #platform: Platform;
  readonly #storage: Storage;
  readonly #drive: SpaceDrive;

  constructor(platform: Platform, storage: Storage, space: SpaceId) {
    this.#platform = platform;
    this.#storage = storage;
    this.#drive = storage.drive(space);
  }

  /** In base64; what is not here is fetched. */
  async read(path: string, offset: number, lengthBytes: number): Promise<string> {
    const { object } = await this.#entry(path);
    const [shown] = await this.#drive.versions(object);
    return Buffer.from(await this.#contentOf(shown?.content, offset, lengthBytes)).toString("base64");
  }

  /** Newest first, the content of each read as a whole. */
  async history(path: string): Promise<FileVersion[]> {
    const { object } = await this.#entry(path);
    const versions = await this.#drive.history(object, mostVersions);
    const read = versions.map(async ({ author, head, content }): Promise<FileVersion> => {
      const bytes = await this.#contentOf(content);
      return { author, head, sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
    return Promise.all(read);
  }

  async conflicts(): Promise<string[]> {
    const found = await this.#drive.conflicts(mostConflicts);
    return Promise.all(
      found.map(async ({ object, reason }) => `${reason}: ${(await this.#drive.path(object)) ?? object}`),
    );
  }

  /** All that lies directly in a folder, page by page. */
  async list(path: string): Promise<DriveListing> {
    const { clock } = this.#platform;
    const beganMs = clock.monotonicMs();
    const { object } = await this.#entry(path);
    let entries = 0;
    let firstPageMs: number | undefined;
    for (let after: string | undefined; ; ) {
      const page = await this.#drive.list(object, after, driveLimits.page);
      firstPageMs ??= clock.monotonicMs() - beganMs;
      entries += page.length;
      after = page.at(-1)?.name;
      if (page.length < driveLimits.page) return { entries, firstPageMs, tookMs: clock.monotonicMs() - beganMs };
    }
  }

  /** Makes a folder of so many small files, no two the same. */
  async fill(folder: string, files: number): Promise<void> {
    const object = this.#drive.newObject("folder");
    const parent = this.#drive.root;
    const { crypto, compression } = this.#platform;
    const sealer = new ContentSealer(crypto, compression, this.#keys());
    await this.#drive.change(() => ({ steps: [{ type: "create", object, parent, name: folder }], chunks: [] }));
    for (let from = 0; from < files; from += filesAtOnce) {
      const steps: DriveStep[] = [];
      const chunks: SealedChunk[] = [];
      for (let i = from; i < Math.min(files, from + filesAtOnce); i++) {
        const file = this.#drive.newObject("file");
        const sealed = sealer.seal(utf8Encode(`the file ${i} of the folder ${folder}`), { bytes: true });
        const modifiedNs = BigInt(i);
        steps.push(
          { type: "create", object: file, parent: object, name: `file-${i}` },
          { type: "content", object: file, content: sealed.content, modifiedNs },
        );
        chunks.push(...sealed.chunks);
      }
      await this.#storage.blobs.put(chunks.map(({ blob, stored }) => ({ id: blob, stored: stored as Uint8Array })));
      await this.#drive.change(() => ({ steps, chunks }));
    }
  }

  async #entry(path: string): Promise<DriveEntry> {
    const entry = await this.#drive.find(path);
    if (entry !== undefined) return entry;
    throw new GlowError("not-found", "host.find", { target: path, message: "there is no such file in the drive" });
  }

  async #contentOf(content: Content | undefined, offset = 0, lengthBytes?: number): Promise<Uint8Array> {
    if (content === undefined) return new Uint8Array();
    const { crypto, compression } = this.#platform;
    const { keys } = this.#drive.space;
    const opener = new ChunkOpener(crypto, compression, { find: (id) => keys?.find(id) });
    const pieces: Uint8Array[] = [];
    const reader = new ContentReader(opener, (chunk) => this.#stored(chunk));
    for await (const piece of reader.read(content, offset, lengthBytes)) pieces.push(piece);
    return concatBytes(pieces);
  }

  async #stored({ name }: ChunkRef): Promise<Uint8Array> {
    const [blob] = await this.#drive.placements([name]);
    if (blob === undefined) {
      throw new GlowError("not-found", "host.read", { message: "nobody has said where one of its chunks lies" });
    }
    await this.#storage.replicator(this.#drive.space.id).want([blob], "now");
    return (await this.#backed(blob)) ?? this.#storage.blobs.get(blob);
  }

  /** A large file of a bound folder backs its chunks. */
  async #backed(blob: BlobId): Promise<Uint8Array | undefined> {
    const [isPacked] = await this.#storage.blobs.has([blob]);
    return isPacked === true ? undefined : (await this.#storage.bindings.get([blob]))[0];
  }

  #keys(): SealKeys {
    const { keys, settings } = this.#drive.space;
    if (keys === undefined) throw new GlowError("denied", "host.fill", { message: "it has no keys of the drive" });
    const { current, all, boundarySeed } = keys;
    return { current, all, boundarySeed, ...(settings && { chunks: settings.chunks }) };
  }
}
