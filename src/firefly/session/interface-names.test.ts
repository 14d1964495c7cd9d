// Interfaces by number: the first mention has the hash, and a frame that is not sent has mentioned nothing.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Interface } from "../codec/interface.ts";
import { Reader } from "../codec/reader.ts";
import { Stub } from "../codec/stub.ts";
import { Writer } from "../codec/writer.ts";
import { IncomingInterfaceNames, OutgoingInterfaceNames } from "./interface-names.ts";

function type(number: number): Interface {
  const hash = `12${number.toString(16).padStart(64, "0")}`;
  return { name: `I${number}`, hash, methods: [], stub: Stub as never };
}

test("what one side writes the other reads", () => {
  const outgoing = new OutgoingInterfaceNames();
  const incoming = new IncomingInterfaceNames();
  const mentioned = [0, 1, 0, 2, 1, 0].map(type);
  const writer = new Writer();
  for (const each of mentioned) outgoing.write(writer, each);
  const bytes = concatBytes(writer.take());
  expect(bytes.length).toBe(3 * 34 + 3);
  const reader = new Reader(bytes);
  expect(mentioned.map(() => incoming.read(reader))).toEqual(mentioned.map((each) => each.hash));
  expect(reader.left).toBe(0);
});

test("names that were not sent are given anew", () => {
  const names = new OutgoingInterfaceNames();
  const writer = new Writer();
  names.write(writer, type(0));
  const { size } = names;
  names.write(writer, type(1));
  names.truncate(size);
  writer.take();
  names.write(writer, type(2));
  expect(concatBytes(writer.take()).toHex()).toBe(`01${type(2).hash}`);
});

test("a number that comes too early breaks the protocol", () => {
  const incoming = new IncomingInterfaceNames();
  expect(() => incoming.read(new Reader(Uint8Array.of(1)))).toThrow(expect.objectContaining({ kind: "protocol" }));
});

test("fireflyLimits.binds interfaces: one more is refused by the sender, and ends the session of a peer that sends it", () => {
  const outgoing = new OutgoingInterfaceNames();
  const incoming = new IncomingInterfaceNames();
  const writer = new Writer();
  for (let number = 0; number < fireflyLimits.binds; number++) outgoing.write(writer, type(number));
  expect(() => outgoing.write(writer, type(fireflyLimits.binds))).toThrow(
    expect.objectContaining({ kind: "exhausted", target: "I1024" }),
  );
  outgoing.write(writer, type(5));
  const reader = new Reader(concatBytes(writer.take()));
  while (reader.left > 0) incoming.read(reader);
  writer.varint(fireflyLimits.binds);
  writer.raw(Uint8Array.fromHex(type(fireflyLimits.binds).hash));
  expect(() => incoming.read(new Reader(concatBytes(writer.take())))).toThrow(
    expect.objectContaining({ kind: "protocol", message: expect.stringContaining("1024 interfaces") }),
  );
});
