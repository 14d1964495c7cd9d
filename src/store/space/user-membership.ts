// The devices of one user as the members of a space. Whether a tab's certificate is valid depends on this device's clock:
// so it is looked at again when one begins or ends to be.

import { equalBytes, toHex } from "#base/bytes.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type {
  Clock,
  DeviceId,
  Hash,
  Membership,
  PublicKey,
  SpaceId,
  Standing,
  Subscription,
  Timer,
  Timers,
  UserId,
  UserLog,
  UserState,
} from "#glow";

type Readers = ReturnType<Membership["readers"]>;

export class UserMembership implements Membership {
  readonly user: UserId;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: UserLog;
  readonly #watchers = new Set<() => void>();
  readonly #subscription: Subscription;
  #state: UserState;
  #readers: Readers;
  #timer: Timer | undefined;

  constructor(tools: { readonly clock: Clock; readonly timers: Timers }, log: UserLog) {
    this.#clock = tools.clock;
    this.#timers = tools.timers;
    this.#log = log;
    this.user = log.user;
    this.#state = log.state(this.#clock.wallMs());
    this.#readers = readersIn(this.#state);
    this.#subscription = log.watch(() => this.#look());
    this.#lookLater();
  }

  heads(): readonly Hash[] {
    return this.#log.heads();
  }

  knows(heads: readonly Hash[]): boolean {
    return this.#log.knows(heads);
  }

  standing(author: DeviceId, key: PublicKey, space: SpaceId): Standing {
    const { keys, revoked, devices } = this.#state;
    if (keys.get(author)?.some((each) => equalBytes(each, key)) !== true) return { type: "stranger" };
    const accepted = revoked.get(author);
    if (accepted !== undefined) return { type: "revoked", accepted: accepted.get(space) ?? 0 };
    const device = devices.get(author);
    // Of a tab nothing is left here when its certificate has run out.
    if (device === undefined || device.role === "tab") return { type: "tab", valid: device !== undefined };
    return { type: "member" };
  }

  isRevoked(device: DeviceId): boolean {
    return this.#state.revoked.has(device);
  }

  readers(): Readers {
    return this.#readers;
  }

  watch(changed: () => void): Subscription {
    const watcher = () => changed();
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  close(): void {
    this.#subscription.stop();
    this.#timer?.cancel();
    this.#watchers.clear();
  }

  #look(): void {
    this.#state = this.#log.state(this.#clock.wallMs());
    this.#readers = readersIn(this.#state);
    this.#lookLater();
    for (const watcher of this.#watchers) watcher();
  }

  /** When a certificate will have run out; and now and then, as the clock may be set. */
  #lookLater(): void {
    this.#timer?.cancel();
    const nowMs = this.#clock.wallMs();
    let waitMs: number = nodeLimits.expiryCheckMs;
    for (const { expiresMs } of this.#state.devices.values()) {
      if (expiresMs === undefined) continue;
      waitMs = Math.min(waitMs, Math.max(1, expiresMs + identityLimits.clockToleranceMs - nowMs));
    }
    const before = tabsIn(this.#state);
    this.#timer = this.#timers.after(Math.ceil(waitMs), () => {
      if (tabsIn(this.#log.state(this.#clock.wallMs())) === before) this.#lookLater();
      else this.#look();
    });
  }
}

function readersIn({ devices }: UserState): Readers {
  return [...devices].flatMap(([device, { key, role }]) => (key === undefined ? [] : [{ device, key, role }]));
}

/** Tells two states apart by the tabs that are valid in them. */
function tabsIn({ devices }: UserState): string {
  const tabs = [...devices].filter(([, { role }]) => role === "tab");
  return tabs.map(([id, { key }]) => `${id} ${key === undefined ? "" : toHex(key)}`).join();
}
