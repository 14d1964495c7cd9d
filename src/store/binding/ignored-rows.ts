// What has come to be ignored: it stays where it is, on both sides, and nothing is known of it any more. The drive's side may
// have its content nowhere else than in a large file that is here, so that is put into packs before its row goes.

import { GlowError } from "#base/errors.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { rescueChunks } from "./chunk-rescue.ts";
import { isLarge } from "./sight-sealer.ts";
import { forgetRows, rowsBelow } from "./subtree-removal.ts";

/** Of something, and all below it. Where there is no room for what only it has, it stays known, and is a problem. */
export async function leaveAlone(parts: BindingParts, top: BindingRow): Promise<void> {
  const { rows, problems } = parts;
  const path = (await rows.path(top.object)) ?? top.localName;
  try {
    for await (const row of rowsBelow(rows, top)) if (isLarge(row.stat)) await keepContent(parts, row);
  } catch (thrown) {
    const error = GlowError.from(thrown, "binding.ignore", path);
    if (error.kind !== "exhausted") throw error;
    const message = "this is ignored, but the drive has its content nowhere else, and there is no room to copy that";
    problems.add(
      "folder",
      top.object,
      path,
      new GlowError(error.kind, error.op, { target: path, message, cause: error }),
    );
    return;
  }
  problems.solve("folder", top.object);
  await forgetRows(rows, top);
}

async function keepContent(parts: BindingParts, row: BindingRow): Promise<void> {
  const path = await parts.rows.path(row.object);
  if (path !== undefined) await rescueChunks(parts, row, path, noBlobs);
}

const noBlobs: ReadonlySet<string> = new Set();
