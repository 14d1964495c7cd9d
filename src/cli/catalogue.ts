// All commands: what each is for, what its arguments are, and the file that has it. Only this table is loaded to print
// the help, and only one command to run it.

import type { Command } from "commander";
import type { Face } from "./face.ts";

/** What stands at a place of a command, for completion. The last kind holds for all that follow. */
export type ArgumentKind = "name" | "drive" | "node" | "device" | "local" | "folder" | "text";

type CommandMaker = (face: Face, end: (code: number) => void) => Command;

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentKind[];
  readonly load: () => Promise<CommandMaker>;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

function entry(
  name: string,
  summary: string,
  kinds: readonly ArgumentKind[],
  load: () => Promise<CommandMaker>,
): CommandEntry {
  return { name, summary, arguments: kinds, load };
}

export const catalogue: readonly CommandGroup[] = [
  {
    title: "This node:",
    commands: [
      entry(
        "start",
        "run a node on this machine until it is stopped",
        [],
        async () => (await import("./start-command.ts")).startCommand,
      ),
      entry("stop", "stop the node of this machine", [], async () => (await import("./stop-command.ts")).stopCommand),
      entry(
        "status",
        "say what the node of this machine is, and how it does",
        [],
        async () => (await import("./status-command.ts")).statusCommand,
      ),
      entry(
        "log",
        "print what the node tells of its work",
        [],
        async () => (await import("./log-command.ts")).logCommand,
      ),
      entry(
        "page",
        "print a link that opens the page of this node in one browser",
        [],
        async () => (await import("./page-command.ts")).pageCommand,
      ),
      entry(
        "settings",
        "see and change what can be set",
        ["text"],
        async () => (await import("./settings-command.ts")).settingsCommand,
      ),
      entry(
        "service",
        "have systemd run the node of this machine",
        [],
        async () => (await import("./service-command.ts")).serviceCommand,
      ),
      entry(
        "doctor",
        "look for what is wrong, and say what helps",
        [],
        async () => (await import("./doctor-command.ts")).doctorCommand,
      ),
    ],
  },
  {
    title: "Devices:",
    commands: [
      entry(
        "invite",
        "print a code that makes another machine or browser a device of yours",
        [],
        async () => (await import("./invite-command.ts")).inviteCommand,
      ),
      entry(
        "join",
        "make this machine a device of whoever gave the code",
        ["text"],
        async () => (await import("./join-command.ts")).joinCommand,
      ),
      entry(
        "nodes",
        "list your devices, and which of them can be reached",
        [],
        async () => (await import("./nodes-command.ts")).nodesCommand,
      ),
      entry(
        "links",
        "list what this node is connected to, and how",
        [],
        async () => (await import("./links-command.ts")).linksCommand,
      ),
      entry(
        "ping",
        "ask a node for an answer: the way to it, and how long it takes",
        ["node"],
        async () => (await import("./ping-command.ts")).pingCommand,
      ),
      entry(
        "devices",
        "put devices out, and give them names",
        ["device"],
        async () => (await import("./devices-command.ts")).devicesCommand,
      ),
    ],
  },
  {
    title: "Files:",
    commands: [
      entry(
        "ls",
        "list a drive, a folder, or the tree of names",
        ["name"],
        async () => (await import("./ls-command.ts")).lsCommand,
      ),
      entry(
        "stat",
        "say all about a file or folder",
        ["name"],
        async () => (await import("./stat-command.ts")).statCommand,
      ),
      entry("cat", "print files", ["name"], async () => (await import("./cat-command.ts")).catCommand),
      entry(
        "put",
        "copy files and folders of this machine into a drive",
        ["local", "name"],
        async () => (await import("./put-command.ts")).putCommand,
      ),
      entry(
        "get",
        "copy files and folders of a drive to this machine",
        ["name", "local"],
        async () => (await import("./get-command.ts")).getCommand,
      ),
      entry("cp", "copy within and between drives", ["name"], async () => (await import("./cp-command.ts")).cpCommand),
      entry("mv", "move or rename in a drive", ["name"], async () => (await import("./mv-command.ts")).mvCommand),
      entry(
        "rm",
        "move files and folders to the trash",
        ["name"],
        async () => (await import("./rm-command.ts")).rmCommand,
      ),
      entry("mkdir", "make folders", ["name"], async () => (await import("./mkdir-command.ts")).mkdirCommand),
      entry(
        "uploads",
        "list what is not whole yet, and give it up",
        ["name"],
        async () => (await import("./uploads-command.ts")).uploadsCommand,
      ),
      entry(
        "trash",
        "list what was removed, and bring it back",
        ["drive", "text"],
        async () => (await import("./trash-command.ts")).trashCommand,
      ),
      entry(
        "history",
        "list the versions of a file",
        ["name"],
        async () => (await import("./history-command.ts")).historyCommand,
      ),
      entry(
        "restore",
        "make an earlier version of a file the newest",
        ["name", "text"],
        async () => (await import("./restore-command.ts")).restoreCommand,
      ),
      entry(
        "conflicts",
        "list files that were changed in two places at once",
        ["drive"],
        async () => (await import("./conflicts-command.ts")).conflictsCommand,
      ),
      entry(
        "resolve",
        "end a conflict: say which version is kept",
        ["name", "text"],
        async () => (await import("./resolve-command.ts")).resolveCommand,
      ),
    ],
  },
  {
    title: "Drives and folders:",
    commands: [
      entry(
        "drives",
        "list, make and rename drives",
        ["drive", "text"],
        async () => (await import("./drives-command.ts")).drivesCommand,
      ),
      entry(
        "bind",
        "keep a folder of this machine and one of a drive the same",
        ["local", "name"],
        async () => (await import("./bind-command.ts")).bindCommand,
      ),
      entry(
        "unbind",
        "end that; both folders stay as they are",
        ["folder"],
        async () => (await import("./unbind-command.ts")).unbindCommand,
      ),
      entry(
        "folders",
        "list bound folders, pause and resume them, decide what they ask",
        ["folder"],
        async () => (await import("./folders-command.ts")).foldersCommand,
      ),
    ],
  },
  {
    title: "Tools:",
    commands: [
      entry(
        "idl",
        "work with interfaces written in the Firefly language",
        ["local"],
        async () => (await import("./idl-command.ts")).idlCommand,
      ),
      entry(
        "completion",
        "print a script that completes commands and names in a shell",
        ["text"],
        async () => (await import("./completion-command.ts")).completionCommand,
      ),
    ],
  },
];

export function findCommand(name: string): CommandEntry | undefined {
  for (const { commands } of catalogue) {
    const found = commands.find((each) => each.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function commandNames(): string[] {
  return catalogue.flatMap(({ commands }) => commands.map(({ name }) => name));
}
