// `glow page`: links that open the page of this node in a browser, and who has used them.

import { type Command, Option } from "commander";
import { GlowError } from "#base/errors.ts";
import type { GuestPlace } from "#interfaces/generated/pages.ts";
import type { Right } from "#interfaces/generated/node.ts";
import { timeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { lifetime } from "./invite-command.ts";
import { type End, misuse, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";
import { printQr } from "./qr-code.ts";

interface Options {
  readonly for: number;
  readonly rights?: readonly Right[];
  readonly network?: boolean;
  readonly qr?: boolean;
  readonly write?: boolean;
  readonly name?: string;
}

const guestSeconds = 8 * 3600;
const usualSeconds = 365 * 86_400;
const allRights: readonly Right[] = ["read", "write", "folders", "invite", "administer"];

export function pageCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand(
      "page",
      "print a link that opens the page of this node in one browser",
      "page",
      "page new --rights read,write --for 7d",
      "page new --network --qr",
      "page list",
    ),
    nodeCommand("new", "make a link; who opens it first is let in, a second time it is refused", "page new --for 7d")
      .addOption(
        new Option("--for <time>", "how long the browser is let in: 15m, 24h, 7d")
          .argParser(lifetime)
          .default(usualSeconds, "365d"),
      )
      .addOption(
        new Option("--rights <rights>", `what it may do, of ${allRights.join(",")}; without it, all`).argParser(
          rightsIn,
        ),
      )
      .option("--network", "for another machine of the local network, by HTTPS; `glow page trust` tells how")
      .option("--qr", "with the QR code")
      .action(withNode(face, end, (context, options: Options) => link(context, options))),
  )
    .addCommand(
      nodeCommand(
        "trust",
        "print where others get the certificate of this installation, and its fingerprint",
        "page trust",
      )
        .option("--qr", "with the QR code")
        .action(withNode(face, end, (context, { qr }: Options) => trust(context, qr === true))),
    )
    .addCommand(
      nodeCommand(
        "guest",
        "make a link for somebody in the local network: to folders, for a time, over plain HTTP",
        "page guest Home/Holiday --for 4h --qr",
        "page guest Home/Inbox --write --name Bob",
      )
        .argument("<folders...>", "DRIVE, DRIVE/PATH or /me/drives/DRIVE/PATH")
        .option("--write", "let them change what is there, too")
        .addOption(
          new Option("--for <time>", "15m, 24h, 7d; at most 30d").argParser(lifetime).default(guestSeconds, "8h"),
        )
        .option("--name <name>", "for whom it is: shown in `glow page list`")
        .option("--qr", "with the QR code")
        .action(
          withNode(face, end, (context, folders: string[], options: Options) => guest(context, folders, options)),
        ),
    )
    .addCommand(nodeCommand("list", "list those that hold still", "page list").action(withNode(face, end, list)))
    .addCommand(
      nodeCommand("dismiss", "let a browser in no more, or take back a link", "page dismiss 3f9a")
        .argument("<id>", "as `glow page list` shows it, or its beginning")
        .action(withNode(face, end, (context, id: string) => dismiss(context, id))),
    );
}

function rightsIn(text: string): Right[] {
  const words = text.split(",").map((each) => each.trim());
  const unknown = words.find((word) => !allRights.some((right) => right === word));
  if (unknown !== undefined) throw misuse(`there is no such right; there are ${allRights.join(", ")}`, unknown);
  return allRights.filter((right) => words.includes(right));
}

async function link(
  { node, output, json, face }: NodeContext,
  { for: seconds, rights, network, qr }: Options,
): Promise<void> {
  const { rights: own } = await node.info();
  const made = await node.pages().link(rights ?? own, seconds, network);
  if (json) return output.json(made);
  await printQr(face.terminal, made.url, qr === true);
  output.line(made.url);
  output.note(`\nFor one browser, which it lets in until ${timeText(made.expiresAt)}; a second one it refuses.`);
}

async function guest(
  { node, output, json, face }: NodeContext,
  folders: readonly string[],
  options: Options,
): Promise<void> {
  const { write = false, name, for: lifetimeSeconds, qr } = options;
  const places = folders.map(placeOf);
  const made = await node.pages().guest({ places, write, lifetimeSeconds, ...(name !== undefined && { name }) });
  if (json) return output.json(made);
  await printQr(face.terminal, made.url, qr === true);
  output.line(made.url);
  const may = write ? "read and change" : "read";
  output.note(`\nOne browser in the local network may ${may} it until ${timeText(made.expiresAt)}.`);
  output.note(
    "It goes over plain HTTP: others in that network can read along. `glow page list` shows it, `glow page dismiss` ends it.",
  );
}

function placeOf(text: string): GuestPlace {
  const [drive = "", ...names] = text
    .replace(/^\/me\/drives\//, "")
    .split("/")
    .filter((part) => part !== "");
  if (drive === "") throw misuse("give a folder as DRIVE or DRIVE/PATH", text);
  return { drive, path: names.join("/") };
}

async function trust({ node, output, json, face }: NodeContext, qr: boolean): Promise<void> {
  const { trust: url, fingerprint, network } = await node.pages().info();
  if (url === undefined || fingerprint === undefined) {
    const message = "the page is not served to the local network: `glow settings set pageHttps on` does that";
    throw new GlowError("unavailable", "page.trust", { message });
  }
  if (json) return output.json({ url, fingerprint, network });
  await printQr(face.terminal, url, qr);
  output.line("Open this on the other device, and follow it:  ", painted("bold", url));
  output.note("\nThe certificate there must have this fingerprint (SHA-256), else do not trust it:\n");
  const pairs = fingerprint.split(":");
  for (const at of [0, 8, 16, 24]) output.line(`  ${pairs.slice(at, at + 8).join(":")}`);
  output.note(`\nThen the page is at ${network.join(", ")}; \`glow page new --network\` makes a link for a browser.`);
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const visitors = await node.pages().visitors();
  if (json) return output.json(visitors);
  if (visitors.length === 0) return output.note("no links hold; `glow page` makes one");
  output.table(
    visitors.map(({ id, opened, rights, name, places, browser, address, expiresAt }): Cell[] => [
      id.slice(0, 10),
      opened ? painted("green", "in use") : "not opened yet",
      rights.join(","),
      places === undefined ? "" : `guest ${name ?? ""}: ${places.join(", ")}`.replace(" :", ":"),
      [browser, address].filter((each) => each !== undefined).join(", "),
      `until ${timeText(expiresAt)}`,
    ]),
  );
}

async function dismiss({ node, output, json }: NodeContext, text: string): Promise<void> {
  const pages = node.pages();
  const [only, another] = (await pages.visitors()).filter(({ id }) => id.startsWith(text));
  if (only === undefined || another !== undefined) {
    throw misuse(
      only === undefined ? "no link has this id (`glow page list`)" : "several begin so; give more of it",
      text,
    );
  }
  await pages.dismiss(only.id);
  if (json) output.json({ id: only.id });
  else output.line(`${only.id.slice(0, 10)} is let in no more`);
}
