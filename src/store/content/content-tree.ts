// Puts the chunks of one content together as they come: named one by one where they are few, else in lists, and lists of
// lists, up to one that holds all. The same chunks always give the same tree.

import { assert, GlowError } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import type { ChunkRef, Content } from "../contracts.ts";
import { encodeChunkList, endsList, type ListEntry } from "./chunk-list.ts";

/** Seals a list, and says what it is then called. `list` is borrowed. */
export type SealList = (list: Uint8Array) => ChunkRef;

export class ContentTree {
  readonly #sealList: SealList;
  /** Of each depth, the entries of the list that is under way: chunks of content, lists of them, and so on. */
  readonly #open: ListEntry[][] = [[]];
  #sizeBytes = 0;

  constructor(sealList: SealList) {
    this.#sealList = sealList;
  }

  /** Of what was added so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The next chunk of the content. `too-large` past `contentLimits.contentBytes`. */
  add(chunk: ChunkRef): void {
    this.#sizeBytes += chunk.sizeBytes;
    if (this.#sizeBytes > contentLimits.contentBytes) {
      const message = `no content has more than ${contentLimits.contentBytes} bytes: cut it into several`;
      throw new GlowError("too-large", "content.write", { message });
    }
    this.#add(0, entryOf(chunk, chunk.sizeBytes));
  }

  /** Ends it. */
  finish(): Content {
    const [chunks = []] = this.#open;
    if (this.#open.length === 1 && chunks.length <= contentLimits.inlineChunks) {
      return { sizeBytes: this.#sizeBytes, depth: 0, chunks: chunks.map(({ chunk }) => chunk) };
    }
    for (let depth = 0; ; depth++) {
      assert(depth <= contentLimits.depth, "the longest content in the shortest chunks takes fewer levels of lists");
      const entries = this.#open[depth] ?? [];
      const [root, ...others] = entries;
      const isTop = depth === this.#open.length - 1;
      if (isTop && depth > 0 && root !== undefined && others.length === 0) {
        return { sizeBytes: this.#sizeBytes, depth, chunks: [root.chunk] };
      }
      if (entries.length > 0) this.#close(depth, entries);
    }
  }

  #add(depth: number, entry: ListEntry): void {
    this.#open[depth] ??= [];
    const entries = this.#open[depth];
    entries.push(entry);
    if (endsList(entry, entries.length)) this.#close(depth, entries);
  }

  /** Makes a list of the entries of this depth, and an entry of it. */
  #close(depth: number, entries: readonly ListEntry[]): void {
    this.#open[depth] = [];
    let contentBytes = 0;
    for (const entry of entries) contentBytes += entry.contentBytes;
    const list = this.#sealList(encodeChunkList(depth + 1, entries));
    this.#add(depth + 1, entryOf(list, contentBytes));
  }
}

/** Without what else the caller knows of the chunk, such as all its bytes. */
function entryOf({ name, sizeBytes }: ChunkRef, contentBytes: number): ListEntry {
  return { chunk: { name, sizeBytes }, contentBytes };
}
