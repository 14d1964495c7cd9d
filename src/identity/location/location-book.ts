// The latest location record of each device, in memory: records expire within days, and devices say them again.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { Crypto, DeviceId, PublicKey } from "#glow";
import { deviceIdOf } from "../device-identity.ts";
import { type Location, readLocation } from "./location-record.ts";

export interface KnownDevice {
  /** Absent while it is contested, or the device is revoked: then no record of it holds. */
  readonly key: PublicKey | undefined;
}

interface Entry {
  readonly location: Location;
  readonly key: PublicKey;
  readonly record: Uint8Array;
}

/** What devices said of where they are: the latest word of each. */
export class LocationBook {
  readonly #crypto: Crypto;
  readonly #deviceNamed: (device: DeviceId) => KnownDevice | undefined;
  readonly #entries = new Map<DeviceId, Entry>();

  /**
   * `deviceNamed`: what the users that are known here say of a device. Of one that nobody knows, only the key that its
   * id is made of is believed.
   */
  constructor(crypto: Crypto, deviceNamed: (device: DeviceId) => KnownDevice | undefined) {
    this.#crypto = crypto;
    this.#deviceNamed = deviceNamed;
  }

  /**
   * Whether it was news. `corrupt` or `invalid` for what is no location record, `denied` if its key is not the device's,
   * `exhausted` if the book is full.
   */
  accept(record: Uint8Array, nowMs: number): boolean {
    const { key, ...location } = readLocation(this.#crypto, record);
    const { device, expiresMs, sequence } = location;
    const { clockToleranceMs, locationMs } = identityLimits;
    if (expiresMs + clockToleranceMs <= nowMs) return false;
    if (expiresMs > nowMs + locationMs + clockToleranceMs) {
      throw refused("invalid", device, `it is to hold for longer than ${locationMs} ms, as none may`);
    }
    if (!this.#holds(device, key)) throw refused("denied", device, "it is signed by another key than the device's");
    const known = this.#find(device, nowMs);
    if (known !== undefined && known.location.sequence >= sequence) return false;
    if (!this.#entries.has(device)) this.#makeRoom(device, nowMs);
    this.#entries.set(device, { location, key, record });
    return true;
  }

  /** Undefined if nothing is known that still holds. */
  find(device: DeviceId, nowMs: number): Location | undefined {
    return this.#find(device, nowMs)?.location;
  }

  /** The records themselves, for passing on. */
  records(nowMs: number): readonly Uint8Array[] {
    return [...this.#entries.keys()].flatMap((device) => this.#find(device, nowMs)?.record ?? []);
  }

  /** A key can be replaced after its record was taken in. */
  #find(device: DeviceId, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(device);
    if (entry === undefined || entry.location.expiresMs + identityLimits.clockToleranceMs <= nowMs) return undefined;
    return this.#holds(device, entry.key) ? entry : undefined;
  }

  #holds(device: DeviceId, key: PublicKey): boolean {
    const known = this.#deviceNamed(device);
    if (known === undefined) return deviceIdOf(this.#crypto, key) === device;
    return known.key !== undefined && equalBytes(known.key, key);
  }

  #makeRoom(device: DeviceId, nowMs: number): void {
    if (this.#entries.size < identityLimits.locations) return;
    for (const each of this.#entries.keys()) if (this.#find(each, nowMs) === undefined) this.#entries.delete(each);
    if (this.#entries.size < identityLimits.locations) return;
    // A stranger costs nothing to invent, so it never takes the place of a device that somebody vouches for.
    const stranger = this.#entries.keys().find((each) => this.#deviceNamed(each) === undefined);
    if (stranger === undefined || this.#deviceNamed(device) === undefined) {
      throw refused("exhausted", device, `this node remembers where ${identityLimits.locations} devices are, no more`);
    }
    this.#entries.delete(stranger);
  }
}

function refused(kind: "invalid" | "denied" | "exhausted", device: DeviceId, reason: string): GlowError {
  return new GlowError(kind, "location.accept", {
    target: device,
    message: `this location record is refused: ${reason}`,
  });
}
