// Reads rows that may be many, some at a time.

import type { IndexRow } from "../contracts.ts";
import { afterKey, type KeyRange, type RowReader } from "./drive-keys.ts";

/** No page is empty. Rows may be changed meanwhile: those behind the page are met as they are when their turn comes. */
export async function* pagesOf(
  { from, to }: KeyRange,
  reader: Pick<RowReader, "range">,
  rowsPerRead: number,
): AsyncGenerator<readonly IndexRow[]> {
  for (let next = from; ; ) {
    const rows = await reader.range(next, to, rowsPerRead);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < rowsPerRead) return;
    next = afterKey(last.key);
  }
}
