// A process that writes to an index without end, each write a row and the count of all, and says each count on a line
// when its write has resolved. Its argument is the folder of the indexes.

import { SqliteIndexes } from "#platform/nodejs/sqlite-indexes.ts";

/** The rows of one write, as whoever looks after it must find them. */
export function rowsOf(count: number): [Uint8Array, Uint8Array][] {
  const value = new Uint8Array(100 + ((count * 7919) % 900)).fill(count);
  return [0, 1, 2, 3].map((part) => [Uint8Array.of(1, part * 31, count >>> 8, count), value]);
}

export const countKey = Uint8Array.of(0);

if (import.meta.main) {
  const index = await new SqliteIndexes(process.argv[2] as string).open("store");
  const [stored] = await index.read([countKey]);
  for (let count = stored === undefined ? 0 : new DataView(stored.slice().buffer).getUint32(0); ; ) {
    count++;
    const value = Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
    const rows = rowsOf(count).map(([key, bytes]) => ({ key, value: bytes }));
    await index.write([...rows, { key: countKey, value }]);
    process.stdout.write(`${count}\n`);
  }
}
