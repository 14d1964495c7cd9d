// What is cut and sealed: noise, and text as people have it, which is this project's own sources.

import { randomFillSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export type Material = "noise" | "text";

/** `bytes` of it. */
export function material(kind: Material, bytes: number): Uint8Array<ArrayBuffer> {
  return kind === "noise" ? noise(bytes) : text(bytes);
}

function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const filled = new Uint8Array(bytes);
  // The system gives no more than 2 GiB at once.
  const step = 2 ** 30;
  for (let from = 0; from < bytes; from += step) randomFillSync(filled, from, Math.min(step, bytes - from));
  return filled;
}

/** Each copy of the sources begins with its number, so that no two chunks are alike. */
function text(bytes: number): Uint8Array<ArrayBuffer> {
  const root = resolve(import.meta.dirname, "../../src");
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const sources = paths.sort().map((path) => readFileSync(join(root, path)));
  const filled = new Uint8Array(bytes);
  let at = 0;
  for (let copy = 0; at < bytes; copy++) {
    for (const source of sources) {
      const part = Buffer.concat([Buffer.from(`// copy ${copy}\n`), source]).subarray(0, bytes - at);
      filled.set(part, at);
      at += part.length;
    }
  }
  return filled;
}
