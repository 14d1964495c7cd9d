// `glow get`: files and folders of a drive to this machine. What was broken off lies there as `NAME.xxxxxxxx.glow-part`; the
// same command goes on with it. Names and links come from others, and lead nowhere but into the target.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { absolutePath, type LocalEntry, localEntry } from "#platform/nodejs/transfer-files.ts";
import { checkName, TransferTarget } from "#platform/nodejs/transfer-target.ts";
import { type DrivePlace, entriesOf, openPlaces } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { inFolder, lastName, looksLocal, namePathText } from "./name-path.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { TransferProgress } from "./transfer-progress.ts";
import { inParallel, tellHowToGoOn, TransferReport } from "./transfer-report.ts";

interface Options {
  readonly force?: boolean;
  readonly to?: string;
}

/** Something to be fetched: its path in the drive, and the names of its place below the target. */
interface Item {
  readonly entry: FileEntry;
  readonly path: string;
  readonly names: readonly string[];
}

const filesAtOnce = 6;
/** Times are set in microseconds, and rounded on the way. */
const sameTimeNs = 2000n;

export function getCommand(face: Face, end: End): Command {
  return nodeCommand(
    "get",
    "copy files and folders of a drive to this machine",
    "get photos/2026/june.jpg",
    "get photos/2026 ~/Pictures/",
    "get work/a.pdf work/b.pdf .",
  )
    .argument(
      "<paths...>",
      "NAME/path of drives; the last may be a path of this machine, which begins with . / or ~ (else here)",
    )
    .option("-t, --to <local>", "the path of this machine, whatever it begins with")
    .option("-f, --force", "replace files of this machine that differ")
    .addHelpText(
      "after",
      `
As with cp: into a folder that is there, else to the path itself. What is the same already (size and time) is left out, so
the same command goes on with what was broken off.`,
    )
    .action(withNode(face, end, (context, words: string[], options: Options) => get(context, words, options)));
}

async function get(context: NodeContext, words: readonly string[], { force = false, to }: Options): Promise<number> {
  const last = words.at(-1) ?? "";
  const hasLocal = to === undefined && words.length > 1 && looksLocal(last);
  const sources = hasLocal ? words.slice(0, -1) : words;
  const typed = to ?? (hasLocal ? last : ".");
  const progress = new TransferProgress(context.face);
  try {
    const places = await openPlaces(context.node, sources);
    const report = new TransferReport(progress);
    const fetching = new Fetching(report, progress, force);
    const there = await localEntry(absolutePath(typed)).catch(() => undefined);
    const goesInto = there?.kind === "folder";
    if (!goesInto && (places.length > 1 || typed.endsWith("/"))) {
      throw misuse(there === undefined ? "there is no such folder; make it first" : "it is no folder", typed);
    }
    for (const place of places) await fetching.fetch(place, absolutePath(typed), goesInto);
    progress.stop();
    return report.finish(context, typed);
  } catch (thrown) {
    progress.stop();
    tellHowToGoOn(context.face, thrown);
    throw thrown;
  } finally {
    progress.stop();
  }
}

class Fetching {
  readonly #report: TransferReport;
  readonly #progress: TransferProgress;
  readonly #force: boolean;
  #expectedFiles = 0;
  #expectedBytes = 0;

  constructor(report: TransferReport, progress: TransferProgress, force: boolean) {
    this.#report = report;
    this.#progress = progress;
    this.#force = force;
  }

  /** To `local`, or into it. */
  async fetch(place: DrivePlace, local: string, goesInto: boolean): Promise<void> {
    const { open, path, drive } = place;
    const entry = await open.stat(path);
    const name = path === "" ? drive : lastName(path);
    const [root, target] = goesInto ? [local, name] : splitLocal(local);
    checkName(target, root);
    const into = new TransferTarget(root);
    const item = { entry, path, names: [target] };
    if (entry.kind !== "folder") {
      this.#expect(1, entry.kind === "file" ? entry.sizeBytes : 0);
      return this.#report.attempt(namePathText(place), () => this.#take(open, into, item));
    }
    const { files, bytes } = await open.totals(path);
    this.#expect(files, bytes);
    // A folder that is not there yet gets its name at the end: until then, the same command means the same.
    const isNew = !goesInto;
    const draft = isNew ? `${target}.glow-part` : target;
    await into.makeFolder([draft]);
    const inside = new TransferTarget(`${root}${root.endsWith("/") ? "" : "/"}${draft}`);
    const links: Item[] = [];
    const items = this.#walk(open, inside, { ...item, names: [] }, links);
    await inParallel(items, filesAtOnce, (each) =>
      this.#report.attempt(each.path, () => this.#take(open, inside, each)),
    );
    // Last: what is written goes through none of them.
    for (const each of links) await this.#report.attempt(each.path, () => this.#take(open, inside, each));
    if (isNew) await into.settle(draft, target);
  }

  /** All that is in a folder and below, from above; its folders are made on the way. */
  async *#walk(drive: DriveStub, into: TransferTarget, folder: Item, links: Item[]): AsyncGenerator<Item> {
    const folders: Item[] = [];
    for await (const entry of entriesOf(drive, folder.path)) {
      const { name } = entry;
      const item = { entry, path: inFolder(folder.path, name), names: [...folder.names, name] };
      let isFile = false;
      // Looked at before anything is made of it.
      await this.#report.attempt(item.path, async () => {
        checkName(name, into.root);
        isFile = entry.kind !== "folder" && entry.kind !== "link";
        if (entry.kind === "link") links.push(item);
        if (entry.kind !== "folder") return;
        await into.makeFolder(item.names);
        this.#report.folders += 1;
        folders.push(item);
      });
      if (isFile) yield item;
    }
    for (const inner of folders) yield* this.#walk(drive, into, inner, links);
  }

  async #take(drive: DriveStub, into: TransferTarget, item: Item): Promise<void> {
    const { entry, names, path } = item;
    const there = await into.find(names);
    if (entry.kind === "link") {
      const { target = "" } = entry;
      if (there?.kind === "link" && there.target === target) {
        this.#report.unchanged += 1;
        return;
      }
      if (there !== undefined && there.kind !== "link") throw differs(there);
      await into.link(names, target);
      this.#report.links += 1;
      return;
    }
    if (entry.kind !== "file") throw unknownKind(entry);
    if (there !== undefined && isSame(there, entry)) {
      this.#progress.skip(entry.sizeBytes);
      this.#report.unchanged += 1;
      return;
    }
    if (there !== undefined && (there.kind === "folder" || !this.#force)) throw differs(there);
    this.#progress.begin(path);
    await this.#download(drive, into, item);
    this.#report.files += 1;
    this.#progress.fileDone(path);
  }

  async #download(drive: DriveStub, into: TransferTarget, { entry, names, path }: Item): Promise<void> {
    const { object, sizeBytes, modifiedNs, mode, version = `${object} ${modifiedNs} ${sizeBytes}` } = entry;
    const part = await into.begin(names, { version, sizeBytes, modifiedNs, mode });
    this.#report.resume(path, part.offset, sizeBytes);
    try {
      if (part.offset < sizeBytes) {
        const { bytes } = await drive.read(path, part.offset, undefined, entry.version);
        for await (const piece of bytes) {
          await part.write(piece);
          this.#progress.advance(piece.length);
        }
      }
    } catch (thrown) {
      await part.keep();
      throw thrown;
    }
    await part.finish();
  }

  #expect(files: number, bytes: number): void {
    this.#expectedFiles += files;
    this.#expectedBytes += bytes;
    this.#progress.expect(this.#expectedFiles, this.#expectedBytes);
  }
}

function isSame(local: LocalEntry, { sizeBytes, modifiedNs }: FileEntry): boolean {
  if (local.kind !== "file" || local.sizeBytes !== sizeBytes) return false;
  const apart = local.modifiedNs - modifiedNs;
  return apart < sameTimeNs && apart > -sameTimeNs;
}

function differs({ path, kind }: LocalEntry): GlowError {
  const message =
    kind === "folder"
      ? "a folder of this machine is in its place"
      : "a file of this machine is there, and differs; say --force to replace it";
  return new GlowError("already-exists", "get.file", { target: path, message });
}

function unknownKind({ kind, path }: FileEntry): GlowError {
  const message = `it is of a kind that this version does not know (${kind}); update Glow`;
  return new GlowError("unsupported", "get.file", { target: path, message });
}

/** The folder above, and the name in it. */
function splitLocal(path: string): [string, string] {
  const at = path.lastIndexOf("/");
  return [at <= 0 ? "/" : path.slice(0, at), path.slice(at + 1)];
}
