// Two whole daemons as real processes, through all that a person does with them: made one by a code, files written here and
// read there, a folder bound, killed and started again.

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { utf8Decode } from "#base/bytes.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import type { Stream } from "#firefly/codec/stream.ts";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { DaemonProcess, freePort } from "./daemon-process.ts";

let root: string;
const daemons: DaemonProcess[] = [];
/** Where each listens, also when it is started again. */
const ports = new Map<string, number>();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "glow-daemons-"));
});

afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.kill();
  await rm(root, { recursive: true, force: true });
});

async function start(name: string, ...words: readonly string[]): Promise<DaemonProcess> {
  const port = ports.get(name) ?? (await freePort());
  ports.set(name, port);
  const daemon = await DaemonProcess.start(join(root, name), port, ...words);
  daemons.push(daemon);
  return daemon;
}

/** Two devices of one user, each with a way to the other. */
async function pair(): Promise<[DaemonProcess, DaemonProcess]> {
  const [a, b] = [await start("a", "--user", "Ann"), await start("b", "--user", "Bob")];
  await a.node.settings().set({ name: "desk" });
  await b.node.settings().set({ name: "lap" });
  const { code } = await a.node.user().invite("device", 600);
  expect(await b.node.user().join(code)).toMatchObject({ name: "Ann" });
  for (const { node } of [a, b]) {
    await until(node.user().watch(), ({ devices }) => devices.length === 2 && devices.every(({ online }) => online));
  }
  return [a, b];
}

async function until<Item>(opening: PromiseLike<Stream<Item>>, isSo: (item: Item) => boolean): Promise<Item> {
  for await (const item of await opening) if (isSo(item)) return item;
  throw new Error("the stream has ended");
}

async function open(node: NodeStub, drive: string): Promise<DriveStub> {
  await until(node.drives().watch(), (drives) => drives.some(({ name }) => name === drive));
  return node.drives().open(drive);
}

async function textOf(drive: DriveStub, path: string): Promise<string> {
  const { bytes } = await drive.read(path);
  const read: Uint8Array[] = [];
  for await (const piece of bytes) read.push(piece);
  return utf8Decode(Buffer.concat(read));
}

test("two daemons become one computer", async () => {
  const [a, b] = await pair();
  const [home] = [join(root, "a")];
  expect((await stat(join(home, "node.sock"))).mode & 0o777).toBe(0o600);
  expect(await a.node.info()).toMatchObject({ name: "desk", user: "Ann", role: "admin", pid: a.pid, home });

  // A drive, written through one and read through the other, in pieces and as a whole.
  await a.node.drives().create("photos");
  const [here, there] = [await open(a.node, "photos"), await open(b.node, "photos")];
  const changes = there.watch();
  const large = randomBytes(new SeededRandom("large"), 3_000_000);
  await here.write("in/large", pieces(large), { parents: true });
  await until(changes, (change) => change.changes.some(({ path }) => path === "in/large"));
  const { bytes, sizeBytes } = await there.read("in/large");
  const read: Uint8Array[] = [];
  for await (const piece of bytes) read.push(piece);
  expect(sizeBytes).toBe(large.length);
  expect(Buffer.concat(read).equals(large)).toBe(true);
  const part = await there.read("in/large", 1_000_000, 10);
  for await (const piece of part.bytes)
    expect(Buffer.from(piece)).toEqual(Buffer.from(large.slice(1_000_000, 1_000_010)));
  await until(here.watchInfo(), ({ elsewhere, peers }) => elsewhere && peers.every(({ complete }) => complete));
  expect(await here.stat("in/large")).toMatchObject({ elsewhere: true });

  // A folder of the one, bound through its interface; a file of it changes both ways.
  const folder = join(root, "folder");
  await mkdir(folder);
  await writeFile(join(folder, "note"), "from the folder");
  const watching = here.watch("bound");
  await b.node.folders().bind(folder, "photos", "bound");
  await until(watching, ({ changes: all }) => all.some(({ path }) => path === "bound/note"));
  expect(await textOf(here, "bound/note")).toBe("from the folder");
  await here.write("bound/note", pieces(new TextEncoder().encode("from the drive")));
  await until(b.node.folders().watch(), ([bound]) => bound?.state === "idle" && bound.intoFolder.doneFiles > 0);
  expect(await readFile(join(folder, "note"), "utf8")).toBe("from the drive");

  // The other node, as one reaches it.
  const path = await a.node.links().probe("lap");
  expect(path.hops.map(({ name }) => name)).toEqual(["lap"]);
  const reached = a.node.reach("lap");
  expect(await reached.info()).toMatchObject({ name: "lap", role: "device", user: "Ann" });
  expect((await reached.drives().list()).map(({ name }) => name)).toEqual(["photos"]);
  expect((await b.node.names().list("/me/nodes")).map(({ name }) => name)).toEqual(["desk", "lap"]);
  expect(a.errors + b.errors).toBe("");

  await b.node.stop();
  expect(await b.ended()).toBe(0);
  expect(await a.end("SIGTERM")).toBe(0);
});

test("killed and started again, a daemon is what it was, and finds the other", async () => {
  const [a, b] = await pair();
  await a.node.drives().create("files");
  const drive = await open(a.node, "files");
  await drive.write("f", pieces(new TextEncoder().encode("kept")));
  await open(b.node, "files");
  const { id } = await a.node.info();
  const refused = await DaemonProcess.refused(join(root, "a"));
  expect(refused).toMatchObject({
    code: 1,
    errors: expect.stringContaining(`process ${a.pid}, runs in this home already`),
  });
  await a.kill();
  await until(b.node.user().watch(), ({ devices }) => devices.some(({ online }) => !online));

  const again = await start("a");
  expect(await again.node.info()).toMatchObject({ id, name: "desk", user: "Ann" });
  expect(await textOf(await open(again.node, "files"), "f")).toBe("kept");
  await until(again.node.user().watch(), ({ devices }) => devices.every(({ online }) => online));
  const far = await open(b.node, "files");
  expect(await textOf(far, "f")).toBe("kept");
  expect(await again.end("SIGINT")).toBe(0);
});

test("a connection that ends takes its streams with it, and no other's", async () => {
  const a = await start("a", "--user", "Ann");
  await a.node.drives().create("files");
  const drive = await a.node.drives().open("files");
  const stream = await drive.watch();
  const [first] = (await stream.readBatch()) ?? [];
  expect(first).toEqual({ changes: [], elsewhere: false, all: false });
  const ending = Promise.resolve(stream.readBatch()).catch((error: unknown) => error);
  expect(await a.end("SIGTERM")).toBe(0);
  expect(await ending).toMatchObject({ kind: "disconnected" });
});

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
