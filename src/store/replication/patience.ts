// How long to leave a peer alone after it failed: shortly after what may be better soon, for long after what no honest and
// healthy peer does. Each time in a row it doubles. It outlives the connection, so that a liar gains nothing by calling again.

import type { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock, DeviceId } from "#glow";

interface Record {
  failures: number;
  lies: number;
  readyMs: number;
}

/** What a peer does only if it lies, or its memory or disk is bad. */
export function isLie(error: GlowError): boolean {
  return ["corrupt", "invalid", "protocol", "too-large"].includes(error.kind);
}

export class Patience {
  readonly #clock: Clock;
  readonly #records = new Map<DeviceId, Record>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long until it may be asked again; 0 if now. */
  waitMs(device: DeviceId): number {
    return Math.max(0, (this.#records.get(device)?.readyMs ?? 0) - this.#clock.monotonicMs());
  }

  failed(device: DeviceId, error: GlowError): void {
    const record = this.#records.get(device) ?? { failures: 0, lies: 0, readyMs: 0 };
    this.#records.set(device, record);
    const { retryMs, longestRetryMs, avoidMs, longestAvoidMs } = replicationLimits;
    const waitMs = isLie(error)
      ? Math.min(longestAvoidMs, avoidMs * 2 ** record.lies++)
      : Math.min(longestRetryMs, retryMs * 2 ** record.failures++);
    record.readyMs = Math.max(record.readyMs, this.#clock.monotonicMs() + waitMs);
  }

  /** Lies are not made good by it. */
  succeeded(device: DeviceId): void {
    const record = this.#records.get(device);
    if (record === undefined) return;
    if (record.lies === 0) this.#records.delete(device);
    else record.failures = 0;
  }

  /** Something has changed that may have been the reason: what was no lie is forgotten. */
  forgive(device: DeviceId): void {
    const record = this.#records.get(device);
    if (record !== undefined && record.lies === 0) this.#records.delete(device);
  }
}
