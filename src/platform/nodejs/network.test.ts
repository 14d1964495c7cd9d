// What the transports of Node do beyond the contract of Network.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { transportLimits } from "#base/limits.ts";
import type { Address, Pipe } from "#glow";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { failure } from "../../../test/compliance/subject.ts";
import { NodeNetwork } from "./network.ts";

const network = new NodeNetwork();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-net-"));
});

afterEach(() => rm(folder, { recursive: true }));

const ignore = (pipe: Pipe) => pipe.attach(new RecordingReceiver());

test("a Unix socket is for its owner only, and is gone when its listener is closed", async () => {
  const path = join(folder, "socket");
  const before = process.umask(0);
  const listener = await network.listen(`unix:${path}` as Address, ignore);
  process.umask(before);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await listener.close();
  expect(existsSync(path)).toBe(false);
});

test("a Unix socket that a killed process left behind is replaced", async () => {
  const path = join(folder, "socket");
  const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("listening"))`;
  const child = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  await failure(network.listen(`unix:${path}` as Address, ignore), "already-exists");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(path)).toBe(true);
  const listener = await network.listen(`unix:${path}` as Address, ignore);
  const end = new RecordingReceiver();
  const pipe = await network.dial(listener.address);
  pipe.attach(end);
  pipe.close();
  await end.untilClosed();
  await listener.close();
});

test("a file that is no socket is never replaced", async () => {
  const path = join(folder, "file");
  await writeFile(path, "precious");
  await failure(network.listen(`unix:${path}` as Address, ignore), "already-exists");
  await failure(network.dial(`unix:${path}` as Address), "unavailable");
  expect(existsSync(path)).toBe(true);
});

test("a Unix socket's path has a length that says itself", async () => {
  const fits = `/${"x".repeat(transportLimits.unixPathBytes - 1)}`;
  await failure(network.dial(`unix:${fits}` as Address), "unavailable");
  const error = await failure(network.listen(`unix:${fits}x` as Address, ignore), "invalid");
  expect(error.message).toContain(`at most ${transportLimits.unixPathBytes} bytes`);
});

test("a WebSocket server that never answers the handshake is `unavailable` at the deadline", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection");
  const impatient = new NodeNetwork({ dialMs: transportLimits.dialMs / 1000 });
  const error = await failure(impatient.dial(`ws://127.0.0.1:${port}/` as Address), "unavailable");
  expect(error.message).toContain(`${transportLimits.dialMs / 1000} ms`);
  const [socket] = await accepted;
  socket.destroy();
  server.close();
});

test("something else than a WebSocket server is `unavailable`", async () => {
  const server = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await failure(network.dial(`ws://127.0.0.1:${port}/` as Address), "unavailable");
  server.close();
});

test("wss: can be dialled, and cannot be listened on", async () => {
  await failure(network.listen("wss://127.0.0.1:0/" as Address, ignore), "unsupported");
  const server = createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await failure(network.dial(`wss://127.0.0.1:${port}/` as Address), "unavailable");
  server.close();
});

test("a listener shakes hands with so many at once, and drops those that dawdle", async () => {
  // The limits, scaled down to what a test can open and wait for.
  const handshakes = transportLimits.handshakes / 256;
  const strict = new NodeNetwork({ handshakes, handshakeMs: transportLimits.handshakeMs / 100 });
  const listener = await strict.listen("ws://127.0.0.1:0/" as Address, ignore);
  const { port } = new URL(listener.address);
  const sockets = [];
  for (let i = 0; i <= handshakes; i++) {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    await once(socket, "connect");
    if (i > 0) socket.write("GET / HTTP/1.1\r\n");
    sockets.push({ socket, closed: once(socket.resume(), "close") });
  }
  // The last is dropped at once; the others when they have said nothing for too long.
  await sockets[handshakes]?.closed;
  expect(sockets.slice(0, handshakes).some(({ socket }) => socket.closed)).toBe(false);
  for (const { closed } of sockets) await closed;
  const end = new RecordingReceiver();
  const pipe = await network.dial(listener.address);
  pipe.attach(end);
  pipe.close();
  await end.untilClosed();
  await listener.close();
});

test("an address that this device does not have is `unavailable`", async () => {
  await failure(network.listen("tcp://203.0.113.7:0" as Address, ignore), "unavailable");
});

test("IPv6 addresses work, with their brackets", async () => {
  const listener = await network.listen("tcp://[::1]:0" as Address, ignore);
  expect(listener.address).toMatch(/^tcp:\/\/\[::1\]:[1-9]\d*$/);
  const end = new RecordingReceiver();
  const pipe = await network.dial(listener.address);
  pipe.attach(end);
  pipe.close();
  await end.untilClosed();
  await listener.close();
});
