// A node that speaks Firefly at the socket of a home as the real one does, and gives names, links and contents that no honest
// one gives: what commands do with these must be the same whoever runs the node.

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { GlowError } from "#base/errors.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Listener } from "#glow";
import type { Drive, Drives, FileEntry } from "#interfaces/generated/drive.ts";
import type { Links, Path } from "#interfaces/generated/links.ts";
import { type Node, NodeInterface } from "#interfaces/generated/node.ts";
import { nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";

/** Something in a folder: its name as it is given, and what it is. */
export interface LyingEntry {
  readonly name: string;
  readonly content?: string;
  readonly target?: string;
  readonly inside?: readonly LyingEntry[];
  /** What is said of the size, whatever is given. */
  readonly sizeBytes?: number;
}

/** The way to whoever is asked for. */
const lyingPath: Path = {
  hops: [
    { node: "relay-one", name: "attic\x1b[2J", roundTripMs: 1.5 },
    { node: "relay-two-long-id" },
    { node: "end", name: "end", roundTripMs: 9 },
  ],
  isPartial: false,
  roundTripMs: 9,
};

export class LyingNode implements AsyncDisposable {
  readonly #listener: Listener;
  readonly #sessions: FireflySession[];

  private constructor(listener: Listener, sessions: FireflySession[]) {
    this.#listener = listener;
    this.#sessions = sessions;
  }

  /** One drive, whatever it is called, with this in it. */
  static async start(home: string, entries: readonly LyingEntry[]): Promise<LyingNode> {
    await mkdir(dirname(home), { recursive: true });
    await mkdir(home, { recursive: true });
    const { network, clock, timers } = nodePlatform({ diskRoot: home });
    const sessions: FireflySession[] = [];
    const drive = lyingDrive({ name: "", inside: entries });
    const drives: Partial<Drives> = { list: () => [], open: () => drive };
    const links: Partial<Links> = { probe: () => lyingPath };
    const node: Partial<Node> = { drives: () => drives as Drives, links: () => links as Links };
    const listener = await network.listen(nodeAddress(home), (pipe) => {
      sessions.push(new FireflySession(pipe, { clock, timers, root: offer(NodeInterface, node as Node) }));
    });
    return new LyingNode(listener, sessions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.close();
    await this.#listener.close();
  }
}

function lyingDrive(root: LyingEntry): Drive {
  const drive: Partial<Drive> = {
    stat: (path) => entryOf(path, find(root, path)),
    list: (path) => (find(root, path).inside ?? []).map((each) => entryOf(join(path, each.name), each)),
    totals: () => ({ files: 1, folders: 0, links: 0, bytes: 1 }),
    history: () => [],
    read: (path, offset = 0) => {
      const found = find(root, path);
      const bytes = new TextEncoder().encode(found.content ?? "").subarray(offset);
      return { entry: entryOf(path, found), sizeBytes: bytes.length, bytes: [bytes] };
    },
  };
  return drive as Drive;
}

function find(root: LyingEntry, path: string): LyingEntry {
  if (path === "") return root;
  const found = all("", root).find(([each]) => each === path)?.[1];
  if (found === undefined)
    throw new GlowError("not-found", "drive.find", { target: path, message: "there is nothing" });
  return found;
}

function all(path: string, { inside = [] }: LyingEntry): [string, LyingEntry][] {
  return inside.flatMap((each) => {
    const at = join(path, each.name);
    return [[at, each] as [string, LyingEntry], ...all(at, each)];
  });
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function entryOf(path: string, { name, content = "", target, inside, sizeBytes }: LyingEntry): FileEntry {
  return {
    object: "object",
    path,
    name,
    kind: inside !== undefined ? "folder" : target !== undefined ? "link" : "file",
    sizeBytes: sizeBytes ?? content.length,
    modifiedNs: 1_700_000_000_000_000_000n,
    mode: 0o644,
    versions: 1,
    ...(inside === undefined && { version: "version.0" }),
    ...(target !== undefined && { target }),
  };
}
