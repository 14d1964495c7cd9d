// What is in the folders of a binding world, as tests say it.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import type { DriveEntry, ObjectId } from "#glow";
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
  const { ChunkOpener } = await import("#store/content/chunk-opener.ts");
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
      const stored = (await bindings.get(blob)) ?? (await blobs.get(blob));
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
