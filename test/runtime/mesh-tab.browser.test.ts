// A tab as a node of the mesh: linked to two daemons that have no other way to each other, it forwards between them. The
// tabs are frames with pages of their own, so that they can be reloaded, and closed without a word.

import { afterEach, expect, inject, test } from "vitest";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address, NodeId } from "#glow";
import type { MemberNode } from "#node/member-node.ts";
import { browserPlatform } from "#platform/browser/platform.ts";
import { DaemonPairStub, type Member } from "../interfaces/generated/daemon-pair.ts";
import type {} from "./browser-addresses.ts";
import type { TabPage } from "./tab-page.ts";

const { daemons } = inject("browserAddresses");
const platform = browserPlatform({ databaseName: "mesh-tab" });
const halfAnHourMs = 1_800_000;
const MiB = 1024 * 1024;

const open: (FireflySession | DaemonPairStub | HTMLIFrameElement)[] = [];

afterEach(() => {
  for (const each of open.splice(0)) {
    if (each instanceof HTMLIFrameElement) each.remove();
    else each[Symbol.dispose]();
  }
  sessionStorage.clear();
});

interface Tab {
  readonly node: MemberNode;
  /** As a person does. */
  close(): void;
}

async function openTab(): Promise<Tab> {
  const frame = document.createElement("iframe");
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  frame.srcdoc = `<script type="module" src="${new URL("./tab-page.ts", import.meta.url)}"></script>`;
  document.body.append(frame);
  open.push(frame);
  await loaded;
  const node = await (frame.contentWindow as Window & TabPage).startTab();
  return { node, close: () => frame.remove() };
}

async function startDaemons(): Promise<DaemonPairStub> {
  const session = new FireflySession(await platform.network.dial(daemons), platform);
  const pair = session.root(DaemonPairStub);
  open.push(pair, session);
  return pair;
}

function keepLinks(node: MemberNode, members: readonly Member[]): void {
  for (const { id, address } of members) node.mesh.keep(id as NodeId, [address as Address]);
}

/** Two daemons, and a tab between them, which has joined the user by an invitation of the first. */
async function startLine(): Promise<{ pair: DaemonPairStub; tab: Tab; members: readonly Member[] }> {
  const pair = await startDaemons();
  const members = await pair.members();
  const tab = await openTab();
  await tab.node.join(await pair.invite());
  keepLinks(tab.node, members);
  await pair.untilApart(2);
  return { pair, tab, members };
}

test("a tab that has joined forwards between two daemons that have no other connection", async () => {
  const { pair, tab } = await startLine();
  const [device] = [...tab.node.user.devices.values()].filter(({ node }) => node === tab.node.id);
  expect(device?.role).toBe("tab");
  expect(await pair.untilRelay(tab.node.id)).toEqual([
    { tab: true, relay: true },
    { tab: true, relay: true },
  ]);
  for (const { next, costMs } of await pair.untilApart(2)) {
    expect(next).toBe(tab.node.id);
    expect(costMs).toBeGreaterThan(halfAnHourMs);
  }
  for (const { sent, received, receivedBytes } of await pair.exchange(4n * BigInt(MiB))) {
    expect(receivedBytes).toBe(4n * BigInt(MiB));
    expect(received).toBe(sent);
  }
  expect(await pair.count(200)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect(tab.node.mesh.router.counts.relayedBytes).toBeGreaterThan(8 * MiB);
});

test("traffic leaves the tab as soon as the daemons have a link of their own, and nothing is lost", async () => {
  const { pair, tab, members } = await startLine();
  const sizeBytes = 24n * BigInt(MiB);
  for (const { sent, received, receivedBytes } of await pair.exchange(sizeBytes, BigInt(MiB))) {
    expect(receivedBytes).toBe(sizeBytes);
    expect(received).toBe(sent);
  }
  const routes = await pair.untilApart(1);
  expect(routes.map(({ next }) => next)).toEqual(members.map(({ id }) => id).toReversed());
  const { relayedBytes } = tab.node.mesh.router.counts;
  expect(relayedBytes).toBeGreaterThan(MiB);
  expect(relayedBytes).toBeLessThan(2 * Number(sizeBytes));
  await pair.exchange(BigInt(MiB));
  expect(tab.node.mesh.router.counts.relayedBytes).toBe(relayedBytes);
});

test("a reloaded tab is the same node of the same user, and takes up its work", async () => {
  const { pair, tab, members } = await startLine();
  const { id, user } = tab.node;
  tab.close();
  const again = await openTab();
  expect(again.node.id).toBe(id);
  expect(again.node.user.user).toBe(user.user);
  expect([...again.node.user.devices.keys()]).toEqual([...user.devices.keys()]);
  keepLinks(again.node, members);
  for (const { sent, received } of await pair.exchange(BigInt(MiB))) expect(received).toBe(sent);
  expect(again.node.mesh.router.counts.relayedBytes).toBeGreaterThan(2 * MiB);
});

test("a second tab is another node", async () => {
  const one = await openTab();
  const other = await openTab();
  expect(other.node.id).not.toBe(one.node.id);
});
