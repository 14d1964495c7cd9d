// Other devices of the user, as nodes: one Firefly session with each, for all who reach them through this one.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { FireflySession } from "#firefly/session/session.ts";
import type { NodeId } from "#glow";
import { NodeStub } from "#interfaces/generated/node.ts";

export interface ReachedNodesOptions {
  /** Whether there is a way to a node, after some seconds if it has to be looked for. */
  readonly isReachable: (node: NodeId) => Promise<boolean>;
  readonly connect: (node: NodeId) => Promise<FireflySession>;
}

export class ReachedNodes {
  readonly #options: ReachedNodesOptions;
  /** Those used longest ago come first. */
  readonly #sessions = new Map<NodeId, Promise<FireflySession>>();

  constructor(options: ReachedNodesOptions) {
    this.#options = options;
  }

  /** `unavailable` if there is no way. Whoever gets it disposes of it; when the way ends, so does what was got through it. */
  async reach(node: NodeId): Promise<NodeStub> {
    if (!(await this.#options.isReachable(node))) throw noWay(node);
    const session = await this.#session(node);
    return session.root(NodeStub);
  }

  stop(): void {
    for (const opening of this.#sessions.values())
      void opening.then(
        (session) => session.close(),
        () => undefined,
      );
    this.#sessions.clear();
  }

  #session(node: NodeId): Promise<FireflySession> {
    const known = this.#sessions.get(node);
    this.#sessions.delete(node);
    const opening = known ?? this.#open(node);
    this.#sessions.set(node, opening);
    for (const [oldest, old] of this.#sessions) {
      if (this.#sessions.size <= nodeLimits.reached) break;
      this.#sessions.delete(oldest);
      void old.then(
        (session) => session.close(),
        () => undefined,
      );
    }
    return opening;
  }

  #open(node: NodeId): Promise<FireflySession> {
    const opening = this.#options.connect(node);
    const forget = () => {
      if (this.#sessions.get(node) === opening) this.#sessions.delete(node);
    };
    opening.then((session) => void session.closed.then(forget), forget);
    return opening;
  }
}

function noWay(node: NodeId): GlowError {
  const message = "there is no way to it just now: is it switched on, and in reach of this node or of one between?";
  return new GlowError("unavailable", "node.reach", { target: node, message });
}
