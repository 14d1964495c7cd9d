// What each other holder of a space has said that it holds, with all blobs. It is kept over restarts, since a version that
// is with nobody else must show as such while all others are away. In the index: what is lost with it is said again.
//
//   key     04 | id of the space (33) | id of the device (33)
//   value   CBOR array of [author (bytes), incarnation, sequence, hash]

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { AuthorPosition, BatchHeader, DeviceId, Hash, Index, SpaceId } from "#glow";
import { AuthorPositions } from "./author-positions.ts";

const section = 0x04;
const deviceBytes = 33;

export class PeerHoldings {
  readonly #index: Index;
  readonly #prefix: Uint8Array;
  readonly #byDevice: Map<DeviceId, AuthorPositions>;
  /** Those whose row is older than what is in memory. */
  readonly #unwritten = new Set<DeviceId>();
  #writing: Promise<void> | undefined;

  private constructor(index: Index, prefix: Uint8Array, byDevice: Map<DeviceId, AuthorPositions>) {
    this.#index = index;
    this.#prefix = prefix;
    this.#byDevice = byDevice;
  }

  static async open(index: Index, space: SpaceId): Promise<PeerHoldings> {
    const prefix = concatBytes([Uint8Array.of(section), idBytes(space)]);
    const byDevice = new Map<DeviceId, AuthorPositions>();
    const end = concatBytes([prefix, new Uint8Array(deviceBytes + 1).fill(0xff)]);
    for (const [key, value] of await index.range(prefix, end, replicationLimits.peers)) {
      const positions = readPositions(value);
      if (positions === undefined) continue;
      byDevice.set(idText(key.subarray(prefix.length)) as DeviceId, new AuthorPositions(positions));
    }
    return new PeerHoldings(index, prefix, byDevice);
  }

  get devices(): readonly DeviceId[] {
    return [...this.#byDevice.keys()];
  }

  of(device: DeviceId): readonly AuthorPosition[] {
    return this.#byDevice.get(device)?.list() ?? [];
  }

  /**
   * All that the device holds now: instead of what it said before, since it may have lost its disk. Whether that says
   * anything else.
   */
  claim(device: DeviceId, positions: readonly AuthorPosition[]): boolean {
    const before = this.#byDevice.get(device);
    if (before === undefined && this.#byDevice.size >= replicationLimits.peers) return false;
    const claimed = new AuthorPositions(positions.slice(0, replicationLimits.positions));
    if (before !== undefined && areSame(before, claimed)) return false;
    this.#byDevice.set(device, claimed);
    this.#unwritten.add(device);
    return true;
  }

  /** Which devices have said that they hold this batch. Of two at one position, the one they name. */
  holders(batch: BatchHeader, isForked: boolean): DeviceId[] {
    const holders: DeviceId[] = [];
    for (const [device, positions] of this.#byDevice) {
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
    return encodeCbor(rows);
  }
}

function areSame(one: AuthorPositions, other: AuthorPositions): boolean {
  return one.size === other.size && other.list().every((position) => isAt(one, position));
}

function isAt(positions: AuthorPositions, batch: Pick<BatchHeader, "author" | "incarnation" | "hash">): boolean {
  const position = positions.of(batch);
  return position !== undefined && equalBytes(position.hash, batch.hash);
}

/** Undefined for a row that makes no sense: it is written anew when the device speaks next. */
function readPositions(value: Uint8Array): AuthorPosition[] | undefined {
  try {
    return (decodeCbor(value) as unknown[][]).map((row) => {
      const [author, incarnation, sequence, hash] = row;
      if (!(author instanceof Uint8Array && hash instanceof Uint8Array))
        throw new GlowError("corrupt", "holdings.read");
      if (typeof incarnation !== "number" || typeof sequence !== "number")
        throw new GlowError("corrupt", "holdings.read");
      return { author: idText(author) as DeviceId, incarnation, sequence, hash: hash as Hash };
    });
  } catch {
    return undefined;
  }
}
