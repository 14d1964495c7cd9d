// A node, as one caller holds it: what it consists of, each guarded by what this caller may do.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock } from "#glow";
import type { Drives } from "#interfaces/generated/drive.ts";
import type { Folders } from "#interfaces/generated/folders.ts";
import type { Links } from "#interfaces/generated/links.ts";
import type { Log } from "#interfaces/generated/log.ts";
import type { Names } from "#interfaces/generated/names.ts";
import type { Node, NodeInfo, Right } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import type { Settings } from "#interfaces/generated/settings.ts";
import type { User } from "#interfaces/generated/user.ts";
import type { Access } from "../access/access.ts";
import { guarded } from "../access/guarded.ts";
import { ChosenDrives } from "../drive/chosen-drives.ts";
import { guardedDrives } from "../drive/drive-rights.ts";
import { NamesService } from "../names/names-service.ts";
import {
  foldersRights,
  guardedNode,
  guardedUser,
  linksRights,
  logRights,
  pagesRights,
  settingsRights,
} from "./node-rights.ts";

/** Those of `NodeInfo` that are the same for all callers, but for `home` and `pid`, of which only administrators hear. */
export type NodeDescription = Omit<NodeInfo, "rights" | "expiresAt">;

/** What a node consists of, with all rights. Each throws `unavailable`, with what to do, where the node has it not (yet). */
export interface NodeParts {
  readonly clock: Clock;
  describe(): NodeDescription;
  user(): User;
  links(): Links;
  drives(): Drives;
  folders(): Folders;
  log(): Log;
  settings(): Settings;
  /** For one caller: contents are read through his drives, and links give no more rights than he has. */
  pages(caller: PagesCaller): Pages;
  /** Another device of the user. Whoever gets it disposes of it. */
  reach(node: string): Promise<Node>;
  /** Begins to stop. */
  requestStop(): void;
}

/** On whose behalf the page is asked for something. */
export interface PagesCaller {
  readonly rights: readonly Right[];
  drives(): Drives;
}

export class NodeService implements Node, Disposable {
  readonly access: Access;
  readonly #now: () => NodeParts;

  /** What the node consists of is asked for at each call: it may come to belong to somebody else. */
  constructor(parts: () => NodeParts, access: Access) {
    this.#now = parts;
    this.access = access;
  }

  info(): NodeInfo {
    this.access.check(undefined, "node.info");
    const { home, pid, ...description } = this.#parts.describe();
    const { rights, expiresMs } = this.access;
    return {
      ...description,
      ...(rights.has("administer") && home !== undefined && { home }),
      ...(rights.has("administer") && pid !== undefined && { pid }),
      rights: [...rights],
      ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs) }),
    };
  }

  ping(payload: Uint8Array): Uint8Array {
    this.access.check(undefined, "node.ping");
    if (payload.length <= nodeLimits.pingBytes) return payload;
    const message = `a ping has at most ${nodeLimits.pingBytes} bytes, and this one ${payload.length}`;
    throw new GlowError("too-large", "node.ping", { message });
  }

  time(): Date {
    this.access.check(undefined, "node.time");
    return new Date(this.#parts.clock.wallMs());
  }

  user(): User {
    return guardedUser(this.#parts.user(), this.access);
  }

  links(): Links {
    return guarded(this.#parts.links(), linksRights, this.access);
  }

  drives(): Drives {
    this.access.check("read", "node.drives");
    const { drives } = this.access;
    const all = this.#parts.drives();
    return guardedDrives(drives === undefined ? all : new ChosenDrives(all, drives), this.access);
  }

  names(): Names {
    return new NamesService(() => this.drives(), this.user());
  }

  folders(): Folders {
    this.access.check("folders", "node.folders");
    return guarded(this.#parts.folders(), foldersRights, this.access);
  }

  log(): Log {
    this.access.check("administer", "node.log");
    return guarded(this.#parts.log(), logRights, this.access);
  }

  settings(): Settings {
    this.access.check("administer", "node.settings");
    return guarded(this.#parts.settings(), settingsRights, this.access);
  }

  pages(): Pages {
    const caller = { rights: [...this.access.rights], drives: () => this.drives() };
    return guarded(this.#parts.pages(caller), pagesRights, this.access);
  }

  /** Where only some drives may be seen, there is no telling which these are elsewhere. */
  async reach(node: string): Promise<Node> {
    this.access.check(undefined, "node.reach");
    if (this.access.drives !== undefined) {
      const message = "you were let in to certain drives of this node only, and to no other node";
      throw new GlowError("denied", "node.reach", { target: node.slice(0, 100), message });
    }
    const other = await this.#parts.reach(node);
    return this.access.isWhole ? other : guardedNode(other, this.access);
  }

  async lend(rights: readonly Right[], lifetimeSeconds: number, drives?: readonly string[]): Promise<NodeService> {
    this.access.check(undefined, "node.lend");
    const ids = drives === undefined ? undefined : await this.#idsOf(drives);
    return new NodeService(this.#now, this.access.narrowed(rights, lifetimeSeconds * 1000, ids));
  }

  stop(): void {
    this.access.check("administer", "node.stop");
    this.#parts.requestStop();
  }

  /** Nobody holds it any more, and so nobody anything that was got through it. */
  [Symbol.dispose](): void {
    this.access.end();
  }

  get #parts(): NodeParts {
    return this.#now();
  }

  async #idsOf(drives: readonly string[]): Promise<string[]> {
    const all = await this.drives().list();
    return drives.map((drive) => {
      const found = all.find(({ name }) => name === drive) ?? all.find(({ id }) => id === drive);
      if (found !== undefined) return found.id;
      throw new GlowError("not-found", "node.lend", { target: drive.slice(0, 100), message: "no drive has this name" });
    });
  }
}
