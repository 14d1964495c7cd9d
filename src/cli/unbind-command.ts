// `glow unbind`: ends what `glow bind` began. Nothing is removed on either side, and nothing of the drive is lost with it:
// what only the folder has is copied before, which may take long. So it shows how far that is, and Ctrl-C ends it well.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { FolderInfo, FoldersStub } from "#interfaces/generated/folders.ts";
import type { Face } from "./face.ts";
import { folderName } from "./folders-command.ts";
import { type End, interrupted, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { TransferProgress } from "./transfer-progress.ts";

interface UnbindOptions {
  readonly abandon?: boolean;
}

export function unbindCommand(face: Face, end: End): Command {
  return nodeCommand("unbind", "end that a folder and one of a drive are kept the same", "unbind ~/Pictures")
    .argument("<folder>", "its path, or its number in `glow folders`")
    .option(
      "--abandon",
      "do not copy what of the drive only its large files have: where no other device has it, it is lost",
    )
    .addHelpText(
      "after",
      `
What only large files of the folder have is copied first. Ctrl-C ends that: the folder is bound then as before, and the same
command goes on from there.`,
    )
    .action(
      withNode(face, end, (context, folder: string, { abandon }: UnbindOptions) =>
        unbind(context, folder, abandon === true),
      ),
    );
}

async function unbind(context: NodeContext, folder: string, abandon: boolean): Promise<void> {
  const { node, face, output, json } = context;
  const folders = node.folders();
  const name = await folderName(folders, folder);
  const drawing = new Drawing(face);
  // It ends with the folder, or the connection; what fails there fails the call, too.
  void follow(folders, name, (info) => drawing.show(info)).catch(() => undefined);
  try {
    await folders.unbind(name, abandon, { signal: context.heedInterruption() });
  } catch (thrown) {
    drawing.stop();
    const error = GlowError.from(thrown, "folders.unbind");
    if (!face.terminal.wasInterrupted || error.kind === "disconnected") throw advised(error, context);
    // It may have been done in the moment in which that was typed.
    if (await goesOn(folders, name)) {
      output.note(
        `glow: ${folder} is bound as before; what was copied is kept, and the same command goes on from there`,
      );
      throw interrupted();
    }
  } finally {
    drawing.stop();
  }
  if (json) output.json({ folder: name });
  else output.line(`${folder} is an ordinary folder again; it and the drive stay as they are`);
}

/** Of what is copied before: nothing is drawn where there is nothing of that. */
class Drawing {
  readonly #face: Face;
  #progress: TransferProgress | undefined;
  #isOver = false;

  constructor(face: Face) {
    this.#face = face;
  }

  show({ state, intoDrive, current = "" }: FolderInfo): void {
    if (this.#isOver || state !== "leaving" || intoDrive.waitingFiles === 0) return;
    const { waitingFiles, waitingBytes, doneFiles, doneBytes } = intoDrive;
    this.#progress ??= new TransferProgress(this.#face);
    this.#progress.expect(waitingFiles + doneFiles, waitingBytes + doneBytes);
    this.#progress.reach(doneFiles, doneBytes);
    this.#progress.begin(current);
  }

  stop(): void {
    this.#isOver = true;
    this.#progress?.stop();
  }
}

/** What the folder does, as it changes, until it is bound no more or `seen` says false. */
async function follow(folders: FoldersStub, name: string, seen: (folder: FolderInfo) => unknown): Promise<void> {
  for await (const all of await folders.watch()) {
    const folder = all.find(({ number }) => number.toString() === name);
    if (folder === undefined || seen(folder) === false) return;
  }
}

/** States that a folder passes through while it is decided whether it stays bound. */
const undecided: readonly string[] = ["leaving", "starting", "stopped"];

async function goesOn(folders: FoldersStub, name: string): Promise<boolean> {
  let stays = false;
  await follow(folders, name, ({ state }) => {
    stays = !undecided.includes(state);
    return !stays;
  });
  return stays;
}

function advised(error: GlowError, { output }: NodeContext): GlowError {
  const isKeeping = error.op === "binding.end" && error.kind !== "cancelled";
  if (isKeeping) output.note("`glow unbind --abandon` gives that up: what no other device has is lost then");
  return error;
}
