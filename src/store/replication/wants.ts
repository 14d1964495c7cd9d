// Who waits for which blobs.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId } from "#glow";

export interface Want {
  /** Resolves when all have come. */
  readonly over: Promise<void>;
  /** Somebody waits still. */
  readonly isOpen: boolean;
  /** Nobody does any more. To be called in any case. */
  end(): void;
}

export class Wants {
  readonly #byBlob = new Map<string, Set<OpenWant>>();

  /**
   * Waits for these, each of which counts once. `exhausted` if they are too many, `cancelled` by the signal. `unwanted` is
   * called for blobs that have not come and that nobody waits for any more.
   */
  add(ids: readonly BlobId[], signal: AbortSignal | undefined, unwanted: (key: string) => void): Want {
    if (signal?.aborted === true) throw cancelled();
    const keys = new Set(ids.map(toHex));
    if (this.#byBlob.size + keys.size > replicationLimits.wanted) {
      const message = `${replicationLimits.wanted} blobs are waited for, the most there may be: want these when some have come`;
      throw new GlowError("exhausted", "blob.want", { message });
    }
    const want = new OpenWant(keys, signal, () => this.#forget(want, unwanted));
    for (const key of keys) {
      const waiting = this.#byBlob.get(key);
      if (waiting === undefined) this.#byBlob.set(key, new Set([want]));
      else waiting.add(want);
    }
    return want;
  }

  has(key: string): boolean {
    return this.#byBlob.has(key);
  }

  came(key: string): void {
    const waiting = this.#byBlob.get(key);
    if (waiting === undefined) return;
    this.#byBlob.delete(key);
    for (const want of waiting) want.came(key);
  }

  /** Nothing will come any more. */
  end(reason: GlowError): void {
    const wants = new Set([...this.#byBlob.values()].flatMap((waiting) => [...waiting]));
    this.#byBlob.clear();
    for (const want of wants) want.fail(reason);
  }

  #forget(want: OpenWant, unwanted: (key: string) => void): void {
    for (const key of want.keys) {
      const waiting = this.#byBlob.get(key);
      if (waiting === undefined) continue;
      waiting.delete(want);
      if (waiting.size > 0) continue;
      this.#byBlob.delete(key);
      unwanted(key);
    }
  }
}

class OpenWant implements Want {
  readonly over: Promise<void>;
  /** What has not come yet. */
  readonly keys: Set<string>;
  isOpen = true;
  readonly #settled = Promise.withResolvers<void>();
  readonly #signal: AbortSignal | undefined;
  readonly #forget: () => void;

  constructor(keys: Set<string>, signal: AbortSignal | undefined, forget: () => void) {
    this.keys = keys;
    this.over = this.#settled.promise;
    // Whoever wants may fail before it waits.
    this.over.catch(() => undefined);
    this.#signal = signal;
    this.#forget = forget;
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (keys.size === 0) this.#settled.resolve();
  }

  came(key: string): void {
    this.keys.delete(key);
    if (this.keys.size === 0) this.#settled.resolve();
  }

  fail(reason: GlowError): void {
    this.#settled.reject(reason);
    this.end();
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#forget();
  }

  readonly #abort = (): void => this.fail(cancelled());
}

function cancelled(): GlowError {
  return new GlowError("cancelled", "blob.want", { message: "whoever wanted these blobs wants them no more" });
}
