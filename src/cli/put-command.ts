// `glow put`: files and folders of this machine into a drive. Large files go up in parts that the node keeps: the same
// command after Ctrl-C, or after the node was away, goes on where it was.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import {
  absolutePath,
  localBytes,
  localEntries,
  type LocalEntry,
  localEntry,
  localName,
  stableName,
} from "#platform/nodejs/transfer-files.ts";
import { type DrivePlace, entriesOf, openPlace, statIfThere } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { folderAbove, inFolder, lastName, namePathText } from "./name-path.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { TransferProgress } from "./transfer-progress.ts";
import { inParallel, tellHowToGoOn, TransferReport } from "./transfer-report.ts";

/** What is smaller is sent in one call; a connection that breaks costs no more than that. */
const uploadBytes = 4 * 1024 * 1024;
const filesAtOnce = 6;

/** A file, link or folder to be sent, and where to. */
interface Item {
  readonly local: LocalEntry;
  readonly path: string;
}

export function putCommand(face: Face, end: End): Command {
  return nodeCommand(
    "put",
    "copy files and folders of this machine into a drive",
    "put report.pdf work/2026/",
    "put ~/Pictures photos",
    "put - backup/src.tar < src.tar",
  )
    .argument("<local...>", "files and folders of this machine, or - for the input; then NAME/path of a drive")
    .addHelpText(
      "after",
      `
A file goes into a folder that is there, else to the path itself. A folder goes into the root of a drive, and into a path
that ends in /, under its own name; else it becomes the path, merged with what is there. What is the same already (size
and time) is left out, so the same command goes on with what was broken off. What is replaced stays in the history.`,
    )
    .action(withNode(face, end, (context, words: string[]) => put(context, words)));
}

async function put(context: NodeContext, words: readonly string[]): Promise<number> {
  const { node, face } = context;
  const [text, sources] = [words.at(-1), words.slice(0, -1)];
  if (text === undefined || sources.length === 0)
    throw misuse("give what is to be copied, and NAME/path of a drive", "put");
  const progress = new TransferProgress(face);
  try {
    const locals = await Promise.all(
      sources.map(async (source) => (source === "-" ? undefined : localEntry(absolutePath(source)))),
    );
    const place = await openPlace(node, text);
    const there = await statIfThere(place.open, place.path);
    if (sources.length > 1 && !place.isFolder && there?.kind !== "folder") {
      throw misuse("several go into a folder only; there is none, make it with `glow mkdir`, or end it in /", text);
    }
    const report = new TransferReport(progress);
    const sending = new Sending(place, report, progress);
    for (const [index, local] of locals.entries()) {
      if (local === undefined) await sending.input(face.terminal.input(), there);
      else await sending.add(local, sources[index] ?? "", there, sources.length > 1);
    }
    await sending.run();
    progress.stop();
    return report.finish(context, namePathText(place));
  } catch (thrown) {
    progress.stop();
    tellHowToGoOn(face, thrown);
    throw thrown;
  } finally {
    progress.stop();
  }
}

/**
 * Whether what was sent is of no more use: the file has changed meanwhile, and parts of the old and the new make none; or the
 * node has no room, and the part takes what is left of it.
 */
function isHopeless({ op, kind }: GlowError): boolean {
  return op === "file.read" || kind === "exhausted";
}

class Sending {
  readonly #place: DrivePlace;
  readonly #drive: DriveStub;
  readonly #report: TransferReport;
  readonly #progress: TransferProgress;
  readonly #items: Item[] = [];
  /** What is in the folders of the drive that something goes to, by name. */
  readonly #listed = new Map<string, Promise<ReadonlyMap<string, FileEntry>>>();

  constructor(place: DrivePlace, report: TransferReport, progress: TransferProgress) {
    this.#place = place;
    this.#drive = place.open;
    this.#report = report;
    this.#progress = progress;
  }

  /** Takes up a file or folder that was named, with all that is in it. */
  async add(local: LocalEntry, typed: string, there: FileEntry | undefined, isOneOfMany: boolean): Promise<void> {
    const { path, isFolder } = this.#place;
    const goesInto =
      local.kind === "folder"
        ? path === "" || isFolder || isOneOfMany
        : isFolder || there?.kind === "folder" || path === "";
    const name = localName(typed);
    if (goesInto && name === "") throw misuse("the root of this machine has no name to be called by; give one", typed);
    await this.#collect(local, goesInto ? inFolder(path, name) : path);
  }

  /** What is given on the input, of a length that nobody knows: as one file. */
  async input(bytes: AsyncIterable<Uint8Array>, there: FileEntry | undefined): Promise<void> {
    const { path, isFolder } = this.#place;
    if (path === "" || isFolder || there?.kind === "folder") throw misuse("give the input a name", path);
    this.#progress.begin(path);
    await this.#drive.write(path, this.#counted(bytes), { parents: true });
    this.#done(path);
  }

  async run(): Promise<void> {
    const files = this.#items.filter(({ local }) => local.kind === "file");
    this.#progress.expect(
      files.length,
      files.reduce((sum, { local }) => sum + local.sizeBytes, 0),
    );
    // Folders first, from above: then whatever comes later finds its place.
    for (const { path } of this.#items.filter(({ local }) => local.kind === "folder")) {
      if (path !== "") await this.#report.attempt(path, () => this.#makeFolder(path));
    }
    const rest = this.#items.filter(({ local }) => local.kind !== "folder");
    await inParallel(rest, filesAtOnce, (item) => this.#report.attempt(item.local.path, () => this.#send(item)));
  }

  async #collect(local: LocalEntry, path: string): Promise<void> {
    this.#items.push({ local, path });
    if (local.kind !== "folder") return;
    this.#progress.begin(local.path);
    await this.#report.attempt(local.path, async () => {
      for (const inner of await localEntries(local.path)) {
        if (!inner.path.endsWith(".glow-part")) await this.#collect(inner, inFolder(path, lastName(inner.path)));
      }
    });
  }

  async #makeFolder(path: string): Promise<void> {
    const there = (await this.#namesIn(folderAbove(path))).get(lastName(path));
    if (there?.kind === "folder") return;
    await this.#drive.makeFolder(path, true);
    // It is new: nothing is in it.
    this.#listed.set(path, Promise.resolve(new Map()));
    this.#report.folders += 1;
  }

  async #send({ local, path }: Item): Promise<void> {
    const there = (await this.#namesIn(folderAbove(path))).get(lastName(path));
    if (local.kind === "link") return this.#sendLink(local, path, there);
    if (local.kind === "other") {
      throw new GlowError("unsupported", "put.file", { message: "it is no file, folder or link; it was left out" });
    }
    const { sizeBytes, modifiedNs, mode } = local;
    if (
      there?.kind === "file" &&
      there.versions === 1 &&
      there.sizeBytes === sizeBytes &&
      there.modifiedNs === modifiedNs
    ) {
      if (there.mode !== mode) await this.#drive.setAttributes(path, { mode });
      this.#progress.skip(sizeBytes);
      this.#report.unchanged += 1;
      return;
    }
    this.#progress.begin(path);
    if (sizeBytes < uploadBytes) {
      const content = this.#counted(localBytes(local, 0));
      await this.#drive.write(path, content, { modifiedNs, mode, parents: true });
    } else {
      await this.#upload(local, path);
    }
    this.#done(path);
  }

  async #upload(local: LocalEntry, path: string): Promise<void> {
    const { sizeBytes, modifiedNs, mode } = local;
    const key = stableName(local.path, path, sizeBytes.toString(), modifiedNs.toString());
    using upload = await this.#drive.upload(path, sizeBytes, key, { modifiedNs, mode, parents: true });
    const { receivedBytes } = await upload.state();
    this.#report.resume(path, receivedBytes, sizeBytes);
    try {
      if (receivedBytes < sizeBytes) {
        await upload.write(receivedBytes, this.#counted(localBytes(local, receivedBytes)));
      }
    } catch (thrown) {
      if (thrown instanceof GlowError && isHopeless(thrown)) await upload.discard().catch(() => undefined);
      throw thrown;
    }
    await upload.finish();
  }

  async #sendLink({ target = "" }: LocalEntry, path: string, there: FileEntry | undefined): Promise<void> {
    if (there?.kind === "link" && there.target === target) {
      this.#report.unchanged += 1;
      return;
    }
    if (there?.kind === "link") await this.#drive.remove([path]);
    await this.#drive.link(path, target);
    this.#report.links += 1;
  }

  /** Empty for a folder that is not there. */
  #namesIn(folder: string): Promise<ReadonlyMap<string, FileEntry>> {
    const known = this.#listed.get(folder);
    if (known !== undefined) return known;
    const listing = this.#list(folder);
    this.#listed.set(folder, listing);
    return listing;
  }

  async #list(folder: string): Promise<ReadonlyMap<string, FileEntry>> {
    const found = new Map<string, FileEntry>();
    try {
      for await (const entry of entriesOf(this.#drive, folder)) found.set(entry.name, entry);
    } catch (thrown) {
      if (!(thrown instanceof GlowError && thrown.kind === "not-found")) throw thrown;
    }
    return found;
  }

  async *#counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      yield piece;
      this.#progress.advance(piece.length);
    }
  }

  #done(path: string): void {
    this.#report.files += 1;
    this.#progress.fileDone(path);
  }
}
