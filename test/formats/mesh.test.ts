// The layouts of docs/mesh.md and docs/identity.md as bytes, so that none of them changes unnoticed.
//
// After an intended change of a format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/mesh.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { SeededRandom } from "#base/random.ts";
import type { Address, Clock, NodeId, PipeReceiver, Timers, UserId } from "#glow";
import { deviceIdOf } from "#identity/device-identity.ts";
import { writeInvitation } from "#identity/invitation/invitation-code.ts";
import { invitationId, invitationKey } from "#identity/invitation/invitation-secret.ts";
import { signLocation } from "#identity/location/location-record.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { signRelayGrant } from "#identity/relay-grant.ts";
import { readStatement, signGenesis } from "#identity/user/statement.ts";
import { encodeGossip } from "#mesh/discovery/gossip-message.ts";
import { Handshake, type HandshakeResult } from "#mesh/handshake/handshake.ts";
import { HandshakeKeys } from "#mesh/handshake/handshake-keys.ts";
import { frameType, LinkPacket } from "#mesh/link/link-packet.ts";
import type { LinkSource } from "#mesh/link/link-source.ts";
import { Announcement } from "#mesh/routing/announcement.ts";
import { MessageWriter } from "#mesh/routing/message-writer.ts";
import { MeshSession } from "#mesh/session/session.ts";
import { EpochKey } from "#mesh/wire/epoch-key.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";

type Vectors = Record<string, string>;

const file = join(import.meta.dirname, "vectors", "mesh.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = isWriting ? {} : (JSON.parse(readFileSync(file, "utf8")) as Vectors);
const written: Vectors = {};

const crypto = new NodeCrypto();
const identityOf = (fill: number) =>
  new NodeIdentity(crypto, crypto.keyPairFromSeed("ed25519", new Uint8Array(32).fill(fill)));
const [near, far] = [identityOf(1), identityOf(2)];
const clock: Clock = { monotonicMs: () => 1000, wallMs: () => 1_700_000_000_000 };
const timers: Timers = { after: () => ({ cancel() {} }), endOfTurn() {} };
const address = "tcp://192.168.1.2:4567" as Address;

function check(name: string, bytes: Uint8Array | string): void {
  written[name] = typeof bytes === "string" ? bytes : toHex(bytes);
  if (!isWriting) expect(written[name], name).toBe(known[name]);
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
});

test("identity", () => {
  check("node id of the key of seed 01..01", near.idBytes);
  check("device id of the same key", deviceIdOf(crypto, near.publicKey));
  const genesis = { type: "genesis", name: "Ada", device: "laptop", recovery: far.publicKey } as const;
  const statement = signGenesis(near, genesis, clock.wallMs(), new Uint8Array(16).fill(3));
  check("genesis statement", statement);
  const { hash } = readStatement(crypto, statement);
  const user = idText(hash) as UserId;
  const device = deviceIdOf(crypto, near.publicKey);
  check("location record", signLocation(near, { device, addresses: [address], sequence: 5, expiresMs: 1_700_000_100_000 }));
  const grantee = { kind: "node", id: far.id } as const;
  check("relay grant", signRelayGrant(near, { user, device, grantee, untilMs: 1_700_000_100_000 }));
  const secret = new Uint8Array(16).fill(4);
  check("invitation's id", invitationId(crypto, secret));
  check("invitation's key", invitationKey(crypto, secret));
  const invitation = { user, issuer: near.id, secret, role: "device", expiresMs: 1_700_000_100_000 } as const;
  check("invitation code", writeInvitation(crypto, { ...invitation, addresses: [address], relays: [address] }));
});

test("handshake", () => {
  for (const [name, invitation] of [["link", undefined], ["link by invitation", new Uint8Array(16).fill(4)]] as const) {
    const initiator = Handshake.initiate(new HandshakeKeys(near, crypto, new SeededRandom("near static")), {
      purpose: "link", hello: utf8Encode("near"), crypto, random: new SeededRandom("near"),
      invitation,
    });
    const responder = Handshake.respond(new HandshakeKeys(far, crypto, new SeededRandom("far static")), {
      purpose: "link", hello: utf8Encode("far"), crypto, random: new SeededRandom("far"),
      invitationKey: () => invitation && invitationKey(crypto, invitation),
    });
    const first = initiator.start();
    const second = responder.receive(first) as Uint8Array;
    const third = initiator.receive(second) as Uint8Array;
    responder.receive(third);
    check(`${name}: message 1`, first);
    check(`${name}: message 2`, second);
    check(`${name}: message 3`, third);
    const { sendKey, receiveKey, handshakeHash } = initiator.result as HandshakeResult;
    check(`${name}: the initiator's key`, sendKey);
    check(`${name}: the responder's key`, receiveKey);
    check(`${name}: handshake hash`, handshakeHash);
  }
});

test("link packets", () => {
  const packet = new LinkPacket();
  packet.ping(frameType.ping, 7);
  packet.ping(frameType.pong, 8);
  packet.control(2, utf8Encode("control"));
  packet.session(9, 2 ** 40 + 1, [utf8Encode("payload")], 7);
  packet.relayed(far.idBytes, near.idBytes, 0b101, 63, [utf8Encode("body")], 4);
  check("block with one frame of each kind", concatBytes(packet.block()));
  for (const suite of ["aes-256-gcm", "chacha20-poly1305"] as const) {
    const key = new EpochKey(crypto, suite, new Uint8Array(32).fill(5));
    const seal = (number: number) =>
      concatBytes(key.key(number).sealParts(key.nonce(number), new Uint8Array(), packet.block()));
    check(`the same, sealed by ${suite} as message 3`, seal(3));
    check(`the same, sealed by ${suite} as message 2^20, under the second key`, seal(2 ** 20));
  }
});

test("session packets", () => {
  for (const direct of [true, false]) {
    const session = new MeshSession({
      self: near.idBytes, peer: far.id, peerBytes: far.idBytes, initiator: true, localTag: 1, remoteTag: 2,
      suite: "aes-256-gcm", sendKey: new Uint8Array(32).fill(6), receiveKey: new Uint8Array(32).fill(7),
      clock, timers, crypto,
      events: { opened: () => false, closed: () => undefined, suspect: () => undefined },
    });
    const sources = new Map<number, LinkSource>();
    session.setPath({ output: { ready: (source, priority) => void sources.set(priority, source) }, direct });
    const stream = session.open("demo", "bulk");
    stream.attach(silent);
    stream.send([utf8Encode("hello")]);
    stream.close();
    const packet = new LinkPacket();
    for (const [priority, source] of [...sources].sort(([a], [b]) => a - b)) source.fill(packet, priority as 0 | 1 | 2);
    const way = direct ? "to a neighbour" : "over a relay";
    check(`session packets ${way}: block`, concatBytes(packet.block()));
    if (!direct) check(`session packets ${way}: bodies`, concatBytes(packet.bodies()));
    session.close(new GlowError("cancelled", "test.end", { message: "enough" }));
  }
});

test("routing and addresses", () => {
  const announcement = Announcement.sign(near, 1_700_000_000, true);
  check("announcement of a tab", announcement.bytes);
  const writer = new MessageWriter();
  writer.begin((message) => check("a routing message", message));
  writer.route(1234, 3, announcement);
  writer.retract(far.idBytes);
  writer.request(64, announcement);
  writer.remind(announcement);
  writer.sync(5);
  writer.finish();
  const nodes = new Map<NodeId, Address[]>([
    [near.id, [address]],
    [far.id, []],
  ]);
  check("addresses of two nodes", encodeGossip(nodes));
});

const silent: PipeReceiver = { packet() {}, drained() {}, closed() {} };
