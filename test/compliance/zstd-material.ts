// What the frames of test/vectors/zstd-frames.json hold, made anew from a kind and a length; and frames made by hand, of
// which no compressor would think.

import { concatBytes } from "#base/bytes.ts";
import { patterned } from "./subject.ts";

export type PlainKind = "noise" | "zeros" | "prose" | "letters" | "ticks" | "records" | "mixed";

const words = "every device holds a part of what its owner wrote, and knows where the rest of it is kept. ".split(" ");

export function plainOf(kind: PlainKind, length: number): Uint8Array<ArrayBuffer> {
  switch (kind) {
    case "noise":
      return patterned(1, length);
    case "zeros":
      return new Uint8Array(length);
    case "prose":
      return prose(length);
    case "letters":
      // Some bytes more often than others: codes, and hardly a match.
      return patterned(5, length).map((byte) => 97 + Math.clz32(byte << 24) + (byte & 3));
    case "ticks":
      // Matches of one length at one distance.
      return patterned(6, length).map((byte, at) => (at % 8 < 2 ? byte : 11 * (at % 8)));
    case "records":
      // A counter and some noise, over and over: short matches at one distance.
      return Uint8Array.from(patterned(3, length), (byte, at) =>
        at % 16 < 3 ? (at >> (4 + 8 * (at % 16))) & 255 : at % 16 < 12 ? 7 : byte,
      );
    case "mixed":
      return concatBytes([
        prose(length >> 1),
        patterned(2, length >> 2),
        new Uint8Array(length - (length >> 1) - (length >> 2)),
      ]);
  }
}

function prose(length: number): Uint8Array<ArrayBuffer> {
  const chosen = patterned(4, length);
  const text = new Uint8Array(length);
  for (let at = 0, word = 0; at < length; word++) {
    const letters = `${words[(chosen[word] as number) % words.length]} `;
    for (let i = 0; i < letters.length && at < length; i++) text[at++] = letters.charCodeAt(i);
  }
  return text;
}

const magic = [0x28, 0xb5, 0x2f, 0xfd];

/** A frame of one segment that says that it holds `sizeBytes`. */
export function frameOf(sizeBytes: number, ...blocks: readonly (readonly number[])[]): Uint8Array {
  const size = [0, 8, 16, 24].map((shift) => (sizeBytes >>> shift) & 255);
  return Uint8Array.from([...magic, 0xa0, ...size, ...blocks.flat()]);
}

const blockTypes = { raw: 0, repeated: 1, compressed: 2, reserved: 3 } as const;

/** `size` is what its head says: of a repeated byte, how often. */
export function blockOf(
  type: keyof typeof blockTypes,
  last: boolean,
  content: readonly number[],
  size = content.length,
): number[] {
  const head = (size << 3) | (blockTypes[type] << 1) | (last ? 1 : 0);
  return [head & 255, (head >> 8) & 255, (head >> 16) & 255, ...content];
}

/** One literal, and then sequences that each repeat 64 KiB of it, in a stream of no bits at all. */
export function sequenceBomb(count: number): number[] {
  const literals = [1 << 3, 0x41];
  const said = count - 0x7f00;
  const everyTableOneCode = 0x54;
  return [...literals, 255, said & 255, said >> 8, everyTableOneCode, 0, 0, 52, 1];
}
