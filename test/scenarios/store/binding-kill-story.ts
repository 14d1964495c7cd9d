// The story of test/runtime/store/kill-story.ts in a simulated world: two devices with a folder bound on either, changes
// without end in both folders, and one device after the other killed at random instants. Whatever takes time on a real machine
// takes some here, drawn anew each time, so that all that may go on at once does. What a seed has found, it finds again.

import { chance, integerBelow, SeededRandom } from "#base/random.ts";
import type { Drive, Index, ObjectId } from "#glow";
import type { SeenFile } from "#platform/simulated/folder/folder-user.ts";
import { SimulatedFolder } from "#platform/simulated/folder/folder.ts";
import { BindingWorld } from "../../store/binding-world.ts";
import { text } from "../../store/bound-folders.ts";
import { FolderEditor } from "../../store/folder-editor.ts";
import { slowCrew } from "../../store/slow-crew.ts";
import { TreeWriter } from "../../store/tree-writer.ts";

const names = ["a", "b"] as const;
type Name = (typeof names)[number];

const sharedFiles = 4;
const mostPauseMs = 60;
const mostCalmMs = 900;
const mostDownMs = 400;
/** One of so many changes of a name in a folder comes just as somebody else changes something. */
const interference = 20;
const mostFuse = 12;
const mostFiles = 40;
/** How many of the changes are to folders: more than anybody makes. */
const folderShare = 0.4;
const firstOfFolders = 87;

export interface KillStoryOptions {
  readonly kills: number;
  readonly mostLarge: number;
}

/** One side's part: a tree that only it changes, and its edits of the shared files. */
interface Side {
  readonly name: Name;
  readonly random: SeededRandom;
  readonly tree: TreeWriter;
}

export class SimulatedKillStory {
  readonly world: BindingWorld;
  readonly #options: KillStoryOptions;
  readonly #random: SeededRandom;
  readonly #delays: SeededRandom;
  readonly #model: SimulatedFolder;
  readonly #sides: Side[] = [];
  /** Index writes, or changes of names in the folder, until the device is killed. */
  readonly #fuses = new Map<Name, { readonly kind: "index" | "folder"; left: number }>();
  #changes = 0;
  #isOver = true;
  #isChanging = false;

  constructor(seed: number, options: KillStoryOptions) {
    this.#options = options;
    this.#random = new SeededRandom(`kills ${seed}`);
    this.#delays = this.#random.fork("delays");
    const folder = { reusesFiles: true };
    this.world = new BindingWorld(names, {
      seed,
      folders: { a: folder, b: folder },
      index: (index, device) => this.#fusedIndex(index, device as Name),
      crew: (crew, _, platform) => slowCrew(crew, platform, this.#delays),
    });
    this.#model = new SimulatedFolder({ nowNs: () => 0n });
  }

  async run(): Promise<void> {
    await this.#begin();
    for (const side of this.#sides) this.#change(side);
    for (let kill = 1; kill <= this.#options.kills; kill++) await this.#kill(names[kill % 2] as Name);
    this.#isOver = true;
    this.#fuses.clear();
    for (const name of names) this.world.folder(name).interference = {};
    await this.world.settle();
  }

  /** What is wrong, in words. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    const isOwn = (path: string): boolean => !path.startsWith("shared");
    const model = [...this.#model.user.tree()].filter(([path]) => isOwn(path));
    const first = this.#shown("a");
    for (const name of names) {
      const own = [...this.#shown(name)].filter(([path]) => isOwn(path));
      faults.push(...differences(`folder of ${name}`, new Map(own), new Map(model.map(([p, f]) => [p, describe(f)]))));
      faults.push(...differences(`${name}, not as a`, this.#shown(name), first));
      const paths = await this.world.finish(drivePaths(this.world.device(name).drive));
      const missing = [...first.keys()].filter((path) => !paths.delete(path));
      faults.push(...[...missing, ...paths].map((path) => `drive of ${name}, not as the folder of a: ${path}`));
      for (const { path, error } of this.world.binding(name).status().problems)
        faults.push(`${name} ${path}: ${error}`);
    }
    return faults;
  }

  #shown(name: Name): Map<string, string> {
    const seen = [...this.world.folder(name).user.tree()].filter(([path]) => !path.startsWith(".glow-folder"));
    return new Map(seen.map(([path, file]) => [path, describe(file)]));
  }

  // --------------------------------------------------------------------------------------------------- what happens

  async #begin(): Promise<void> {
    for (const name of names) {
      await this.world.start(name);
      await this.world.bind(name);
    }
    await this.world.settle();
    for (const name of names) {
      const random = this.#random.fork(name);
      const folder = this.world.folder(name);
      const editors = [folder, this.#model].map(({ user }) => new FolderEditor(user));
      const { mostLarge } = this.#options;
      const tree = new TreeWriter({ root: `of ${name}`, editors, random, smallBytes: 2_000, mostLarge, mostFiles });
      tree.begin();
      this.#sides.push({ name, random, tree });
      folder.interference = { changing: () => this.#interfere(name) };
    }
    const { user } = this.world.folder("a");
    user.makeFolder("shared");
    for (let i = 0; i < sharedFiles; i++) user.write(`shared/${i}`, text("nobody's"));
    await this.world.settle();
    this.#isOver = false;
  }

  #change(side: Side): void {
    if (this.#isOver) return;
    this.#changeOnce(side);
    this.world.world.after(integerBelow(side.random, mostPauseMs), () => this.#change(side));
  }

  #changeOnce({ name, random, tree }: Side): void {
    this.#isChanging = true;
    const number = ++this.#changes;
    if (chance(random, 0.2)) {
      const { user } = this.world.folder(name);
      user.save(`shared/${integerBelow(random, sharedFiles)}`, text(`${name} wrote ${number}`));
    } else if (chance(random, folderShare)) tree.change(firstOfFolders + integerBelow(random, 100 - firstOfFolders));
    else tree.change();
    this.#isChanging = false;
  }

  /** Either after some time, or at one of the next steps that last. */
  async #kill(name: Name): Promise<void> {
    const random = this.#random;
    if (chance(random, 0.75)) await this.world.up(name);
    const isFused = chance(random, 0.5);
    if (isFused) {
      const kind = chance(random, 0.5) ? "index" : "folder";
      this.#fuses.set(name, { kind, left: 1 + integerBelow(random, mostFuse) });
    }
    await this.world.run(integerBelow(random, mostCalmMs));
    if (!isFused || this.#fuses.delete(name)) this.world.crash(name);
    await this.world.run(integerBelow(random, mostDownMs));
    this.world.node(name).start();
  }

  #interfere(name: Name): void {
    if (this.#isOver || this.#isChanging) return;
    const side = this.#sides.find((each) => each.name === name);
    if (side !== undefined && integerBelow(this.#delays, interference) === 0) this.#changeOnce(side);
    this.#burn(name, "folder");
  }

  #burn(name: Name, kind: "index" | "folder"): void {
    const fuse = this.#fuses.get(name);
    if (fuse === undefined || fuse.kind !== kind || --fuse.left > 0) return;
    this.#fuses.delete(name);
    this.world.crash(name);
  }

  #fusedIndex(index: Index, device: Name): Index {
    return {
      wasReset: index.wasReset,
      write: (changes) => {
        const writing = index.write(changes);
        this.#burn(device, "index");
        return writing;
      },
      read: (keys) => index.read(keys),
      range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }
}

async function drivePaths(drive: Drive): Promise<Set<string>> {
  const paths = new Set<string>();
  const look = async (folder: ObjectId, prefix: string): Promise<void> => {
    for (const { object, kind, name } of await drive.list(folder, undefined, 8192)) {
      paths.add(prefix + name);
      if (kind === "folder") await look(object, `${prefix}${name}/`);
    }
  };
  await look(drive.root, "");
  return paths;
}

function describe({ kind, mode, modifiedNs, bytes, target }: SeenFile): string {
  if (kind === "link") return `link to ${target}`;
  if (kind === "folder") return `folder ${mode.toString(8)}`;
  return `file ${mode.toString(8)} ${modifiedNs} ${bytes.length} ${bytes.subarray(0, 8).toHex()}${bytes.subarray(-8).toHex()}`;
}

function differences(where: string, found: Map<string, string>, expected: Map<string, string>): string[] {
  const paths = new Set([...found.keys(), ...expected.keys()]);
  const differing = [...paths].filter((path) => found.get(path) !== expected.get(path));
  return differing.map((path) => `${where}: ${path} is ${found.get(path)}, not ${expected.get(path)}`);
}
