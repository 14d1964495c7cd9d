// `glow settings`: what can be set of a node. Most counts at once; the rest says that it waits for the next start.

import type { Command } from "commander";
import type { NodeSettings, SettingsChange } from "#interfaces/generated/settings.ts";
import { bytesIn, sizeText, timeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { type End, misuse, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";
import { type Cell, type Output, painted } from "./output.ts";

/** What can be set, with how it is written, and what is made of that. */
const editable: Readonly<
  Record<keyof SettingsChange, { readonly form: string; readonly parse: (text: string) => unknown }>
> = {
  name: { form: "a name", parse: (text) => (text === "" ? undefined : text) },
  listen: {
    form: "addresses with commas between: tcp://0.0.0.0:4567",
    parse: (text) =>
      text
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
  },
  discovery: { form: "on or off", parse: truth },
  content: { form: "all, names or nothing", parse: (text) => oneOf(text, ["all", "names", "nothing"]) },
  logLevel: {
    form: "error, warning, info or debug",
    parse: (text) => oneOf(text, ["error", "warning", "info", "debug"]),
  },
  pagePort: {
    form: "0 to 65535; 0: no page",
    parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : undefined),
  },
  pageHttps: { form: "on or off", parse: truth },
  pageGuests: { form: "on or off", parse: truth },
  pageGuestBytes: { form: "a size: 500MB, 2GB", parse: bytesIn },
};

export function settingsCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand(
      "settings",
      "see and change what can be set",
      "settings",
      "settings set logLevel debug",
      "settings set discovery off name desk",
    ),
    nodeCommand("list", "print all settings", "settings list --json").action(withNode(face, end, list)),
  )
    .addCommand(
      nodeCommand("get", "print one setting", "settings get logLevel")
        .argument("<name>", `one of ${Object.keys(editable).join(", ")}`)
        .action(
          withNode(face, end, async ({ node, output, json }, name: string) => {
            const key = keyOf(name);
            const value = (await node.settings().get())[key];
            if (json) output.json(value ?? null);
            else output.line(valueText(value));
          }),
        ),
    )
    .addCommand(
      nodeCommand(
        "set",
        "change settings, all that are given or none",
        "settings set logLevel debug",
        "settings set discovery off name desk",
      )
        .argument("<changes...>", "name and value in turn")
        .action(withNode(face, end, (context, words: string[]) => set(context, words))),
    )
    .addCommand(
      nodeCommand("history", "list earlier settings", "settings history").action(withNode(face, end, history)),
    )
    .addCommand(
      nodeCommand("restore", "make all settings what they were in an earlier revision", "settings restore 3")
        .argument("<revision>", "its number, as `glow settings history` shows it")
        .action(withNode(face, end, (context, revision: string) => restore(context, revision))),
    );
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const settings = await node.settings().get();
  if (json) output.json(settings);
  else show(output, settings);
}

function show(output: Output, settings: NodeSettings): void {
  const rows = Object.keys(editable).map((name): Cell[] => {
    const waits = settings.pending.includes(name) ? painted("yellow", "from the next start on") : "";
    return [painted("bold", name), shownText(name, settings[name as keyof SettingsChange]), waits];
  });
  output.table(rows);
  output.note(`\n${settings.path}, revision ${settings.revision}`);
}

async function set({ node, output, json }: NodeContext, words: readonly string[]): Promise<void> {
  if (words.length % 2 !== 0) throw misuse("give name and value in turn", words.at(-1));
  const changes: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at += 2) {
    const key = keyOf(words[at] ?? "");
    const { form, parse } = editable[key];
    const value = parse(words[at + 1] ?? "");
    if (value === undefined) throw misuse(`it has to be ${form}`, key);
    changes[key] = value;
  }
  const settings = await node.settings().set(changes);
  if (json) output.json(settings);
  else show(output, settings);
}

async function restore({ node, output, json }: NodeContext, text: string): Promise<void> {
  if (!/^\d{1,9}$/.test(text)) throw misuse("a revision is a number (`glow settings history`)", text);
  const settings = await node.settings().restore(Number(text));
  if (json) output.json(settings);
  else show(output, settings);
}

async function history({ node, output, json }: NodeContext): Promise<void> {
  const past = await node.settings().history();
  if (json) return output.json(past);
  if (past.length === 0) return output.note("the settings were never changed");
  for (const { revision, at, text } of past) {
    output.line(painted("bold", `revision ${revision}`), `  ${timeText(at)}`);
    const rows = settingRows(text);
    if (rows === undefined) output.line("  its file cannot be read");
    else if (rows.length === 0) output.line("  all as a new node has it");
    else output.table(rows.map((row) => ["", ...row]));
  }
  output.note(
    "\n`glow settings restore REVISION` makes all settings what they were then; what is not named was as a new node has it.",
  );
}

/** What was set then, by name; undefined for what is no file of settings. What is kept of single drives is told with these. */
function settingRows(text: string): Cell[][] | undefined {
  try {
    const { revision: _, savedAt: _at, driveContent: _kept, ...values } = JSON.parse(text) as Record<string, unknown>;
    return Object.entries(values).map(([name, value]) => [painted("bold", name), shownText(name, value)]);
  } catch {
    return undefined;
  }
}

function keyOf(name: string): keyof SettingsChange {
  if (Object.hasOwn(editable, name)) return name as keyof SettingsChange;
  throw misuse(`there is no such setting; there are ${Object.keys(editable).join(", ")}`, name);
}

/** For people: sizes as such. */
function shownText(name: string, value: unknown): string {
  return name.endsWith("Bytes") && typeof value === "number" ? sizeText(value) : valueText(value);
}

function valueText(value: unknown): string {
  if (value === undefined) return "(chosen by the node)";
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(", ") : `${value as string | number}`;
}

function truth(text: string): boolean | undefined {
  if (["on", "true", "yes"].includes(text)) return true;
  return ["off", "false", "no"].includes(text) ? false : undefined;
}

function oneOf(text: string, choices: readonly string[]): string | undefined {
  return choices.includes(text) ? text : undefined;
}
