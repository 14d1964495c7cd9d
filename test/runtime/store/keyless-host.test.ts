// A host that has no keys carries a drive between two members who are never up at the same time, and learns neither names
// nor content of it.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noise } from "../../store/content-fixture.ts";
import { searchClearTexts } from "./clear-text-search.ts";
import { StoreDevice, type StoreDeviceOptions } from "./store-device.ts";
import { snapshot } from "./tree-snapshot.ts";
import { until } from "./until.ts";

const testMs = 300_000;
const largeBytes = 6_000_000;
const names = [
  "letters to Aurelia",
  "unmistakable-name.txt",
  "target-of-the-link",
  "Grüße aus Übersee",
  "large holiday film",
];
const contents = [
  "the marmalade is in the third cupboard",
  "meet me where the two rivers part",
  "ünverwechselbarer Inhalt",
];
let root: string;
let devices: StoreDevice[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "glow-keyless-"));
  devices = [];
});

afterEach(async () => {
  await Promise.all(devices.map((device) => device.kill()));
  rmSync(root, { recursive: true, force: true });
});

function fill(folder: string): void {
  const [letters, file, target, greetings, film] = names as [string, string, string, string, string];
  const [marmalade, rivers, umlaut] = contents as [string, string, string];
  mkdirSync(join(folder, letters));
  writeFileSync(join(folder, letters, file), marmalade);
  writeFileSync(join(folder, greetings), Buffer.from(umlaut, "utf16le"));
  symlinkSync(target, join(folder, letters, "link"));
  // In the middle of a large file, of which no pack of its member has a chunk.
  writeFileSync(
    join(folder, film),
    Buffer.concat([noise("film", largeBytes), Buffer.from(rivers), noise("end", 1000)]),
  );
}

async function add(options: Omit<StoreDeviceOptions, "root">): Promise<StoreDevice> {
  const device = await StoreDevice.create({ root, ...options });
  devices.push(device);
  return device;
}

test("members who never meet get everything from a host whose disk tells nothing", { timeout: testMs }, async () => {
  const host = await add({ name: "host", holdsFolders: false });
  const first = await add({ name: "first", dials: host });
  const second = await add({ name: "second", dials: host });
  await first.call({ do: "createUser" });
  await host.call({ do: "join", code: await first.call<string>({ do: "invite" }) });
  await second.call({ do: "join", code: await first.call<string>({ do: "invite" }) });
  await second.stop();

  const hosts = [await host.call<string>({ do: "device" })];
  const space = await first.call<string>({ do: "createDrive", hosts });
  fill(first.folder);
  await first.call({ do: "bind", space, folder: first.folder });
  await host.call({ do: "awaitSpace", space });
  await untilHandedOver(first, host);
  await first.stop();

  await second.start();
  await second.call({ do: "awaitSpace", space });
  await second.call({ do: "bind", space, folder: second.folder });
  await untilSame(first, second);
  await untilHandedOver(second, host);

  // And back, on what the first has not seen yet.
  const [letters, file] = names as [string, string];
  renameSync(join(second.folder, letters), join(second.folder, `more ${letters}`));
  writeFileSync(join(second.folder, `more ${letters}`, file), "another cupboard, in fact");
  await untilTaken(second, space, `more ${letters}/${file}`, 2);
  await untilHandedOver(second, host);
  await second.stop();
  await first.start();
  await untilSame(second, first);
  await untilHandedOver(first, host);

  const texts = [...names, ...contents, "another cupboard, in fact"];
  await expect(host.call({ do: "list", space, path: "" })).rejects.toThrow(/denied/);
  await host.stop();
  await first.stop();
  const onHost = await searchClearTexts(host.home, texts);
  expect(onHost.found).toEqual([]);
  // The same search finds all of them where they may be: the host's disk holds as much, and a member's index has the names.
  expect(onHost.searchedBytes).toBeGreaterThan(largeBytes);
  const inFolder = await searchClearTexts(first.folder, contents);
  expect(inFolder.found).toEqual(expect.arrayContaining(contents.slice(1)));
  expect((await searchClearTexts(first.home, names)).found.toSorted()).toEqual(names.toSorted());
});

/** Both say that they hold all that the other does. */
async function untilHandedOver(member: StoreDevice, host: StoreDevice): Promise<void> {
  await until("the host holds all that the member does", async () => {
    const states = await Promise.all([member.status(), host.status()]);
    return states.every(({ alike, peers, states: [state] }) => alike && peers > 0 && (state ?? "idle") === "idle");
  });
}

async function untilTaken(device: StoreDevice, space: string, path: string, versions: number): Promise<void> {
  await until(`${device.name} has taken in ${path}`, async () => {
    const history = device.call<unknown[]>({ do: "history", space, path });
    return (await history.catch(() => [])).length === versions;
  });
}

async function untilSame(one: StoreDevice, other: StoreDevice): Promise<void> {
  await until("the folders are the same", async () => {
    const [here, there] = [snapshot(one.folder), snapshot(other.folder)];
    return here.size > 0 && JSON.stringify([...here]) === JSON.stringify([...there]);
  });
}
