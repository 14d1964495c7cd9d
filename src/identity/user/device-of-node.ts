// The device that a node is: a mesh address says nothing of who is behind it, the user's statements do.

import type { DeviceId, NodeId, UserDevice, UserState } from "#glow";

/** A device or tab of the user; undefined for whoever is none, or none any more. */
export function deviceOfNode(
  { devices }: UserState,
  node: NodeId,
): { readonly id: DeviceId; readonly device: UserDevice } | undefined {
  for (const [id, device] of devices) if (device.node === node) return { id, device };
  return undefined;
}
