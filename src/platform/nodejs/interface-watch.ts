// The machine's network interfaces, and when they change: a cable, another Wi-Fi, a lease with a new address. Node has
// no event for it, so they are read twice a second, once for all who watch: it is what an idle node does most.

import { networkInterfaces } from "node:os";
import type { Subscription, Timer, Timers } from "#glow";

/** An interface that is up and has addresses. */
export interface NetworkInterface {
  readonly name: string;
  /** With their prefix length, `192.168.1.5/24`, in the system's order. Zones of IPv6 are left out. */
  readonly addresses: readonly { readonly family: "ipv4" | "ipv6"; readonly address: string; readonly cidr: string }[];
}

const intervalMs = 500;

/** What is up just now, without loopback. */
export function currentInterfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos = []]) => {
    const addresses = infos
      .filter(({ internal, cidr }) => !internal && cidr !== null)
      .map(({ family, address, cidr }) => ({
        family: family === "IPv4" ? ("ipv4" as const) : ("ipv6" as const),
        address,
        cidr: cidr as string,
      }));
    return addresses.length === 0 ? [] : [{ name, addresses }];
  });
}

/** Calls `changed` soon with what there is, and again after each change. `read` is for other sources than the system. */
export function watchInterfaces(
  timers: Timers,
  changed: (interfaces: readonly NetworkInterface[]) => void,
  read: () => readonly NetworkInterface[] = currentInterfaces,
): Subscription {
  if (read !== currentInterfaces) return new InterfaceLook(timers, read).add(changed);
  let look = looks.get(timers);
  if (look === undefined) looks.set(timers, (look = new InterfaceLook(timers, read)));
  return look.add(changed);
}

interface Watcher {
  readonly changed: (interfaces: readonly NetworkInterface[]) => void;
  /** What it was told last. */
  seen?: string;
}

/** Reads the interfaces for as long as somebody watches. */
class InterfaceLook {
  readonly #timers: Timers;
  readonly #read: () => readonly NetworkInterface[];
  readonly #watchers = new Set<Watcher>();
  #timer: Timer | undefined;

  constructor(timers: Timers, read: () => readonly NetworkInterface[]) {
    this.#timers = timers;
    this.#read = read;
  }

  add(changed: Watcher["changed"]): Subscription {
    const watcher: Watcher = { changed };
    this.#watchers.add(watcher);
    this.#lookAfter(0);
    return {
      stop: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0) this.#timer?.cancel();
      },
    };
  }

  #lookAfter(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#timers.after(delayMs, () => this.#look());
  }

  #look(): void {
    this.#lookAfter(intervalMs);
    const interfaces = this.#read();
    const now = JSON.stringify(interfaces);
    for (const watcher of this.#watchers) {
      if (watcher.seen === now) continue;
      watcher.seen = now;
      watcher.changed(interfaces);
    }
  }
}

/** Of the system's interfaces, by who gives the time. */
const looks = new WeakMap<Timers, InterfaceLook>();
