// People who work in bound folders at random while devices crash, lose power, fill up and lose sight of one another; and what
// must be true of it in the end.

import { utf8Decode } from "#base/bytes.ts";
import { bindingLimits } from "#base/limits.ts";
import { chance, integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { Index, LocalRoot } from "#glow";
import type { FolderUser } from "#platform/simulated/folder/folder-user.ts";
import { BindingWorld } from "../../store/binding-world.ts";
import { slowCrew } from "../../store/slow-crew.ts";
import { driveTree, everyText, text, tree } from "../../store/bound-folders.ts";

const names = ["a", "b", "c", "d", "e"];

export class BindingModel {
  readonly world: BindingWorld;
  readonly devices: readonly string[];
  /** What files held that the binding replaced or removed, and what was left alone for long. */
  readonly owed = new Map<string, string>();
  readonly log: string[] = [];
  readonly #random: SeededRandom;
  /** How well systems tell what has changed. */
  readonly #telling: SeededRandom;
  readonly #down = new Set<string>();
  /** Index writes, or changes of names in the folder, until it crashes. */
  readonly #fuses = new Map<string, { kind: "index" | "folder"; left: number }>();
  #contents = 0;

  /** `slow`: what is done in folders takes time, in which others come in, and identities are used again. */
  constructor(seed: number, devices: readonly string[], slow = false) {
    this.#random = new SeededRandom(seed);
    this.#telling = new SeededRandom(seed).fork("telling");
    this.devices = devices;
    const delays = new SeededRandom(seed).fork("delays");
    this.world = new BindingWorld(devices, {
      seed,
      index: (index, device) => this.#fusedIndex(index, device),
      root: (root, device) => this.#recordedRoot(root, device),
      ...(slow && {
        folders: Object.fromEntries(devices.map((name) => [name, { reusesFiles: true }])),
        crew: (crew, _, platform) => slowCrew(crew, platform, delays),
      }),
    });
  }

  async start(): Promise<void> {
    for (const name of this.devices) {
      await this.world.start(name);
      if (chance(this.#random, 0.3)) for (let i = 0; i < 5; i++) this.#work(name);
      await this.world.bind(name);
      this.world.folder(name).tellsNames = () => chance(this.#telling, 0.9);
      this.world.folder(name).interference = { changing: () => this.#burn(name, "folder") };
    }
  }

  /** One thing that somebody does, or that happens. */
  async step(): Promise<void> {
    const random = this.#random;
    const name = pick(random, this.devices);
    const drawn = integerBelow(random, 100);
    if (drawn < 70) {
      for (let i = integerBelow(random, 4); i >= 0; i--) this.#work(name);
    } else if (drawn < 76) await this.#rest();
    else this.#happen(name, drawn);
    await this.world.run(pick(random, [0, 1, 5, 20, 60, 200]));
    for (const each of this.#down) if (chance(random, 0.3)) await this.#revive(each);
  }

  /** All is well again, and has had its time. */
  async heal(): Promise<void> {
    await this.#mend();
    await this.world.run(5000);
    for (const name of this.devices) {
      // Somebody did empty it.
      const binding = this.world.binding(name);
      if (binding.status().error?.op === "binding.empty") binding.confirmEmpty();
    }
    await this.world.settle(this.devices, 600_000);
    // What has failed is tried again, but not at once.
    await this.world.run(bindingLimits.lastRetryMs + 1000);
    // What was edited while others removed it comes back, which the node does by itself.
    for (const name of this.devices) await this.world.finish(this.world.device(name).drive.rescue());
    await this.world.settle(this.devices, 600_000);
  }

  async #mend(): Promise<void> {
    this.#fuses.clear();
    for (const name of this.devices) {
      this.world.node(name).disk.heal();
      this.world.folder(name).capacityBytes = 2 ** 40;
      this.world.folder(name).plug(true);
      this.world.back(name);
      if (this.#down.has(name)) await this.#revive(name);
    }
  }

  /** What is wrong, in words. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    const [first = ""] = this.devices;
    const expected = await driveTree(this.world, this.world.device(first));
    for (const name of this.devices) {
      faults.push(...differences(`folder of ${name}`, tree(this.world, name), expected));
      faults.push(...differences(`drive of ${name}`, await driveTree(this.world, this.world.device(name)), expected));
      for (const path of this.world.folder(name).user.tree().keys())
        if (path.includes(".glow-aside-")) faults.push(`folder of ${name}: ${path} is left aside`);
      for (const { path, error } of this.world.binding(name).status().problems)
        faults.push(`${name} ${path}: ${error}`);
    }
    const known = await everyText(this.world, this.world.device(first));
    for (const [content, why] of this.owed) if (!known.has(content)) faults.push(`${content} is lost: ${why}`);
    return faults;
  }

  // ------------------------------------------------------------------------------------------------- what people do

  #work(name: string): void {
    const { user } = this.world.folder(name);
    const random = this.#random;
    const paths = [...user.tree()].filter(([path]) => !path.startsWith(".glow-"));
    const folders = ["", ...paths.flatMap(([path, { kind }]) => (kind === "folder" ? [path] : []))];
    const files = paths.flatMap(([path, { kind }]) => (kind === "file" ? [path] : []));
    const folder = pick(random, folders);
    const path = folder === "" ? pick(random, names) : `${folder}/${pick(random, names)}`;
    const some = paths.length === 0 ? undefined : pick(random, paths)[0];
    const drawn = integerBelow(random, 20);
    try {
      if (drawn < 6) this.#write(name, user, path);
      else if (drawn < 9 && files.length > 0) this.#write(name, user, pick(random, files));
      else if (drawn < 11) user.makeFolder(path);
      else if (drawn < 15 && some !== undefined) user.move(some, path);
      else if (drawn < 17 && some !== undefined) user.remove(some);
      else if (drawn < 18 && some !== undefined) user.setMode(some, pick(random, [0o644, 0o600, 0o755]));
      else if (drawn < 19 && files.length > 0) user.setModified(pick(random, files), BigInt(integerBelow(random, 1e9)));
      else if (!user.has(path)) user.makeLink(path, pick(random, names));
      this.#note(`${name}: ${drawn} ${path} ${some}`);
    } catch {
      // A folder into itself, a file over a folder: nobody can do that.
    }
  }

  #write(name: string, user: FolderUser, path: string): void {
    const content = text(`content ${this.#contents++} of ${name}`);
    if (user.has(path) && user.tree().get(path)?.kind !== "file") return;
    if (chance(this.#random, 0.3)) user.save(path, content);
    else user.write(path, content);
    this.#note(`${name}: writes ${utf8Decode(content)} to ${path}`);
  }

  /** Nobody does anything for a while: what is in a folder whose device is well is then in the drive. */
  async #rest(): Promise<void> {
    const before = new Map(this.devices.map((name) => [name, tree(this.world, name)]));
    await this.world.run(3000);
    for (const name of this.devices) {
      if (this.#down.has(name) || !["idle", "working"].includes(this.world.binding(name).status().state)) continue;
      if (this.world.binding(name).status().problems.length > 0) continue;
      const after = tree(this.world, name);
      for (const [path, content] of Object.entries(before.get(name) ?? {})) {
        if (content.startsWith("content") && after[path] === content)
          this.owed.set(content, `at rest at ${path} on ${name}`);
      }
    }
  }

  // --------------------------------------------------------------------------------------------------- what happens

  #happen(name: string, drawn: number): void {
    const { world } = this;
    this.#note(`${name}: happens ${drawn}`);
    if (this.#down.has(name)) return;
    if (drawn < 80) this.#crash(name);
    else if (drawn < 85) {
      const kind = chance(this.#random, 0.5) ? "index" : "folder";
      this.#fuses.set(name, { kind, left: 1 + integerBelow(this.#random, 6) });
    } else if (drawn < 88) world.leave(name);
    else if (drawn < 91) world.back(name);
    else if (drawn < 93) world.folder(name).overflow();
    else if (drawn < 94) world.folder(name).plug(false);
    else if (drawn < 95) world.folder(name).plug(true);
    else if (drawn < 97) world.node(name).disk.disturb({ capacityBytes: world.node(name).disk.usedBytes + 20_000 });
    else if (drawn < 98) world.folder(name).capacityBytes = world.folder(name).usedBytes + 20;
    else {
      world.node(name).disk.heal();
      world.folder(name).capacityBytes = 2 ** 40;
    }
  }

  #crash(name: string): void {
    this.#fuses.delete(name);
    this.#down.add(name);
    this.#note(`${name}: crashes`);
    this.world.crash(name, chance(this.#random, 0.5) ? "kill" : "power");
  }

  async #revive(name: string): Promise<void> {
    // A node that cannot start on a full disk is started when there is room.
    this.world.node(name).disk.heal();
    this.#down.delete(name);
    this.#note(`${name}: starts`);
    await this.world.start(name);
  }

  #burn(name: string, kind: "index" | "folder"): void {
    const fuse = this.#fuses.get(name);
    if (fuse === undefined || fuse.kind !== kind || --fuse.left > 0) return;
    this.#crash(name);
  }

  #fusedIndex(index: Index, device: string): Index {
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

  /** What the binding replaces or removes must be kept elsewhere. */
  #recordedRoot(root: LocalRoot, device: string): LocalRoot {
    const before = (path: string): string | undefined => {
      const found = this.world.folder(device).user.tree().get(path);
      return found?.kind === "file" ? utf8Decode(found.bytes) : undefined;
    };
    const owe = (content: string | undefined, path: string): void => {
      if (content !== undefined) this.owed.set(content, `replaced or removed at ${path} on ${device}`);
    };
    return {
      caseSensitive: root.caseSensitive,
      windowsNames: root.windowsNames,
      enter: () => {
        const folder = root.enter();
        const place = folder.place.bind(folder);
        const remove = folder.remove.bind(folder);
        folder.place = (draft, path, expected) => {
          const content = before(path);
          const stat = place(draft, path, expected);
          owe(content, path);
          return stat;
        };
        folder.remove = (path, expected) => {
          const content = before(path);
          remove(path, expected);
          owe(content, path);
        };
        return folder;
      },
    };
  }

  #note(line: string): void {
    this.log.push(`${Math.round(this.world.world.nowMs)} ${line}`);
  }
}

function differences(where: string, found: Record<string, string>, expected: Record<string, string>): string[] {
  const paths = new Set([...Object.keys(found), ...Object.keys(expected)]);
  const differing = [...paths].filter((path) => found[path] !== expected[path]);
  return differing.map((path) => `${where}: ${path} is ${found[path]}, not ${expected[path]}`);
}
