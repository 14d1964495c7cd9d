// Slots of tabs, with frames for tabs: frames of one tab share its sessionStorage, so a second one finds what a duplicate
// of the tab would find, and has locks and channels of its own.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDeviceKey } from "#identity/device-key.ts";
import { browserPlatform } from "./platform.ts";
import { claimTabSlot, type SlotPage, type TabSlot } from "./tab-slot.ts";

const frames: HTMLIFrameElement[] = [];

beforeEach(() => sessionStorage.clear());

afterEach(() => {
  for (const frame of frames.splice(0)) frame.remove();
  localStorage.clear();
});

type Page = SlotPage & { readonly frame: HTMLIFrameElement };

/** A page of this tab; without `locks`, as over plain HTTP. */
function newPage(locks: boolean): Page {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  frames.push(frame);
  const page = frame.contentWindow as Window & typeof globalThis;
  return {
    frame,
    sessionStorage: page.sessionStorage,
    localStorage: page.localStorage,
    navigator: locks ? page.navigator : {},
    crypto: page.crypto,
    BroadcastChannel: page.BroadcastChannel,
    AbortController: page.AbortController,
    location: page.location,
    setTimeout: (task, delayMs) => window.setTimeout(task, delayMs),
    addEventListener: (type: "pagehide" | "pageshow", listener: (event: PageTransitionEvent) => void) =>
      page.addEventListener(type, listener),
  };
}

/** As when a tab is closed or reloaded. */
function leave(page: Page): void {
  page.frame.contentWindow?.dispatchEvent(new PageTransitionEvent("pagehide"));
  page.frame.remove();
}

for (const locks of [true, false]) {
  describe(locks ? "with Web Locks" : "over plain HTTP", () => {
    test("a reloaded tab finds its slot again", async () => {
      const before = newPage(locks);
      const { databaseName } = await claimTabSlot("glow", before);
      leave(before);
      expect((await claimTabSlot("glow", newPage(locks))).databaseName).toBe(databaseName);
    });

    test("a duplicate gets a slot of its own, and keeps it", async () => {
      const original = await claimTabSlot("glow", newPage(locks));
      const copied = sessionStorage.getItem("glow-tab-slot") as string;
      const page = newPage(locks);
      const duplicate = await claimTabSlot("glow", page);
      expect(duplicate.databaseName).not.toBe(original.databaseName);
      expect(sessionStorage.getItem("glow-tab-slot")).not.toBe(copied);
      leave(page);
      expect((await claimTabSlot("glow", newPage(locks))).databaseName).toBe(duplicate.databaseName);
    });

    test("of pages that find one name at the same time, as when tabs are restored, one has it", async () => {
      sessionStorage.setItem("glow-tab-slot", "0123456789abcdef01234567");
      const slots = await Promise.all([1, 2, 3].map(() => claimTabSlot("glow", newPage(locks))));
      expect(new Set(slots.map(({ databaseName }) => databaseName)).size).toBe(3);
    });

    test("a slot that is released is free at once", async () => {
      const slot = await claimTabSlot("glow", newPage(locks));
      slot.release();
      expect((await claimTabSlot("glow", newPage(locks))).databaseName).toBe(slot.databaseName);
    });

    test("a name that makes no sense is replaced", async () => {
      sessionStorage.setItem("glow-tab-slot", "../other");
      const { databaseName } = await claimTabSlot("glow", newPage(locks));
      expect(databaseName).toMatch(/^glow-[0-9a-f]{24}$/);
    });
  });
}

describe("a page that was reloaded, whose predecessor holds the lock still and says nothing", () => {
  const databaseName = "glow-0123456789abcdef01234567";
  let gone: () => void;
  let tasks: { readonly task: () => void; readonly delayMs: number }[];

  /** Its time goes by as the test wants. */
  async function reloaded(): Promise<{ readonly claiming: Promise<TabSlot> }> {
    sessionStorage.setItem("glow-tab-slot", databaseName.slice("glow-".length));
    await new Promise<void>((held) => {
      void navigator.locks.request(`glow tab ${databaseName}`, () => {
        held();
        return new Promise<void>((free) => void (gone = free));
      });
    });
    tasks = [];
    const page = { ...newPage(true), setTimeout: (task: () => void, delayMs: number) => tasks.push({ task, delayMs }) };
    const claiming = claimTabSlot("glow", page);
    await expect.poll(async () => (await navigator.locks.query()).pending?.length).toBe(1);
    return { claiming };
  }

  test("waits until that is gone, if it takes seconds", async () => {
    const { claiming } = await reloaded();
    for (const { task, delayMs } of tasks) if (delayMs <= 5000) task();
    gone();
    expect((await claiming).databaseName).toBe(databaseName);
  });

  test("has a new slot if it never goes", async () => {
    const { claiming } = await reloaded();
    for (const { task } of tasks) task();
    expect((await claiming).databaseName).not.toBe(databaseName);
    gone();
  });
});

test("over plain HTTP a holder that is frozen keeps its slot, as does one that crashed", async () => {
  // No pagehide, and nobody who answers.
  const page = { ...newPage(false), addEventListener: () => undefined };
  const { databaseName } = await claimTabSlot("glow", page);
  page.frame.remove();
  expect((await claimTabSlot("glow", newPage(false))).databaseName).not.toBe(databaseName);
});

test("a tab has the same key after a reload, also when it starts twice at once, and a duplicate has another", async () => {
  const keyOf = ({ databaseName }: TabSlot) => openDeviceKey(browserPlatform({ databaseName }));
  const before = newPage(true);
  const slot = await claimTabSlot("glow", before);
  const [one, two] = await Promise.all([keyOf(slot), keyOf(slot)]);
  expect(one.id).toBe(two.id);
  leave(before);
  const reloaded = await claimTabSlot("glow", newPage(true));
  expect((await keyOf(reloaded)).id).toBe(one.id);
  const duplicate = await claimTabSlot("glow", newPage(true));
  expect((await keyOf(duplicate)).id).not.toBe(one.id);
  for (const { databaseName } of [slot, duplicate]) indexedDB.deleteDatabase(databaseName);
});

test("where storage is denied, every page has a slot of its own", async () => {
  const denied = new Proxy(localStorage, {
    get() {
      throw new DOMException("denied", "SecurityError");
    },
  });
  const page = { ...newPage(false), sessionStorage: denied, localStorage: denied };
  const slots = [await claimTabSlot("glow", page), await claimTabSlot("glow", page)];
  expect(new Set(slots.map(({ databaseName }) => databaseName)).size).toBe(2);
});
