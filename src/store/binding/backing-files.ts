// The chunks that large files of a bound folder back: sealed anew from the file when somebody asks, and given only if they
// come out as the very blob that was asked for, since the file may have changed a moment ago.

import { GlowError } from "#base/errors.ts";
import type { BlobId, ResealedChunk } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";

type BackingParts = Pick<BindingParts, "rows" | "agent" | "keys">;

interface Wanted {
  readonly at: number;
  readonly chunk: ResealedChunk;
}

export class BackingFiles {
  readonly #parts: BackingParts;

  constructor(parts: BackingParts) {
    this.#parts = parts;
  }

  /** Those of one file together. Of one that cannot be read just now, none. */
  async get(ids: readonly BlobId[]): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = ids.map(() => undefined);
    for (const [path, wanted] of await this.#byPath(ids)) {
      const stored = await this.#reseal(path, wanted);
      for (const [i, { at }] of wanted.entries()) found[at] = stored[i];
    }
    return found;
  }

  async #reseal(path: string, wanted: readonly Wanted[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { agent, keys } = this.#parts;
    const chunks = wanted.map(({ chunk }) => chunk);
    try {
      return await agent.reseal(path, chunks, keys());
    } catch (thrown) {
      // Its disk is not there, or is broken: what else was asked for is given all the same.
      if (GlowError.from(thrown, "file.reseal", path).kind === "internal") throw thrown;
      return [];
    }
  }

  async #byPath(ids: readonly BlobId[]): Promise<Map<string, Wanted[]>> {
    const { rows } = this.#parts;
    const byPath = new Map<string, Wanted[]>();
    for (const [at, backed] of (await rows.backed(ids)).entries()) {
      const path = backed && (await rows.path(backed.object));
      if (backed === undefined || path === undefined) continue;
      const { blob, chunk, offset } = backed;
      const wanted = byPath.get(path) ?? [];
      byPath.set(path, wanted);
      wanted.push({ at, chunk: { blob, chunk, offset } });
    }
    return byPath;
  }
}
