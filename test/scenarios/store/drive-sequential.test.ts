// One device alone: whatever it does, the drive is what a plain tree of files in memory is after the same.

import fc from "fast-check";
import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { FileKind } from "#glow";
import { copyObject } from "#store/drive/drive-copy.ts";
import { walk } from "#store/drive/drive-walk.ts";
import { contentOf, DriveDevice } from "../../store/drive-devices.ts";
import { runs } from "../../arbitraries/runs.ts";

interface PlainNode {
  readonly kind: FileKind;
  text: string;
  mode: number;
  readonly children: Map<string, PlainNode>;
}

function plain(kind: FileKind): PlainNode {
  return { kind, text: "", mode: { folder: 0o755, file: 0o644, link: 0o777 }[kind], children: new Map() };
}

/** Files and folders as one imagines them. Everything throws what the drive throws. */
class PlainTree {
  readonly root = plain("folder");

  at(path: string): PlainNode {
    let node = this.root;
    for (const name of path === "" ? [] : path.split("/")) {
      const child = node.children.get(name.normalize("NFC"));
      if (child === undefined) throw new GlowError("not-found", "plain.at");
      node = child;
    }
    return node;
  }

  make(path: string, kind: FileKind): void {
    this.put(path, plain(kind));
  }

  put(path: string, node: PlainNode): void {
    const { folder, name } = this.#spot(path);
    if (folder.children.has(name)) throw new GlowError("already-exists", "plain.put");
    folder.children.set(name, node);
  }

  move(from: string, to: string): void {
    const node = this.at(from);
    if (from === "") throw new GlowError("invalid", "plain.move");
    const { folder, name } = this.#spot(to);
    if (isWithin(folder, node)) throw new GlowError("invalid", "plain.move");
    if ((folder.children.get(name) ?? node) !== node) throw new GlowError("already-exists", "plain.move");
    this.remove(from);
    folder.children.set(name, node);
  }

  copy(from: string, to: string): void {
    const node = this.at(from);
    const { folder } = this.#spot(to);
    if (isWithin(folder, node) || from === "") throw new GlowError("invalid", "plain.copy");
    this.put(to, structuredClone(node));
  }

  remove(path: string): void {
    this.at(path);
    if (path === "") throw new GlowError("invalid", "plain.remove");
    const { folder, name } = this.#spot(path);
    folder.children.delete(name);
  }

  lines(node = this.root, path = ""): string[] {
    return [...node.children].flatMap(([name, child]) => {
      const at = path === "" ? name : `${path}/${name}`;
      return [`${at} ${child.kind} ${child.text.length} ${child.mode}`, ...this.lines(child, at)];
    });
  }

  #spot(path: string): { folder: PlainNode; name: string } {
    const slash = path.lastIndexOf("/");
    const folder = this.at(path.slice(0, Math.max(slash, 0)));
    if (folder.kind !== "folder" || slash === path.length - 1) throw new GlowError("invalid", "plain.spot");
    return { folder, name: path.slice(slash + 1).normalize("NFC") };
  }
}

function isWithin(node: PlainNode, top: PlainNode): boolean {
  return node === top || [...top.children.values()].some((child) => isWithin(node, child));
}

const names = ["a", "b", "e\u0301", "\u00e9", "z.txt"];

/** A random path: of something that is there, mostly, or of a name in something that is there. */
function somePath(tree: PlainTree, random: SeededRandom): string {
  const paths = ["", ...tree.lines().map((line) => line.split(" ")[0] as string)];
  const path = pick(random, paths);
  if (integerBelow(random, 2) === 0) return path;
  return path === "" ? pick(random, names) : `${path}/${pick(random, names)}`;
}

interface Pair {
  readonly device: DriveDevice;
  readonly tree: PlainTree;
}

const actions: readonly ((pair: Pair, random: SeededRandom) => { plain(): void; drive(): Promise<unknown> })[] = [
  ({ device, tree }, random) => {
    const [path, kind] = [somePath(tree, random), pick(random, ["folder", "folder", "file", "link"] as const)];
    return { plain: () => tree.make(path, kind), drive: () => device.make(path, kind) };
  },
  ({ device, tree }, random) => {
    const [from, to] = [somePath(tree, random), somePath(tree, random)];
    return { plain: () => tree.move(from, to), drive: () => device.move(from, to) };
  },
  ({ device, tree }, random) => {
    const path = somePath(tree, random);
    return { plain: () => tree.remove(path), drive: () => device.remove(path) };
  },
  ({ device, tree }, random) => {
    const [path, text] = [somePath(tree, random), "x".repeat(integerBelow(random, 5))];
    const write = () => {
      const node = tree.at(path);
      if (node.kind !== "file") throw new GlowError("invalid", "plain.write");
      node.text = text;
    };
    const { content, chunks } = contentOf(text);
    const drive = async () =>
      device.change([{ type: "content", object: await device.at(path), content, modifiedNs: 0n }], chunks);
    return { plain: write, drive };
  },
  ({ device, tree }, random) => {
    const [path, mode] = [somePath(tree, random), integerBelow(random, 512)];
    const drive = async () => device.change([{ type: "attributes", object: await device.at(path), mode }]);
    return { plain: () => void (tree.at(path).mode = mode), drive };
  },
  ({ device, tree }, random) => {
    const [from, to] = [somePath(tree, random), somePath(tree, random)];
    const drive = async () => {
      const [object, { parent, name }] = [await device.at(from), await device.locate(to)];
      await copyObject(device.drive, object, parent, name);
    };
    return { plain: () => tree.copy(from, to), drive };
  },
];

/** The kind of its failure, or nothing. */
async function failureOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return GlowError.from(error, "test.act").kind;
  }
}

test("the drive of one device is a plain tree", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 40 }), async (seed, steps) => {
      const random = new SeededRandom(seed);
      const pair = { device: new DriveDevice("only"), tree: new PlainTree() };
      for (let i = 0; i < steps; i++) {
        const action = pick(random, actions)(pair, random);
        const failed = await failureOf(() => action.drive());
        expect(failed, `step ${i}`).toBe(await failureOf(() => action.plain()));
      }
      const lines: string[] = [];
      for await (const { path, entry } of walk(pair.device.drive, pair.device.drive.root)) {
        lines.push(`${path.normalize("NFC")} ${entry.kind} ${entry.sizeBytes} ${entry.mode}`);
      }
      expect(lines.sort()).toEqual(pair.tree.lines().sort());
      expect(await pair.device.drive.conflicts(10)).toEqual([]);
    }),
    { numRuns: runs(60) },
  );
});
