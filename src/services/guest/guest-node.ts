// A node as a guest holds it: the folders that were given to him, their contents by URL, and who lent them. There is no way from
// here to devices, links, settings or other nodes.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock } from "#glow";
import type { Drives } from "#interfaces/generated/drive.ts";
import type { Node, NodeInfo } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import type { Access } from "../access/access.ts";
import { guarded } from "../access/guarded.ts";
import { guardedDrives } from "../drive/drive-rights.ts";
import { pagesRights } from "../node/node-rights.ts";
import type { NodeDescription, PagesCaller } from "../node/node-service.ts";
import type { GuestAllowance } from "./guest-allowance.ts";
import { GuestDrives, type GuestPlaceHeld } from "./guest-drives.ts";

export interface GuestNodeParts {
  readonly clock: Clock;
  describe(): NodeDescription;
  /** All of them: which can be seen is up to `places`. */
  drives(): Drives;
  /** For contents. */
  pages(caller: PagesCaller): Pages & Partial<Disposable>;
  readonly places: readonly GuestPlaceHeld[];
  /** Distinguishes what is of this guest from what is of others. */
  readonly holder: string;
  /** What may be written. */
  readonly allowance: GuestAllowance;
}

export class GuestNode implements Node, Disposable {
  readonly access: Access;
  readonly #parts: GuestNodeParts;

  constructor(parts: GuestNodeParts, access: Access) {
    this.#parts = parts;
    this.access = access;
  }

  info(): NodeInfo {
    this.access.check(undefined, "node.info");
    const { name, version, platform, startedAt, protocol, user } = this.#parts.describe();
    const { rights, expiresMs } = this.access;
    return {
      name,
      version,
      platform,
      startedAt,
      protocol,
      rights: [...rights],
      ...(user !== undefined && { user }),
      ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs) }),
    };
  }

  ping(payload: Uint8Array): Uint8Array {
    this.access.check(undefined, "node.ping");
    if (payload.length <= nodeLimits.pingBytes) return payload;
    throw new GlowError("too-large", "node.ping", { message: `a ping has at most ${nodeLimits.pingBytes} bytes` });
  }

  time(): Date {
    this.access.check(undefined, "node.time");
    return new Date(this.#parts.clock.wallMs());
  }

  drives(): Drives {
    this.access.check("read", "node.drives");
    return guardedDrives(new GuestDrives(this.#parts.drives(), this.#parts.places, this.#parts), this.access);
  }

  pages(): Pages {
    this.access.check("read", "node.pages");
    const pages = this.#parts.pages({ rights: [...this.access.rights], drives: () => this.drives() });
    return guarded(pages, pagesRights, this.access);
  }

  user(): never {
    throw denied("node.user");
  }

  links(): never {
    throw denied("node.links");
  }

  names(): never {
    throw denied("node.names");
  }

  folders(): never {
    throw denied("node.folders");
  }

  log(): never {
    throw denied("node.log");
  }

  settings(): never {
    throw denied("node.settings");
  }

  reach(): never {
    throw denied("node.reach");
  }

  lend(): never {
    throw denied("node.lend");
  }

  stop(): never {
    throw denied("node.stop");
  }

  [Symbol.dispose](): void {
    this.access.end();
  }
}

function denied(op: string): GlowError {
  const message = "guests see the folders that were given to them, and nothing else of this node";
  return new GlowError("denied", op, { message });
}
