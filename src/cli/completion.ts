// `glow complete`: what may come next on a command line, one to a line. Completion scripts of shells call it with all that
// stands there, the last word as far as it was typed. `:files` and `:folders` leave it to the shell.

import type { Command, Option } from "commander";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { type ArgumentKind, catalogue, findCommand } from "./catalogue.ts";
import { Connection } from "./connection.ts";
import { entriesOf, nodeOf, openDrive } from "./drive-access.ts";
import { exitCodes, type Face } from "./face.ts";
import { folderAbove, inFolder, parseNamePath } from "./name-path.ts";
import { safeText } from "./safe-text.ts";

/** More than anybody reads. */
const mostOffered = 500;

/** Never fails, and says nothing but what to offer: a broken node must not break typing. */
export async function complete(face: Face, words: readonly string[]): Promise<number> {
  const offered = await offersFor(face, words).catch(() => []);
  // What a shell would have to be told by escapes cannot be typed either.
  for (const offer of offered.filter((each) => safeText(each) === each).slice(0, mostOffered))
    face.terminal.print(offer);
  return exitCodes.done;
}

async function offersFor(face: Face, words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? "";
  const [name] = words;
  if (words.length <= 1 || name === undefined) {
    return startingWith(
      typed,
      typed.startsWith("-")
        ? ["--help", "--version"]
        : catalogue.flatMap(({ commands }) => commands.map((each) => each.name)),
    );
  }
  const entry = findCommand(name);
  if (entry === undefined) return [];
  const made = (await entry.load())(face, () => undefined);
  const { command, given, before } = follow(made, words.slice(1, -1));
  if (before !== undefined) return choicesOf(before, typed);
  if (typed.startsWith("-")) return startingWith(typed, optionsOf(command));
  const inner = command.commands.map((each) => each.name());
  const offers = given === 0 ? startingWith(typed, inner) : [];
  const kinds = command === made ? entry.arguments : innerKinds(entry.arguments, command);
  const kind = kinds[Math.min(given, kinds.length - 1)];
  if (kind === undefined) return offers;
  return [...offers, ...(await offersOf(kind, typed, face, homeIn(words)))];
}

/** The command that the words lead to, how many arguments stand behind it, and an option that waits for its value. */
function follow(made: Command, words: readonly string[]): { command: Command; given: number; before?: Option } {
  let command = made;
  let given = 0;
  let before: Option | undefined;
  for (const word of words) {
    if (before !== undefined) {
      before = undefined;
    } else if (word.startsWith("-") && word !== "-") {
      const option = command.options.find(({ short, long }) => word === short || word === long);
      before = option !== undefined && (option.required || option.optional) ? option : undefined;
    } else {
      const inner = given === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (inner === undefined) given += 1;
      else command = inner;
    }
  }
  return { command, given, ...(before && { before }) };
}

/** Arguments of inner commands are those of the group, but for commands that have none. */
function innerKinds(kinds: readonly ArgumentKind[], command: Command): readonly ArgumentKind[] {
  return kinds.slice(0, command.registeredArguments.length);
}

function optionsOf(command: Command): string[] {
  return ["--help", ...command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))];
}

function choicesOf({ long, argChoices }: Option, typed: string): string[] {
  if (argChoices !== undefined) return startingWith(typed, argChoices);
  return long === "--home" ? [":folders"] : [];
}

async function offersOf(kind: ArgumentKind, typed: string, face: Face, home: string | undefined): Promise<string[]> {
  if (kind === "text") return [];
  if (kind === "local") return [":files"];
  using connection = await Connection.open(face, home);
  const { node } = connection;
  switch (kind) {
    case "name":
      return await namesFor(node, typed);
    case "drive":
      return startingWith(
        typed,
        (await node.drives().list()).map(({ name }) => name),
      );
    case "node":
    case "device": {
      const { devices } = await node.user().info();
      return startingWith(
        typed,
        devices.filter(({ revoked }) => !revoked).map(({ name }) => name),
      );
    }
    case "folder":
      return startingWith(
        typed,
        (await node.folders().list()).map(({ path }) => path),
      );
    default:
      return kind;
  }
}

/** Drives and `/me`, then what is in the folder that was typed so far. */
async function namesFor(node: NodeStub, typed: string): Promise<string[]> {
  const folder = folderAbove(typed);
  if (!typed.includes("/")) {
    const drives = (await node.drives().list()).filter(({ readable }) => readable);
    return startingWith(typed, [...drives.map(({ name }) => `${name}/`), "/me/"]);
  }
  const path = parseNamePath(folder === "" ? "/" : folder);
  if (path.kind === "node") return startingWith(typed, [`${folder}/drives/`]);
  if (path.kind === "directory") {
    if (path.path === "/me") return startingWith(typed, ["/me/drives/", "/me/nodes/"]);
    const of = await nodeOf(node, path.node);
    const names =
      path.path === "/me/drives"
        ? (await of.drives().list()).map(({ name }) => name)
        : (await of.user().info()).devices.filter(({ revoked }) => !revoked).map(({ name }) => name);
    return startingWith(
      typed,
      names.map((name) => `${folder}/${name}/`),
    );
  }
  const drive = await openDrive(node, path);
  const offers: string[] = [];
  for await (const { name, kind } of entriesOf(drive, path.path)) {
    const offer = inFolder(folder, kind === "folder" ? `${name}/` : name);
    if (offer.startsWith(typed) && offers.push(offer) === mostOffered) break;
  }
  return offers;
}

function homeIn(words: readonly string[]): string | undefined {
  const at = words.indexOf("--home");
  return at === -1 ? undefined : words[at + 1];
}

function startingWith(typed: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(typed));
}
