// `glow devices`: what is done to devices of the user: put out, for ever, or given another name.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { Device, UserStub } from "#interfaces/generated/user.ts";
import type { Face } from "./face.ts";
import {
  type End,
  interrupted,
  misuse,
  newCommand,
  nodeCommand,
  type NodeContext,
  withDefault,
  withNode,
} from "./node-command.ts";
import { listDevices } from "./nodes-command.ts";
import { safeText } from "./safe-text.ts";

export function devicesCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand("devices", "put devices out, and give them names", "devices revoke phone", "devices rename laptop desk"),
    nodeCommand("list", "list your devices, as `glow nodes` does", "devices list --all")
      .option("-a, --all", "with those that were revoked")
      .action(withNode(face, end, (context, options: { all?: boolean }) => listDevices(context, options))),
  )
    .addCommand(
      nodeCommand(
        "revoke",
        "put a device out, for ever: it gets nothing new from any other",
        "devices revoke phone --yes",
      )
        .argument("<device>", "its name, or its id")
        .option("-y, --yes", "without being asked")
        .action(
          withNode(face, end, (context, name: string, options: { yes?: boolean }) =>
            revoke(context, name, options.yes ?? false),
          ),
        ),
    )
    .addCommand(
      nodeCommand("rename", "give a device another name", "devices rename laptop desk")
        .argument("<device>", "its name, or its id")
        .argument("<name>", "the new name")
        .action(
          withNode(face, end, async ({ node, output, json }, device: string, name: string) => {
            const user = node.user();
            const { id } = await findDevice(user, device);
            await user.renameDevice(id, name);
            const renamed = (await user.info()).devices.find((each) => each.id === id);
            if (json) output.json(renamed ?? null);
            else output.line(`/me/nodes/${renamed?.name ?? name}`);
          }),
        ),
    );
}

/** `not-found` names those there are. */
export async function findDevice(user: UserStub, text: string): Promise<Device> {
  const { devices } = await user.info();
  const found =
    devices.find(({ name, revoked }) => name === text && !revoked) ??
    devices.find(({ id, node }) => id === text || node === text) ??
    devices.find(({ name }) => name === text);
  if (found !== undefined) return found;
  const names = devices.filter(({ revoked }) => !revoked).map(({ name }) => name);
  const list = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
  throw new GlowError("not-found", "user.device", {
    target: text,
    message: `you have no such device; ${list} (\`glow nodes\`)`,
  });
}

async function revoke({ node, output, json, face }: NodeContext, text: string, yes: boolean): Promise<void> {
  const user = node.user();
  const device = await findDevice(user, text);
  if (device.revoked)
    throw new GlowError("conflict", "user.revoke", { target: device.name, message: "it was revoked before" });
  if (!yes) await confirm(face, device);
  await user.revoke(device.id);
  if (json) output.json({ device: device.id, name: device.name });
  else output.line(`${device.name} is revoked: your other devices give it nothing more, and what it has it keeps`);
}

async function confirm({ terminal }: Face, { name, isThis }: Device): Promise<void> {
  if (!terminal.isTyped || !terminal.showsTold) throw misuse("say --yes: there is no way back from this", name);
  const { confirm: askYesNo, isCancel } = await import("@clack/prompts");
  const which = isThis ? `${safeText(name)}, which is this device,` : safeText(name);
  const answer = await askYesNo({ message: `Put ${which} out, for ever?`, initialValue: false });
  if (isCancel(answer) || !answer) throw interrupted();
}
