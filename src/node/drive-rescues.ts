// Has drives bring back what others removed while this device, which had not heard of it, edited it: on start, and whenever
// batches have come. Each device does so for its own edits, so that not all of them write the same.

import { GlowError } from "#base/errors.ts";
import type { BatchHeader, DeviceId, Drive, Subscription, Timer, Timers } from "#glow";

export interface DriveRescuesOptions {
  readonly device: DeviceId;
  readonly timers: Timers;
  /** Told of what no caller hears of. */
  readonly problem: (error: GlowError) => void;
}

/** A rescue waits for its turn to write: batches that come within this time are looked at together. */
const gatherMs = 200;

export class DriveRescues {
  readonly #options: DriveRescuesOptions;
  readonly #drives = new Map<Drive, DriveRescue>();
  #state: "waiting" | "running" | "stopped" = "waiting";

  constructor(options: DriveRescuesOptions) {
    this.#options = options;
  }

  /** Until `start`, drives are only noted. */
  add(drive: Drive): void {
    const rescue = new DriveRescue(drive, this.#options);
    this.#drives.set(drive, rescue);
    if (this.#state === "running") rescue.start();
  }

  start(): void {
    if (this.#state !== "waiting") return;
    this.#state = "running";
    for (const rescue of this.#drives.values()) rescue.start();
  }

  stop(): void {
    this.#state = "stopped";
    for (const rescue of this.#drives.values()) rescue.stop();
  }
}

class DriveRescue {
  readonly #drive: Drive;
  readonly #options: DriveRescuesOptions;
  #watch: Subscription | undefined;
  #timer: Timer | undefined;
  #isUnderWay = false;
  #isStopped = false;

  constructor(drive: Drive, options: DriveRescuesOptions) {
    this.#drive = drive;
    this.#options = options;
  }

  start(): void {
    this.#watch = this.#drive.watch(
      (_, batch) => this.#came(batch),
      () => this.#soon(),
    );
    this.#soon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#watch?.stop();
    this.#timer?.cancel();
  }

  /** Its own batches know all that is here: they are apart from nothing. */
  #came({ author }: BatchHeader): void {
    if (author !== this.#options.device) this.#soon();
  }

  #soon(): void {
    if (this.#isStopped) return;
    this.#timer ??= this.#options.timers.after(gatherMs, () => {
      this.#timer = undefined;
      void this.#rescue();
    });
  }

  async #rescue(): Promise<void> {
    if (this.#isUnderWay) return this.#soon();
    this.#isUnderWay = true;
    try {
      await this.#drive.rescue();
    } catch (error) {
      // It stays a conflict that people see, and is tried again with the next batch.
      if (!this.#isStopped) this.#options.problem(GlowError.from(error, "drive.rescue"));
    } finally {
      this.#isUnderWay = false;
    }
  }
}
