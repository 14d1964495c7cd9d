// The content of a file as text, if it is one.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import type { DriveStub } from "#interfaces/generated/drive.ts";

/** Longer ones are not edited in a page. */
export const mostTextBytes = 2_000_000;

export interface TextContent {
  /** Its lines end with `\n`. Undefined if it is no text in UTF-8. */
  readonly text: string | undefined;
  readonly version: string | undefined;
  /** What its lines end with in the file. */
  readonly lineEnd: LineEnd;
}

export type LineEnd = "\n" | "\r\n";

export async function readText(drive: DriveStub, path: string, version?: string): Promise<TextContent> {
  const content = await drive.read(path, 0, mostTextBytes, version);
  const text = await textOf(content.bytes);
  return {
    text: text?.replaceAll("\r\n", "\n"),
    version: version ?? content.entry.version,
    lineEnd: text?.includes("\r\n") === true ? "\r\n" : "\n",
  };
}

/** Of an object wherever it lies. */
export async function readObjectText(drive: DriveStub, object: string, version: string): Promise<string | undefined> {
  const content = await drive.readObject(object, 0, mostTextBytes, version);
  return textOf(content.bytes);
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  const whole = concatBytes(pieces);
  if (whole.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(whole);
  } catch {
    return undefined;
  }
}

export function textBytes(text: string, lineEnd: LineEnd): Uint8Array {
  return utf8Encode(text.toWellFormed().replaceAll("\n", lineEnd));
}
