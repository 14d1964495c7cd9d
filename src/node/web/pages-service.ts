// The page of a node as one caller may use it: links give no more than the caller has, and contents are read through the
// caller's own drives, so they end when those do.

import { GlowError } from "#base/errors.ts";
import { driveLimits, webLimits } from "#base/limits.ts";
import type { Drive } from "#interfaces/generated/drive.ts";
import type { Right } from "#interfaces/generated/node.ts";
import type {
  ContentOptions,
  ContentUrl,
  GuestOptions,
  GuestPlace,
  PageLink,
  Pages,
  PagesInfo,
  Visitor,
} from "#interfaces/generated/pages.ts";
import type { Clock } from "#glow";
import type { PagesCaller } from "#services/node/node-service.ts";
import type { GuestPlaceHeld } from "#services/guest/guest-drives.ts";
import type { GuestPasses } from "./guest-passes.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { PageLinks } from "./page-links.ts";
import type { ReadableDrive, TicketOffice, TicketOwner } from "./ticket-office.ts";

/** Where the page is served. */
export interface PagePlaces {
  /** Of this machine, as `http://127.0.0.1:4569`. */
  readonly local: string;
  /** To others, by HTTPS; the best one first. */
  network(): readonly string[];
  /** To guests, over plain HTTP. */
  guests(): readonly string[];
  /** What they have to trust for that; undefined while it is not served. */
  trust(): { readonly url: string; readonly fingerprint: string } | undefined;
}

export interface PagesParts {
  readonly places: PagePlaces;
  readonly links: PageLinks;
  readonly passes: GuestPasses;
  readonly tickets: TicketOffice;
  readonly clock: Clock;
  /** The one address that may read contents; left out: whoever knows their names. */
  readonly reader?: string;
}

const yearSeconds = 31_536_000;

function checkGuest(places: number, lifetimeSeconds: number, name: string): void {
  const most = webLimits.guestMs / 1000;
  if (places < 1 || places > webLimits.guestPlaces) {
    const message = `a link for a guest leads to 1 to ${webLimits.guestPlaces} folders, and not to ${places}`;
    throw new GlowError("invalid", "pages.guest", { message });
  }
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= most)) {
    const message = `a link for a guest holds for 1 s at least, and ${most / 86_400} days at most`;
    throw new GlowError("invalid", "pages.guest", { message });
  }
  if (name.length <= driveLimits.driveNameLength) return;
  const message = `for whom it is: at most ${driveLimits.driveNameLength} characters`;
  throw new GlowError("invalid", "pages.guest", { message });
}

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
    const guests = places.guests();
    return {
      local: places.local === "" ? [] : [`${places.local}/`],
      network: places.network().map((origin) => `${origin}/`),
      ...(trust !== undefined && { trust: trust.url, fingerprint: trust.fingerprint }),
      ...(guests.length > 0 && { guests: guests.map((origin) => `${origin}/`) }),
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
    return { url: `${origin}/#join=${code}`, expiresAt: new Date(visit.expiresMs), id: visit.id };
  }

  async guest({ places, write = false, lifetimeSeconds, name = "" }: GuestOptions): Promise<PageLink> {
    const { passes, places: served } = this.#parts;
    checkGuest(places.length, lifetimeSeconds, name);
    const [origin] = served.guests();
    if (origin === undefined) {
      const message = "guests are not served: `glow settings set pageGuests on` does that, over plain HTTP";
      throw new GlowError("unavailable", "pages.guest", { message });
    }
    const held: GuestPlaceHeld[] = [];
    for (const place of places) held.push(await this.#held(place));
    const asked = { name, places: held, write: write && this.#caller.rights.includes("write") };
    const { token, pass } = await passes.issue(asked, lifetimeSeconds * 1000);
    return { url: `${origin}/#guest=${token}`, expiresAt: new Date(pass.expiresMs), id: pass.id };
  }

  async visitors(): Promise<Visitor[]> {
    return [...this.#tabs(), ...(await this.#guests())];
  }

  #tabs(): Visitor[] {
    return this.#parts.links.list().map(({ id, rights, sinceMs, expiresMs, node }) => ({
      id,
      rights,
      since: new Date(sinceMs),
      expiresAt: new Date(expiresMs),
      opened: node !== undefined,
    }));
  }

  async #guests(): Promise<Visitor[]> {
    const passes = this.#parts.passes.list();
    const drives = passes.length === 0 ? [] : await this.#caller.drives().list();
    const nameOf = (id: string): string => drives.find((drive) => drive.id === id)?.name ?? id;
    return passes.map(({ id, name, places, write, sinceMs, expiresMs, address, browser }) => ({
      id,
      name,
      places: places.map(({ drive, path }) => (path === "" ? nameOf(drive) : `${nameOf(drive)}/${path}`)),
      rights: write ? (["read", "write"] as const) : (["read"] as const),
      since: new Date(sinceMs),
      expiresAt: new Date(expiresMs),
      opened: address !== undefined,
      ...(address !== undefined && { address }),
      ...(browser !== undefined && { browser }),
    }));
  }

  /** A folder that is there. */
  async #held({ drive: name, path = "" }: GuestPlace): Promise<GuestPlaceHeld> {
    const drive: Drive & Partial<Disposable> = await this.#caller.drives().open(name);
    try {
      const { id } = await drive.info();
      const entry = await drive.stat(path);
      if (entry.kind === "folder") return { drive: id, path: entry.path };
      const message = "guests are let in to folders: put the file into one";
      throw new GlowError("invalid", "pages.guest", { target: path, message });
    } finally {
      drive[Symbol.dispose]?.();
    }
  }

  async dismiss(visitor: string): Promise<void> {
    if (this.#parts.passes.has(visitor)) return this.#parts.passes.end(visitor);
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
        reader: this.#parts.reader,
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
