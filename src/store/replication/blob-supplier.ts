// A peer as somebody who gives blobs: has requests under way, one behind the other, so many that its line is never idle
// and no more, and checks what comes of them.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock, Crypto, DeviceId, Replica } from "#glow";
import type { QueuedBlob } from "./blob-queue.ts";
import type { FetchedBlob } from "./blob-reader.ts";

/** What becomes of what was asked for. */
export interface SupplierEvents {
  came(supplier: BlobSupplier, blob: QueuedBlob, stored: Uint8Array): void;
  lacks(supplier: BlobSupplier, blob: QueuedBlob): void;
  /** A request is over. These were not answered, because of the error, or because it was cancelled. */
  ended(supplier: BlobSupplier, unanswered: readonly QueuedBlob[], error: GlowError | undefined): void;
}

export interface BlobSupplierOptions {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly device: DeviceId;
  readonly replica: Replica;
  readonly events: SupplierEvents;
}

interface Request {
  readonly blobs: readonly QueuedBlob[];
  readonly askedMs: number;
  readonly answers: AsyncIterator<FetchedBlob>;
  /** How many are answered. */
  answered: number;
}

/** One request asks for this much, if the window allows: small enough to have several, large enough to be few. */
const requestBytes = 1024 * 1024;
const mostRequests = 16;
/** A window holds what the peer gives in this time, beyond what it takes to hear from it at all. */
const aheadMs = 250;
const sampleMs = 100;
/** How much of a rate is the newest sample's. */
const newest = 0.4;
/** A blob is late after so many times what it should take, and never sooner than this. */
const lateFactor = 3;
const leastLateMs = 750;
/** The same where the peer's rate is not known yet. */
const unknownLateMs = 3000;

export class BlobSupplier {
  readonly device: DeviceId;
  /** How often it has come to have more: what it lacked before it may have now. */
  renewals = 0;
  readonly #options: BlobSupplierOptions;
  readonly #requests = new Set<Request>();
  #outstandingBytes = 0;
  /** Bytes per ms; undefined until measured. */
  #rate: number | undefined;
  #answerMs: number | undefined;
  #sampleBytes = 0;
  #sampledMs = 0;

  constructor(options: BlobSupplierOptions) {
    this.#options = options;
    this.device = options.device;
  }

  /** Asked for and not come. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  get isIdle(): boolean {
    return this.#requests.size === 0;
  }

  get windowBytes(): number {
    const { firstWindowBytes, leastWindowBytes, windowBytes } = replicationLimits;
    if (this.#rate === undefined) return firstWindowBytes;
    const wanted = this.#rate * ((this.#answerMs ?? 0) + aheadMs);
    return Math.min(windowBytes, Math.max(leastWindowBytes, wanted));
  }

  /** What one more request may ask for; 0 if it is not worth one yet. `isUrgent` ones wait for no more room. */
  roomBytes(isUrgent: boolean): number {
    if (this.#requests.size >= mostRequests) return 0;
    const { windowBytes } = this;
    const room = windowBytes - this.#outstandingBytes;
    if (this.isIdle || room >= Math.min(windowBytes / 4, requestBytes)) return Math.min(room, requestBytes);
    return isUrgent ? Math.max(0, room) : 0;
  }

  ask(blobs: readonly QueuedBlob[]): void {
    const { clock, device, replica } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.isIdle) {
      this.#sampledMs = nowMs;
      this.#sampleBytes = 0;
    }
    for (const blob of blobs) {
      this.#outstandingBytes += blob.sizeBytes;
      blob.askedOf.add(device);
      blob.lateMs = nowMs + this.#lateMs();
    }
    const answers = replica.fetch(blobs.map(({ id }) => id))[Symbol.asyncIterator]();
    const request: Request = { blobs, askedMs: nowMs, answers, answered: 0 };
    this.#requests.add(request);
    this.#read(request).then(
      () => this.#end(request, undefined),
      (thrown: unknown) => this.#end(request, GlowError.from(thrown, "blob.fetch", device)),
    );
  }

  /** Gives up all that is under way. */
  cancel(): void {
    for (const request of this.#requests) {
      this.#end(request, undefined);
      // It is over for this side, however that ends.
      request.answers.return?.().catch(() => undefined);
    }
  }

  async #read(request: Request): Promise<void> {
    for (;;) {
      const step = await request.answers.next();
      if (!this.#requests.has(request)) return;
      if (step.done === true) break;
      this.#answered(request, step.value);
      if (!this.#requests.has(request)) return;
    }
    if (request.answered < request.blobs.length) throw this.#violation("its answer ends before all are in it");
  }

  #answered(request: Request, { id, stored }: FetchedBlob): void {
    const { crypto, clock, events } = this.#options;
    const blob = request.blobs[request.answered];
    if (blob === undefined) throw this.#violation("it gives more than was asked for");
    if (!equalBytes(id, blob.id)) throw this.#violation("it gives something else than what was asked for");
    if (stored !== undefined && !equalBytes(crypto.hash("blake3", stored), id)) {
      const message = "the peer gave bytes that are not those of the blob: it lies, or its memory is bad";
      throw new GlowError("corrupt", "blob.fetch", { target: this.device, message });
    }
    if (request.answered === 0) {
      const tookMs = clock.monotonicMs() - request.askedMs;
      this.#answerMs = Math.min(this.#answerMs ?? tookMs, tookMs);
    }
    request.answered++;
    this.#answeredOne(blob, stored?.length ?? 0);
    if (stored === undefined) events.lacks(this, blob);
    else events.came(this, blob, stored);
  }

  #answeredOne(blob: QueuedBlob, gotBytes: number): void {
    this.#outstandingBytes -= blob.sizeBytes;
    blob.askedOf.delete(this.device);
    this.#sampleBytes += gotBytes;
    const nowMs = this.#options.clock.monotonicMs();
    const passedMs = nowMs - this.#sampledMs;
    if (passedMs < sampleMs || this.#sampleBytes === 0) return;
    const rate = this.#sampleBytes / passedMs;
    this.#rate = this.#rate === undefined ? rate : this.#rate + newest * (rate - this.#rate);
    this.#sampleBytes = 0;
    this.#sampledMs = nowMs;
  }

  #end(request: Request, error: GlowError | undefined): void {
    if (!this.#requests.delete(request)) return;
    const unanswered = request.blobs.slice(request.answered);
    for (const blob of unanswered) {
      this.#outstandingBytes -= blob.sizeBytes;
      blob.askedOf.delete(this.device);
    }
    if (error !== undefined) request.answers.return?.().catch(() => undefined);
    this.#options.events.ended(this, unanswered, error);
  }

  #lateMs(): number {
    if (this.#rate === undefined) return unknownLateMs;
    const expectedMs = (this.#answerMs ?? 0) + this.#outstandingBytes / this.#rate;
    return Math.max(leastLateMs, lateFactor * expectedMs);
  }

  #violation(what: string): GlowError {
    const message = `the peer breaks the protocol: ${what}`;
    return new GlowError("protocol", "blob.fetch", { target: this.device, message });
  }
}
