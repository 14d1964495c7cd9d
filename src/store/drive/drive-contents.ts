// Reads files of a drive, any part of them: from the packs, from a file of a bound folder that backs them, or from other
// holders of the space.

import { GlowError } from "#base/errors.ts";
import type { BlobId, BlobSource, BlobStore, BlobSupply, ChunkRef, Content, Drive, DriveEntry } from "../contracts.ts";
import type { ChunkOpener } from "../content/chunk-opener.ts";
import { ContentReader } from "../content/content-reader.ts";

export interface DriveContentsOptions {
  readonly drive: Pick<Drive, "find" | "versions" | "placements">;
  readonly opener: ChunkOpener;
  readonly blobs: Pick<BlobStore, "get">;
  /** What else has blobs here. */
  readonly source?: Pick<BlobSource, "get">;
  /** Where blobs come from that are not here; without it they are `unavailable`. */
  readonly supply?: Pick<BlobSupply, "want">;
}

/** A version of a file, as it was when it was opened: later ones change nothing about it. */
export interface DriveFile {
  readonly entry: DriveEntry;
  readonly content: Content;
  /** As `DriveContents.read`. */
  read(offset?: number, lengthBytes?: number, signal?: AbortSignal): AsyncGenerator<Uint8Array>;
}

const empty: Content = { sizeBytes: 0, depth: 0, chunks: [] };

export class DriveContents {
  readonly #options: DriveContentsOptions;

  constructor(options: DriveContentsOptions) {
    this.#options = options;
  }

  /** `not-found` if there is nothing, `invalid` if it is no file. A file that never got content is empty. */
  async open(path: string): Promise<DriveFile> {
    const { drive } = this.#options;
    const entry = await drive.find(path);
    if (entry === undefined) throw failed("not-found", path, "there is nothing of this name in the drive");
    if (entry.kind !== "file") throw failed("invalid", path, `this is a ${entry.kind}, and has no content`);
    const [version] = await drive.versions(entry.object);
    const content = version?.content ?? empty;
    return { entry, content, read: (offset, lengthBytes, signal) => this.read(content, offset, lengthBytes, signal) };
  }

  /**
   * The bytes from `offset` on, `lengthBytes` of them or what there is, in pieces that were verified. What is not here is
   * asked for and waited for, until `signal` ends that (`cancelled`). `corrupt` for what is not what it says.
   */
  read(content: Content, offset?: number, lengthBytes?: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = new ContentReader(this.#options.opener, (chunk) => this.#fetch(chunk, signal));
    return reader.read(content, offset, lengthBytes);
  }

  async #fetch({ name }: ChunkRef, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { drive, supply } = this.#options;
    const [blob] = await drive.placements([name]);
    if (blob === undefined) {
      throw failed("unavailable", undefined, "nobody has said where a chunk of this file lies: another device may yet");
    }
    const here = await this.#find(blob);
    if (here !== undefined) return here;
    if (supply === undefined) throw failed("unavailable", undefined, "a chunk of this file is on other devices only");
    await supply.want([blob], "now", signal);
    const come = await this.#find(blob);
    if (come !== undefined) return come;
    throw failed("unavailable", undefined, "a chunk of this file has come and gone again: try once more");
  }

  /** Undefined if it is not here, or damaged: then it counts as missing, and comes anew. */
  async #find(blob: BlobId): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.blobs.get(blob);
    } catch (error) {
      const { kind } = GlowError.from(error, "drive.read");
      if (kind !== "not-found" && kind !== "corrupt") throw error;
      return (await this.#options.source?.get([blob]))?.[0];
    }
  }
}

function failed(kind: "not-found" | "invalid" | "unavailable", target: string | undefined, message: string): GlowError {
  return new GlowError(kind, "drive.read", { target, message });
}
