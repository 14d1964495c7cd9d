// Gives each tab a database of its own, and so a key of its own: one that the tab finds again when it is reloaded, and
// that no other tab ever has, also not a duplicate of it.
//
// The slot's name lies in sessionStorage, which lives as long as the tab; but duplicating a tab copies it. So a slot is
// claimed, for as long as the page lives:
//
//   - with a Web Lock of its name, where there are locks (secure contexts). The browser frees it when the page is gone.
//     A reloaded page may find its own predecessor still holding it, on a busy machine for seconds, and so waits. A page
//     that lives says on a BroadcastChannel that it does, and is not waited for.
//   - over plain HTTP by asking on a BroadcastChannel, and by a mark in localStorage which the page removes when it
//     goes. A holder that is frozen does not answer, but its mark is there; that of a page that crashed is too, so such
//     a tab gets a new slot. A key that is lost is certified anew; one that two tabs share would be a fork.
//
// A slot that is taken means a new one. Nothing removes the databases of tabs that are gone: that needs to know them all.

export interface TabSlot {
  readonly databaseName: string;
  /** Lets another page have the slot: for a page that no longer uses its database. */
  release(): void;
}

/** The parts of a page that are needed; `window` is one. */
export interface SlotPage {
  readonly sessionStorage: Storage;
  readonly localStorage: Storage;
  readonly navigator: { readonly locks?: LockManager };
  readonly crypto: Pick<Crypto, "getRandomValues">;
  readonly BroadcastChannel: typeof BroadcastChannel;
  readonly AbortController: typeof AbortController;
  readonly location: Pick<Location, "reload">;
  setTimeout(task: () => void, delayMs: number): number;
  addEventListener(type: "pagehide" | "pageshow", listener: (event: PageTransitionEvent) => void): void;
}

/** Where there are no locks: how long others have to say that they hold a slot. */
const waitMs = 500;
/** How long a lock is waited for whose holder says nothing. */
const leavingMs = 10_000;
const storageKey = "glow-tab-slot";
const channelName = "glow-tab-slots";

/** This tab's slot: the one it had before, unless another page has it now. */
export async function claimTabSlot(prefix: string, page: SlotPage = window): Promise<TabSlot> {
  const { locks } = page.navigator;
  const claim = (name: string) => (locks === undefined ? claimByAsking(page, name) : claimByLock(page, locks, name));
  for (let name = stored(page) ?? newName(page); ; name = newName(page)) {
    const databaseName = `${prefix}-${name}`;
    const release = await claim(databaseName);
    if (release === undefined) continue;
    store(page, name);
    // A page that comes back from the browser's cache may have lost its slot meanwhile.
    page.addEventListener("pageshow", ({ persisted }) => {
      if (persisted) page.location.reload();
    });
    return { databaseName, release };
  }
}

interface SlotMessage {
  readonly type: "who" | "mine";
  readonly name: string;
  readonly page: string;
}

/** How to give the slot back; undefined if somebody else has it. */
function claimByLock(page: SlotPage, locks: LockManager, name: string): Promise<(() => void) | undefined> {
  const { channel, say } = openChannel(page, name);
  const giveUp = new page.AbortController();
  let held = false;
  channel.onmessage = ({ data }: MessageEvent<SlotMessage>) => {
    if (data.name !== name) return;
    if (!held && data.type === "mine") giveUp.abort();
    if (held && data.type === "who") say("mine");
  };
  say("who");
  page.setTimeout(() => giveUp.abort(), leavingMs);
  return new Promise((resolve, reject) => {
    const request = locks.request(`glow tab ${name}`, { signal: giveUp.signal }, () => {
      held = true;
      // To those who asked when nobody had it yet.
      say("mine");
      return new Promise<void>((free) => {
        resolve(() => {
          channel.close();
          free();
        });
      });
    });
    request.catch((error: unknown) => {
      channel.close();
      if (giveUp.signal.aborted) resolve(undefined);
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function claimByAsking(page: SlotPage, name: string): Promise<(() => void) | undefined> {
  const mark = `${storageKey} ${name}`;
  if (read(page.localStorage, mark) !== null) return undefined;
  const { self, channel, say } = openChannel(page, name);
  let taken = false;
  let held = false;
  channel.onmessage = ({ data }: MessageEvent<SlotMessage>) => {
    if (data.name !== name || data.page === self) return;
    // Of two who ask at once, one has the lesser name.
    if (data.type === "mine" || data.page < self) taken ||= !held;
    if (data.type === "who" && (held || self < data.page)) say("mine");
  };
  const { localStorage } = page;
  write(localStorage, mark, self);
  say("who");
  await new Promise<void>((resolve) => void page.setTimeout(resolve, waitMs));
  if (taken) {
    channel.close();
    return undefined;
  }
  held = true;
  write(localStorage, mark, self);
  const release = () => {
    channel.close();
    if (read(localStorage, mark) === self) remove(localStorage, mark);
  };
  page.addEventListener("pagehide", release);
  return release;
}

/** A page does not hear itself. */
function openChannel(page: SlotPage, name: string) {
  const self = newName(page);
  const channel = new page.BroadcastChannel(channelName);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target but its origin
  const say = (type: SlotMessage["type"]) => channel.postMessage({ type, name, page: self } satisfies SlotMessage);
  return { self, channel, say };
}

function newName({ crypto }: SlotPage): string {
  return crypto.getRandomValues(new Uint8Array(12)).toHex();
}

function stored({ sessionStorage }: SlotPage): string | undefined {
  const name = read(sessionStorage, storageKey);
  return name !== null && /^[0-9a-f]{24}$/.test(name) ? name : undefined;
}

function store({ sessionStorage }: SlotPage, name: string): void {
  write(sessionStorage, storageKey, name);
}

// Where a browser denies storage, a tab has a slot until it is reloaded.

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // As above.
  }
}

function remove(storage: Storage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {
    // As above.
  }
}
