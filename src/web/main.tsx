// The page begins here: it takes the key of this tab, joins by the code of the link if there is one, and shows the node that
// serves it; or it is a guest's. This is the one file of the page that knows what the tab is; all else holds a capability.

import "./app/mantine.ts";
import "./app/page.css";
import { createRoot } from "react-dom/client";
import type { Address } from "#glow";
import { TabNode } from "#node/tab/tab-node.ts";
import { BrowserClock } from "#platform/browser/clock.ts";
import { BrowserNetwork } from "#platform/browser/network.ts";
import { browserPlatform } from "#platform/browser/platform.ts";
import { claimTabHome } from "#platform/browser/tab-home.ts";
import { BrowserTimers } from "#platform/browser/timers.ts";
import { App } from "./app/app.tsx";
import { browserName } from "./app/browser-name.ts";
import { GuestTab } from "./tab/guest-tab.ts";
import { keepShell } from "./tab/shell-keeper.ts";
import { askSiblings } from "./tab/sibling-tabs.ts";

const joinPattern = /^#join=([0-9a-z]+)$/i;
const guestPattern = /^#guest=([0-9a-f]+)$/i;

async function start(): Promise<void> {
  const root = document.querySelector("#root");
  if (root === null) throw new TypeError("the document has no root");
  const isGuest = metaOf("glow-site") === "guest";
  const secret = (isGuest ? guestPattern : joinPattern).exec(location.hash)?.[1];
  // It is spent once: it has no business in the history, or in what the person copies from the address bar.
  if (secret !== undefined) history.replaceState(null, "", "#/files");
  const tab = isGuest ? guestTab(secret) : await nodeTab(secret);
  createRoot(root).render(<App tab={tab} nonce={metaOf("style-nonce")} />);
  // A link that is opened where the page is open already changes the fragment alone.
  addEventListener("hashchange", () => {
    if ((isGuest ? guestPattern : joinPattern).test(location.hash)) location.reload();
  });
  addEventListener("online", () => tab.retry());
  // What a guest is let see is over when its time is; nothing of it stays in his browser.
  if (!isGuest) void keepShell();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tab.retry();
  });
  await tab.start();
}

function guestTab(token: string | undefined): GuestTab {
  const timers = new BrowserTimers();
  const platform = { clock: new BrowserClock(), timers, network: new BrowserNetwork(timers) };
  const name = browserName(navigator.userAgent);
  return new GuestTab({ platform, door: doorAt("/guest"), name, token, storage: localStorage });
}

async function nodeTab(code: string | undefined): Promise<TabNode> {
  const home = await claimTabHome("glow", { fresh: code !== undefined });
  const platform = browserPlatform({ databaseName: home.databaseName });
  const name = browserName(navigator.userAgent);
  const tab = new TabNode({ platform, door: doorAt("/mesh"), name, code, findCode: askSiblings });
  const watching = tab.watch(() => {
    if (tab.state.kind !== "connected") return;
    home.keep();
    watching.stop();
  });
  return tab;
}

function doorAt(path: string): Address {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}` as Address;
}

function metaOf(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";
}

void start();
