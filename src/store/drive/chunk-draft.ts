// The chunks of a change: those that nobody has placed yet are placed with it, and offered to hosts.

import type { BlobOffer, ChunkName, ChunkPlacement, Content, DriveChange, SealedChunk } from "../contracts.ts";
import { readPlacers } from "./chunk-placements.ts";
import type { RowReader } from "./drive-keys.ts";

export class ChunkDraft {
  readonly placements: ChunkPlacement[] = [];
  readonly blobs: BlobOffer[] = [];
  readonly #reader: RowReader;
  /** By name, in hexadecimal. */
  readonly #brought = new Map<string, SealedChunk>();
  readonly #named = new Map<string, ChunkName>();
  readonly #placed = new Set<string>();

  constructor({ steps, chunks }: DriveChange, reader: RowReader) {
    this.#reader = reader;
    for (const chunk of chunks) this.#brought.set(chunk.name.toHex(), chunk);
    for (const step of steps) {
      if (step.type !== "content") continue;
      for (const { name } of step.content.chunks) this.#named.set(name.toHex(), name);
    }
  }

  async load(): Promise<void> {
    const names = new Map([...this.#named, ...[...this.#brought].map(([text, { name }]) => [text, name] as const)]);
    const placers = names.size === 0 ? [] : await readPlacers([...names.values()], this.#reader);
    for (const [i, text] of [...names.keys()].entries()) {
      // What only a revoked device has placed is placed anew where that can be done.
      if (placers[i] === "counted" || (placers[i] !== undefined && !this.#brought.has(text))) this.#placed.add(text);
    }
    const offered = new Set<string>();
    for (const [text, { name, blob, storedBytes }] of this.#brought) {
      if (this.#placed.has(text)) continue;
      this.placements.push({ name, blob });
      if (offered.has(blob.toHex())) continue;
      offered.add(blob.toHex());
      this.blobs.push({ id: blob, sizeBytes: storedBytes });
    }
  }

  /** Why content cannot be written: nobody could ever read it. */
  fault({ chunks }: Content): string | undefined {
    for (const { name } of chunks) {
      const text = name.toHex();
      if (this.#placed.has(text) || this.#brought.has(text)) continue;
      return "the content names a chunk that nobody has placed: it comes along with the change, or came with an earlier one";
    }
    return undefined;
  }
}
