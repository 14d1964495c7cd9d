// A sorted list of which the first few stand in one row, together, and the others in rows of their own: what is read all
// the time is one read, and nobody can make that row grow without end.

import type { IndexView } from "../contracts.ts";
import type { KeyRange } from "./drive-keys.ts";

export interface CappedList<Item> {
  /** The first ones, in order; fewer than the cap only if there are no others. */
  items: Item[];
  /** How many others there are. */
  more: number;
}

/** How the items of one list are ordered, and where those beyond its cap lie. */
export interface FurtherRows<Item> {
  readonly cap: number;
  readonly range: KeyRange;
  compare(a: Item, b: Item): number;
  key(item: Item): Uint8Array;
  encode(item: Item): Uint8Array;
  decode(key: Uint8Array, value: Uint8Array): Item;
}

/** The item is not in the list yet. */
export function insertCapped<Item>(
  list: CappedList<Item>,
  item: Item,
  further: FurtherRows<Item>,
  view: IndexView,
): void {
  const at = list.items.findIndex((other) => further.compare(item, other) < 0);
  if (at >= 0) list.items.splice(at, 0, item);
  else if (list.more === 0) list.items.push(item);
  const last = at < 0 && list.more > 0 ? item : list.items.length > further.cap ? list.items.pop() : undefined;
  if (last === undefined) return;
  view.put(further.key(last), further.encode(last));
  list.more++;
}

/** Whether the item was in the list; what it is called by (`further.key`) is what counts. */
export async function removeCapped<Item>(
  list: CappedList<Item>,
  item: Item,
  further: FurtherRows<Item>,
  view: IndexView,
): Promise<boolean> {
  const at = list.items.findIndex((other) => further.compare(item, other) === 0);
  if (at >= 0) {
    list.items.splice(at, 1);
    if (list.more > 0) await refill(list, further, view);
    return true;
  }
  if (list.more === 0) return false;
  const key = further.key(item);
  if ((await view.get(key)) === undefined) return false;
  view.remove(key);
  list.more--;
  return true;
}

/** Up to `limit` of those beyond the cap, in order. */
export async function furtherItems<Item>(
  further: FurtherRows<Item>,
  view: Pick<IndexView, "range">,
  limit: number,
): Promise<Item[]> {
  const rows = await view.range(further.range.from, further.range.to, limit);
  return rows.map(({ key, value }) => further.decode(key, value));
}

async function refill<Item>(list: CappedList<Item>, further: FurtherRows<Item>, view: IndexView): Promise<void> {
  const [next] = await furtherItems(further, view, 1);
  if (next === undefined) return;
  view.remove(further.key(next));
  list.items.push(next);
  list.more--;
}
