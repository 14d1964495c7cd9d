// Machines of one person in a line, A - B - C, of which A and C share no network and B holds nothing, and D, which comes
// to stand beside B: what a person does with them by the command line alone, and what comes of it, with the figures.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { LinksState, Path } from "#interfaces/generated/links.ts";
import type { Conflict, DriveInfo } from "#interfaces/generated/drive.ts";
import type { FolderInfo } from "#interfaces/generated/folders.ts";
import type { Device } from "#interfaces/generated/user.ts";
import type { Ended, GlowHome } from "../cli/glow-home.ts";
import { searchClearTexts } from "../store/clear-text-search.ts";
import { documentation } from "../store/sync-story.ts";
import { TreeEditor } from "../store/tree-editor.ts";
import { differences, outline, snapshot } from "../store/tree-snapshot.ts";
import { patienceMs, pause, until } from "../store/until.ts";
import { HostNetwork, killNode } from "./host-network.ts";

export interface LineStoryOptions {
  /** In the folder: how many files of the machine's documentation, about, and of noise beside them, in four large files. */
  readonly files: number;
  readonly noiseBytes?: number;
  /** The files that are sent by themselves. */
  readonly largeBytes: number;
  readonly done?: (step: string, tookMs: number) => void;
}

type Host = "a" | "b" | "c" | "d";

/** Whose interfaces lead to a relay. */
const cables = { a: ["right", "to-d"], c: ["left", "to-d"] } as const;

export class LineStory {
  readonly network: HostNetwork;
  readonly a: GlowHome;
  readonly b: GlowHome;
  readonly c: GlowHome;
  readonly d: GlowHome;
  readonly #options: LineStoryOptions;
  /** What the next files get as their times. */
  #timeNs = 1_600_000_000_123_456_789n;
  #count = 0;

  private constructor(network: HostNetwork, homes: Record<Host, GlowHome>, options: LineStoryOptions) {
    this.network = network;
    this.a = homes.a;
    this.b = homes.b;
    this.c = homes.c;
    this.d = homes.d;
    this.#options = options;
  }

  static async begin(options: LineStoryOptions): Promise<LineStory> {
    const network = await HostNetwork.create();
    try {
      await network.wires.addLine(["a", "b", "c"]);
      await network.wires.addHost("d");
      const homes = {
        a: await network.furnish("a"),
        b: await network.furnish("b"),
        c: await network.furnish("c"),
        d: await network.furnish("d"),
      };
      return new LineStory(network, homes, options);
    } catch (error) {
      await network.dispose();
      throw error;
    }
  }

  dispose(): Promise<void> {
    return this.network.dispose();
  }

  /** `glow start` on A, `glow join` on B, which is to hold nothing, and on C, which reaches B alone. */
  async join(): Promise<void> {
    await this.#timed("A starts", () => this.a.startAsItIs());
    await this.a.json("settings", "set", "name", "a");
    await this.#timed("B joins, to hold nothing", () => this.#join("b", "--relay"));
    await this.#timed("C joins over B", () => this.#join("c"));
    await this.#untilOnline();
  }

  /** D is carried in, and put between A and C, beside B. */
  async addSecondRelay(): Promise<void> {
    const { wires } = this.network;
    for (const [i, host] of ["a", "c"].entries()) {
      const near = { host, name: "to-d", addresses: [`10.77.${i + 3}.1/24`] };
      await wires.connect(near, { host: "d", name: `to-${host}`, addresses: [`10.77.${i + 3}.2/24`] });
    }
    await this.#timed("D joins, to hold nothing", () => this.#join("d", "--relay"));
    await this.#timed("D has links with both", () =>
      until("d has two neighbours", async () => neighbours(await this.d.json<LinksState>("links")) === 2),
    );
    await this.#untilOnline();
  }

  /** A folder of real files, bound on A and on C: what differs, and what B has of it. */
  async bind(): Promise<{ readonly differences: string[]; readonly files: number; readonly bytes: number }> {
    const editor = this.#editor(this.a);
    editor.makeFolder("");
    for (const tree of documentation(this.#options.files)) editor.copyTree(tree, basename(tree));
    const { noiseBytes = 0 } = this.#options;
    if (noiseBytes > 0) {
      editor.makeFolder("noise");
      for (const name of ["1.bin", "2.bin", "3.bin", "4.bin"]) {
        editor.write(`noise/${name}`, randomBytes(Math.ceil(noiseBytes / 4)));
      }
    }
    editor.makeFolder("deep/er", 0o700);
    editor.write("deep/er/run me", "#!/bin/sh\n", 0o755);
    editor.write("deep/er/ünïcode 文件 😀", "a name\n", 0o444);
    editor.link("deep/dangling", "../nowhere/at all");
    await this.a.json("bind", "files", "docs/in", "--create");
    await this.#timed("A has taken the folder in", () => this.untilIdle(this.a));
    await until("C knows the drive", async () => (await driveOf(this.c))?.readable === true);
    this.#editor(this.c).makeFolder("");
    await this.c.json("bind", "files", "docs/in");
    const model = await this.#timed("C has it too", () => this.#untilAlike());
    const sizes = [...model.values()]
      .filter((line) => line.startsWith("file "))
      .map((line) => Number(line.split(" ")[3]));
    return {
      differences: differences(snapshot(this.a.path("files")), snapshot(this.c.path("files"))),
      files: sizes.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    };
  }

  /** Names and contents of the folder that are found in the home of a relay, and how large that is. */
  async spy(
    relay: GlowHome,
  ): Promise<{ readonly found: readonly string[]; readonly bytes: number; readonly searched: number }> {
    const paths = [...snapshot(this.a.path("files")).keys()].map((path) => basename(path));
    // Short ones are found anywhere.
    const names = [...new Set(paths)].filter((name) => name.length >= 12).slice(0, 200);
    const texts = [...names, "#!/bin/sh\n", "docs/in", "ünïcode 文件 😀"];
    const { found, searchedBytes } = await searchClearTexts(relay.home, texts);
    return { found, bytes: sizeOf(relay.home), searched: searchedBytes };
  }

  ways(): Promise<{
    readonly links: LinksState;
    readonly far: LinksState;
    readonly nodes: Device[];
    readonly path: Path;
    readonly text: Ended;
  }> {
    return this.#timed("A asks for the way to C", async () => ({
      links: await this.a.json<LinksState>("links"),
      nodes: await this.a.json<Device[]>("nodes"),
      far: await this.b.json<LinksState>("links"),
      path: await this.a.json<Path>("ping", "c"),
      text: await this.a.run("ping", "c"),
    }));
  }

  /** What the doctor on A says while B is gone, which is the only way to C. B is back then. */
  async doctorWithoutRelay(): Promise<Ended> {
    killNode(this.b);
    await until("A has noticed", async () => neighbours(await this.a.json<LinksState>("links")) === 0);
    const told = await this.a.run("doctor");
    await this.b.startAsItIs();
    await this.#untilOnline();
    return told;
  }

  /**
   * A large file is put on A and goes to C, which holds all; the relay that carries it is killed in the middle. Whether C
   * has the same file then, and what A has sent.
   */
  async putWhileKilled(): Promise<Killed & { readonly isWhole: boolean }> {
    const name = `put ${++this.#count}.bin`;
    const content = await this.#makeLarge(name);
    const isThere = async () => (await this.#isThere(`docs/${name}`)) && (await driveOf(this.c))?.missingBytes === 0;
    const figures = await this.#killInTheMiddle(
      () => this.a.json("put", name, "docs"),
      () => until("C has the file", isThere),
    );
    await this.c.json("get", `docs/${name}`, "./");
    return { ...figures, isWhole: (await hashOf(this.c.path(name))) === content };
  }

  /** Whichever relay was killed is there again, with links to both. */
  async restart(): Promise<void> {
    const gone = (await this.a.json<Device[]>("nodes")).filter(({ online }) => !online).map(({ name }) => name);
    for (const relay of ["b", "d"] as const) {
      if (!gone.includes(relay)) continue;
      await this[relay].startAsItIs();
      await this.#timed(`${relay} is back, and linked with both`, () =>
        until("it has links with both", async () => neighbours(await this[relay].json<LinksState>("links")) === 2),
      );
    }
  }

  /** The same of a file that only A holds, and that `glow get` on C asks for. */
  async getWhileKilled(): Promise<Killed & { readonly isWhole: boolean }> {
    const content = await this.#makeLarge("get.bin");
    await this.c.json("drives", "hold", "docs", "names");
    await this.a.json("put", "get.bin", "docs/get.bin");
    await until("C knows the file", () => this.#isThere("docs/get.bin"));
    let getting: Promise<unknown> = Promise.resolve();
    const figures = await this.#killInTheMiddle(
      async () => void (getting = this.c.json("get", "docs/get.bin", "./")),
      () => getting,
    );
    await this.c.json("drives", "hold", "docs", "all");
    return { ...figures, isWhole: (await hashOf(this.c.path("get.bin"))) === content };
  }

  /**
   * C's cables are pulled, for a while; on A and C things are edited, moved and removed, and one file is edited on both.
   * They are plugged in again: how long it took until both were the same, and what is in conflict.
   */
  async goAway(forMs: number): Promise<Away> {
    const [a, c] = [this.#editor(this.a), this.#editor(this.c)];
    const [first = "", second = "", third = ""] = readdirSync(this.a.path("files")).filter(
      (name) => !name.startsWith("."),
    );
    a.write("both.txt", "before\n");
    a.write(`${first}/inside.txt`, "before\n");
    await this.#untilAlike();
    for (const home of [this.a, this.c]) await this.untilIdle(home);
    await this.#plug("down");
    a.replace("both.txt", "as a has it\n");
    a.move(first, "moved by a");
    a.remove(second);
    a.makeFolder("new");
    a.write("new/on a.txt", "a\n");
    c.replace("both.txt", "as c has it\n");
    c.append(`${first}/inside.txt`, "edited by c\n");
    c.remove(third);
    c.write("new on c.txt", "c\n");
    await until("C has noticed", async () => neighbours(await this.c.json<LinksState>("links")) === 0);
    for (const home of [this.a, this.c]) await this.#untilTaken(home);
    await pause(forMs);
    const { tookMs } = await this.#timed("C is back, and all is the same", async () => {
      const beganMs = performance.now();
      await this.#plug("up");
      await until("A's move has come to C", async () => existsSync(this.c.path("files", "moved by a")));
      await this.#untilAlike();
      return { tookMs: performance.now() - beganMs };
    });
    const conflicts = await Promise.all([this.a, this.c].map((home) => this.#conflictsOf(home)));
    return { tookMs, conflicts, files: contentsOf(this.c.path("files")), removed: [second, third] };
  }

  /** On C, for what A has: how long until A's folder and C's are that, and no conflict is left. */
  async resolve(): Promise<{ readonly tookMs: number; readonly contents: readonly string[] }> {
    return this.#timed("resolved on C, and so on A", async () => {
      const beganMs = performance.now();
      await this.c.json("resolve", "docs/in/both.txt", "a");
      await until("nothing is in conflict", async () =>
        (await Promise.all([this.a, this.c].map((home) => this.#conflictsOf(home)))).every(
          ({ length }) => length === 0,
        ),
      );
      const contents = () => [this.a, this.c].map((home) => readFileSync(home.path("files", "both.txt"), "utf8"));
      await until("both folders show it", async () => new Set(contents()).size === 1);
      return { tookMs: performance.now() - beganMs, contents: contents() };
    });
  }

  /** What A has sent over its cables so far. */
  async sentBytes(): Promise<number> {
    const sent = await Promise.all(cables.a.map((name) => this.network.wires.passedBytes("a", name, ["tx"])));
    return sent.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Everything is as it should be in the folder that is bound there. */
  untilIdle(home: GlowHome): Promise<void> {
    return until("the folder is up to date", async () => {
      const [folder] = await home.json<FolderInfo[]>("folders");
      return folder?.state === "idle" && folder.problems.length === 0;
    });
  }

  async #join(host: Host, ...words: readonly string[]): Promise<void> {
    const { code } = await this.a.json<{ readonly code: string }>("invite");
    await this[host].json("join", code, ...words);
    await this[host].json("settings", "set", "name", host);
  }

  #untilOnline(): Promise<void> {
    const reaches = async (home: GlowHome, other: Host): Promise<boolean> =>
      (await home.json<Device[]>("nodes")).some(({ name, online }) => online && name === other);
    return until("A and C reach each other", async () => (await reaches(this.a, "c")) && reaches(this.c, "a"));
  }

  /** Kills whichever relay carries what A sends to C, when a good third has passed; gives what C still has to wait. */
  async #killInTheMiddle(begin: () => Promise<void>, arrived: () => Promise<unknown>): Promise<Killed> {
    const { largeBytes } = this.#options;
    const { routes } = await this.a.json<LinksState>("links");
    const killed = routes.find(({ name }) => name === "c")?.nextName === "b" ? "b" : "d";
    const before = await this.sentBytes();
    const begun = begin();
    await until("a third has passed", async () => (await this.sentBytes()) - before >= largeBytes / 3);
    killNode(this[killed]);
    const beganMs = performance.now();
    const at = (await this.sentBytes()) - before;
    await arrived();
    const tookMs = performance.now() - beganMs;
    await begun;
    return { killed, at, tookMs, sent: (await this.sentBytes()) - before, size: largeBytes };
  }

  async #plug(state: "up" | "down"): Promise<void> {
    for (const name of cables.c) await this.network.wires.setLink("c", name, state);
  }

  /** What was done to its folder while it was alone. */
  async #untilTaken(home: GlowHome): Promise<void> {
    const [own, path] = home === this.a ? ["as a has it\n", "new/on a.txt"] : ["as c has it\n", "new on c.txt"];
    await until("it has taken its edits", async () => {
      const { code } = await home.run("stat", `docs/in/${path}`);
      return code === 0 && (await home.run("cat", "docs/in/both.txt")).out === own;
    });
    await this.untilIdle(home);
  }

  async #conflictsOf(home: GlowHome): Promise<readonly (string | undefined)[]> {
    return (await home.json<Conflict[]>("conflicts")).map(({ path }) => path);
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.c.run("stat", path)).code === 0;
  }

  async #makeLarge(name: string): Promise<string> {
    await writeFile(this.a.path(name), randomBytes(this.#options.largeBytes));
    return hashOf(this.a.path(name));
  }

  #editor(home: GlowHome): TreeEditor {
    this.#timeNs += 86_400_000_000_001n;
    return new TreeEditor(home.path("files"), this.#timeNs);
  }

  async #untilAlike(): Promise<ReadonlyMap<string, string>> {
    const alike = async () => differences(outline(this.a.path("files")), outline(this.c.path("files")), 1).length === 0;
    await until("both folders are the same", alike, 2 * patienceMs);
    return outline(this.a.path("files"));
  }

  async #timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const beganMs = performance.now();
    const result = await work();
    this.#options.done?.(what, performance.now() - beganMs);
    return result;
  }
}

export interface Killed {
  readonly killed: Host;
  /** What A had sent by then, and how long C waited from then on for the rest. */
  readonly at: number;
  readonly tookMs: number;
  /** By A in all, of a file of this size. */
  readonly sent: number;
  readonly size: number;
}

export interface Away {
  readonly tookMs: number;
  /** Paths, of A and of C. */
  readonly conflicts: readonly (readonly (string | undefined)[])[];
  /** All that is in C's folder. */
  readonly files: ReadonlySet<string>;
  readonly removed: readonly string[];
}

async function driveOf(home: GlowHome): Promise<DriveInfo | undefined> {
  return (await home.json<DriveInfo[]>("drives")).find(({ name }) => name === "docs");
}

function contentsOf(folder: string): ReadonlySet<string> {
  return new Set(outline(folder).keys());
}

function neighbours({ links }: LinksState): number {
  return new Set(links.map(({ node }) => node)).size;
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
