// Where others may reach what listens here: `0.0.0.0` and `::` mean all addresses of the machine, and say so to nobody else.

import type { Address } from "#glow";
import { currentInterfaces, type NetworkInterface } from "./interface-watch.ts";

/** Listening addresses with those of the interfaces in place of `0.0.0.0` and `::`; others stay as they are. */
export function reachableAddresses(
  listening: readonly Address[],
  interfaces: readonly NetworkInterface[] = currentInterfaces(),
): Address[] {
  const own = interfaces.flatMap(({ addresses }) => addresses);
  // Those of IPv6 that need a zone cannot be written as a URL.
  const tellable = own.filter(({ address }) => !/^fe[89ab]/i.test(address));
  return listening.flatMap((address) => {
    const match = /^(\w+:\/\/)(0\.0\.0\.0|\[::\])(:.*)$/.exec(address);
    if (match === null) return [address];
    const [, scheme, host, rest] = match;
    // Without a network there are still the other nodes of this machine.
    if (tellable.length === 0) return [`${scheme}127.0.0.1${rest}` as Address];
    return tellable
      .filter(({ family }) => family === "ipv4" || host === "[::]")
      .map((each) => `${scheme}${each.family === "ipv6" ? `[${each.address}]` : each.address}${rest}` as Address);
  });
}
