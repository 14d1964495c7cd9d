// What stands for all addresses of the machine, written out.

import { expect, test } from "vitest";
import type { Address } from "#glow";
import { reachableAddresses } from "./reachable-addresses.ts";

const interfaces = [
  { name: "eth0", addresses: [{ family: "ipv4", address: "192.168.1.5", cidr: "192.168.1.5/24" }] },
  {
    name: "wlan0",
    addresses: [
      { family: "ipv6", address: "2001:db8::5", cidr: "2001:db8::5/64" },
      { family: "ipv6", address: "fe80::5", cidr: "fe80::5/64" },
    ],
  },
] as const;

test.each([
  ["tcp://0.0.0.0:1", ["tcp://192.168.1.5:1"]],
  ["ws://[::]:1/mesh", ["ws://192.168.1.5:1/mesh", "ws://[2001:db8::5]:1/mesh"]],
  ["ws://0.0.0.0:1/mesh", ["ws://192.168.1.5:1/mesh"]],
  ["tcp://10.0.0.1:1", ["tcp://10.0.0.1:1"]],
  ["unix:/run/glow", ["unix:/run/glow"]],
])("%s", (listening, reachable) => {
  expect(reachableAddresses([listening as Address], interfaces)).toEqual(reachable);
});

test("a machine without a network is reached by itself", () => {
  expect(reachableAddresses(["tcp://0.0.0.0:1" as Address, "unix:/run/glow" as Address], [])).toEqual([
    "tcp://127.0.0.1:1",
    "unix:/run/glow",
  ]);
});
