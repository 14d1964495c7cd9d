// Which slot (tab-slot.ts) a tab takes: its own, when it is reloaded; one that an earlier tab left, so that closing the page and
// opening it again is the same node; or a new one.

import { claimTabSlot, type SlotPage, type TabSlot } from "./tab-slot.ts";

/** Where claimTabSlot looks first. */
const slotKey = "glow-tab-slot";
const homesKey = "glow-tab-homes";
/** Slots that are remembered; past it the oldest is forgotten. */
const mostHomes = 16;

export interface TabHomeOptions {
  /** A new slot, whatever there is. */
  readonly fresh?: boolean;
  /** Whether the slot is to be found again by later tabs: after it was told so with `keep`. */
  readonly page?: SlotPage;
}

export interface TabHome extends TabSlot {
  /** Later tabs may take it when this one is gone. */
  keep(): void;
}

export async function claimTabHome(prefix: string, options: TabHomeOptions = {}): Promise<TabHome> {
  const page = options.page ?? window;
  const { sessionStorage, localStorage } = page;
  if (options.fresh === true) sessionStorage.removeItem(slotKey);
  else if (sessionStorage.getItem(slotKey) === null) {
    const left = await freeHome(prefix, page);
    if (left !== undefined) sessionStorage.setItem(slotKey, left);
  }
  const slot = await claimTabSlot(prefix, page);
  return {
    ...slot,
    keep: () => {
      const name = slot.databaseName.slice(prefix.length + 1);
      const others = homes(localStorage).filter((each) => each !== name);
      localStorage.setItem(homesKey, JSON.stringify([...others, name].slice(-mostHomes)));
    },
  };
}

/** The last one that nobody holds; over plain HTTP nobody can tell. */
async function freeHome(prefix: string, { navigator, localStorage }: SlotPage): Promise<string | undefined> {
  if (navigator.locks === undefined) return undefined;
  const { held = [] } = await navigator.locks.query();
  const taken = new Set(held.map(({ name }) => name));
  return homes(localStorage).findLast((name) => !taken.has(`glow tab ${prefix}-${name}`));
}

function homes(storage: Storage): string[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(homesKey) ?? "[]");
    return Array.isArray(value) ? value.filter((name) => typeof name === "string" && /^[0-9a-f]{24}$/.test(name)) : [];
  } catch {
    return [];
  }
}
