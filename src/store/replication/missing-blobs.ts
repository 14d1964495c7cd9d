// Finds out which blobs are missing, and puts them into the queue: what the space lists, page by page, as the queue has room,
// and what batches offer that have just come.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, Space } from "#glow";
import type { BlobQueue } from "./blob-queue.ts";

/** So many are listed, or looked up, at once. */
const pageBlobs = 2048;

/** Where it is known what is here, and what is missing. */
export interface HeldBlobs {
  has(ids: readonly BlobId[]): Promise<readonly boolean[]>;
  readonly space: Pick<Space, "missingBlobs">;
}

export interface MissingBlobsEvents {
  /** There may be more in the queue, or nothing is being looked for any more. */
  found(): void;
  /** This device does not know what it has. It is tried again when there is reason to look. */
  failed(error: GlowError): void;
}

export class MissingBlobs {
  readonly #holding: HeldBlobs;
  readonly #queue: BlobQueue;
  readonly #events: MissingBlobsEvents;
  #offers: BlobOffer[] = [];
  #isLookingUp = false;
  #isListing = false;
  /** There may be missing blobs that are not in the queue. */
  #isListDue = true;
  /** Where listing goes on; undefined where it begins. */
  #cursor: BlobId | undefined;
  /** More is missing than was when listing began: when that is done, it is done once more. */
  #isListStale = false;

  constructor(holding: HeldBlobs, queue: BlobQueue, events: MissingBlobsEvents) {
    this.#holding = holding;
    this.#queue = queue;
    this.#events = events;
  }

  get isAtWork(): boolean {
    return this.#isLookingUp || this.#isListing;
  }

  /** All that is missing was put into the queue at some time. */
  get isListed(): boolean {
    return !this.#isListDue && !this.isAtWork;
  }

  /** Blobs are missing that are not in the queue: what is missing is listed once more. */
  listAnew(): void {
    this.#isListDue = true;
    this.#isListStale = this.#isListing || this.#cursor !== undefined;
  }

  /** What of these is missing is fetched soon. If too many wait to be looked up, they are listed later. */
  offer(blobs: readonly BlobOffer[]): void {
    if (this.#offers.length + blobs.length > replicationLimits.queuedBlobs) this.listAnew();
    else this.#offers.push(...blobs);
    if (!this.#isLookingUp) this.#lookUp();
  }

  /** Fills up the queue, unless there is enough in it. */
  list(): void {
    if (this.#isListing || !this.#isListDue || this.#queue.queued >= replicationLimits.queuedBlobs / 2) return;
    this.#isListing = true;
    this.#inBackground(this.#listPage(), () => {
      this.#isListing = false;
    });
  }

  /** Page by page: after each, it is told. */
  #lookUp(): void {
    this.#isLookingUp = true;
    this.#inBackground(this.#lookUpPage(), () => {
      this.#isLookingUp = false;
      if (this.#offers.length > 0) this.#lookUp();
    });
  }

  async #lookUpPage(): Promise<void> {
    const some = this.#offers.splice(0, pageBlobs);
    const here = await this.#holding.has(some.map(({ id }) => id));
    for (const [at, { id, sizeBytes }] of some.entries()) {
      if (here[at] !== true) this.#queue.add(id, sizeBytes, "soon");
    }
  }

  async #listPage(): Promise<void> {
    const page = await this.#holding.space.missingBlobs(this.#cursor, pageBlobs);
    for (const { id, sizeBytes } of page) this.#queue.add(id, sizeBytes, "whenever");
    this.#cursor = page.length < pageBlobs ? undefined : page.at(-1)?.id;
    this.#isListDue = this.#cursor !== undefined || this.#isListStale;
    if (this.#cursor === undefined) this.#isListStale = false;
  }

  #inBackground(work: Promise<void>, over: () => void): void {
    work.then(
      () => {
        over();
        this.#events.found();
      },
      (thrown: unknown) => {
        over();
        // What was to be looked up is listed when it is tried again.
        this.listAnew();
        this.#events.failed(GlowError.from(thrown, "blob.look"));
      },
    );
  }
}
