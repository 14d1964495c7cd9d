// Where the user's other devices were reached, or are said to be, kept over restarts: so that those who were linked once find
// each other again where nothing else tells them.
//
//   mesh/addresses   CBOR array of [node, address, address ...], the best first

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { Address, Disk, NodeId, Timer, Timers } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { AddressBook, KnownAddress } from "#mesh/discovery/address-book.ts";
import type { Mesh } from "#mesh/mesh.ts";
import type { Reached } from "./invited-ways.ts";

const folder = "mesh";
const path = "mesh/addresses";
const mostBytes = 1024 * 1024;
/** So that what changes at once is written once. */
const gatherMs = 250;
/** Links change what is known without a word: it is looked at so often. */
const everyMs = 60_000;

export interface KnownAddressesOptions {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly mesh: Pick<Mesh, "keep" | "book">;
  /** Devices of the user but this one. */
  readonly devices: () => ReadonlySet<NodeId>;
  readonly problem: (error: GlowError) => void;
}

export class KnownAddresses {
  readonly #options: KnownAddressesOptions;
  readonly #turns = new Turns();
  #timer: Timer | undefined;
  /** What is in the file: nothing is written before it was read. */
  readonly #noted = new Map<NodeId, readonly Address[]>();
  #isStarted = false;
  /** It is to be written soon. */
  #isDue = false;
  #written = "";
  #isStopped = false;

  constructor(options: KnownAddressesOptions) {
    this.#options = options;
  }

  /** Has the mesh link with those that are known, and notes what changes from now on. */
  async start(): Promise<void> {
    const { disk, mesh, devices } = this.#options;
    const members = devices();
    for (const [node, addresses] of await readAddresses(disk)) {
      this.#noted.set(node, addresses);
      if (members.has(node)) mesh.keep(node, addresses);
    }
    this.#isStarted = true;
    this.changed();
  }

  /** Devices, or ways to them, may be others than before. */
  changed(): void {
    if (this.#isDue || !this.#isStarted) return;
    this.#isDue = true;
    this.#later(gatherMs);
  }

  /** Notes what is known last. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    if (this.#isStarted) await this.#write();
  }

  #later(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(delayMs, () => {
      this.#isDue = false;
      this.#later(everyMs);
      void this.#write();
    });
  }

  #write(): Promise<void> {
    return this.#turns.take(async () => {
      const { disk, mesh, devices, problem } = this.#options;
      const members = devices();
      for (const node of this.#noted.keys()) if (!members.has(node)) this.#noted.delete(node);
      for (const node of members) {
        // The book forgets who was away for long: here he is remembered.
        const known = bestOf(mesh.book, node);
        if (known.length > 0) this.#noted.set(node, known);
      }
      const rows = [...this.#noted].map(([node, addresses]): Reached => [node, ...addresses]);
      const text = JSON.stringify(rows);
      if (text === this.#written) return;
      try {
        await writeRows(disk, rows);
        this.#written = text;
      } catch (error) {
        problem(GlowError.from(error, "addresses.write"));
      }
    });
  }
}

/** For a node that is to begin where another one stops. */
export function writeAddresses(disk: Disk, reached: readonly Reached[]): Promise<void> {
  return writeRows(disk, reached);
}

function bestOf(book: AddressBook, node: NodeId): Address[] {
  const known = book.of(node).sort(byWorth).slice(0, identityLimits.locationAddresses);
  return known.map(({ address }) => address);
}

/** What was reached last comes first, then what the most trusted have said. */
function byWorth(a: KnownAddress, b: KnownAddress): number {
  return (b.reachedMs ?? -1) - (a.reachedMs ?? -1) || b.trust - a.trust || b.toldMs - a.toldMs;
}

/** What is damaged is nothing: others tell it again. */
async function readAddresses(disk: Disk): Promise<[NodeId, Address[]][]> {
  const file = await disk.open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const rows = decodeCbor(await file.read(0, mostBytes)) as readonly (readonly string[])[];
    return rows.map(([node, ...addresses]) => [node as NodeId, addresses as Address[]]);
  } catch {
    return [];
  } finally {
    await file.close();
  }
}

async function writeRows(disk: Disk, rows: readonly Reached[]): Promise<void> {
  await disk.makeFolder(folder);
  const file = await disk.open(`${path}.new`, "if-missing");
  try {
    await file.truncate(0);
    await file.write(0, encodeCbor(rows));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.new`, path);
}
