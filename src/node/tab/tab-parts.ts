// What a tab offers to the user's other devices: that it is there, and which ways it knows, as every node. It stores nothing.

import { GlowError } from "#base/errors.ts";
import { version as protocol } from "#firefly/session/frame.ts";
import type { Clock, NodeId, Platform } from "#glow";
import type { Device } from "#interfaces/generated/user.ts";
import { LinksService } from "#services/links/links-service.ts";
import type { NodeDescription, NodeParts } from "#services/node/node-service.ts";
import type { Watchers } from "#services/state/watchers.ts";
import { devicesOf } from "#services/user/user-devices.ts";
import type { MemberNode } from "../member-node.ts";
import { MeshDesk } from "../mesh-desk.ts";

export interface TabPartsOptions {
  readonly platform: Platform;
  readonly member: MemberNode;
  readonly name: string;
  readonly news: Watchers;
}

export class TabParts implements NodeParts {
  readonly #options: TabPartsOptions;
  readonly #startedAt: Date;

  constructor(options: TabPartsOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.platform.clock.wallMs());
  }

  get clock(): Clock {
    return this.#options.platform.clock;
  }

  describe(): NodeDescription {
    const { platform, member, name } = this.#options;
    const own = this.#devices().find(({ isThis }) => isThis);
    return {
      name: own?.name ?? name,
      version: "page",
      platform: platform.name,
      startedAt: this.#startedAt,
      protocol,
      id: member.id,
      ...(own !== undefined && { device: own.id, role: own.role }),
      ...(member.hasUser && { user: member.user.name }),
    };
  }

  links(): LinksService {
    const { platform, member, news } = this.#options;
    const { clock, timers } = platform;
    const reach = () => Promise.reject(lacking("node.reach"));
    return new LinksService({
      desk: new MeshDesk({ member, clock, watch: news.watch, reach }),
      clock,
      timers,
      devices: () => this.#devices(),
      find: (node, op) => this.#find(node, op),
    });
  }

  user(): never {
    throw lacking("node.user");
  }

  drives(): never {
    throw lacking("node.drives");
  }

  folders(): never {
    throw lacking("node.folders");
  }

  log(): never {
    throw lacking("node.log");
  }

  settings(): never {
    throw lacking("node.settings");
  }

  pages(): never {
    throw lacking("node.pages");
  }

  async reach(): Promise<never> {
    throw lacking("node.reach");
  }

  requestStop(): never {
    throw lacking("node.stop");
  }

  #devices(): Device[] {
    const { member } = this.#options;
    if (!member.hasUser) return [];
    const presence = (node: NodeId) => ({ online: member.mesh.router.route(node) !== undefined });
    return devicesOf(member.user, member.id, presence);
  }

  #find(node: string, op: string): Device {
    const found = this.#devices().find(({ name, id, node: key }) => [name, id, key].includes(node));
    if (found !== undefined) return found;
    throw new GlowError("not-found", op, {
      target: node.slice(0, 100),
      message: "no device of this user has this name",
    });
  }
}

function lacking(op: string): GlowError {
  const message = "this is a page in a browser, which has nothing of the kind: ask one of the machines";
  return new GlowError("unavailable", op, { message });
}
