// Nodes of the local network that are no devices of the user, with what they call themselves: asked for over a link that is
// made for it, since names are not broadcast.

import { GlowError } from "#base/errors.ts";
import { utf8Encode } from "#base/bytes.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Address, Clock, NodeId, Timers } from "#glow";
import { GreetingStub } from "#interfaces/generated/greeting.ts";
import type { NearbyNode } from "#interfaces/generated/user.ts";
import type { MemberNode } from "./member-node.ts";

export const greetingProtocol = "glow greeting 1";

interface Known {
  readonly name: string | undefined;
  readonly atMs: number;
}

/** `KnownAddress.trust` of what the local network has told. */
const localNetworkTrust = 1;
/** How long a node may take to say its name, and how long it is believed. */
const answerMs = 3000;
const believedMs = 60_000;

export class NearbyNodes {
  readonly #time: { readonly clock: Clock; readonly timers: Timers };
  readonly #known = new Map<NodeId, Known>();

  constructor(time: { readonly clock: Clock; readonly timers: Timers }) {
    this.#time = time;
  }

  /** Those that say no name in time have none. */
  async find(member: MemberNode): Promise<NearbyNode[]> {
    const found = [...addressesOf(member)].slice(0, nodeLimits.nearby);
    for (const node of this.#known.keys()) if (!found.some(([id]) => id === node)) this.#known.delete(node);
    await Promise.all(
      found.slice(0, nodeLimits.greeted).map(([node, addresses]) => this.#ask(member, node, addresses)),
    );
    return found.map(([node, addresses]) => {
      const name = this.#known.get(node)?.name;
      return { node, addresses, ...(name !== undefined && { name }) };
    });
  }

  async #ask(member: MemberNode, node: NodeId, addresses: readonly Address[]): Promise<void> {
    const nowMs = this.#time.clock.monotonicMs();
    if (nowMs - (this.#known.get(node)?.atMs ?? Number.NEGATIVE_INFINITY) < believedMs) return;
    const giveUp = new AbortController();
    const timer = this.#time.timers.after(answerMs, () => giveUp.abort());
    const name = await askName(member, node, addresses, giveUp.signal).catch(() => undefined);
    timer.cancel();
    this.#known.set(node, { name, atMs: nowMs });
  }
}

function addressesOf(member: MemberNode): Map<NodeId, Address[]> {
  const members = new Set(member.hasUser ? [...member.user.devices.values()].map(({ node }) => node) : []);
  const found = new Map<NodeId, Address[]>();
  for (const { node, address, trust } of member.mesh.book.entries()) {
    if (node === member.id || members.has(node) || trust !== localNetworkTrust) continue;
    found.set(node, [...(found.get(node) ?? []), address]);
  }
  return found;
}

async function askName(
  member: MemberNode,
  node: NodeId,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { mesh } = member;
  const wasLinked = mesh.router.isNeighbour(node);
  if (!wasLinked) await dialAny(member, node, addresses, signal);
  try {
    const session = await member.connect(node, greetingProtocol);
    try {
      using greeting = session.root(GreetingStub);
      return cleanName(await greeting.name({ signal }));
    } finally {
      session.close();
    }
  } finally {
    const message = "it was linked with only to ask for its name";
    if (!wasLinked) mesh.cutOff(node, new GlowError("cancelled", "nearby.ask", { target: node, message }));
  }
}

async function dialAny(
  { mesh }: MemberNode,
  node: NodeId,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<void> {
  for (const address of addresses) {
    try {
      await mesh.dial(address, { expected: node, signal });
      return;
    } catch {
      // Another of its addresses may be the one.
    }
  }
  throw new GlowError("unavailable", "nearby.dial", { target: node, message: "none of its addresses led to it" });
}

/** What a stranger calls itself is shown to people: as a name, or not at all. */
function cleanName(name: string): string | undefined {
  const trimmed = name.trim();
  const isName = trimmed !== "" && utf8Encode(trimmed).length <= identityLimits.nameBytes;
  return isName && !/[\p{Cc}\p{Cf}]/u.test(trimmed) ? trimmed : undefined;
}
