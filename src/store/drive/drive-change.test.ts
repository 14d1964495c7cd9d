// What a change may say, and what it is refused for.

import { expect, test } from "vitest";
import type { DriveStep, ObjectId } from "#glow";
import { contentOf, DriveDevice } from "../../../test/store/drive-devices.ts";
import { register } from "./register-values.ts";

const device = async () => {
  const made = new DriveDevice("only");
  await made.make("folder", "folder");
  await made.make("folder/inner", "folder");
  await made.write("folder/file", "text");
  return made;
};

test("steps build on one another: made, filled, moved and exchanged in one change", async () => {
  const only = await device();
  const { drive } = only;
  const [folder, file] = [drive.newObject("folder"), drive.newObject("file")];
  const { content, chunks } = contentOf("new");
  const before = only.batches.length;
  await only.change(
    [
      { type: "create", object: folder, parent: drive.root, name: "new", mode: 0o700, modifiedNs: 5n },
      { type: "create", object: file, parent: folder, name: "a", mode: 0o600, modifiedNs: 6n },
      { type: "content", object: file, content, modifiedNs: 7n },
      { type: "move", object: await only.at("folder/inner"), parent: folder, name: "b" },
      { type: "move", object: file, parent: folder, name: "c" },
      { type: "move", object: await only.at("folder/file"), parent: folder, name: "a" },
      { type: "remove", object: await only.at("folder") },
      { type: "move", object: folder, parent: drive.root, name: "folder" },
    ],
    chunks,
  );
  expect(only.batches.length).toBe(before + 1);
  expect(await only.paths()).toEqual(["folder/", "folder/a", "folder/b/", "folder/c"]);
  expect(await drive.find("folder")).toMatchObject({ mode: 0o700, modifiedNs: 5n });
  expect(await drive.find("folder/c")).toMatchObject({ mode: 0o600, modifiedNs: 7n, sizeBytes: 3 });
});

test("a change that cannot be done as a whole does nothing", async () => {
  const only = await device();
  const { drive } = only;
  const paths = await only.paths();
  const object = drive.newObject("file");
  const create: DriveStep = { type: "create", object, parent: drive.root, name: "new" };
  await expect(only.change([create, { ...create, object: drive.newObject("file") }])).rejects.toMatchObject({
    kind: "already-exists",
  });
  await expect(only.change([create, { type: "remove", object: drive.newObject("file") }])).rejects.toMatchObject({
    kind: "not-found",
  });
  await expect(drive.change(() => Promise.reject(new Error("not prepared")))).rejects.toThrow("not prepared");
  expect(await only.paths()).toEqual(paths);
});

test("what makes no sense is refused, and says why", async () => {
  const only = await device();
  const { drive } = only;
  const [folder, inner, file] = [await only.at("folder"), await only.at("folder/inner"), await only.at("folder/file")];
  const object = drive.newObject("file");
  const link = drive.newObject("link");
  const { content } = contentOf("unplaced");
  const create = (changes: Partial<Extract<DriveStep, { type: "create" }>>): DriveStep => ({
    type: "create",
    object,
    parent: folder,
    name: "new",
    ...changes,
  });
  const refused: readonly (readonly [string, ...DriveStep[]])[] = [
    ["invalid"],
    ["invalid", create({ name: ".." })],
    ["invalid", create({ name: "a\ud800" })],
    ["invalid", create({ parent: file })],
    ["invalid", create({ parent: "nonsense" as ObjectId })],
    ["invalid", create({ object: "nonsense" as ObjectId })],
    ["invalid", create({ mode: 0o1000 })],
    ["invalid", create({ modifiedNs: 2n ** 63n })],
    ["not-found", create({ parent: drive.newObject("folder") })],
    ["not-found", create({ parent: drive.trash })],
    ["already-exists", create({ name: "file" })],
    ["already-exists", create({ object: file })],
    ["already-exists", create({ object: drive.trash })],
    ["invalid", { type: "move", object: folder, parent: inner, name: "x" }],
    ["invalid", { type: "move", object: folder, parent: folder, name: "x" }],
    ["invalid", { type: "move", object: drive.root, parent: folder, name: "x" }],
    ["not-found", { type: "move", object, parent: folder, name: "x" }],
    ["already-exists", { type: "move", object: inner, parent: folder, name: "file" }],
    ["invalid", { type: "remove", object: drive.trash }],
    ["not-found", { type: "remove", object }],
    ["not-found", { type: "remove", object: file }, { type: "remove", object: file }],
    ["not-found", { type: "remove", object: folder }, { type: "attributes", object: file, mode: 0o600 }],
    ["invalid", { type: "content", object: file, content, modifiedNs: 0n }],
    ["invalid", { type: "content", object: folder, content: contentOf("").content, modifiedNs: 0n }],
    ["invalid", { type: "content", object: file, content: { ...content, sizeBytes: 1 }, modifiedNs: 0n }],
    ["invalid", { type: "content", object: file, content: contentOf("").content, modifiedNs: -(2n ** 64n) }],
    ["not-found", { type: "content", object, content: contentOf("").content, modifiedNs: 0n }],
    ["invalid", create({ object: link }), { type: "target", object: link, target: "", modifiedNs: 0n }],
    ["invalid", create({ object: link }), { type: "target", object: link, target: "a\0b", modifiedNs: 0n }],
    ["invalid", { type: "target", object: file, target: "a", modifiedNs: 0n }],
    ["invalid", { type: "attributes", object: file }],
    ["invalid", { type: "attributes", object: file, modifiedNs: 1n }],
    ["invalid", { type: "attributes", object: file, mode: -1 }],
  ];
  const paths = await only.paths();
  for (const [kind, ...steps] of refused) {
    await expect(only.change(steps), JSON.stringify(steps, asText)).rejects.toMatchObject({ kind, op: "drive.change" });
  }
  const twice: DriveStep = { type: "content", object: file, content: contentOf("").content, modifiedNs: 0n };
  await expect(only.change([twice, twice])).rejects.toMatchObject({ kind: "invalid" });
  expect(await only.paths()).toEqual(paths);
});

test("a name that shows, since something bears a mark, is taken", async () => {
  const [near, far] = [new DriveDevice("near"), new DriveDevice("far")];
  await near.make("a", "file");
  await far.make("x", "file");
  const second = await far.make("a", "file");
  await near.hear([far]);
  const shown = (await near.drive.entry(second))?.name as string;
  await expect(near.make(shown, "file")).rejects.toMatchObject({ kind: "already-exists" });
  await near.move(shown, "b");
  await near.make(shown, "file");
});

test("chunks that were placed before are not placed again, and content may name them", async () => {
  const only = await device();
  const { content, chunks } = contentOf("text");
  const object = only.drive.newObject("file");
  const create: DriveStep = { type: "create", object, parent: only.drive.root, name: "copy" };
  await only.change(
    [create, { type: "content", object, content, modifiedNs: 0n }],
    [...chunks, ...contentOf("new").chunks],
  );
  const batch = only.batches.at(-1);
  expect(batch?.placements).toHaveLength(1);
  expect(batch?.blobs).toEqual([{ id: contentOf("new").chunks[0]?.blob, sizeBytes: 43 }]);
  const names = [...content.chunks, ...contentOf("never").chunks].map(({ name }) => name);
  const [known, unknown] = await only.drive.placements(names);
  expect(known).toEqual(chunks[0]?.blob);
  expect(unknown).toBeUndefined();
});

test("the chunks of a large file may come in changes before, without steps", async () => {
  const only = await device();
  const { content, chunks } = contentOf("large");
  await only.change([], chunks);
  expect(only.batches.at(-1)).toMatchObject({ entries: [], placements: [{ blob: chunks[0]?.blob }] });
  await only.change([{ type: "content", object: await only.at("folder/file"), content, modifiedNs: 0n }]);
  expect((await only.drive.find("folder/file"))?.sizeBytes).toBe(5);
});

test("a version replaces what it is told to, and what says the same", async () => {
  const [near, far] = [new DriveDevice("near"), new DriveDevice("far")];
  const file = await near.write("a", "first");
  await far.hear([near]);
  await near.write("a", "near");
  await far.write("a", "far");
  await near.hear([far]);
  const [, older] = await near.drive.versions(file);
  const { content, chunks } = contentOf("third");
  const replaces = older === undefined ? [] : [older.id];
  await near.change([{ type: "content", object: file, content, modifiedNs: 0n, replaces }], chunks);
  const left = await near.drive.versions(file);
  expect(left.map((version) => version.content?.sizeBytes)).toEqual([5, 3]);
  const entry = near.batches.at(-1)?.entries.find((each) => each.register === register.content);
  expect(entry?.replaces).toEqual(replaces);
});

function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}
