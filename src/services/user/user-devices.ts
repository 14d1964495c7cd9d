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

/** In the order of their names; those that were revoked last. */
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
  return [...devices, ...revokedDevices(state, new Set(names.values()))];
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

/** Under the names that they had, with a mark where another device has that name now. */
function revokedDevices({ devices, revoked, revokedNames }: UserState, taken: ReadonlySet<string>): Device[] {
  const ids = [...revoked.keys()].filter((id) => !devices.has(id)).sort();
  const names = uniqueNames(ids.map((id) => ({ id, name: revokedNames.get(id) ?? id.slice(-8) })));
  return ids.map((id) => {
    const name = names.get(id) ?? id;
    const shown = taken.has(name) ? `${name} (${id.slice(-8)})` : name;
    return { id, name: shown, role: "device", isThis: false, online: false, revoked: true };
  });
}
