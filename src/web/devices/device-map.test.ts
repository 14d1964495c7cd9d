// The picture of nodes: who stands where, and which lines there are.

import { expect, test } from "vitest";
import type { LinksState } from "#interfaces/generated/links.ts";
import type { Device } from "#interfaces/generated/user.ts";
import { deviceMap } from "./device-map.ts";

function device(name: string, more: Partial<Device> = {}): Device {
  return { id: name, name, node: `n-${name}`, role: "device", isThis: false, online: true, revoked: false, ...more };
}

const link = { transport: "tcp", active: true, scope: "local", roundTripMs: 2 } as const;

test("this node is in the middle, and everybody has a place of his own within the picture", () => {
  const devices = [device("a", { isThis: true }), ..."bcdefghijkl".split("").map((name) => device(name))];
  const links = devices.slice(1, 4).map(({ node = "" }) => ({ ...link, node }));
  const map = deviceMap(devices, { self: "n-a", links, routes: [] });
  expect(map.devices.find(({ device: each }) => each.name === "a")).toMatchObject({ x: 0, y: 0, hops: 0 });
  expect(new Set(map.devices.map(({ x, y }) => `${x} ${y}`)).size).toBe(devices.length);
  const { frame } = map;
  for (const { x, y } of map.devices) {
    expect(x - frame.x).toBeGreaterThan(40);
    expect(frame.x + frame.width - x).toBeGreaterThan(40);
    expect(y - frame.y).toBeGreaterThan(40);
    expect(frame.y + frame.height - y).toBeGreaterThan(40);
  }
});

test("lines are the links that carry something, and the steps beyond a neighbour", () => {
  const state: LinksState = {
    self: "n-a",
    links: [
      { ...link, node: "n-b" },
      { ...link, node: "n-b", active: false, transport: "ws" },
    ],
    routes: [
      { node: "n-b", next: "n-b", cost: 2, hops: 1 },
      { node: "n-c", next: "n-b", cost: 5, hops: 2 },
    ],
  };
  const map = deviceMap([device("a", { isThis: true }), device("b"), device("c"), device("d")], state);
  const lines = map.links.map(({ from, to, roundTripMs }) => [from.device.name, to.device.name, roundTripMs]);
  expect(lines).toEqual([
    ["a", "b", 2],
    ["b", "c", undefined],
  ]);
  const hops = Object.fromEntries(map.devices.map((each) => [each.device.name, each.hops]));
  expect(hops).toEqual({ a: 0, b: 1, c: 2, d: undefined });
});

test("a page that was closed is in no picture, and a machine that is away is", () => {
  const state: LinksState = { self: "n-a", links: [], routes: [] };
  const devices = [device("a", { isThis: true }), device("b", { role: "tab" }), device("c")];
  expect(deviceMap(devices, state).devices.map((each) => each.device.name)).toEqual(["a", "c"]);
});

test("who was revoked is in no picture, and nobody at all makes an empty one", () => {
  const state: LinksState = { self: "n-a", links: [], routes: [] };
  expect(deviceMap([device("a", { isThis: true }), device("b", { revoked: true })], state).devices).toHaveLength(1);
  expect(deviceMap([], state)).toMatchObject({ devices: [], links: [] });
});
