// A page that is a node: what a tab of Glow is, without a desktop. A test that loads it in a frame finds `startTab` at its
// window.

import { MemberNode } from "#node/member-node.ts";
import { browserPlatform } from "#platform/browser/platform.ts";
import { claimTabSlot } from "#platform/browser/tab-slot.ts";

export interface TabPage {
  startTab(): Promise<MemberNode>;
}

async function startTab(): Promise<MemberNode> {
  const { databaseName } = await claimTabSlot("glow-test-tab");
  return MemberNode.start(browserPlatform({ databaseName }), { name: "tab", tab: true });
}

Object.assign(window, { startTab } satisfies TabPage);
