// What a page's transports do beyond the contracts, and against servers that do not keep to the protocol.

import { expect, inject, test } from "vitest";
import type { Address } from "#glow";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { failure } from "../../../test/compliance/subject.ts";
import type {} from "../../../test/runtime/browser-addresses.ts";
import { BrowserNetwork } from "./network.ts";
import { BrowserTimers } from "./timers.ts";

const timers = new BrowserTimers();
const network = new BrowserNetwork(timers);
const addresses = inject("browserAddresses");

async function dialled(address: Address): Promise<RecordingReceiver> {
  const end = new RecordingReceiver();
  (await network.dial(address)).attach(end);
  return end;
}

test("a page cannot listen", async () => {
  await failure(network.listen("ws://127.0.0.1:0/" as Address), "unsupported");
});

test("text ends the pipe as `protocol`", async () => {
  const end = await dialled(addresses.text);
  expect((await end.untilClosed()).kind).toBe("protocol");
  expect(end.packets).toEqual([]);
});

test("a message above packetBytes ends the pipe as too-large", async () => {
  const end = await dialled(addresses.oversize);
  expect((await end.untilClosed()).kind).toBe("too-large");
  expect(end.packets).toEqual([]);
});

test("a connection that breaks within a message is `disconnected`", async () => {
  const end = await dialled(addresses.broken);
  expect((await end.untilClosed()).kind).toBe("disconnected");
  expect(end.packets).toEqual([]);
});

test("a server that never answers is `unavailable` at the deadline", async () => {
  const error = await failure(new BrowserNetwork(timers, 30).dial(addresses.mute), "unavailable");
  expect(error.message).toContain("30 ms");
});
