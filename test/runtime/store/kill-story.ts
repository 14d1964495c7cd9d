// Two nodes with a folder bound on either, changes without end in both folders, and kill -9 at random instants: of one node,
// of the other, while they work and while they start. What was killed is started again on its home. In the end nothing
// that was written may be missing, and nothing may be there that was not.

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chance, integerBelow, randomBytes, SeededRandom } from "#base/random.ts";
import { noise } from "../../store/content-fixture.ts";
import { TreeWriter } from "../../store/tree-writer.ts";
import type { FileVersion, StoreHostStatus } from "./host-messages.ts";
import type { StoreDevice } from "./store-device.ts";
import { StorePair } from "./store-pair.ts";
import { TreeEditor } from "./tree-editor.ts";
import { snapshot } from "./tree-snapshot.ts";
import { patienceMs, pause } from "./until.ts";

const sharedFiles = 8;
/** Of each side, files of several parts of a draft: each of them is written anew now and then. */
const growingFiles = 4;
const growingChance = 0.01;
const leastGrowingBytes = 9_000_000;
const mostGrowingBytes = 30_000_000;
/** From one change of a side to the next, and from one kill to the next, at most. */
const mostPauseMs = 40;
const mostCalmMs = 900;
const mostDownMs = 400;

/** What became of a file that both sides have written, again and again. */
export interface SharedFile {
  readonly path: string;
  readonly shown: string;
  /** What each side wrote last. */
  readonly last: readonly string[];
  readonly history: readonly FileVersion[];
}

/** All contents as SHA-256, in hex. */
export interface KillReport {
  readonly changes: number;
  readonly kills: number;
  readonly states: readonly StoreHostStatus[];
  readonly shared: readonly SharedFile[];
}

/** One side's part: a tree that only it changes, and its edits of the shared files. */
interface Side {
  readonly device: StoreDevice;
  readonly random: SeededRandom;
  readonly editors: readonly TreeEditor[];
  readonly tree: TreeWriter;
  /** By shared file. */
  readonly last: Map<string, string>;
}

export class KillStory {
  readonly pair: StorePair;
  readonly #random: SeededRandom;
  readonly #sides: readonly Side[];
  #changes = 0;
  #isOver = false;

  private constructor(pair: StorePair, seed: string) {
    this.pair = pair;
    this.#random = new SeededRandom(`kills ${seed}`);
    this.#sides = pair.devices.map((device): Side => {
      const random = this.#random.fork(device.name);
      const own = `of ${device.name}`;
      const editors = [device.folder, pair.model].map((root) => new TreeEditor(root, 1_600_000_000_123_456_789n));
      return { device, random, editors, tree: new TreeWriter({ root: own, editors, random }), last: new Map() };
    });
  }

  static async begin(seed: string): Promise<KillStory> {
    const pair = await StorePair.create();
    const story = new KillStory(pair, seed);
    for (const { tree, editors, device } of story.#sides) {
      tree.begin();
      for (const editor of editors) editor.makeFolder(growingFolder(device));
    }
    mkdirSync(join(pair.a.folder, "shared"));
    for (let i = 0; i < sharedFiles; i++) writeFileSync(join(pair.a.folder, "shared", String(i)), "nobody's");
    for (const { device } of story.#sides) mkdirSync(join(pair.root, `drafts-${device.name}`));
    await pair.untilAlike();
    return story;
  }

  /** Alternates sides; `killed` tells of each. */
  async run(kills: number, killed?: (kill: number) => void): Promise<KillReport> {
    const streams = this.#sides.map((side) => this.#change(side));
    // Told to whoever awaits them below.
    for (const stream of streams) stream.catch(() => undefined);
    try {
      for (let kill = 1; kill <= kills; kill++) {
        await this.#kill((this.#sides[kill % 2] as Side).device);
        killed?.(kill);
      }
    } finally {
      this.#isOver = true;
    }
    await Promise.all(streams);
    await Promise.all(this.pair.devices.map((device) => device.ready()));
    const states = await this.#settled();
    return { changes: this.#changes, kills, states, shared: await this.#sharedFiles() };
  }

  /** After some time of work, or of starting, whichever it is in. */
  async #kill(device: StoreDevice): Promise<void> {
    if (chance(this.#random, 0.75)) await device.ready();
    await pause(integerBelow(this.#random, mostCalmMs));
    await device.kill();
    await pause(integerBelow(this.#random, mostDownMs));
    device.launch();
  }

  async #change(side: Side): Promise<void> {
    while (!this.#isOver) {
      if (chance(side.random, growingChance)) this.#writeGrowing(side);
      else if (chance(side.random, 0.2)) this.#writeShared(side);
      else side.tree.change();
      this.#changes++;
      await pause(integerBelow(side.random, mostPauseMs));
    }
  }

  /** What comes to the other side part by part. */
  #writeGrowing({ device, random, editors }: Side): void {
    const path = `${growingFolder(device)}/${integerBelow(random, growingFiles)}`;
    const sizeBytes = leastGrowingBytes + integerBelow(random, mostGrowingBytes - leastGrowingBytes);
    const content = noise(`${path} ${this.#changes}`, sizeBytes);
    for (const editor of editors) editor.replace(path, content);
  }

  /** Whole, by a rename from without: what one wrote is never half there, nor another's file that it wrote into. */
  #writeShared({ device, random, last }: Side): void {
    const name = String(integerBelow(random, sharedFiles));
    const draft = join(this.pair.root, `drafts-${device.name}`, name);
    const content = `${device.name} wrote ${Buffer.from(randomBytes(random, 16)).toString("hex")}`;
    writeFileSync(draft, content);
    renameSync(draft, join(device.folder, "shared", name));
    last.set(name, sha256(content));
  }

  /** What only one side changes must be as it left it; the shared files only the same on both. */
  async #settled(): Promise<readonly StoreHostStatus[]> {
    return this.pair.untilAsModel(patienceMs, (path) => !path.startsWith("shared"));
  }

  async #sharedFiles(): Promise<SharedFile[]> {
    const { a, space } = this.pair;
    const shown = snapshot(a.folder);
    const files: SharedFile[] = [];
    for (let i = 0; i < sharedFiles; i++) {
      const path = `shared/${i}`;
      const history = await a.call<FileVersion[]>({ do: "history", space, path });
      const last = this.#sides.flatMap((side) => side.last.get(String(i)) ?? []);
      files.push({ path, shown: shown.get(path)?.split(" ").at(-1) ?? "nothing", last, history });
    }
    return files;
  }
}

function growingFolder({ name }: StoreDevice): string {
  return `growing of ${name}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
