// Frames of streams, for peers made of bytes.

import { op } from "#firefly/session/frame.ts";
import { EchoInterface } from "../../interfaces/generated/sample.ts";
import { call, carrying, type Mention, mention, method, varints } from "./frames.ts";

/** The first call of a script, with a stream of bytes as its argument. */
export function upload(id: number, stream: number, type: Mention = mention(0, EchoInterface)): Uint8Array {
  return call({ id, type, method: method.upload, payload: varints(0), table: [{ stream }] });
}

export function data(stream: number, bytes: number): Uint8Array {
  return carrying(op.data, stream, new Uint8Array(bytes).fill(1));
}

/** How many bytes each DATA frame carries. */
export function dataBytes(frames: readonly string[]): number[] {
  const sizes: number[] = [];
  for (const each of frames) {
    const found = /^DATA stream=\d+ payload=([0-9a-f]*)/.exec(each);
    if (found !== null) sizes.push((found[1] as string).length / 2);
  }
  return sizes;
}

/** How many bytes of credit these frames give, to whatever stream. */
export function creditBytes(frames: readonly string[]): number {
  return sum(frames.map((each) => Number(/^CREDIT stream=\d+ bytes=(\d+)/.exec(each)?.[1] ?? 0)));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
