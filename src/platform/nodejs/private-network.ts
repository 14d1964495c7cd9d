// Where this machine is found in its local networks: by addresses and by the name that multicast DNS gives it there.

import { isPrivateAddress } from "./certificate.ts";
import { currentInterfaces, type NetworkInterface } from "./interface-watch.ts";

/** Of private networks alone, IPv4 first: what is served there is not for the internet. */
export function privateAddresses(interfaces: readonly NetworkInterface[] = currentInterfaces()): string[] {
  const all = interfaces.flatMap(({ addresses }) => addresses).filter(({ address }) => isPrivateAddress(address));
  const isSixth = (family: string): number => (family === "ipv6" ? 1 : 0);
  return all.toSorted((a, b) => isSixth(a.family) - isSixth(b.family)).map(({ address }) => address);
}

/** RFC 6762: `attic.local`. None if the machine's name is no label of DNS. */
export function multicastNames(machine: string): string[] {
  const label = machine.toLowerCase().split(".")[0] ?? "";
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label) ? [`${label}.local`] : [];
}
