// The mesh of a member, as services need it.

import type { Address, Clock, NodeId, Route, Subscription } from "#glow";
import type { Node } from "#interfaces/generated/node.ts";
import type { HeldLink, LinksDesk } from "#services/links/links-service.ts";
import type { MemberNode } from "./member-node.ts";

export interface MeshDeskOptions {
  readonly member: MemberNode;
  readonly clock: Clock;
  readonly watch: (changed: () => void) => Subscription;
  readonly reach: (node: NodeId) => Promise<Node>;
}

export class MeshDesk implements LinksDesk {
  readonly #options: MeshDeskOptions;

  constructor(options: MeshDeskOptions) {
    this.#options = options;
  }

  get self(): NodeId {
    return this.#options.member.id;
  }

  *links(): Iterable<HeldLink> {
    const { member, clock } = this.#options;
    const { mesh } = member;
    for (const { id, links, best } of mesh.router.neighbours()) {
      for (const link of links) {
        const origin = mesh.origin(link);
        const ageMs = clock.monotonicMs() - (origin?.madeMs ?? clock.monotonicMs());
        yield {
          node: id,
          active: link === best,
          ...link.metrics(),
          ...link.traffic,
          transport: origin?.transport ?? "",
          dialled: origin?.dialled,
          ...(origin !== undefined && { sinceMs: clock.wallMs() - ageMs }),
          ...(origin?.address !== undefined && { address: origin.address }),
        };
      }
    }
  }

  routes(): Iterable<readonly [NodeId, Route]> {
    return this.#options.member.mesh.router.routes();
  }

  route(node: NodeId): Route | undefined {
    return this.#options.member.mesh.router.route(node);
  }

  keep(node: NodeId, addresses: readonly Address[]): void {
    this.#options.member.mesh.keep(node, addresses);
  }

  watch(changed: () => void): Subscription {
    return this.#options.watch(changed);
  }

  reach(node: NodeId): Promise<Node> {
    return this.#options.reach(node);
  }
}
