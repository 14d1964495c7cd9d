// The chunks that large files of a bound folder back: sealed anew from the file when somebody asks, and given only if they
// come out as the very blob that was asked for, since the file may have changed a moment ago.

import { equalBytes } from "#base/bytes.ts";
import type { BlobId, BlobSource } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";

type BackingParts = Pick<BindingParts, "rows" | "agent" | "keys" | "crypto">;

export class BackingFiles implements BlobSource {
  readonly #parts: BackingParts;

  constructor(parts: BackingParts) {
    this.#parts = parts;
  }

  async has(ids: readonly BlobId[]): Promise<boolean[]> {
    return (await this.#parts.rows.backed(ids)).map((chunk) => chunk !== undefined);
  }

  async get(id: BlobId): Promise<Uint8Array | undefined> {
    const { rows, agent, keys, crypto } = this.#parts;
    const [backed] = await rows.backed([id]);
    const path = backed && (await rows.path(backed.object));
    if (backed === undefined || path === undefined) return undefined;
    const stored = await agent.reseal(path, backed.offset, backed.chunk, keys());
    return stored !== undefined && equalBytes(crypto.hash("blake3", stored), id) ? stored : undefined;
  }
}
