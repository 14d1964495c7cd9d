// What an invitation says of where to go: as many addresses as it has room for, those that reach farthest first.

import { identityLimits } from "#base/limits.ts";
import type { Address, NodeId } from "#glow";
import { reachOf } from "#mesh/discovery/address-reach.ts";
import type { Mesh } from "#mesh/mesh.ts";

const farthestFirst = ["public", "private", "link", "machine"];

export function byReach(addresses: readonly Address[]): Address[] {
  const rank = (address: Address) => farthestFirst.indexOf(reachOf(address) ?? "");
  return addresses.toSorted((a, b) => rank(a) - rank(b)).slice(0, identityLimits.invitationAddresses);
}

/**
 * Where those neighbours listen that a new device may reach this node over: of each of them an address, then another one.
 * Where this node itself is said to listen (`own`) is left out.
 */
export function relayAddresses(
  { router, book }: Pick<Mesh, "router" | "book">,
  mayRelay: (neighbour: NodeId) => boolean,
  own: readonly Address[],
): Address[] {
  const neighbours = [...router.neighbours()].filter(({ id }) => mayRelay(id));
  const said = neighbours.map(({ id }) => byReach(book.saidBy(id, { toldBy: id })));
  const turns = Array.from({ length: identityLimits.invitationAddresses }, (_, i) => said.flatMap((of) => of[i] ?? []));
  const relays = new Set(turns.flat().filter((address) => !own.includes(address)));
  return [...relays].slice(0, identityLimits.invitationAddresses);
}
