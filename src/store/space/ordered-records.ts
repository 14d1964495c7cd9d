// All batches held, in the order of their stamps, in which parents come first, or the other way round; page by page, as
// they are written in the index.

import { spaceLimits } from "#base/limits.ts";
import type { IndexRow } from "#glow";
import { type BatchRecord, decodeRecord } from "./batch-record.ts";
import type { IndexSection } from "./index-section.ts";
import { endOf, hashKey, lastHash, rowKey, rowsWith } from "./space-rows.ts";

export async function* risingRecords(
  section: IndexSection,
  from: Uint8Array = rowKey("s"),
): AsyncGenerator<BatchRecord[]> {
  for await (const rows of rowsWith(section, rowKey("s"), spaceLimits.pageRows, from))
    yield await recordsOf(section, rows);
}

export async function* fallingRecords(section: IndexSection): AsyncGenerator<BatchRecord[]> {
  let end = endOf(rowKey("s"));
  for (;;) {
    const rows = await section.rangeBackwards(rowKey("s"), end, spaceLimits.pageRows);
    yield await recordsOf(section, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < spaceLimits.pageRows) return;
    end = last.key.slice();
  }
}

async function recordsOf(section: IndexSection, rows: readonly IndexRow[]): Promise<BatchRecord[]> {
  const hashes = rows.map(({ key }) => lastHash(key));
  const values = await section.getMany(hashes.map((hash) => hashKey("b", hash)));
  return hashes.flatMap((hash, i) => {
    const value = values[i];
    return value === undefined ? [] : [decodeRecord(hash, value)];
  });
}
