// `glow invite`: a code that makes another machine, or a page in a browser, a device of the same user.

import { type Command, Option } from "commander";
import { GlowError } from "#base/errors.ts";
import type { Invitation } from "#interfaces/generated/user.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { durationText, secondsIn, timeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { type End, misuse, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";
import { joinLink } from "./page-link.ts";
import { printQr } from "./qr-code.ts";

interface Options {
  readonly tab?: boolean;
  readonly for: number;
  readonly name?: string;
  readonly qr?: boolean;
}

const usualSeconds = 86_400;

export function inviteCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand(
      "invite",
      "print a code that makes another machine or browser a device of yours",
      "invite",
      "invite --for 15m --name phone",
      "invite list",
    ),
    nodeCommand("new", "make a code; it can be used once", "invite new --for 15m --name phone")
      .option("--tab", "for a page in a browser: less rights, and not for ever")
      .addOption(
        new Option("--for <time>", "how long it holds: 90s, 15m, 24h, 7d")
          .argParser(lifetime)
          .default(usualSeconds, "24h"),
      )
      .option("--name <name>", "what the list of codes calls it")
      .option("--qr", "with the QR code, wherever it is printed to")
      .option("--no-qr", "without the QR code")
      .action(withNode(face, end, (context, options: Options) => invite(context, options))),
  )
    .addCommand(
      nodeCommand("list", "list the codes that were given out", "invite list").action(withNode(face, end, list)),
    )
    .addCommand(
      nodeCommand("cancel", "take a code back that nobody has used yet", "invite cancel 3f9a")
        .argument("<id>", "as `glow invite list` shows it, or its beginning")
        .action(withNode(face, end, (context, id: string) => cancel(context, id))),
    );
}

/** In seconds, as it is typed for `--for`. */
export function lifetime(text: string): number {
  const seconds = secondsIn(text);
  if (seconds === undefined || seconds < 1) throw misuse("write 90s, 15m, 24h or 7d", text);
  return seconds;
}

async function invite(context: NodeContext, { tab = false, for: seconds, name, qr }: Options): Promise<void> {
  const { node, output, json, face } = context;
  const invitation = await node.user().invite(tab ? "tab" : "device", seconds, name);
  const link = tab ? await pageLink(node, invitation) : undefined;
  if (json) return output.json({ ...invitation, ...(link !== undefined && { link }) });
  const shown = link ?? invitation.code;
  await printQr(face.terminal, shown, qr);
  output.line(shown);
  const left = durationText(invitation.expiresAt.getTime() - face.clock.wallMs() + 500);
  const use = tab ? "open it in the browser" : "type `glow join CODE` on the other machine";
  output.note(`\nFor one device: ${use}. It holds for ${left}, until ${timeText(invitation.expiresAt)}.`);
}

/** Where the page of this node takes the code; undefined if it serves none. */
async function pageLink(node: NodeStub, { code }: Invitation): Promise<string | undefined> {
  try {
    const { local, network } = await node.pages().info();
    const base = network.find((url) => url.startsWith("https:")) ?? local[0];
    return base === undefined ? undefined : joinLink(base, code);
  } catch (thrown) {
    if (thrown instanceof GlowError && (thrown.kind === "unavailable" || thrown.kind === "denied")) return undefined;
    throw thrown;
  }
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const invitations = await node.user().invitations();
  if (json) return output.json(invitations);
  if (invitations.length === 0) return output.note("none was given out; `glow invite` makes one");
  output.table(
    invitations.map(({ id, role, name, state, expiresAt }): Cell[] => {
      const until = state === "open" ? `until ${timeText(expiresAt)}` : "";
      return [id.slice(0, 10), role, name, painted(state === "open" ? "green" : "dim", state), until];
    }),
  );
}

async function cancel({ node, output, json }: NodeContext, text: string): Promise<void> {
  const user = node.user();
  const [only, another] = (await user.invitations()).filter(({ id }) => id.startsWith(text));
  if (only === undefined || another !== undefined) {
    const message = only === undefined ? "no code was given out with this id" : "several begin so; give more of it";
    throw new GlowError("not-found", "user.cancelInvitation", {
      target: text,
      message: `${message} (\`glow invite list\`)`,
    });
  }
  await user.cancelInvitation(only.id);
  if (json) output.json({ id: only.id });
  else output.line(`${only.id.slice(0, 10)} can be used no more`);
}
