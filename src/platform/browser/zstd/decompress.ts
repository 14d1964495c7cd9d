// Zstandard (RFC 8878) in plain JavaScript, for what `frameBlocks` lets pass: one frame of a known size. Memory and work are
// bounded by that size whatever the frame says, which no library at hand does (docs/storage.md).

import { type FrameBlock, frameBlocks, mostBlockBytes, notAFrame } from "../../zstd-frame.ts";
import type { HuffmanTable } from "./huffman-table.ts";
import { readLiterals } from "./literals.ts";
import { type Output, runSequences, SequenceState } from "./sequences.ts";

/** What the frame holds, which must be just `sizeBytes`; `corrupt` for all else. */
export function decompressFrame(frame: Uint8Array, sizeBytes: number): Uint8Array {
  const blocks = frameBlocks(frame, sizeBytes);
  const output: Output = { bytes: new Uint8Array(sizeBytes), at: 0 };
  const sequences = new SequenceState();
  let codes: HuffmanTable | undefined;
  for (const block of blocks) {
    if (block.type !== "compressed") append(frame, block, output);
    else codes = decompressBlock(frame.subarray(block.from, block.to), codes, sequences, output);
  }
  if (output.at !== sizeBytes) throw notAFrame("it holds less than it says");
  return output.bytes;
}

function append(frame: Uint8Array, { type, from, to, sizeBytes = 0 }: FrameBlock, output: Output): void {
  const { bytes, at } = output;
  if (at + sizeBytes > bytes.length) throw notAFrame("it holds more than it says");
  if (type === "raw") bytes.set(frame.subarray(from, to), at);
  else bytes.fill(frame[from] as number, at, at + sizeBytes);
  output.at = at + sizeBytes;
}

function decompressBlock(
  block: Uint8Array,
  codesBefore: HuffmanTable | undefined,
  sequences: SequenceState,
  output: Output,
): HuffmanTable | undefined {
  const literals = readLiterals(block, codesBefore);
  const most = Math.min(output.bytes.length, output.at + mostBlockBytes);
  runSequences(block, literals.end, literals.bytes, sequences, output, most);
  return literals.codes;
}
