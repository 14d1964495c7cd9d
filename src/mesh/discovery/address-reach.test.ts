// How far addresses reach, and to whom they are told.

import fc from "fast-check";
import { expect, test } from "vitest";
import { discoveryLimits } from "#base/limits.ts";
import type { Address } from "#glow";
import { isShareable, reachOf } from "./address-reach.ts";

const examples = {
  machine: ["tcp://127.0.0.1:1", "tcp://127.9.9.9:1", "ws://localhost:1/", "ws://a.localhost:1", "tcp://[::1]:1"],
  link: ["tcp://169.254.1.1:1", "tcp://[fe80::1]:1", "tcp://[febf::1]:1", "tcp://printer.local:1"],
  private: [
    "tcp://10.0.0.1:1",
    "tcp://172.31.0.1:1",
    "tcp://192.168.9.9:1",
    "tcp://100.100.1.1:1",
    "tcp://[fd12::1]:1",
  ],
  public: ["tcp://8.8.8.8:1", "wss://glow.example/mesh", "ws://1.2.3.4", "tcp://[2001:db8::1]:65535", "sim://node:7"],
} as const;

for (const [reach, addresses] of Object.entries(examples)) {
  test.each(addresses)(`%s is ${reach}`, (address) => expect(reachOf(address as Address)).toBe(reach));
}

test.each([
  ["unix:/run/glow.sock", "machine"],
  ["tcp://[::ffff:127.0.0.1]:1", "machine"],
  ["tcp://[::ffff:10.0.0.1]:1", "private"],
  ["tcp://[0:0:0:0:0:0:0:1]:1", "machine"],
  ["TCP://LOCALHOST:1", "machine"],
  ["tcp://nas:1", "private"],
  ["tcp://172.32.0.1:1", "public"],
  ["tcp://100.128.0.1:1", "public"],
])("%s is %s", (address, reach) => expect(reachOf(address as Address)).toBe(reach));

test.each([
  "",
  "tcp://8.8.8.8",
  "tcp://8.8.8.8:0",
  "tcp://8.8.8.8:65536",
  "tcp://8.8.8.8:1/path",
  "tcp://0.0.0.0:1",
  "tcp://224.0.0.1:1",
  "tcp://255.255.255.255:1",
  "tcp://127.1:1",
  "tcp://0x7f.0.0.1:1",
  "tcp://2130706433:1",
  "tcp://1.2.3.256:1",
  "tcp://01.2.3.4:1",
  "tcp://[::]:1",
  "tcp://[ff02::1]:1",
  "tcp://[1::2::3]:1",
  "tcp://[1:2:3]:1",
  "tcp://[fe80::1%eth0]:1",
  "tcp://[1:2:3:4:5:6:7:8:9]:1",
  "tcp://a..b:1",
  "tcp://user@host:1",
  "ws://a.example/#fragment",
  "ws://a.example/a b",
  "http://a.example/",
  "ftp://a.example:1",
  "nonsense",
])("%s is no address for others", (address) => expect(reachOf(address as Address)).toBeUndefined());

test("nor is one above `discoveryLimits.addressBytes`", () => {
  const path = (length: number) => `ws://a.example/${"a".repeat(length)}` as Address;
  const room = discoveryLimits.addressBytes - "ws://a.example/".length;
  expect(reachOf(path(room))).toBe("public");
  expect(reachOf(path(room + 1))).toBeUndefined();
});

test("any text at all has an answer", () => {
  const pieces = fc.constantFrom(
    "tcp://",
    "ws://",
    "[",
    "]",
    ":",
    "::",
    ".",
    "/",
    "1",
    "255",
    "f",
    "fe80",
    "a",
    "\u0000",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((each) => each.join("")),
      ),
      (text) => {
        expect(["machine", "link", "private", "public", undefined]).toContain(reachOf(text as Address));
      },
    ),
  );
});

test.each([
  ["public", undefined, true],
  ["public", "tcp://8.8.4.4:1", true],
  ["private", "tcp://8.8.4.4:1", false],
  ["private", "tcp://192.168.1.1:1", true],
  ["private", undefined, true],
  ["machine", undefined, false],
  ["machine", "tcp://192.168.1.1:1", false],
  ["machine", "unix:/run/glow", true],
  ["machine", "tcp://127.0.0.1:1", true],
  ["link", "tcp://[fe80::1]:1", false],
  ["link", "unix:/run/glow", false],
] as const)("%s is told to a peer at %s: %s", (reach, peer, told) => {
  for (const address of examples[reach])
    expect(isShareable(address as Address, peer as Address | undefined)).toBe(told);
});
