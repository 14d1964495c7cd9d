// Keeps uploads on the node's disk until they are whole, so that they outlive connections, pages and the node itself.
//
//   uploads/ID        what has come so far, in clear
//   uploads/ID.plan   CBOR map: "drive", "path", "size", "key", "until" (ms since 1970)
//
// ID is the hash of the plan: who asks for the same again goes on with it.

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, Crypto, Disk, DiskFile } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { KeptUpload, PlannedUpload, UploadKeeper, UploadPlan } from "#services/drive/uploads.ts";

const folder = "uploads";
const planBytes = 256 * 1024;
const pieceBytes = 1024 * 1024;

export interface DiskUploadsOptions {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly clock: Clock;
  /** As in `nodeLimits`. */
  readonly limits?: Partial<Readonly<Record<"uploads" | "uploadBytes" | "uploadMs", number>>>;
}

interface Kept {
  readonly id: string;
  readonly plan: Omit<UploadPlan, "options">;
  receivedBytes: number;
  usedMs: number;
  untilMs: number;
}

export class DiskUploads implements UploadKeeper {
  readonly #options: DiskUploadsOptions;
  readonly #turns = new Turns();
  readonly #limits: { readonly uploads: number; readonly uploadBytes: number; readonly uploadMs: number };
  readonly #kept = new Map<string, Kept>();

  private constructor(options: DiskUploadsOptions) {
    this.#options = options;
    this.#limits = { ...nodeLimits, ...options.limits };
  }

  static async open(options: DiskUploadsOptions): Promise<DiskUploads> {
    const uploads = new DiskUploads(options);
    await options.disk.makeFolder(folder);
    await uploads.#load();
    return uploads;
  }

  open(plan: UploadPlan): Promise<KeptUpload> {
    return this.#turns.take(async () => {
      await this.#forgetOld();
      const { crypto, clock } = this.#options;
      const { drive, path, sizeBytes, key } = plan;
      const id = idText(crypto.hash("blake3", encodeCbor([drive, path, sizeBytes, key])));
      if (!this.#kept.has(id)) this.#checkRoom(plan);
      const usedMs = clock.wallMs();
      const untilMs = usedMs + this.#limits.uploadMs;
      const kept = { id, plan: { drive, path, sizeBytes, key }, receivedBytes: 0, usedMs, untilMs };
      this.#kept.set(id, kept);
      await this.#writePlan(kept);
      const file = await this.#options.disk.open(`${folder}/${id}`, "if-missing");
      kept.receivedBytes = await file.sizeBytes();
      const appended = (bytes: number): void => {
        kept.receivedBytes += bytes;
        kept.usedMs = clock.wallMs();
      };
      return new DiskUpload(file, kept, appended, () => this.#remove(kept));
    });
  }

  list(): Promise<readonly PlannedUpload[]> {
    return this.#turns.take(async () => {
      await this.#forgetOld();
      return [...this.#kept.values()].map(({ plan, receivedBytes, usedMs, untilMs }) => {
        return { ...plan, receivedBytes, usedMs, expiresMs: untilMs };
      });
    });
  }

  #checkRoom({ path, sizeBytes }: UploadPlan): void {
    const { uploads, uploadBytes } = this.#limits;
    const all = [...this.#kept.values()].reduce((sum, each) => sum + each.plan.sizeBytes, sizeBytes);
    if (this.#kept.size < uploads && all <= uploadBytes) return;
    const message = `this node keeps at most ${uploads} uploads with ${uploadBytes} bytes: finish or discard others first`;
    throw new GlowError("exhausted", "drive.upload", { target: path, message });
  }

  async #load(): Promise<void> {
    const { disk } = this.#options;
    const names = (await disk.list(folder)).map(({ name }) => name);
    for (const name of names) {
      const id = name.replace(/\.plan(\.new)?$/, "");
      if (id === name) continue;
      const kept = name.endsWith(".plan") ? await this.#readPlan(id) : undefined;
      if (kept === undefined) await disk.remove(`${folder}/${name}`);
      else this.#kept.set(id, kept);
    }
    for (const name of names) {
      if (!name.includes(".") && !this.#kept.has(name)) await disk.remove(`${folder}/${name}`);
    }
    await this.#forgetOld();
  }

  async #forgetOld(): Promise<void> {
    const nowMs = this.#options.clock.wallMs();
    for (const kept of this.#kept.values()) if (kept.untilMs <= nowMs) await this.#remove(kept);
  }

  async #remove({ id }: Kept): Promise<void> {
    this.#kept.delete(id);
    for (const path of [`${folder}/${id}`, `${folder}/${id}.plan`]) {
      await this.#options.disk.remove(path).catch((error: unknown) => {
        if (GlowError.from(error, "upload.remove").kind !== "not-found") throw error;
      });
    }
  }

  async #writePlan({ id, plan, untilMs }: Kept): Promise<void> {
    const { disk } = this.#options;
    const path = `${folder}/${id}.plan`;
    const file = await disk.open(`${path}.new`, "if-missing");
    try {
      await file.truncate(0);
      const { sizeBytes, ...named } = plan;
      await file.write(0, encodeCbor({ ...named, size: sizeBytes, until: Math.round(untilMs) }));
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(`${path}.new`, path);
  }

  async #readPlan(id: string): Promise<Kept | undefined> {
    const file = await this.#options.disk.open(`${folder}/${id}.plan`);
    try {
      const { drive, path, size, key, until } = decodeCbor(await file.read(0, planBytes)) as Record<string, CborValue>;
      if (typeof drive !== "string" || typeof path !== "string" || typeof key !== "string") return undefined;
      if (typeof size !== "number" || typeof until !== "number") return undefined;
      const receivedBytes = await this.#receivedBytes(id);
      const usedMs = until - this.#limits.uploadMs;
      return { id, plan: { drive, path, sizeBytes: size, key }, receivedBytes, usedMs, untilMs: until };
    } catch {
      return undefined;
    } finally {
      await file.close();
    }
  }

  async #receivedBytes(id: string): Promise<number> {
    const file = await this.#options.disk.open(`${folder}/${id}`, "if-missing");
    try {
      return await file.sizeBytes();
    } finally {
      await file.close();
    }
  }
}

class DiskUpload implements KeptUpload {
  readonly expiresMs: number;
  readonly #file: DiskFile;
  readonly #appended: (bytes: number) => void;
  readonly #gone: () => Promise<void>;
  #receivedBytes: number;

  constructor(
    file: DiskFile,
    { receivedBytes, untilMs }: Pick<Kept, "receivedBytes" | "untilMs">,
    appended: (bytes: number) => void,
    gone: () => Promise<void>,
  ) {
    this.#file = file;
    this.#receivedBytes = receivedBytes;
    this.expiresMs = untilMs;
    this.#appended = appended;
    this.#gone = gone;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#file.write(this.#receivedBytes, bytes);
    this.#receivedBytes += bytes.length;
    this.#appended(bytes.length);
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.#receivedBytes; ) {
      const piece = await this.#file.read(at, Math.min(pieceBytes, this.#receivedBytes - at));
      if (piece.length === 0) throw new GlowError("corrupt", "upload.read", { message: "what was kept is cut short" });
      at += piece.length;
      yield piece;
    }
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#gone();
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
