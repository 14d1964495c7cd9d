// Writes what files are to hold where nobody sees it yet: each chunk opened and checked against its name, wherever it comes
// from.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Compression, Crypto } from "#glow";
import { ChunkOpener, isChunkSize } from "../content/chunk-opener.ts";
import type {
  BlobPlace,
  ChunkRef,
  LocalDraft,
  LocalFile,
  LocalFolder,
  LocalPlace,
  SealKeys,
  SourcedChunk,
} from "../contracts.ts";
import type { Draft, DraftPart, FileAction } from "./folder-jobs.ts";
import type { PackReader } from "./folder-work.ts";

type Source = SourcedChunk["from"];

export class ContentDraft {
  readonly #folder: LocalFolder;
  readonly #packs: PackReader;
  readonly #crypto: Crypto;
  readonly #keys: SealKeys;
  readonly #opener: ChunkOpener;
  /** What chunks are read into that lie in the folder, one after the other. */
  #buffer = new Uint8Array(0);
  /** The file of the folder that chunks are just being taken from. */
  #local: { readonly path: string; readonly file: LocalFile } | undefined;

  constructor(folder: LocalFolder, packs: PackReader, crypto: Crypto, compression: Compression, keys: SealKeys) {
    this.#folder = folder;
    this.#packs = packs;
    this.#crypto = crypto;
    this.#keys = keys;
    this.#opener = new ChunkOpener(crypto, compression, {
      find: (id) => keys.all.find((key) => equalBytes(key.id, id)),
    });
  }

  async writeAll(parts: readonly DraftPart[]): Promise<readonly Draft[]> {
    const drafts: Draft[] = [];
    for (const part of parts) drafts.push(await this.#write(part));
    return drafts;
  }

  /** The draft, or why there is none: then nothing is left of it, nor of the parts before. */
  async #write({ path, chunks, draft: begun, offset, attributes, neededBytes = 0 }: DraftPart): Promise<Draft> {
    let draft: LocalDraft | undefined;
    try {
      const sizeBytes = chunks.reduce((sum, { chunk }) => sum + chunk.sizeBytes, 0);
      draft = this.#folder.draftFile(begun, offset, sizeBytes);
      if (neededBytes > this.#folder.freeBytes()) throw tooFull(path, neededBytes);
      this.#packs.expect?.(chunks.map(({ from }) => from).filter(isPackPlace));
      for (const { chunk, from } of chunks) {
        const plain = this.#plain(chunk, from);
        draft.write(plain instanceof Uint8Array ? plain : await plain);
      }
      if (attributes === undefined) draft.pause();
      else draft.finish(attributes);
      return draft.name;
    } catch (thrown) {
      abandon(draft);
      return draftError(thrown, path);
    } finally {
      this.#closeLocal();
    }
  }

  #plain(chunk: ChunkRef, from: Source): Uint8Array | Promise<Uint8Array> {
    if (from instanceof Uint8Array) return this.#opener.open(chunk, from);
    if (isLocalPlace(from)) return this.#localPlain(chunk, from);
    const stored = this.#packs.read(from);
    if (stored instanceof Uint8Array) return this.#opener.open(chunk, stored);
    return stored.then((bytes) => this.#opener.open(chunk, bytes));
  }

  #localPlain(chunk: ChunkRef, { local, offset }: LocalPlace): Uint8Array {
    if (!isChunkSize(chunk.sizeBytes)) throw notThere(local);
    if (this.#buffer.length < chunk.sizeBytes) this.#buffer = new Uint8Array(chunk.sizeBytes);
    const plain = this.#buffer.subarray(0, chunk.sizeBytes);
    const length = this.#localFile(local).read(plain, offset);
    const isIt = this.#keys.all.some(({ naming }) => equalBytes(this.#crypto.keyedHash(naming, plain), chunk.name));
    if (length === plain.length && isIt) return plain;
    throw notThere(local);
  }

  #localFile(path: string): LocalFile {
    if (this.#local?.path === path) return this.#local.file;
    this.#closeLocal();
    this.#local = { path, file: this.#folder.open(path) };
    return this.#local.file;
  }

  #closeLocal(): void {
    this.#local?.file.close();
    this.#local = undefined;
  }
}

/** Whether some of it comes from what lies in the folder: that may be moved before the file has its turn. */
export function takesFromFolder({ chunks }: FileAction): boolean {
  return chunks.some(({ from }) => from !== undefined && isLocalPlace(from));
}

function isPackPlace(from: Source): from is BlobPlace {
  return !(from instanceof Uint8Array) && !isLocalPlace(from);
}

function isLocalPlace(from: Source): from is LocalPlace {
  return !(from instanceof Uint8Array) && "local" in from;
}

/** Another part of the file that failed may have removed it. */
function abandon(draft: LocalDraft | undefined): void {
  try {
    draft?.abandon();
  } catch {
    // It is gone, or goes when the folder is opened next.
  }
}

/** What the caller knows is the file's path: of drafts it knows nothing. */
function draftError(thrown: unknown, path: string): GlowError {
  const { kind, op, message, target } = GlowError.from(thrown, "file.draft", path);
  const where = target === undefined || target === path ? "" : `${target}: `;
  return new GlowError(kind, op, { target: path, message: where + message, cause: thrown });
}

function tooFull(path: string, neededBytes: number): GlowError {
  const message = `there is no room for the ${neededBytes} bytes that are to be written of it; make room`;
  return new GlowError("exhausted", "file.draft", { target: path, message });
}

function notThere(path: string): GlowError {
  const message = "it no longer holds the chunk that was to be taken from it";
  return new GlowError("conflict", "file.draft", { target: path, message });
}
