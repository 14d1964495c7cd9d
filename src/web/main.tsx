// The page begins here: it takes the key of this tab, joins by the code of the link if there is one, and shows the node that
// serves it. This is the one file of the page that knows the tab is a node; all else holds a capability.

import "./app/mantine.ts";
import "./app/page.css";
import { createRoot } from "react-dom/client";
import type { Address } from "#glow";
import { TabNode } from "#node/tab/tab-node.ts";
import { browserPlatform } from "#platform/browser/platform.ts";
import { claimTabHome } from "#platform/browser/tab-home.ts";
import { App } from "./app/app.tsx";
import { browserName } from "./app/browser-name.ts";
import { askSiblings } from "./tab/sibling-tabs.ts";

const linkPattern = /^#join=([0-9a-z]+)$/i;

async function start(): Promise<void> {
  const code = linkPattern.exec(location.hash)?.[1];
  // A code is spent once: it has no business in the history, or in what the person copies from the address bar.
  if (code !== undefined) history.replaceState(null, "", "#/files");
  const root = document.querySelector("#root");
  if (root === null) throw new TypeError("the document has no root");
  const nonce = document.querySelector<HTMLMetaElement>("meta[name=style-nonce]")?.content ?? "";
  const home = await claimTabHome("glow", { fresh: code !== undefined });
  const platform = browserPlatform({ databaseName: home.databaseName });
  const door = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/mesh` as Address;
  const tab = new TabNode({ platform, door, name: browserName(navigator.userAgent), code, findCode: askSiblings });
  const watching = tab.watch(() => {
    if (tab.state.kind !== "connected") return;
    home.keep();
    watching.stop();
  });
  createRoot(root).render(<App tab={tab} nonce={nonce} />);
  addEventListener("online", () => tab.retry());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tab.retry();
  });
  await tab.start();
}

void start();
