// Interfaces are named on the wire by small numbers. Each side counts its own: the first mention of an interface
// carries the hash, later ones the number only.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Interface } from "../codec/interface.ts";
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { violation } from "./export-table.ts";
import { interfaceHashBytes } from "./frame.ts";

export class OutgoingInterfaceNames {
  readonly #numbers = new Map<string, number>();
  readonly #hashes: string[] = [];

  get size(): number {
    return this.#hashes.length;
  }

  write(writer: Writer, type: Interface): void {
    const known = this.#numbers.get(type.hash);
    if (known !== undefined) {
      writer.varint(known);
      return;
    }
    const number = this.#hashes.length;
    if (number >= fireflyLimits.binds) {
      throw new GlowError("exhausted", "value.encode", {
        target: type.name,
        message: `a session names at most ${fireflyLimits.binds} interfaces; use another session for others`,
      });
    }
    this.#numbers.set(type.hash, number);
    this.#hashes.push(type.hash);
    writer.varint(number);
    writer.raw(Uint8Array.fromHex(type.hash));
  }

  /** Takes back names given in a frame that was not sent. */
  truncate(size: number): void {
    while (this.#hashes.length > size) this.#numbers.delete(this.#hashes.pop() as string);
  }
}

export class IncomingInterfaceNames {
  readonly #hashes: string[] = [];

  /** The hash that the next name stands for, as hexadecimal text. `protocol` for a number not given yet. */
  read(reader: Reader): string {
    const number = reader.u32();
    const known = this.#hashes[number];
    if (known !== undefined) return known;
    if (number !== this.#hashes.length)
      throw violation(`interface number ${number} comes before ${this.#hashes.length}`);
    if (number >= fireflyLimits.binds) throw violation(`it names more than ${fireflyLimits.binds} interfaces`);
    const hash = reader.raw(interfaceHashBytes).toHex();
    this.#hashes.push(hash);
    return hash;
  }
}
