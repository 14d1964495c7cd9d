// The ports at which a node serves its page, once it has chosen them: what a browser keeps, it keeps for an address, so the page
// has to stay where it was.
//
//   pages/port, pages/secure-port   CBOR map: "format" 1, "port"

import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import type { Disk } from "#glow";
import { RecordReader } from "#identity/record-reader.ts";

const folder = "pages";
const mostBytes = 64;

type PortName = "port" | "secure-port";

/** Undefined if none was chosen yet, or nobody can tell any more which. */
export async function readPagePort(disk: Disk, name: PortName = "port"): Promise<number | undefined> {
  try {
    const file = await disk.open(`${folder}/${name}`);
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
export async function writePagePort(disk: Disk, port: number, name: PortName = "port"): Promise<void> {
  await disk.makeFolder(folder);
  const file = await disk.open(`${folder}/${name}.new`, "if-missing");
  try {
    await file.truncate(0);
    await file.write(0, encodeCbor({ format: 1, port }));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${folder}/${name}.new`, `${folder}/${name}`);
  await disk.syncFolder(folder);
}
