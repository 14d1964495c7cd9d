// What is in the folders of a binding world, as tests say it.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import type { DriveEntry, FileKind, ObjectId } from "#glow";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { type BindingDevice, BindingWorld, type BindingWorldOptions } from "./binding-world.ts";

export function text(value: string): Uint8Array {
  return utf8Encode(value);
}

/** Devices whose folders are bound to one drive, and empty. */
export async function boundWorld(names: readonly string[], options: BindingWorldOptions = {}): Promise<BindingWorld> {
  const world = new BindingWorld(names, options);
  for (const name of names) {
    await world.start(name);
    await world.bind(name);
  }
  await world.settle();
  return world;
}

/** Paths with what they hold: a file's text, `/` for a folder, `-> target` for a link. */
export function tree(world: BindingWorld, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, { kind, bytes, target }] of world.folder(name).user.tree()) {
    if (path.split("/").some((each) => each.startsWith(".glow-"))) continue;
    found[path] = kind === "file" ? utf8Decode(bytes) : kind === "link" ? `-> ${target}` : "/";
  }
  return found;
}

/** The same of the drive, with the text of the version that shows. */
export async function driveTree(
  world: BindingWorld,
  { drive, blobs, bindings }: BindingDevice,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const { crypto, compression } = world.device(world.names[0] as string).platform;
  const opener = new ChunkOpener(crypto, compression, { find: (id) => drive.space.keys?.find(id) });
  const content = async (object: ObjectId): Promise<string> => {
    const [version] = await drive.versions(object);
    if (version?.target !== undefined) return `-> ${version.target}`;
    if (version?.content === undefined) return "nothing";
    let whole = "";
    for (const chunk of version.content.chunks) {
      const [blob] = await drive.placements([chunk.name]);
      if (blob === undefined) return "unplaced";
      const stored = (await bindings.get([blob]))[0] ?? (await blobs.get(blob));
      whole += utf8Decode(opener.open(chunk, stored));
    }
    return whole;
  };
  const look = async (folder: ObjectId, prefix: string): Promise<void> => {
    const entries: readonly DriveEntry[] = await drive.list(folder, undefined, 8192);
    for (const { object, kind, name } of entries) {
      found[prefix + name] = kind === "folder" ? "/" : await content(object);
      if (kind === "folder") await look(object, `${prefix}${name}/`);
    }
  };
  await world.finish(look(drive.root, ""));
  return found;
}

/** What any version of any object holds, also in the trash, as far as the device has it in its packs. */
export async function everyText(
  world: BindingWorld,
  { drive, blobs, platform: { crypto, compression } }: BindingDevice,
): Promise<ReadonlySet<string>> {
  const opener = new ChunkOpener(crypto, compression, { find: (id) => drive.space.keys?.find(id) });
  const found = new Set<string>();
  const seen = new Set<ObjectId>();
  const read = async (object: ObjectId): Promise<void> => {
    for (const { content } of await drive.history(object, 8192)) {
      for (const chunk of content?.chunks ?? []) {
        const [blob] = await drive.placements([chunk.name]);
        if (blob !== undefined) found.add(utf8Decode(opener.open(chunk, await blobs.get(blob))));
      }
    }
  };
  const look = async (object: ObjectId, kind: FileKind): Promise<void> => {
    if (seen.has(object)) return;
    seen.add(object);
    if (kind !== "folder") return read(object);
    for (const each of await drive.list(object, undefined, 8192)) await look(each.object, each.kind);
  };
  const lookAll = async (): Promise<void> => {
    await look(drive.root, "folder");
    for (const { object, kind } of await drive.removed(undefined, 8192)) await look(object, kind);
  };
  await world.finish(lookAll());
  return found;
}
