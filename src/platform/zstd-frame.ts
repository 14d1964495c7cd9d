// What all platforms take for compressed bytes: one Zstandard frame (RFC 8878, 3.1.1) and nothing around it, that says how
// much it holds and refers to no dictionary. Libraries take more than that (further frames, bytes behind the last), and not
// all the same; and what a frame announces decides how much memory they take. So it is looked at first.
//
//   frame   = magic (28 b5 2f fd) | descriptor (1) | window (1; not if a single segment) | content size (1, 2, 4 or 8)
//             | blocks, each a head (3 bytes: last, type, size) and its bytes
//
// A checksum behind the blocks is refused too: what is compressed here is under a hash already, and libraries differ in
// whether they look.

import { GlowError } from "#base/errors.ts";
import { compressionLimits } from "#base/limits.ts";

export type BlockType = "raw" | "repeated" | "compressed";

export interface FrameBlock {
  readonly type: BlockType;
  /** Its bytes in the frame; a repeated byte is one. */
  readonly from: number;
  readonly to: number;
  /** What a raw or repeated block gives; undefined for a compressed one. */
  readonly sizeBytes: number | undefined;
}

/** What one block may give at most (RFC 8878, 3.1.1.2.4). */
export const mostBlockBytes = 128 * 1024;

const magic = [0x28, 0xb5, 0x2f, 0xfd] as const;
/** By the descriptor's upper two bits. A single segment has one byte where others have none. */
const sizeFieldBytes = [0, 2, 4, 8] as const;
const blockTypes = ["raw", "repeated", "compressed"] as const;

/** The blocks of a frame that holds `sizeBytes`, as far as can be told without decompressing. `corrupt` for all else. */
export function frameBlocks(frame: Uint8Array, sizeBytes: number): FrameBlock[] {
  const { blocksAt, blockBytes } = frameHeader(frame, sizeBytes);
  const mostBlocks = compressionLimits.smallBlocks + sizeBytes / compressionLimits.leastBlockBytes;
  const blocks: FrameBlock[] = [];
  let plainBytes = 0;
  let at = blocksAt;
  for (let last = false; !last; ) {
    const head = littleEndian(frame, at, 3);
    last = (head & 1) === 1;
    const type = blockTypes[(head >> 1) & 3];
    const size = head >> 3;
    if (type === undefined || size > blockBytes) throw notAFrame("a block is none");
    const from = at + 3;
    at = from + (type === "repeated" ? 1 : size);
    plainBytes += type === "compressed" ? 0 : size;
    if (at > frame.length || plainBytes > sizeBytes) throw notAFrame("its blocks are longer than it is");
    if (blocks.length >= mostBlocks) throw notAFrame("it has too many blocks");
    blocks.push({ type, from, to: at, sizeBytes: type === "compressed" ? undefined : size });
  }
  if (at !== frame.length) throw notAFrame("something follows");
  return blocks;
}

function frameHeader(frame: Uint8Array, sizeBytes: number): { blocksAt: number; blockBytes: number } {
  if (magic.some((byte, at) => frame[at] !== byte)) throw notAFrame("it begins otherwise");
  const descriptor = littleEndian(frame, 4, 1);
  const singleSegment = (descriptor & 0x20) !== 0;
  // Dictionary (2 bits), checksum, and the reserved bit.
  if ((descriptor & 0x0f) !== 0) throw notAFrame("it needs a dictionary or has a checksum");
  const sizeAt = singleSegment ? 5 : 6;
  const fieldBytes = sizeFieldBytes[(descriptor >> 6) as 0 | 1 | 2 | 3] || (singleSegment ? 1 : 0);
  if (fieldBytes === 0) throw notAFrame("it does not say how much it holds");
  const heldBytes = littleEndian(frame, sizeAt, fieldBytes) + (fieldBytes === 2 ? 256 : 0);
  if (heldBytes !== sizeBytes) throw notAFrame(`it says that it holds ${heldBytes} bytes`);
  const windowBytes = singleSegment ? heldBytes : windowOf(littleEndian(frame, 5, 1));
  if (windowBytes > compressionLimits.windowBytes) throw notAFrame("its window is too large");
  return { blocksAt: sizeAt + fieldBytes, blockBytes: Math.min(windowBytes, mostBlockBytes) };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Up to 8 bytes as a number, which above 2^53 is no longer exact: no size that is expected is so large. */
function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw notAFrame("it is cut short");
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

export function notAFrame(reason: string): GlowError {
  const message = `these bytes were not compressed as they should have been: ${reason}`;
  return new GlowError("corrupt", "compression.decompress", { message });
}
