// QR codes on terminals: what a camera takes over and nobody has to type.

import type { Terminal } from "#platform/nodejs/terminal.ts";
import { Output } from "./output.ts";

/** Modules of nothing around it: the standard wants four, and cameras are content with two. */
const border = 2;

/**
 * Prints a text as a QR code, two modules to a character. Left to itself it does that where a person sees the result, and
 * where it fits in, below a caption if there is one. On a light terminal it is inverted, which cameras read as well.
 */
export async function printQr(terminal: Terminal, text: string, asked?: boolean, caption?: string): Promise<void> {
  if (asked === false || (asked === undefined && !terminal.showsResults)) return;
  const { renderUnicodeCompact } = await import("uqr");
  const lines = renderUnicodeCompact(text, { border }).split("\n");
  if (asked === undefined && (lines[0]?.length ?? 0) > terminal.columns) return;
  const output = new Output(terminal);
  if (caption !== undefined) output.line(caption);
  for (const line of lines) output.line(line);
}
