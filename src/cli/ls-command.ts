// `glow ls`: what is in a folder, a drive, or the tree of names above them.

import type { Command } from "commander";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { nodeOf, openDrive, entriesOf } from "./drive-access.ts";
import { longCells, longRight, nameCell } from "./entry-line.ts";
import type { Face } from "./face.ts";
import { type DrivePath, inFolder, type NamePath, namePathText, parseNamePath } from "./name-path.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";

interface Options {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly bytes?: boolean;
}

/** What was asked for, and what is there. */
interface Listing {
  readonly path: string;
  readonly entries: readonly (FileEntry | NameItem)[];
}

/** A name above the files. */
interface NameItem {
  readonly kind: "directory" | "drive" | "node";
  readonly name: string;
  /** What there is to say about it. */
  readonly about?: string;
}

export function lsCommand(face: Face, end: End): Command {
  return nodeCommand("ls", "list a drive, a folder, or the tree of names", "ls", "ls -l photos/2026", "ls /me/nodes")
    .argument("[paths...]", "NAME/path of a drive; without any, /me")
    .option("-l, --long", "with mode, size and time")
    .option("-R, --recursive", "with all that is below")
    .option("--bytes", "sizes in bytes")
    .action(withNode(face, end, (context, paths: string[], options: Options) => list(context, paths, options)));
}

async function list(context: NodeContext, paths: readonly string[], options: Options): Promise<void> {
  const { node, json, output } = context;
  const listings: Listing[] = [];
  for (const text of paths.length === 0 ? ["/me"] : paths) {
    for await (const listing of listingsOf(node, parseNamePath(text), options)) {
      if (json) listings.push(listing);
      else show(context, listing, options, paths.length > 1 || options.recursive === true);
    }
  }
  if (!json) return;
  output.json(listings.length === 1 && options.recursive !== true ? listings[0]?.entries : listings);
}

async function* listingsOf(node: NodeStub, path: NamePath, options: Options): AsyncGenerator<Listing> {
  if (path.kind !== "drive") {
    yield { path: namePathText(path), entries: await itemsOf(node, path) };
    return;
  }
  const drive = await openDrive(node, path);
  const found = await drive.stat(path.path);
  if (found.kind !== "folder") {
    yield { path: namePathText(path), entries: [found] };
    return;
  }
  const waiting: DrivePath[] = [path];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entries = await Array.fromAsync(entriesOf(drive, folder.path));
    yield { path: namePathText(folder), entries };
    if (options.recursive !== true) return;
    const inner = entries.filter(({ kind }) => kind === "folder").toReversed();
    for (const { name } of inner) waiting.push({ ...path, path: inFolder(folder.path, name) });
  }
}

async function itemsOf(node: NodeStub, path: Exclude<NamePath, DrivePath>): Promise<NameItem[]> {
  if (path.kind === "node") {
    await nodeOf(node, path.node);
    return [{ kind: "directory", name: "drives" }];
  }
  const of = await nodeOf(node, path.node);
  const [drives, devices] = await Promise.all([
    path.path === "/me/nodes" ? [] : of.drives().list(),
    path.path === "/me/drives"
      ? []
      : of
          .user()
          .info()
          .then((user) => user.devices),
  ]);
  const prefix = path.path === "/me" ? { drives: "drives/", nodes: "nodes/" } : { drives: "", nodes: "" };
  return [
    ...drives.map(
      ({ name, readable, id }): NameItem => ({
        kind: "drive",
        name: prefix.drives + (readable ? name : id),
        ...(!readable && { about: "kept for others: this node has no keys of it" }),
      }),
    ),
    ...devices
      .filter(({ revoked }) => !revoked)
      .map(
        ({ name, online, isThis }): NameItem => ({
          kind: "node",
          name: prefix.nodes + name,
          about: isThis ? "this node" : online ? "online" : "not reachable now",
        }),
      ),
  ];
}

function show({ output }: NodeContext, { path, entries }: Listing, options: Options, withHead: boolean): void {
  if (withHead) output.line(painted("bold", `${path}:`));
  if (entries.length === 0) output.note(`${path} is empty`);
  const files = entries.filter((entry): entry is FileEntry => "object" in entry);
  if (options.long === true)
    output.table(
      files.map((entry) => longCells(entry, options.bytes === true)),
      longRight,
    );
  else output.columns(files.map((entry) => nameCell(entry)));
  const names = entries.filter((entry): entry is NameItem => !("object" in entry));
  output.table(names.map((item): Cell[] => [itemCell(item), painted("dim", item.about ?? "")]));
  if (withHead) output.line("");
}

function itemCell({ kind, name }: NameItem): Cell {
  return kind === "node" ? painted("green", name) : painted("blue", `${name}/`);
}
