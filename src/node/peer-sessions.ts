// The Firefly sessions that a node has with others, over their mesh sessions: how many there may be at once, in all, of one
// node and of all who are no devices of the user, is bounded here, whoever asked for them.

import { nodeLimits } from "#base/limits.ts";
import { FireflySession, type offer } from "#firefly/session/session.ts";
import type { NodeId, Pipe, Platform } from "#glow";

export class PeerSessions {
  readonly #platform: Pick<Platform, "clock" | "timers" | "leaks">;
  readonly #isMember: (node: NodeId) => boolean;
  readonly #sessions = new Set<FireflySession>();
  readonly #countOf = new Map<NodeId, number>();

  constructor(platform: Pick<Platform, "clock" | "timers" | "leaks">, isMember: (node: NodeId) => boolean) {
    this.#platform = platform;
    this.#isMember = isMember;
  }

  /** Whether what this node asks for can be offered it. What this node itself asks for is counted, and not refused. */
  hasRoomFor(peer: NodeId): boolean {
    if (this.#sessions.size >= nodeLimits.sessions) return false;
    if ((this.#countOf.get(peer) ?? 0) >= nodeLimits.sessionsPerPeer) return false;
    if (this.#isMember(peer)) return true;
    let strangers = 0;
    for (const [node, count] of this.#countOf) if (!this.#isMember(node)) strangers += count;
    return strangers < nodeLimits.strangerSessions;
  }

  open(peer: NodeId, pipe: Pipe, root?: ReturnType<typeof offer>): FireflySession {
    const { clock, timers, leaks } = this.#platform;
    const session = new FireflySession(pipe, { clock, timers, leaks, ...(root && { root }) });
    this.#sessions.add(session);
    this.#countOf.set(peer, (this.#countOf.get(peer) ?? 0) + 1);
    void session.closed.then(() => {
      this.#sessions.delete(session);
      const left = (this.#countOf.get(peer) ?? 1) - 1;
      if (left > 0) this.#countOf.set(peer, left);
      else this.#countOf.delete(peer);
    });
    return session;
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }
}
