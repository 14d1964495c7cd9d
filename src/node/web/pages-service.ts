// The page of a node as one caller may use it: links give no more than the caller has, and contents are read through the
// caller's own drives, so they end when those do.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { Right } from "#interfaces/generated/node.ts";
import type { ContentOptions, ContentUrl, PageLink, Pages, PagesInfo, Visitor } from "#interfaces/generated/pages.ts";
import type { Clock } from "#glow";
import type { PagesCaller } from "#services/node/node-service.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { PageLinks } from "./page-links.ts";
import type { ReadableDrive, TicketOffice, TicketOwner } from "./ticket-office.ts";

/** Where the page is served. */
export interface PagePlaces {
  /** Of this machine, as `http://127.0.0.1:4569`. */
  readonly local: string;
  /** To others, by HTTPS; the best one first. */
  network(): readonly string[];
  /** What they have to trust for that; undefined while it is not served. */
  trust(): { readonly url: string; readonly fingerprint: string } | undefined;
}

export interface PagesParts {
  readonly places: PagePlaces;
  readonly links: PageLinks;
  readonly tickets: TicketOffice;
  readonly clock: Clock;
}

const yearSeconds = 31_536_000;

export class PagesService implements Pages, Disposable {
  readonly #parts: PagesParts;
  readonly #caller: PagesCaller;
  readonly #owner: TicketOwner = { names: new Set() };

  constructor(parts: PagesParts, caller: PagesCaller) {
    this.#parts = parts;
    this.#caller = caller;
  }

  info(): PagesInfo {
    const { places } = this.#parts;
    const trust = places.trust();
    return {
      local: [`${places.local}/`],
      network: places.network().map((origin) => `${origin}/`),
      ...(trust !== undefined && { trust: trust.url, fingerprint: trust.fingerprint }),
    };
  }

  async link(rights: readonly Right[], lifetimeSeconds: number, network = false): Promise<PageLink> {
    if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= yearSeconds)) {
      const message = "a link to the page holds for 1 s at least, and a year at most";
      throw new GlowError("invalid", "pages.link", { message });
    }
    const given = this.#caller.rights.filter((right) => rights.includes(right));
    const { links, places } = this.#parts;
    const [origin] = network ? places.network() : [places.local];
    if (origin === undefined) {
      const message =
        "this page is served to its own machine only: `glow settings set pageHttps on` serves it to the local network";
      throw new GlowError("unavailable", "pages.link", { message });
    }
    const { code, visit } = await links.issue(given, lifetimeSeconds * 1000);
    return { url: `${origin}/#join=${code}`, expiresAt: new Date(visit.expiresMs) };
  }

  visitors(): readonly Visitor[] {
    return this.#parts.links.list().map(({ id, rights, sinceMs, expiresMs, node }) => ({
      id,
      rights,
      since: new Date(sinceMs),
      expiresAt: new Date(expiresMs),
      opened: node !== undefined,
    }));
  }

  dismiss(visitor: string): Promise<void> {
    return this.#parts.links.dismiss(visitor);
  }

  async content(driveName: string, path: string, options: ContentOptions = {}): Promise<ContentUrl> {
    const { object, version, download = false } = options;
    const drive: ReadableDrive = await this.#caller.drives().open(driveName);
    try {
      const content =
        object === undefined ? await drive.read(path, 0, 0, version) : await drive.readObject(object, 0, 0, version);
      // Nothing of it was asked for; but what is not read to its end stays open.
      for await (const piece of content.bytes) if (piece.length > 0) break;
      const { entry, sizeBytes } = content;
      if (entry.kind !== "file") {
        throw new GlowError("invalid", "pages.content", { target: path, message: "only files have content" });
      }
      const name = path.slice(path.lastIndexOf("/") + 1) || entry.name;
      const mediaType = mediaTypeOf(name);
      const ticket = {
        drive,
        object: entry.object,
        version: version ?? entry.version,
        name,
        sizeBytes,
        mediaType,
        download,
      };
      const issued = this.#parts.tickets.issue(this.#owner, ticket);
      const expiresAt = new Date(this.#parts.clock.wallMs() + webLimits.ticketMs);
      return { path: `/content/${issued}`, sizeBytes, mediaType, expiresAt };
    } catch (error) {
      drive[Symbol.dispose]?.();
      throw error;
    }
  }

  /** Nobody holds it any more. */
  [Symbol.dispose](): void {
    this.#parts.tickets.endAll(this.#owner);
  }
}
