// The machine's network interfaces, and when they change: a cable, another Wi-Fi, a lease with a new address. Node has
// no event for it, so they are read four times a second, which takes some 0.1 ms each time.

import { networkInterfaces } from "node:os";
import type { Subscription, Timer, Timers } from "#glow";

/** An interface that is up and has addresses. */
export interface NetworkInterface {
  readonly name: string;
  /** With their prefix length, `192.168.1.5/24`, in the system's order. Zones of IPv6 are left out. */
  readonly addresses: readonly { readonly family: "ipv4" | "ipv6"; readonly address: string; readonly cidr: string }[];
}

const intervalMs = 250;

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
  let seen: string | undefined;
  let timer: Timer;
  const look = () => {
    timer = timers.after(intervalMs, look);
    const interfaces = read();
    const now = JSON.stringify(interfaces);
    if (now === seen) return;
    seen = now;
    changed(interfaces);
  };
  timer = timers.after(0, look);
  return { stop: () => timer.cancel() };
}
