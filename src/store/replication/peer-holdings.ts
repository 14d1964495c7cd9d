// What each other holder of a space has said that it holds, with all blobs. It is kept over restarts, since a version that
// is with nobody else must show as such while all others are away. In the index: what is lost with it is said again.
//
//   key     04 | id of the space (33) | id of the device (33)
//   value   CBOR array of [author (bytes), incarnation, sequence, hash], and behind them the hashes of batches of which it
//           lacks blobs

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { concatBytes, equalBytes, toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { AuthorPosition, BatchHeader, Completeness, DeviceId, Hash, Index, SpaceId } from "#glow";
import { AuthorPositions } from "./author-positions.ts";

const section = 0x04;
const deviceBytes = 33;

/** What one device has said. */
interface Held {
  readonly positions: AuthorPositions;
  /** By hash, in hexadecimal: batches of which it lacks blobs. */
  readonly lacking: ReadonlyMap<string, Hash>;
}

export class PeerHoldings {
  readonly #index: Index;
  readonly #prefix: Uint8Array;
  readonly #byDevice: Map<DeviceId, Held>;
  /** Those whose row is older than what is in memory. */
  readonly #unwritten = new Set<DeviceId>();
  #writing: Promise<void> | undefined;

  private constructor(index: Index, prefix: Uint8Array, byDevice: Map<DeviceId, Held>) {
    this.#index = index;
    this.#prefix = prefix;
    this.#byDevice = byDevice;
  }

  static async open(index: Index, space: SpaceId): Promise<PeerHoldings> {
    const prefix = concatBytes([Uint8Array.of(section), idBytes(space)]);
    const byDevice = new Map<DeviceId, Held>();
    const end = concatBytes([prefix, new Uint8Array(deviceBytes + 1).fill(0xff)]);
    for (const [key, value] of await index.range(prefix, end, replicationLimits.peers)) {
      const reached = readReached(value);
      if (reached !== undefined) byDevice.set(idText(key.subarray(prefix.length)) as DeviceId, heldOf(reached));
    }
    return new PeerHoldings(index, prefix, byDevice);
  }

  get devices(): readonly DeviceId[] {
    return [...this.#byDevice.keys()];
  }

  of(device: DeviceId): readonly AuthorPosition[] {
    return this.#byDevice.get(device)?.positions.list() ?? [];
  }

  /** Batches of which the device has said that it lacks blobs. */
  lackedBy(device: DeviceId): readonly Hash[] {
    return [...(this.#byDevice.get(device)?.lacking.values() ?? [])];
  }

  lacks(device: DeviceId, batch: Hash): boolean {
    return this.#byDevice.get(device)?.lacking.has(toHex(batch)) === true;
  }

  /**
   * All that the device holds now: instead of what it said before, since it may have lost its disk. Whether that says
   * anything else.
   */
  claim(device: DeviceId, { positions, lacking }: Completeness): boolean {
    const before = this.#byDevice.get(device);
    if (before === undefined && this.#byDevice.size >= replicationLimits.peers) return false;
    const claimed = heldOf({
      positions: positions.slice(0, replicationLimits.positions),
      lacking: lacking.slice(0, replicationLimits.lackingBatches),
    });
    if (before !== undefined && areSame(before, claimed)) return false;
    this.#byDevice.set(device, claimed);
    this.#unwritten.add(device);
    return true;
  }

  /** Which devices have said that they hold this batch. Of two at one position, the one they name. */
  holders(batch: BatchHeader, isForked: boolean): DeviceId[] {
    const holders: DeviceId[] = [];
    const hash = toHex(batch.hash);
    for (const [device, { positions, lacking }] of this.#byDevice) {
      if (lacking.has(hash)) continue;
      if (isForked ? isAt(positions, batch) : positions.covers(batch)) holders.push(device);
    }
    return holders;
  }

  /** Writes what is new. Calls that wait share one write. */
  async write(): Promise<void> {
    await this.#writing;
    if (this.#writing !== undefined || this.#unwritten.size === 0) return this.#writing;
    this.#writing = this.#writeNow().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const devices = [...this.#unwritten];
    this.#unwritten.clear();
    try {
      await this.#index.write(devices.map((device) => ({ key: this.#keyOf(device), value: this.#valueOf(device) })));
    } catch (error) {
      for (const device of devices) this.#unwritten.add(device);
      throw error;
    }
  }

  #keyOf(device: DeviceId): Uint8Array {
    return concatBytes([this.#prefix, idBytes(device)]);
  }

  #valueOf(device: DeviceId): Uint8Array {
    const rows = this.of(device).map(({ author, incarnation, sequence, hash }) => [
      idBytes(author),
      incarnation,
      sequence,
      hash,
    ]);
    return encodeCbor([...rows, ...this.lackedBy(device)]);
  }
}

function heldOf({ positions, lacking }: Completeness): Held {
  return { positions: new AuthorPositions(positions), lacking: new Map(lacking.map((hash) => [toHex(hash), hash])) };
}

function areSame(one: Held, other: Held): boolean {
  if (one.lacking.size !== other.lacking.size || one.positions.size !== other.positions.size) return false;
  for (const hash of other.lacking.keys()) if (!one.lacking.has(hash)) return false;
  return other.positions.list().every((position) => isAt(one.positions, position));
}

function isAt(positions: AuthorPositions, batch: Pick<BatchHeader, "author" | "incarnation" | "hash">): boolean {
  const position = positions.of(batch);
  return position !== undefined && equalBytes(position.hash, batch.hash);
}

/** Undefined for a row that makes no sense: it is written anew when the device speaks next. */
function readReached(value: Uint8Array): Completeness | undefined {
  try {
    const rows = decodeCbor(value) as (unknown[] | Uint8Array)[];
    const lacking = rows.filter((row) => row instanceof Uint8Array) as Hash[];
    const positions = rows
      .filter((row) => !(row instanceof Uint8Array))
      .map((row) => {
        const [author, incarnation, sequence, hash] = row;
        if (!(author instanceof Uint8Array && hash instanceof Uint8Array))
          throw new GlowError("corrupt", "holdings.read");
        if (typeof incarnation !== "number" || typeof sequence !== "number")
          throw new GlowError("corrupt", "holdings.read");
        return { author: idText(author) as DeviceId, incarnation, sequence, hash: hash as Hash };
      });
    return { positions, lacking };
  } catch {
    return undefined;
  }
}
