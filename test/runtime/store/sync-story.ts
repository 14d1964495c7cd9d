// Two nodes with a folder bound on either: everything that people do to files, on one side or both, comes to be the same on
// the other, byte for byte. Tells of each step how long that took.

import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { FileVersion, StoreHostStatus } from "./host-messages.ts";
import type { StoreDevice } from "./store-device.ts";
import { StorePair } from "./store-pair.ts";
import { TreeEditor } from "./tree-editor.ts";
import { snapshot } from "./tree-snapshot.ts";
import { until } from "./until.ts";

export interface SyncStoryOptions {
  /** Folders of real files. */
  readonly trees: readonly string[];
  readonly largeBytes: readonly [number, number];
  readonly patienceMs: number;
  readonly done?: (step: string, tookMs: number) => void;
}

type Side = "a" | "b";
type Change = (editor: TreeEditor) => void;

export class SyncStory {
  readonly pair: StorePair;
  readonly #options: SyncStoryOptions;
  /** What the next files get as their times. */
  #timeNs = 1_600_000_000_123_456_789n;

  private constructor(pair: StorePair, options: SyncStoryOptions) {
    this.pair = pair;
    this.#options = options;
  }

  static async begin(options: SyncStoryOptions): Promise<SyncStory> {
    return new SyncStory(await StorePair.create(), options);
  }

  /** A tree appears on one side. */
  async appear(): Promise<void> {
    const { trees, largeBytes } = this.#options;
    const [first, second] = largeBytes.map((sizeBytes) => randomBytes(sizeBytes)) as [Buffer, Buffer];
    await this.#step("a tree appears", {
      a: (editor) => {
        editor.makeFolder("doc");
        for (const tree of trees) editor.copyTree(tree, `doc/${basename(tree)}`);
        editor.makeFolder("deep/er/and/er", 0o700);
        editor.makeFolder("empty", 0o750);
        editor.write("first.bin", first);
        editor.write("deep/second.bin", second, 0o600);
        editor.write("deep/er/nothing", "");
        editor.write("deep/er/read only", "nobody writes here\n", 0o444);
        editor.write("deep/er/and/er/ünïcode 文件 😀", "a name\n", 0o755);
        editor.link("deep/link", "er/nothing");
        editor.link("deep/dangling", "../nowhere/at all");
        editor.link("to a folder", "deep/er");
      },
    });
  }

  /** Files change in all the ways in which programs change them, on the side that did not make them. */
  async edit(): Promise<void> {
    const middle = Math.floor(this.#options.largeBytes[0] / 2);
    const patch = randomBytes(100_000);
    await this.#step("files are edited", {
      b: (editor) => {
        editor.writeInside("first.bin", middle, patch);
        editor.append("deep/second.bin", patch);
        editor.replace("deep/er/nothing", "something\n");
        editor.append("deep/er/nothing", "and more\n");
        editor.truncate("deep/er/and/er/ünïcode 文件 😀", 3);
      },
    });
    await this.#step("files are truncated and replaced", {
      a: (editor) => {
        editor.truncate("first.bin", middle);
        editor.replace("deep/second.bin", patch);
        editor.truncate("deep/er/nothing", 0);
        editor.remove("to a folder");
        editor.link("to a folder", "empty");
      },
    });
    await this.#step("modes and times change", {
      b: (editor) => {
        editor.setMode("first.bin", 0o640);
        editor.setMode("empty", 0o777);
        editor.setMode("deep/er/read only", 0o600);
        editor.touch("deep/second.bin");
      },
    });
  }

  /** Folders move, with all that is in them. */
  async move(): Promise<void> {
    await this.#step("a big folder is renamed", { a: (editor) => editor.move("doc", "papers") });
    await this.#step("folders are moved into one another", {
      b: (editor) => {
        editor.move("papers", "deep/er/papers");
        editor.move("empty", "deep/er/papers/empty");
        editor.move("deep/second.bin", "empty.bin");
      },
    });
    await this.#step("a moved folder is moved, renamed and edited", {
      a: (editor) => {
        editor.move("deep/er/papers", "papers");
        editor.move("deep", "papers/deep");
        editor.write("papers/deep/new", "in a moved folder\n");
        editor.replace("papers/deep/er/nothing", "edited in a moved folder\n");
      },
    });
  }

  /** Both sides change at the same time, things that have nothing to do with one another. */
  async bothWays(): Promise<void> {
    const [one, other] = [randomBytes(3_000_000), randomBytes(6_000_000)];
    await this.#step("both sides change at once", {
      a: (editor) => {
        editor.makeFolder("from a");
        for (let i = 0; i < 200; i++) editor.write(`from a/${i}`, `file ${i} of a\n`.repeat(i));
        editor.write("from a/large", one);
        editor.append("papers/deep/new", "appended by a\n");
        editor.move("papers/empty", "papers/deep/empty of a");
      },
      b: (editor) => {
        editor.makeFolder("from b/inside");
        for (let i = 0; i < 200; i++) editor.write(`from b/inside/${i}`, `file ${i} of b\n`.repeat(i));
        editor.write("from b/large", other);
        editor.setMode("empty.bin", 0o755);
        editor.remove("papers/deep/er/and");
      },
    });
  }

  async remove(): Promise<void> {
    await this.#step("folders and files are removed", {
      b: (editor) => editor.remove("from a"),
      a: (editor) => {
        editor.remove("from b/inside");
        editor.remove("empty.bin");
        editor.remove("to a folder");
      },
    });
    await this.#step("the whole tree is removed", { b: (editor) => editor.remove("papers") });
  }

  /**
   * Edits of the same files, and moves of folders into each other, while neither knows of the other's: all versions of the
   * first file, and how many conflicts each side shows.
   */
  async conflict(): Promise<{
    readonly versions: readonly FileVersion[];
    readonly states: readonly StoreHostStatus[];
  }> {
    await this.#step("files to be fought over", {
      a: (editor) => {
        for (const path of ["one", "other", "third"]) editor.makeFolder(path);
        editor.write("both.txt", "before\n");
        editor.write("other/edited.txt", "before\n");
        editor.write("one/in one", "1\n");
        editor.write("third/in third", "3\n");
      },
    });
    const { a, b } = this.pair;
    await b.stop();
    this.#change(a.folder, (editor) => {
      editor.replace("both.txt", "by a\n");
      editor.remove("other");
      editor.move("one", "third/one");
    });
    await until("a has taken its edit", async () => (await this.history(a, "both.txt")).length === 2);
    await a.stop();
    this.#change(b.folder, (editor) => {
      editor.writeInside("both.txt", 0, Buffer.from("by b, longer\n"));
      editor.append("other/edited.txt", "edited by b\n");
      editor.move("third", "one/third");
    });
    await b.start();
    await a.start();
    const states = await this.#timed("conflicts are settled", async () => {
      const isBack = () => this.pair.devices.every((device) => this.contents(device).has("edited.txt"));
      await until("what was edited is back", async () => isBack(), this.#options.patienceMs);
      return this.pair.untilAlike(this.#options.patienceMs);
    });
    return { versions: await this.history(b, "both.txt"), states };
  }

  history(device: StoreDevice, path: string): Promise<FileVersion[]> {
    return device.call<FileVersion[]>({ do: "history", space: this.pair.space, path });
  }

  /** The contents of all small files below a side's folder, by name, whatever folder they are in. */
  contents(device: StoreDevice): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [path, line] of snapshot(device.folder)) {
      if (!line.startsWith("file ") || Number(line.split(" ")[3]) > 1000) continue;
      found.set(path.split("/").at(-1) as string, readFileSync(join(device.folder, path), "utf8"));
    }
    return found;
  }

  /** Does the changes, in the model too, and waits until all three are the same. */
  #step(what: string, changes: Partial<Record<Side, Change>>): Promise<readonly StoreHostStatus[]> {
    return this.#timed(what, () => {
      for (const side of ["a", "b"] as const) {
        const change = changes[side];
        if (change !== undefined) this.#change(this.pair[side].folder, change, this.pair.model);
      }
      return this.pair.untilAsModel(this.#options.patienceMs);
    });
  }

  #change(folder: string, change: Change, model?: string): void {
    this.#timeNs += 86_400_000_000_001n;
    change(new TreeEditor(folder, this.#timeNs));
    if (model !== undefined) change(new TreeEditor(model, this.#timeNs));
  }

  async #timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const beganMs = performance.now();
    const result = await work();
    this.#options.done?.(what, performance.now() - beganMs);
    return result;
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Folders of this machine's documentation, the first ones by name, with about so many files. */
export function documentation(mostFiles = Number.POSITIVE_INFINITY): string[] {
  const root = "/usr/share/doc";
  const chosen: string[] = [];
  let files = 0;
  for (const folder of readdirSync(root).sort()) {
    if (files >= mostFiles) break;
    const path = join(root, folder);
    if (!statSync(path).isDirectory()) continue;
    files += readdirSync(path, { recursive: true }).length;
    chosen.push(path);
  }
  return chosen;
}
