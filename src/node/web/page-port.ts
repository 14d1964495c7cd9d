// The port at which a node serves its page, once it has chosen one: what a browser keeps, it keeps for an address, so the page
// has to stay where it was.
//
//   pages/port   CBOR map: "format" 1, "port"

import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import type { Disk } from "#glow";
import { RecordReader } from "#identity/record-reader.ts";

const folder = "pages";
const path = "pages/port";
const newPath = "pages/port.new";
const mostBytes = 64;

/** Undefined if none was chosen yet, or nobody can tell any more which. */
export async function readPagePort(disk: Disk): Promise<number | undefined> {
  try {
    const file = await disk.open(path);
    try {
      return new RecordReader("page port", await file.read(0, mostBytes)).integer("port", 1, 65_535);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { kind } = GlowError.from(error, "page-port.read");
    if (kind === "not-found" || kind === "invalid") return undefined;
    throw error;
  }
}

/** Durable when it resolves. */
export async function writePagePort(disk: Disk, port: number): Promise<void> {
  await disk.makeFolder(folder);
  const file = await disk.open(newPath, "if-missing");
  try {
    await file.truncate(0);
    await file.write(0, encodeCbor({ format: 1, port }));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(newPath, path);
  await disk.syncFolder(folder);
}
