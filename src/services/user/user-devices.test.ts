// Under which names the devices of a user show.

import { expect, test } from "vitest";
import type { DeviceId, NodeId, UserDevice, UserState } from "#glow";
import { devicesOf } from "./user-devices.ts";

function id(text: string): DeviceId {
  return text.padStart(16, "0") as DeviceId;
}

function state(devices: Record<string, string>, revoked: Record<string, string>): UserState {
  const device = (name: string): UserDevice => ({ role: "device", name });
  const parts: Partial<UserState> = {
    devices: new Map(Object.entries(devices).map(([key, name]) => [id(key), device(name)])),
    revoked: new Map(Object.keys(revoked).map((key) => [id(key), new Map()])),
    revokedNames: new Map(Object.entries(revoked).flatMap(([key, name]) => (name === "" ? [] : [[id(key), name]]))),
  };
  return parts as UserState;
}

function shown(of: UserState): string[] {
  return devicesOf(of, "self" as NodeId, () => ({ online: false })).map(
    ({ name, revoked }) => `${name}${revoked ? " revoked" : ""}`,
  );
}

test("a revoked device keeps its name, behind all others", () => {
  expect(shown(state({ a: "desk", b: "lamp" }, { c: "attic" }))).toEqual(["desk", "lamp", "attic revoked"]);
});

test("where another has that name now, or none was given, it shows with the end of its id", () => {
  expect(shown(state({ a: "desk" }, { bcdefghi: "desk", cdefghij: "", d: "lamp", e: "lamp" }))).toEqual([
    "desk",
    "lamp revoked",
    "lamp (000e) revoked",
    "desk (bcdefghi) revoked",
    "cdefghij revoked",
  ]);
});
