// Where a device is, said and signed by itself. Other devices pass it on, and no one can change it.
//
//   record   = signed record (signed-record.ts) of context "location", whose body has
//   "device"    33 bytes: the id that stays          "key"      tagged public key: the node that it is now
//   "addresses" list of texts                        "expires"  wall clock, ms
//   "sequence"  integer: of two records of one key the higher counts

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import type { Address, Crypto, DeviceId, NodeId, PublicKey } from "#glow";
import { type NodeIdentity, nodeIdOf } from "../node-identity.ts";
import { openRecord, signRecord } from "../signed-record.ts";

/** Where a device can be reached, as it said itself. */
export interface Location {
  readonly device: DeviceId;
  readonly node: NodeId;
  readonly addresses: readonly Address[];
  readonly sequence: number;
  readonly expiresMs: number;
}

/** `too-large` for more addresses than a record holds. */
export function signLocation(identity: NodeIdentity, location: Omit<Location, "node">): Uint8Array {
  const { device, addresses, sequence, expiresMs } = location;
  const { locationAddresses, locationBytes } = identityLimits;
  if (addresses.length > locationAddresses) {
    const message = `a location record has at most ${locationAddresses} addresses: leave some out`;
    throw new GlowError("too-large", "location.sign", { message });
  }
  const fields = { device: idBytes(device), addresses, sequence, expires: expiresMs };
  return signRecord(identity, "location", fields, locationBytes);
}

/** `invalid`, `too-large` or `corrupt`; that the key is the device's is for the caller to check. */
export function readLocation(crypto: Crypto, bytes: Uint8Array): Location & { readonly key: PublicKey } {
  const { fields, key } = openRecord(crypto, "location", bytes, identityLimits.locationBytes);
  return {
    device: idText(fields.hash("device")) as DeviceId,
    node: nodeIdOf(crypto, key),
    key,
    addresses: fields.texts("addresses", identityLimits.locationAddresses, identityLimits.addressBytes) as Address[],
    sequence: fields.integer("sequence"),
    expiresMs: fields.integer("expires"),
  };
}
