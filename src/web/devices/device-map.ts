// Where the nodes of a user stand in the picture: this one in the middle, its neighbours around it, who is reached through them
// beyond, and who cannot be reached at the rim. The same state gives the same picture, so nothing jumps about.

import type { LinksState } from "#interfaces/generated/links.ts";
import type { Device } from "#interfaces/generated/user.ts";

export interface PlacedDevice {
  readonly device: Device;
  readonly x: number;
  readonly y: number;
  /** Links on the way; 0 for this node, undefined if there is no way. */
  readonly hops: number | undefined;
}

export interface PlacedLink {
  readonly from: PlacedDevice;
  readonly to: PlacedDevice;
  /** Of a link of this node's own. */
  readonly roundTripMs: number | undefined;
  readonly transport: string | undefined;
}

export interface DeviceMap {
  /** What of the plane is in the picture. */
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly devices: readonly PlacedDevice[];
  readonly links: readonly PlacedLink[];
}

/** From the middle to each ring. */
const shapes = {
  wide: [
    { x: 0, y: 0 },
    { x: 265, y: 165 },
    { x: 420, y: 205 },
  ],
  tall: [
    { x: 0, y: 0 },
    { x: 130, y: 165 },
    { x: 165, y: 285 },
  ],
} as const;

export type MapShape = keyof typeof shapes;

/** Room around a node, for its name. */
const margin = { x: 110, top: 60, bottom: 90 };

export function deviceMap(
  devices: readonly Device[],
  { self, links, routes }: LinksState,
  shape: MapShape = "wide",
): DeviceMap {
  const rings = shapes[shape];
  const routeOf = new Map(routes.map((route) => [route.node, route]));
  const isNeighbour = (device: Device): boolean => links.some(({ node }) => node === device.node);
  const hopsOf = (device: Device): number | undefined => {
    if (device.isThis || device.node === self) return 0;
    if (isNeighbour(device)) return 1;
    return device.node === undefined ? undefined : routeOf.get(device.node)?.hops;
  };
  // Pages that were closed are many, and no part of the picture.
  const shown = devices.filter((device) => {
    return !device.revoked && !(device.role === "tab" && hopsOf(device) === undefined);
  });
  const others = shown.filter((device) => hopsOf(device) !== 0).sort((a, b) => (a.id < b.id ? -1 : 1));
  // Who is reached through a neighbour stands behind it.
  const groups = others.filter((device) => hopsOf(device) === 1);
  const behind = (neighbour: Device): Device[] =>
    others.filter((device) => (hopsOf(device) ?? 0) > 1 && routeOf.get(device.node ?? "")?.next === neighbour.node);
  const order = [
    ...groups.flatMap((neighbour) => [neighbour, ...behind(neighbour)]),
    ...others.filter((device) => hopsOf(device) === undefined),
  ];
  const rest = others.filter((device) => !order.includes(device));
  const turn = [...order, ...rest];
  const placed = new Map<string, PlacedDevice>();
  for (const device of shown) {
    const hops = hopsOf(device);
    if (hops === 0) placed.set(device.id, { device, hops, x: 0, y: 0 });
  }
  turn.forEach((device, index) => {
    const hops = hopsOf(device);
    const ring = rings[hops === 1 ? 1 : 2];
    const angle = angleOf(index, turn.length);
    placed.set(device.id, { device, hops, x: ring.x * Math.cos(angle), y: ring.y * Math.sin(angle) });
  });
  return {
    devices: [...placed.values()],
    frame: frameOf([...placed.values()]),
    links: placedLinks([...placed.values()], { self, links, routes }),
  };
}

function placedLinks(devices: readonly PlacedDevice[], { self, links, routes }: LinksState): PlacedLink[] {
  const byNode = new Map(devices.map((each) => [each.device.node ?? each.device.id, each]));
  const from = byNode.get(self) ?? devices.find(({ hops }) => hops === 0);
  if (from === undefined) return [];
  const found: PlacedLink[] = [];
  for (const { node, active, roundTripMs, transport } of links) {
    const to = byNode.get(node);
    if (to !== undefined && active) found.push({ from, to, roundTripMs, transport });
  }
  for (const { node, next, hops } of routes) {
    const to = byNode.get(node);
    const via = byNode.get(next);
    if (hops < 2 || to === undefined || via === undefined || to === via) continue;
    if (links.some((link) => link.node === node)) continue;
    found.push({ from: via, to, roundTripMs: undefined, transport: undefined });
  }
  return found;
}

/** From the right on, turned where that would put one straight above another, whose name is there. */
function angleOf(index: number, count: number): number {
  const start = count % 4 === 0 ? Math.PI / count : 0;
  return start + (index * 2 * Math.PI) / count;
}

function frameOf(devices: readonly PlacedDevice[]): DeviceMap["frame"] {
  const xs = devices.map(({ x }) => x);
  const ys = devices.map(({ y }) => y);
  const left = Math.min(0, ...xs) - margin.x;
  const top = Math.min(0, ...ys) - margin.top;
  return {
    x: left,
    y: top,
    width: Math.max(0, ...xs) + margin.x - left,
    height: Math.max(0, ...ys) + margin.bottom - top,
  };
}
