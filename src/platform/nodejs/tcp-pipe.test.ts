// A TcpPipe against peers that do not keep to the protocol, over real sockets.

import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import { RecordingPieces } from "../../../test/compliance/recording-pieces.ts";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { patterned } from "../../../test/compliance/subject.ts";
import { TcpPipe } from "./tcp-pipe.ts";

let server: Server;
let accept: (socket: Socket) => void;

beforeEach(async () => {
  server = createServer((socket) => accept(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => void server.close());

/** A pipe, its receiver, and the bare socket at its other end. */
function pipeToPeer(closeMs?: number) {
  return pipeWith(new RecordingReceiver(), closeMs);
}

async function pipeWith<Receiver extends RecordingReceiver>(end: Receiver, closeMs?: number) {
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const { port } = server.address() as { port: number };
  const peer = connect({ port, host: "127.0.0.1" });
  peer.on("error", () => undefined);
  const socket = await accepted;
  const pipe = new TcpPipe(socket, { target: "peer", ...(closeMs === undefined ? {} : { closeMs }) });
  pipe.attach(end);
  return { pipe, end, peer, socket };
}

function frame(packet: Uint8Array): Uint8Array {
  return concatBytes([header(packet.length), packet]);
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}

test("a packet that comes byte by byte is one packet", async () => {
  const { end, peer } = await pipeToPeer();
  peer.setNoDelay(true);
  const packet = patterned(1, 40);
  for (const byte of frame(packet)) {
    await new Promise<void>((resolve) => peer.write(new Uint8Array([byte]), () => setImmediate(resolve)));
  }
  await end.untilPackets(1);
  expect(end.packets).toEqual([packet]);
  peer.destroy();
  await end.untilClosed();
});

test.each([fireflyLimits.packetBytes + 1, 0x7fffffff, 0x80000000, 0xffffffff])(
  "an announced length of %i ends the pipe as too-large, after the packets before it",
  async (length) => {
    const { end, peer, socket } = await pipeToPeer();
    peer.write(concatBytes([frame(patterned(1, 10)), header(length), patterned(2, 100)]));
    const reason = await end.untilClosed();
    expect(reason.kind).toBe("too-large");
    expect(reason.message).toContain(String(length));
    expect(end.packets).toEqual([patterned(1, 10)]);
    expect(socket.destroyed).toBe(true);
  },
);

test("the largest length is taken, and costs nothing before its bytes come", async () => {
  const { end, peer } = await pipeToPeer();
  const before = process.memoryUsage().arrayBuffers;
  peer.write(header(fireflyLimits.packetBytes));
  peer.write(new Uint8Array(1000));
  peer.end();
  const reason = await end.untilClosed();
  expect(reason.kind).toBe("disconnected");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024);
});

test.each([
  ["a half header", header(10).subarray(0, 2), "2 of the 4 bytes of its length"],
  ["a half packet", frame(patterned(1, 10)).subarray(0, 9), "5 of its 10 bytes"],
])("%s before the end is told as a lost packet", async (_what, bytes, part) => {
  const { end, peer } = await pipeToPeer();
  peer.end(bytes);
  const reason = await end.untilClosed();
  expect(reason.kind).toBe("disconnected");
  expect(reason.message).toContain("lost");
  expect(reason.message).toContain(part);
  expect(end.packets).toEqual([]);
});

test("an orderly end loses nothing, and says so", async () => {
  const { end, peer } = await pipeToPeer();
  peer.end(frame(patterned(1, 10)));
  const reason = await end.untilClosed();
  expect(reason.message).not.toContain("lost");
  expect(end.packets).toEqual([patterned(1, 10)]);
});

test("a reset within a packet is `disconnected`, with its cause", async () => {
  const { end, peer, socket } = await pipeToPeer();
  peer.write(frame(patterned(1, 100)).subarray(0, 50));
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  peer.resetAndDestroy();
  const reason = await end.untilClosed();
  expect(reason.kind).toBe("disconnected");
  expect(reason.cause).toMatchObject({ code: "ECONNRESET" });
  expect(reason.message).toContain("46 of its 100 bytes");
});

test("a receiver of pieces does not wait for the whole packet, and hears what was cut off", async () => {
  const { end, peer } = await pipeWith(new RecordingPieces());
  const packet = patterned(1, 100);
  const begun = new Promise<void>((resolve) => {
    end.onPiece = () => resolve();
  });
  peer.write(frame(packet).subarray(0, 54));
  await begun;
  peer.end();
  const reason = await end.untilClosed();
  expect(concatBytes(end.pieces[0] as Uint8Array[])).toEqual(packet.subarray(0, 50));
  expect([end.packets.length, end.wrong]).toEqual([0, 0]);
  expect(reason.kind).toBe("disconnected");
  expect(reason.message).toContain("50 of its 100 bytes");
});

test("too long a packet is too long in pieces, too", async () => {
  const { end, peer } = await pipeWith(new RecordingPieces());
  peer.write(concatBytes([frame(patterned(1, 10)), header(fireflyLimits.packetBytes + 1), patterned(2, 100)]));
  expect((await end.untilClosed()).kind).toBe("too-large");
  expect(end.arrived).toEqual([patterned(1, 10)]);
  expect(end.pieces.length).toBe(1);
});

test("garbage ends in packets, too-large or disconnected, never in an exception", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const { end, peer } = await pipeToPeer();
    peer.end(patterned(seed, 5000));
    expect(["too-large", "disconnected"]).toContain((await end.untilClosed()).kind);
    expect(end.ends.length).toBe(1);
    expect(end.late).toBe(0);
    peer.destroy();
  }
});

test("a peer that does not read is seen in send's answer and bufferedBytes", async () => {
  const { pipe, end, peer } = await pipeToPeer();
  peer.pause();
  const part = new Uint8Array(256 * 1024);
  // The system takes some megabytes; past those all of it stays here, and is told.
  let sent = 0;
  while (sent < 64 * 1024 * 1024) {
    pipe.send([part]);
    sent += part.length;
    if (sent % (4 * 1024 * 1024) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(pipe.send([part])).toBe(false);
  expect(pipe.bufferedBytes).toBeGreaterThan(32 * 1024 * 1024);
  expect(end.drains).toBe(0);
  peer.resume();
  await end.until(() => end.drains > 0);
  expect(pipe.bufferedBytes).toBeLessThanOrEqual(fireflyLimits.sendHighWaterBytes);
  peer.destroy();
  await end.untilClosed();
});

test("a peer that never takes the bytes holds up a close only so long", async () => {
  const { pipe, end, peer, socket } = await pipeToPeer(50);
  peer.pause();
  for (let i = 0; i < 64; i++) pipe.send([new Uint8Array(256 * 1024)]);
  pipe.close();
  expect((await end.untilClosed()).kind).toBe("disconnected");
  expect(socket.destroyed).toBe(true);
  peer.destroy();
});

test("a peer that goes on sending after a close is not listened to", async () => {
  const { pipe, end, peer } = await pipeToPeer(50);
  // Half-open: it does not answer our end with its own.
  peer.allowHalfOpen = true;
  pipe.close();
  peer.write(frame(patterned(1, 10)));
  await end.untilClosed();
  expect(end.packets).toEqual([]);
  peer.destroy();
});

test("a turn's small packets leave in one write, large parts uncopied in the same", async () => {
  const { pipe, end, peer, socket } = await pipeToPeer();
  const chunks: Uint8Array[] = [];
  const write = socket.write.bind(socket);
  socket.write = (chunk: Uint8Array, ...rest: never[]) => {
    chunks.push(chunk);
    return write(chunk, ...rest);
  };
  const large = patterned(1, 20_000);
  for (let i = 0; i < 100; i++) pipe.send([patterned(i, 10), patterned(i, 20)]);
  pipe.send([patterned(1, 10), large, patterned(1, 5)]);
  expect(chunks).toEqual([]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(chunks.map(({ length }) => length)).toEqual([100 * 34 + 14, 20_000, 5]);
  expect(chunks[1]).toBe(large);
  peer.destroy();
  await end.untilClosed();
});

test("two hundred pipes at once keep to themselves", async () => {
  const pairs = [];
  for (let i = 0; i < 200; i++) pairs.push(await pipeToPeer());
  for (const [i, { peer }] of pairs.entries()) {
    peer.write(frame(patterned(i, 100)));
    peer.end(frame(patterned(i + 1, i)));
  }
  await Promise.all(pairs.map(({ end }) => end.untilClosed()));
  for (const [i, { end }] of pairs.entries()) expect(end.packets).toEqual([patterned(i, 100), patterned(i + 1, i)]);
});

test("a pipe whose connection is gone before it has its receiver still says so", async () => {
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const { port } = server.address() as { port: number };
  const peer = connect({ port, host: "127.0.0.1" });
  const socket = await accepted;
  const pipe = new TcpPipe(socket, { target: "peer" });
  socket.destroy();
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const end = new RecordingReceiver();
  pipe.attach(end);
  expect(pipe.send([new Uint8Array(1)])).toBe(false);
  expect((await end.untilClosed()).kind).toBe("disconnected");
  peer.destroy();
});
