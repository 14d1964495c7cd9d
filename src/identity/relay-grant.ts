// A device's word that somebody may have it (or any device of its user) carry bytes. One's own devices need none.
//
//   grant    = signed record (signed-record.ts) of context "relay grant", whose body has
//   "user"     33 bytes: whose devices relay     "device"  33 bytes: the device that grants, and signs
//   "grantee"  33 bytes: a NodeId or a UserId    "kind"    text: node or user
//   "until"    wall clock, ms                    "rate"    integer, optional: bytes per second that each device hands on
//
// It is bound to who it was given to, so it need not be kept secret: a copy is of no use to anybody else.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import type { Crypto, DeviceId, NodeId, UserId, UserState } from "#glow";
import type { NodeIdentity } from "./node-identity.ts";
import { openRecord, signRecord } from "./signed-record.ts";

export interface RelayGrant {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly grantee: { readonly kind: "node"; readonly id: NodeId } | { readonly kind: "user"; readonly id: UserId };
  readonly untilMs: number;
  readonly bytesPerSecond?: number;
}

export function signRelayGrant(identity: NodeIdentity, grant: RelayGrant): Uint8Array {
  const { user, device, grantee, untilMs, bytesPerSecond } = grant;
  const fields = {
    user: idBytes(user),
    device: idBytes(device),
    grantee: idBytes(grantee.id),
    kind: grantee.kind,
    until: untilMs,
    ...(bytesPerSecond !== undefined && { rate: bytesPerSecond }),
  };
  return signRecord(identity, "relay grant", fields, identityLimits.relayGrantBytes);
}

/**
 * What is granted, if it holds now and is given to `peer`: a node that has proved its key and, if `peer.user` is there,
 * that it is a device of that user. `granter` is the state of the user whose devices are to relay.
 * `denied` with the reason if it does not hold; `invalid`, `too-large` or `corrupt` for what is no grant.
 */
export function verifyRelayGrant(
  crypto: Crypto,
  bytes: Uint8Array,
  granter: UserState,
  peer: { readonly node: NodeId; readonly user?: UserId },
  nowMs: number,
): RelayGrant {
  const { fields, key } = openRecord(crypto, "relay grant", bytes, identityLimits.relayGrantBytes);
  const user = idText(fields.hash("user")) as UserId;
  const device = idText(fields.hash("device")) as DeviceId;
  const id = idText(fields.hash("grantee"));
  const kind = fields.text("kind", identityLimits.nameBytes);
  const untilMs = fields.integer("until");
  if (user !== granter.user) throw denied("it is for the devices of another user");
  const by = granter.devices.get(device);
  if (by?.key === undefined || by.role === "tab" || !equalBytes(by.key, key)) {
    throw denied("whoever gave it is no device of this user, or no longer");
  }
  const { clockToleranceMs, relayGrantMs } = identityLimits;
  if (untilMs + clockToleranceMs <= nowMs) throw denied("it has expired");
  if (untilMs > nowMs + relayGrantMs + clockToleranceMs)
    throw denied(`it is to hold for longer than ${relayGrantMs} ms`);
  const common = { user, device, untilMs, ...(fields.has("rate") && { bytesPerSecond: fields.integer("rate", 1) }) };
  if (kind === "node" && id === peer.node) return { ...common, grantee: { kind, id: peer.node } };
  if (kind === "user" && id === peer.user) return { ...common, grantee: { kind, id: peer.user } };
  throw denied("it was given to somebody else");
}

function denied(reason: string): GlowError {
  return new GlowError("denied", "relay-grant.verify", { message: `this leave to relay does not hold: ${reason}` });
}
