// What a node says about itself, and that nobody else can say it.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { encodeVarint } from "#base/varint.ts";
import type { Signature } from "#glow";
import { announcementOf } from "../../../test/scenarios/routing/one-router.ts";
import { crypto, identityOf } from "../../../test/scenarios/routing/routing-time.ts";
import { Announcement } from "./announcement.ts";

test("an announcement is read as it was signed", () => {
  for (const sequence of [0, 127, 128, 17_934_912_000, Number.MAX_SAFE_INTEGER]) {
    const signed = announcementOf(1, sequence, true);
    const read = Announcement.read(signed.bytes);
    expect([read.sequence, read.isTab, read.isSupported]).toEqual([sequence, true, true]);
    expect(read.publicKey).toEqual(identityOf(1).publicKey);
    expect(read.isGenuine(crypto)).toBe(true);
  }
});

test("with one byte changed it is not genuine, or not read at all", () => {
  const { bytes } = announcementOf(1, 1000);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] as number) ^ 1;
    let isGenuine = false;
    try {
      isGenuine = Announcement.read(changed).isGenuine(crypto);
    } catch {
      // Not read at all.
    }
    expect(isGenuine, `byte ${at}`).toBe(false);
  }
});

test("a signature made for another purpose does not count", () => {
  const identity = identityOf(1);
  const message = concatBytes([encodeVarint(5), encodeVarint(0)]);
  const parts = (signature: Signature) => {
    const key = identity.publicKey;
    return Announcement.read(concatBytes([message, encodeVarint(key.length), key, signature]));
  };
  expect(parts(identity.sign("route", message)).isGenuine(crypto)).toBe(true);
  expect(parts(identity.sign("location", message)).isGenuine(crypto)).toBe(false);
});

test("a key of a suite that is not known here is not supported, and one of a known suite that signs nothing neither", () => {
  const withKey = (key: Uint8Array) =>
    Announcement.read(concatBytes([Uint8Array.of(1, 0), encodeVarint(key.length), key, new Uint8Array(66)]));
  expect(withKey(concatBytes([encodeVarint(0x30_0001), new Uint8Array(48)])).isSupported).toBe(false);
  expect(withKey(concatBytes([encodeVarint(0xec), new Uint8Array(32)])).isSupported).toBe(false);
});
