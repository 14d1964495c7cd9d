// The devices of a user as they show: each under a name of its own.

import type { DeviceId, NodeId, UserDevice, UserState } from "#glow";
import type { Device } from "#interfaces/generated/user.ts";
import { uniqueNames } from "../names/unique-names.ts";

/** Whether there is a way to a node, and since when, or when there last was one. */
export interface Presence {
  readonly online: boolean;
  readonly sinceMs?: number;
  /** The neighbour that the way to it goes over, or the last one went: itself, if it is one. */
  readonly next?: NodeId;
}

/** In the order of their names; those that were revoked last, under their ids. */
export function devicesOf(state: UserState, self: NodeId, presence: (node: NodeId) => Presence): Device[] {
  const names = uniqueNames([...state.devices].map(([id, { name }]) => ({ id, name: name === "" ? "node" : name })));
  const nameOf = (wanted: NodeId) => {
    const found = [...state.devices].find(([, { node }]) => node === wanted);
    return found && names.get(found[0]);
  };
  const devices = [...state.devices].map(([id, device]) => {
    const shown = deviceOf(id, device, names.get(id) ?? id, self, presence);
    const next = device.node === undefined || shown.isThis ? undefined : presence(device.node).next;
    const over = next === undefined || next === device.node ? undefined : nameOf(next);
    return { ...shown, ...(over !== undefined && { over }) };
  });
  devices.sort((a, b) => (a.name < b.name ? -1 : 1));
  const revoked = [...state.revoked.keys()].filter((id) => !state.devices.has(id));
  return [...devices, ...revoked.sort().map(revokedDevice)];
}

function deviceOf(
  id: DeviceId,
  { role, node, expiresMs }: UserDevice,
  name: string,
  self: NodeId,
  presence: (node: NodeId) => Presence,
): Device {
  const isThis = node === self;
  const { online, sinceMs } = node === undefined || isThis ? { online: isThis } : presence(node);
  return {
    id,
    name,
    role,
    isThis,
    online,
    revoked: false,
    ...(node !== undefined && { node }),
    ...(sinceMs !== undefined && { since: new Date(sinceMs) }),
    ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs) }),
  };
}

function revokedDevice(id: DeviceId): Device {
  return { id, name: id.slice(-8), role: "device", isThis: false, online: false, revoked: true };
}
