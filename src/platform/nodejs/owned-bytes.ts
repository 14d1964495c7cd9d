// What Node returns in Buffers, as core code may have it.

/**
 * Bytes without the Buffer around them, which would behave differently (its `slice` makes views); copied only if
 * they lie in memory shared with others, such as Buffer's pool, where they would be seen and kept alive by accident.
 */
export function owned(bytes: Buffer): Uint8Array {
  if (bytes.length !== bytes.buffer.byteLength) return Uint8Array.from(bytes);
  return new Uint8Array(bytes.buffer);
}
