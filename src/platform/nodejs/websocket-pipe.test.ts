// A WebSocketPipe against peers that do not keep to the protocol, over real sockets.

import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Address, Listener, Pipe } from "#glow";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { failure, patterned } from "../../../test/compliance/subject.ts";
import { NodeNetwork } from "./network.ts";

let listener: Listener;
let accepted: (pipe: Pipe) => void;

beforeEach(async () => {
  const network = new NodeNetwork({ closeMs: 50 });
  listener = await network.listen("ws://127.0.0.1:0/glow" as Address, (pipe) => accepted(pipe));
});

afterEach(() => listener.close());

function acceptOne(): Promise<{ pipe: Pipe; end: RecordingReceiver }> {
  return new Promise((resolve) => {
    accepted = (pipe) => {
      const end = new RecordingReceiver();
      pipe.attach(end);
      resolve({ pipe, end });
    };
  });
}

/** A pipe and the bare WebSocket at its other end. */
async function pipeToPeer() {
  const accepting = acceptOne();
  const peer = new WebSocket(listener.address);
  peer.on("error", () => undefined);
  await once(peer, "open");
  return { peer, ...(await accepting) };
}

/** A pipe and the bare TCP socket at its other end, after the upgrade. */
async function pipeToSocket() {
  const accepting = acceptOne();
  const { hostname, port } = new URL(listener.address);
  const peer = connect({ host: hostname, port: Number(port) });
  peer.on("error", () => undefined);
  peer.write(
    `GET /glow HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(peer, "data");
  return { peer, ...(await accepting) };
}

/** The start of a masked frame; the mask is zero. */
function frameHeader(firstByte: number, length: bigint): Uint8Array {
  const bytes = new Uint8Array(14);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, firstByte);
  view.setUint8(1, 0x80 | 127);
  view.setBigUint64(2, length);
  return bytes;
}

test("text ends the pipe as `protocol`", async () => {
  const { peer, end } = await pipeToPeer();
  peer.send(patterned(1, 10));
  peer.send("hello");
  peer.send(patterned(2, 10));
  expect((await end.untilClosed()).kind).toBe("protocol");
  expect(end.packets).toEqual([patterned(1, 10)]);
  const [code] = await once(peer, "close");
  expect(code).toBe(1003);
});

test("a message in fragments is one packet", async () => {
  const { peer, end } = await pipeToPeer();
  const packet = patterned(1, 3000);
  for (let at = 0; at < 3000; at += 7) peer.send(packet.subarray(at, at + 7), { fin: at + 7 >= 3000 });
  await end.untilPackets(1);
  expect(end.packets).toEqual([packet]);
  peer.terminate();
  await end.untilClosed();
});

test("a message above packetBytes ends the pipe as too-large, whole or in fragments", async () => {
  for (const pieces of [1, 2]) {
    const { peer, end } = await pipeToPeer();
    const piece = new Uint8Array(Math.ceil((fireflyLimits.packetBytes + 1) / pieces));
    for (let i = 1; i <= pieces; i++) peer.send(piece, { fin: i === pieces });
    const reason = await end.untilClosed();
    expect(reason.kind).toBe("too-large");
    expect(end.packets).toEqual([]);
    peer.terminate();
  }
});

test("a length of 2^60 is too-large, and costs nothing", async () => {
  const { peer, end } = await pipeToSocket();
  const before = process.memoryUsage().arrayBuffers;
  peer.write(frameHeader(0x82, 2n ** 60n));
  expect((await end.untilClosed()).kind).toBe("too-large");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024);
  peer.destroy();
});

test.each([
  ["a reserved bit", concatBytes([frameHeader(0xc2, 1n), new Uint8Array(1)])],
  ["an unknown opcode", concatBytes([frameHeader(0x83, 1n), new Uint8Array(1)])],
  ["no mask", new Uint8Array([0x82, 1, 0])],
  ["a fragment of nothing", concatBytes([frameHeader(0x80, 1n), new Uint8Array(1)])],
  ["a bad close code", new Uint8Array([0x88, 0x82, 0, 0, 0, 0, 0, 1])],
])("%s ends the pipe as `protocol`", async (_what, bytes) => {
  const { peer, end } = await pipeToSocket();
  peer.write(bytes);
  expect((await end.untilClosed()).kind).toBe("protocol");
  peer.destroy();
});

test("endless fragments end the pipe", async () => {
  const { peer, end } = await pipeToPeer();
  peer.send(new Uint8Array(1), { fin: false });
  for (let i = 0; i < 20_000; i++) peer.send(new Uint8Array(0), { fin: false });
  expect((await end.untilClosed()).kind).toBe("protocol");
  peer.terminate();
});

test("a connection that breaks within a message is `disconnected`", async () => {
  const { peer, end } = await pipeToSocket();
  peer.write(concatBytes([frameHeader(0x82, 1000n), new Uint8Array(10)]));
  peer.end();
  const reason = await end.untilClosed();
  expect(reason.kind).toBe("disconnected");
  expect(end.packets).toEqual([]);
});

test("a message that comes with the handshake waits for the receiver", async () => {
  const accepting = acceptOne();
  const { hostname, port } = new URL(listener.address);
  const peer = connect({ host: hostname, port: Number(port) });
  const request =
    `GET /glow HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  peer.write(concatBytes([new TextEncoder().encode(request), frameHeader(0x82, 10n), patterned(1, 10)]));
  const { end } = await accepting;
  await end.untilPackets(1);
  expect(end.packets).toEqual([patterned(1, 10)]);
  peer.destroy();
  await end.untilClosed();
});

test("a peer that does not read is seen in send's answer, and holds up a close only so long", async () => {
  const { peer, pipe, end } = await pipeToSocket();
  peer.pause();
  let room = true;
  for (let i = 0; i < 64; i++) room = pipe.send([new Uint8Array(512 * 1024)]);
  expect(room).toBe(false);
  expect(pipe.bufferedBytes).toBeGreaterThan(16 * 1024 * 1024);
  pipe.close();
  expect((await end.untilClosed()).kind).toBe("disconnected");
  peer.destroy();
});

test("pings are answered, and are no packets", async () => {
  const { peer, end } = await pipeToPeer();
  peer.ping("x");
  await once(peer, "pong");
  expect(end.packets).toEqual([]);
  peer.terminate();
  await end.untilClosed();
});

test("what the peer says at its close is told", async () => {
  const { peer, end } = await pipeToPeer();
  peer.close(4321, "going home");
  const reason = await end.untilClosed();
  expect(reason.kind).toBe("disconnected");
  expect(reason.message).toContain('4321: "going home"');
});

test("other paths and plain requests are answered and go no further", async () => {
  accepted = () => expect.fail("accepted");
  const origin = listener.address.replace("ws:", "http:");
  const plain = await fetch(origin);
  expect(plain.status).toBe(426);
  const elsewhere = listener.address.replace("/glow", "/other") as Address;
  await failure(new NodeNetwork().dial(elsewhere), "unavailable");
});

for (const zeroMask of [true, false]) {
  test(`what a peer that dialled sends is ${zeroMask ? "as it was under a zero mask" : "masked"} on the wire`, async () => {
    const wire: Uint8Array[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      const { hostname, port } = new URL(listener.address);
      const inner = connect({ host: hostname, port: Number(port) });
      socket.on("data", (bytes: Buffer) => wire.push(bytes));
      socket.pipe(inner).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const accepting = acceptOne();
    const pipe = await new NodeNetwork({ zeroMask }).dial(`ws://127.0.0.1:${port}/glow` as Address);
    pipe.attach(new RecordingReceiver());
    const { end } = await accepting;
    const sent = patterned(7, 5000);
    pipe.send([sent]);
    await end.untilPackets(1);
    expect(end.packets).toEqual([sent]);
    expect(Buffer.concat(wire).includes(sent)).toBe(zeroMask);
    pipe.close();
    await end.untilClosed();
    server.close();
  });
}
