// Looks through all files of a folder for texts that must not be readable there, in each way in which a program would
// write them: UTF-8, and UTF-16 of both orders.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { searchFile } from "../mesh/byte-search.ts";

export interface ClearTexts {
  readonly searchedBytes: number;
  /** Those that were found, each once. */
  readonly found: readonly string[];
}

export async function searchClearTexts(root: string, texts: readonly string[]): Promise<ClearTexts> {
  const textOf = new Map(texts.flatMap((text) => encodings(text).map((hex) => [hex, text])));
  const found = new Set<string>();
  let searchedBytes = 0;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const sightings = await searchFile(join(entry.parentPath, entry.name), [...textOf.keys()]);
    searchedBytes += sightings.searchedBytes;
    for (const [hex, count] of sightings.counts) if (count > 0) found.add(textOf.get(hex) as string);
  }
  return { searchedBytes, found: [...found] };
}

function encodings(text: string): string[] {
  const utf16 = Buffer.from(text, "utf16le");
  return [Buffer.from(text), utf16, Buffer.from(utf16).swap16()].map((bytes) => bytes.toString("hex"));
}
