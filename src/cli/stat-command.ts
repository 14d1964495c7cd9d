// `glow stat`: all that is known about one file, link or folder.

import type { Command } from "commander";
import { countText, dateOfNs, exactTimeText, sizeText } from "./amounts.ts";
import { openPlaces } from "./drive-access.ts";
import { modeText } from "./entry-line.ts";
import type { Face } from "./face.ts";
import { namePathText } from "./name-path.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";

export function statCommand(face: Face, end: End): Command {
  return nodeCommand("stat", "say all about a file or folder", "stat photos/2026/june.jpg", "stat --json photos")
    .argument("<paths...>", "NAME/path of a drive")
    .action(withNode(face, end, (context, paths: string[]) => stat(context, paths)));
}

async function stat({ node, output, json }: NodeContext, paths: readonly string[]): Promise<void> {
  const all = [];
  for (const place of await openPlaces(node, paths)) {
    const entry = await place.open.stat(place.path);
    const totals = entry.kind === "folder" ? await place.open.totals(place.path) : undefined;
    all.push({ ...entry, drive: place.drive, ...(totals && { totals }) });
    if (json) continue;
    const rows: Cell[][] = [
      ["path", namePathText({ ...place, path: entry.path })],
      ["kind", entry.kind + (entry.target === undefined ? "" : ` to ${entry.target}`)],
      ["mode", `${modeText(entry)} (${entry.mode.toString(8).padStart(3, "0")})`],
      ["modified", entry.modifiedNs === 0n ? "-" : exactTimeText(dateOfNs(entry.modifiedNs))],
      ["object", entry.object],
    ];
    if (entry.kind === "file") rows.splice(2, 0, ["size", exactSizeText(entry.sizeBytes)]);
    if (totals !== undefined) {
      const { files, folders, links, bytes } = totals;
      const parts = [countText(files, "file"), countText(folders, "folder"), countText(links, "link"), sizeText(bytes)];
      rows.push(["holds", parts.join(", ")]);
    }
    if (entry.version !== undefined) rows.push(["version", entry.version]);
    if (entry.versions > 1)
      rows.push(["conflict", painted("red", `${entry.versions} versions: see \`glow conflicts\``)]);
    if (entry.elsewhere !== undefined)
      rows.push(["elsewhere", entry.elsewhere ? "yes" : "not yet: only this node has it"]);
    output.table(
      rows.map(([name = "", ...cells]) => [painted("dim", typeof name === "string" ? name : name.text), ...cells]),
    );
    if (paths.length > 1) output.line("");
  }
  if (json) output.json(all);
}

/** In bytes alone where these are few. */
function exactSizeText(bytes: number): string {
  return bytes < 1000 ? sizeText(bytes) : `${sizeText(bytes)} (${bytes} bytes)`;
}
