// The file of settings: what it refuses, what counts at once, and what it was before.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import { NodeDisk } from "#platform/nodejs/disk.ts";
import { SettingsFile } from "./node-settings.ts";
import type { SettingValues } from "./setting-values.ts";

const defaults: SettingValues = {
  name: "machine",
  listen: [],
  discovery: true,
  content: "all",
  logLevel: "info",
  pagePort: undefined,
  driveContent: {},
  pageHttps: false,
  pageGuests: false,
  pageGuestBytes: 1,
};
const clock = { monotonicMs: () => 0, wallMs: () => 5000 };

let home: string;
let path: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-settings-"));
  path = join(home, "settings.json");
});

afterEach(() => rm(home, { recursive: true }));

function open(): Promise<SettingsFile> {
  return SettingsFile.open({ disk: new NodeDisk(home), clock, path, defaults });
}

test("without a file all is as by default, and what is set is in the file", async () => {
  const settings = await open();
  expect(settings.get()).toMatchObject({ name: "machine", revision: 0, pending: [], path });
  expect(settings.get()).not.toHaveProperty("pagePort");
  await settings.set({ name: "lamp", logLevel: "debug" });
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
    revision: 1,
    savedAt: "1970-01-01T00:00:05.000Z",
    name: "lamp",
    logLevel: "debug",
  });
  expect((await open()).get()).toMatchObject({ name: "lamp", logLevel: "debug", discovery: true, revision: 1 });
});

test("what counts at the next start is told to be pending", async () => {
  const settings = await open();
  await settings.set({ discovery: false, pagePort: 8080, name: "lamp" });
  expect(settings.get().pending).toEqual(["discovery", "pagePort"]);
  await settings.set({ discovery: true });
  expect(settings.get().pending).toEqual(["pagePort"]);
  expect((await open()).get().pending).toEqual([]);
});

test("every version of it is kept, up to nodeLimits.pastSettings", async () => {
  const settings = await open();
  for (let i = 0; i <= nodeLimits.pastSettings + 2; i++) await settings.set({ name: `n${i}` });
  const past = await settings.history();
  expect(past).toHaveLength(nodeLimits.pastSettings);
  expect(past[0]).toMatchObject({ revision: nodeLimits.pastSettings + 2 });
  expect(JSON.parse(past[0]?.text ?? "")).toMatchObject({ name: `n${nodeLimits.pastSettings + 1}` });
});

test("who listens hears of changes, and of those that change nothing does not", async () => {
  const settings = await open();
  let heard = 0;
  settings.watch(() => void heard++);
  await settings.set({ name: "lamp" });
  await settings.set({ name: "lamp" });
  expect(heard).toBe(1);
  expect(settings.get().revision).toBe(1);
});

test.each<[string, Record<string, unknown>]>([
  ["the name", { name: "" }],
  ["the name", { name: "x".repeat(200) }],
  ["the name", { name: "desk\x1b[2J" }],
  ["the name", { name: "a/b" }],
  ["listen", { listen: ["http://x"] }],
  [
    "listen beyond nodeLimits.listenAddresses",
    { listen: Array(nodeLimits.listenAddresses + 1).fill("tcp://0.0.0.0:1") },
  ],
  ["discovery", { discovery: 1 }],
  ["content", { content: "some" }],
  ["what is kept of a drive", { driveContent: { "3f9a": "some" } }],
  [
    "what is kept of more than nodeLimits.spaces drives",
    { driveContent: Object.fromEntries(Array.from({ length: nodeLimits.spaces + 1 }, (_, i) => [`${i}`, "all"])) },
  ],
  ["logLevel", { logLevel: "loud" }],
  ["pagePort", { pagePort: 65_536 }],
  ["one that there is not", { color: "red" }],
])("%s is refused if it cannot be, and nothing is changed", async (_, change) => {
  const settings = await open();
  await expect(settings.set(change)).rejects.toMatchObject({ kind: "invalid", target: path });
  expect(settings.get().revision).toBe(0);
  await writeFile(path, JSON.stringify(change));
  await expect(open()).rejects.toMatchObject({ kind: "invalid", target: path });
});

test("an earlier revision is restored as a whole, defaults included, and as a new revision", async () => {
  const settings = await open();
  const any = (): void => undefined;
  await settings.set({ logLevel: "warning" });
  await settings.set({ logLevel: "debug", discovery: false });
  await settings.setDriveContent("drive", "names");
  await settings.restore(1, any);
  expect(settings.get()).toMatchObject({ logLevel: "warning", discovery: true, revision: 4 });
  expect((await open()).get()).toMatchObject({ logLevel: "warning", discovery: true, revision: 4 });
  await settings.restore(2, any);
  expect(settings.get()).toMatchObject({ logLevel: "debug", discovery: false, revision: 5 });
  expect(settings.values.driveContent).toEqual({ drive: "names" });
  await expect(settings.restore(9, any)).rejects.toMatchObject({ kind: "not-found", target: "9" });
  const refuse = (): never => {
    throw new GlowError("invalid", "settings.set", { message: "refused" });
  };
  await expect(settings.restore(1, refuse)).rejects.toThrow("refused");
  expect(settings.get().revision).toBe(5);
});

test.each(["{", "[]", "null"])("a file that holds %s is refused, saying what to do", async (text) => {
  await writeFile(path, text);
  await expect(open()).rejects.toMatchObject({ kind: "invalid", target: path });
});
