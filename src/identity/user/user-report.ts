// What a user's statements add up to, as others see it: `UserState`. All but the tabs is the same at any time.

import { compareBytes } from "#base/bytes.ts";
import { identityLimits } from "#base/limits.ts";
import type { Crypto, DeviceId, NodeId, PublicKey, SpaceId, UserDevice, UserFork, UserId, UserState } from "#glow";
import { nodeIdOf } from "../node-identity.ts";
import type { StatementGraph } from "./statement-graph.ts";
import type { Verdict } from "./verdict.ts";

export class UserReport {
  readonly #lasting: UserState;
  readonly #tabs = new Map<DeviceId, UserDevice & { readonly expiresMs: number }>();

  constructor(crypto: Crypto, user: UserId, graph: StatementGraph, verdict: Verdict) {
    const devices = new Map<DeviceId, UserDevice>();
    const keys = new Map<DeviceId, readonly PublicKey[]>();
    // In the order of ids, so that equal states are equal in every respect.
    for (const subject of graph.size === 0 ? [] : [...graph.subjects()].sort()) {
      if (subject === "user") continue;
      keys.set(subject, verdict.keysOf(subject));
      const rights = verdict.rights(subject);
      if (rights !== undefined && rights.role !== "recovery") {
        const { role, key } = rights;
        const node = key && { key, node: nodeIdOf(crypto, key) };
        devices.set(subject, { role, name: verdict.nameOf(subject), ...node });
        continue;
      }
      const certificate = verdict.certificate(subject);
      if (certificate === undefined) continue;
      const { key, name, untilMs, issuer } = certificate;
      this.#tabs.set(subject, { role: "tab", name, key, node: nodeIdOf(crypto, key), expiresMs: untilMs, issuer });
    }
    const recovery = graph.size === 0 ? undefined : verdict.recovery();
    this.#lasting = {
      user,
      name: graph.size === 0 ? "" : verdict.nameOf("user"),
      devices,
      revoked: revokedIn(verdict),
      revokedNames: new Map(named(verdict)),
      revokedNodes: nodesOf(crypto, graph, new Set(verdict.revoked())),
      keys,
      ...(recovery && { recovery }),
      forks: forksIn(graph),
      setAside: graph
        .statements()
        .filter((_, place) => !verdict.counts(place))
        .map(({ hash }) => hash)
        .sort(compareBytes),
    };
  }

  at(nowMs: number): UserState {
    const devices = new Map(this.#lasting.devices);
    for (const [id, tab] of this.#tabs) if (isValid(tab.expiresMs, nowMs)) devices.set(id, tab);
    return { ...this.#lasting, devices };
  }
}

/** A certificate that would last longer than any may was given by a clock that is wrong, or by a liar. */
function isValid(untilMs: number, nowMs: number): boolean {
  const { clockToleranceMs, tabMs } = identityLimits;
  return untilMs + clockToleranceMs > nowMs && untilMs <= nowMs + tabMs + clockToleranceMs;
}

/** Of several revocations of one device the least is taken that one of them which names a space says of it. */
function revokedIn(verdict: Verdict): Map<DeviceId, Map<SpaceId, number>> {
  const revoked = new Map<DeviceId, Map<SpaceId, number>>();
  for (const device of [...verdict.revoked()].sort()) {
    const least = new Map<SpaceId, number>();
    for (const { batches } of verdict.revocations(device)) {
      for (const [space, sequence] of batches) least.set(space, Math.min(sequence, least.get(space) ?? sequence));
    }
    revoked.set(device, new Map([...least].sort(([a], [b]) => (a < b ? -1 : 1))));
  }
  return revoked;
}

function* named(verdict: Verdict): Iterable<[DeviceId, string]> {
  for (const device of [...verdict.revoked()].sort()) {
    const name = verdict.formerNameOf(device);
    if (name !== "") yield [device, name];
  }
}

/** The nodes of all keys that these devices have ever had. */
function nodesOf(crypto: Crypto, graph: StatementGraph, devices: ReadonlySet<DeviceId>): Set<NodeId> {
  const nodes = new Set<NodeId>();
  if (devices.size === 0) return nodes;
  for (const { said, key, subject } of graph.statements()) {
    if (!devices.has(subject as DeviceId)) continue;
    if (said.type === "genesis") nodes.add(nodeIdOf(crypto, key));
    else if (said.type === "add" || said.type === "certify" || said.type === "rotate")
      nodes.add(nodeIdOf(crypto, said.key));
  }
  return nodes;
}

function forksIn(graph: StatementGraph): UserFork[] {
  const positions = new Map<string, number[]>();
  for (const [place, { author, sequence }] of graph.statements().entries()) {
    const position = `${author} ${sequence}`;
    const places = positions.get(position);
    if (places === undefined) positions.set(position, [place]);
    else places.push(place);
  }
  return [...positions]
    .filter(([, places]) => places.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, places]) => {
      const said = places.map((place) => graph.at(place));
      const { author, sequence } = said[0] as (typeof said)[0];
      return { author, sequence, statements: said.map(({ hash }) => hash).sort(compareBytes) };
    });
}

/** The device or tab of a user that a node is at the time of this state; undefined if it is none. */
export function deviceAt(
  state: UserState,
  node: NodeId,
): { readonly id: DeviceId; readonly device: UserDevice } | undefined {
  for (const [id, device] of state.devices) if (device.node === node) return { id, device };
  return undefined;
}
