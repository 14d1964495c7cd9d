// Files that come in parts, over days and connections: what has come is kept by the node until all is there.

import { GlowError } from "#base/errors.ts";
import { contentLimits, nodeLimits } from "#base/limits.ts";
import type { FileEntry, Upload, UploadState, WriteOptions } from "#interfaces/generated/drive.ts";

export interface UploadPlan {
  readonly drive: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly key: string;
  readonly options: WriteOptions;
}

/** An upload that was begun. */
export interface PlannedUpload extends Omit<UploadPlan, "options"> {
  readonly receivedBytes: number;
  readonly usedMs: number;
  readonly expiresMs: number;
}

/** Keeps the bytes of uploads, over restarts. */
export interface UploadKeeper {
  /** All that are not whole, in no order. */
  list(): Promise<readonly PlannedUpload[]>;
  /** The one of this plan, or a new one. `exhausted` if there are too many, or their bytes are. */
  open(plan: UploadPlan): Promise<KeptUpload>;
}

export interface KeptUpload {
  readonly receivedBytes: number;
  readonly expiresMs: number;
  /** Behind what is there. */
  append(bytes: Uint8Array): Promise<void>;
  /** What was appended is on the medium when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
  read(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

type Finish = (source: AsyncIterable<Uint8Array>) => Promise<FileEntry>;

export class Uploads {
  readonly #keeper: UploadKeeper;
  /** Those that are open, so that two connections do not write one. */
  readonly #open = new Map<string, UploadService>();

  constructor(keeper: UploadKeeper) {
    this.#keeper = keeper;
  }

  /** The last used first; as many as may be told of at once. */
  async list(): Promise<readonly PlannedUpload[]> {
    const all = (await this.#keeper.list()).toSorted((a, b) => b.usedMs - a.usedMs);
    let length = 0;
    return all.filter(({ path }) => (length += path.length) <= nodeLimits.uploadPathsLength);
  }

  async open(plan: UploadPlan, finish: Finish): Promise<Upload> {
    const { sizeBytes, key } = plan;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > contentLimits.contentBytes) {
      throw uploadError("invalid", plan, `a file has from 0 to ${contentLimits.contentBytes} bytes`);
    }
    if (key === "" || key.length > nodeLimits.uploadKeyLength) {
      throw uploadError("invalid", plan, `the key of an upload has 1 to ${nodeLimits.uploadKeyLength} characters`);
    }
    const kept = await this.#keeper.open(plan);
    const name = JSON.stringify([plan.drive, plan.path, key]);
    this.#open.get(name)?.leave();
    const upload = new UploadService(plan, kept, finish, () => {
      if (this.#open.get(name) === upload) this.#open.delete(name);
    });
    this.#open.set(name, upload);
    return upload;
  }
}

class UploadService implements Upload, Disposable {
  readonly #plan: UploadPlan;
  readonly #kept: KeptUpload;
  readonly #finish: Finish;
  readonly #over: () => void;
  #isLeft = false;
  #isBusy = false;

  constructor(plan: UploadPlan, kept: KeptUpload, finish: Finish, over: () => void) {
    this.#plan = plan;
    this.#kept = kept;
    this.#finish = finish;
    this.#over = over;
  }

  state(): UploadState {
    const { path, sizeBytes } = this.#plan;
    const { receivedBytes, expiresMs } = this.#kept;
    return { path, sizeBytes, receivedBytes, expiresAt: new Date(expiresMs) };
  }

  write(offset: number, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    return this.#alone(async () => {
      if (offset !== this.#kept.receivedBytes) {
        const message = `${this.#kept.receivedBytes} bytes are there: go on behind them, and not at ${offset}`;
        throw uploadError("conflict", this.#plan, message);
      }
      for await (const piece of bytes) {
        this.#checkOpen();
        if (this.#kept.receivedBytes + piece.length > this.#plan.sizeBytes) {
          throw uploadError(
            "too-large",
            this.#plan,
            `it was to have ${this.#plan.sizeBytes} bytes, and there are more`,
          );
        }
        await this.#kept.append(piece);
      }
      await this.#kept.sync();
      return this.#kept.receivedBytes;
    });
  }

  finish(): Promise<FileEntry> {
    return this.#alone(async () => {
      const { receivedBytes } = this.#kept;
      if (receivedBytes !== this.#plan.sizeBytes) {
        throw uploadError("conflict", this.#plan, `${receivedBytes} of ${this.#plan.sizeBytes} bytes are there`);
      }
      const entry = await this.#finish(this.#kept.read());
      await this.#remove();
      return entry;
    });
  }

  discard(): Promise<void> {
    return this.#alone(() => this.#remove());
  }

  /** Another one goes on with it, or nobody holds it any more: what has come is kept. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#over();
    if (!this.#isBusy) void this.#kept.close();
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  async #remove(): Promise<void> {
    this.#isLeft = true;
    this.#over();
    await this.#kept.remove();
  }

  async #alone<Done>(work: () => Promise<Done>): Promise<Done> {
    this.#checkOpen();
    if (this.#isBusy) throw uploadError("conflict", this.#plan, "it is being written already: wait for that call");
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
      if (this.#isLeft) await this.#kept.close();
    }
  }

  #checkOpen(): void {
    if (this.#isLeft) throw uploadError("released", this.#plan, "it is over, or goes on elsewhere: open it again");
  }
}

function uploadError(kind: GlowError["kind"], { path }: UploadPlan, message: string): GlowError {
  return new GlowError(kind, "drive.upload", { target: path, message });
}
