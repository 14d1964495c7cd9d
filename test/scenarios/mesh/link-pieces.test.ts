// A link whose neighbour lets its packets drip in, byte by byte: what that makes the link hold is near to what was sent.

import { expect, test } from "vitest";
import { linkLimits } from "#base/limits.ts";
import { LinkPacket } from "#mesh/link/link-packet.ts";
import { type LinkEvents, SecureLink } from "#mesh/link/link.ts";
import { EpochKey } from "#mesh/wire/epoch-key.ts";
import type { Pieces } from "#mesh/wire/piece-reader.ts";
import { joined, LinkPair } from "./link-pair.ts";

test("a block and bodies that come byte by byte are whole, and in fewer than linkLimits.pieces pieces", async () => {
  const pair = await LinkPair.start();
  const { clock, timers, crypto } = pair.near.platform;
  const key = () => new EpochKey(crypto, "aes-256-gcm", new Uint8Array(32).fill(5));
  const bodies: Pieces[] = [];
  const control: Uint8Array[] = [];
  const ignore = () => undefined;
  const events: LinkEvents = {
    control: (_link, _channel, message) => control.push(message.slice()),
    session: ignore,
    relayed: (_link, _header, body) => bodies.push(body),
    measured: ignore,
    closed: ignore,
  };
  const pipe = await pair.raw();
  const link = new SecureLink(pipe, {
    clock,
    timers,
    peer: pair.far.identity.id,
    scope: "local",
    sendKey: key(),
    receiveKey: key(),
    events,
  });
  pipe.attach(link);
  const message = Uint8Array.from({ length: 3000 }, (_, at) => at);
  const body = Uint8Array.from({ length: 30_000 }, (_, at) => at * 7);
  const packet = new LinkPacket();
  packet.control(9, message);
  packet.relayed(new Uint8Array(33), new Uint8Array(33), 0, 9, [body], body.length);
  packet.relayed(new Uint8Array(33), new Uint8Array(33), 0, 9, [body], body.length);
  const seal = key();
  const sealed = seal.key(0).sealParts(seal.nonce(0), new Uint8Array(), packet.block());
  const block = joined(sealed);
  const bytes = joined([new Uint8Array(Uint32Array.of(block.length).buffer), block, body, body]);
  for (let at = 0; at < bytes.length; at++) link.piece(bytes, at, at + 1, at + 1 === bytes.length);
  expect(link.open).toBe(true);
  expect(control).toEqual([message]);
  expect(bodies.map(joined)).toEqual([body, body]);
  for (const pieces of bodies) expect(pieces.length).toBeLessThan(linkLimits.pieces);
});
