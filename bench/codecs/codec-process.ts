// A process that measures one way of packing values.

import { isDeepStrictEqual } from "node:util";
import { answerParent } from "../harness/child.ts";
import { type FormatName, formats, type ValueCodec } from "./formats.ts";
import { type ValueName, values } from "./values.ts";

export interface CodecRequest {
  readonly format: FormatName;
  /** For each measurement, and for the warm-up before it. */
  readonly seconds: number;
}

export interface CodecWork {
  readonly encodesPerSecond: number;
  readonly decodesPerSecond: number;
  readonly bytes: number;
}

export type CodecAnswer = Readonly<Record<ValueName, CodecWork>>;

answerParent<CodecRequest>(async ({ format, seconds }) => {
  const codecs = await formats[format].load();
  const answer: CodecAnswer = {
    message: measure(codecs.message, values.message, seconds),
    entry: measure(codecs.entry, values.entry, seconds),
    listing: measure(codecs.listing, values.listing, seconds),
  };
  return answer;
});

function measure<Value>(codec: ValueCodec<Value>, value: Value, seconds: number): CodecWork {
  const bytes = codec.encode(value);
  if (!isDeepStrictEqual(codec.decode(bytes), value)) throw new Error("what was packed does not come back as it was");
  return {
    encodesPerSecond: ratePerSecond(seconds, () => codec.encode(value)),
    decodesPerSecond: ratePerSecond(seconds, () => codec.decode(bytes)),
    bytes: bytes.length,
  };
}

/** Last results, kept so that no engine can find out that nobody looks at them. */
let seen: unknown;

function ratePerSecond(seconds: number, operation: () => unknown): number {
  repeat(seconds, operation);
  return repeat(seconds, operation);
}

function repeat(seconds: number, operation: () => unknown): number {
  const startMs = performance.now();
  let count = 0;
  for (let batch = 1; ; ) {
    for (let i = 0; i < batch; i++) seen = operation();
    count += batch;
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs >= seconds * 1000) break;
    // Batches grow until looking at the clock between them costs nothing.
    if (elapsedMs < seconds * 10) batch *= 2;
  }
  if (seen === undefined) throw new Error("an operation gave nothing");
  return (count / (performance.now() - startMs)) * 1000;
}
