// Generated from pages.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  malformed,
  type Method,
  mismatch,
  type Reader,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";
import { readRight, type Right, writeRight } from "./node.ts";

/** The page of a node: where it is served, and who may open it. */
export interface Pages {
  info(context?: CallContext): Awaitable<PagesInfo>;
  /**
   * A link to the page. Whoever opens it first gets these rights, those of them that the caller has, until its lifetime is
   * over; at least 1 s, at most a year. A second time it is refused. With `network` it leads to where others in the local
   * network find the page, by HTTPS: `unavailable` if it is not served to them.
   */
  link(
    rights: readonly Right[],
    lifetimeSeconds: number,
    network?: boolean,
    context?: CallContext,
  ): Awaitable<PageLink>;
  /** Those that were given out and hold still. */
  visitors(context?: CallContext): Awaitable<readonly Visitor[]>;
  /** Ends what was given with a link: from then on all is `denied`. */
  dismiss(visitor: string, context?: CallContext): Awaitable<void>;
  /**
   * A URL under which the page's server gives the content of a file to this browser, with ranges: for films, pictures and
   * downloads. It means the version that shows now, or the one that is named, wherever the file is moved. It ends with this
   * object, and after an hour; of too many, the oldest ends.
   */
  content(drive: string, path: string, options?: ContentOptions, context?: CallContext): Awaitable<ContentUrl>;
  /**
   * A link for somebody in the local network who has no device here: to certain folders, for at most 30 days, over plain HTTP,
   * which others in that network can read. Who opens it first has it, from that browser and address. `unavailable` if guests
   * are not served (the setting `pageGuests`).
   */
  guest(options: GuestOptions, context?: CallContext): Awaitable<PageLink>;
}

export class PagesStub extends Stub implements Pages {
  override get $interface(): Interface {
    return PagesInterface;
  }

  info(options?: CallOptions): Promise<PagesInfo> {
    return call(this, Pages$info, [], options);
  }

  link(rights: readonly Right[], lifetimeSeconds: number, network?: boolean, options?: CallOptions): Promise<PageLink> {
    return call(this, Pages$link, [rights, lifetimeSeconds, network], options);
  }

  visitors(options?: CallOptions): Promise<readonly Visitor[]> {
    return call(this, Pages$visitors, [], options);
  }

  dismiss(visitor: string, options?: CallOptions): Promise<void> {
    return call(this, Pages$dismiss, [visitor], options);
  }

  content(drive: string, path: string, options?: ContentOptions, $options?: CallOptions): Promise<ContentUrl> {
    return call(this, Pages$content, [drive, path, options], $options);
  }

  guest(options: GuestOptions, $options?: CallOptions): Promise<PageLink> {
    return call(this, Pages$guest, [options], $options);
  }
}

export interface GuestOptions {
  /** At least one, at most 16; those that the caller may read. */
  places: readonly GuestPlace[];
  /** Whether files may be changed there, too. */
  write?: boolean | undefined;
  lifetimeSeconds: number;
  /** For whom it is, at most 128 characters. */
  name?: string | undefined;
}

export interface GuestPlace {
  drive: string;
  /** A folder; left out: all of the drive. What lies there is what counts, whatever is moved. */
  path?: string | undefined;
}

export interface ContentOptions {
  /** One of `Drive.history`. */
  version?: string | undefined;
  /** Of this object, wherever it lies, in the trash too; `path` then only gives its name. */
  object?: string | undefined;
  /** To be saved and not shown. What a browser would run (HTML, SVG, ...) is never shown. */
  download?: boolean | undefined;
}

export interface ContentUrl {
  /** Beginning with `/`, on the server that the page is from. */
  path: string;
  sizeBytes: number;
  /** As it is served: `image/png`. */
  mediaType: string;
  expiresAt: Date;
}

export interface PagesInfo {
  /** Where it is served to this machine, and to others. Empty: it is not. */
  local: readonly string[];
  network: readonly string[];
  /** Where the certificate of this installation can be got and trusted; left out where it has none. */
  trust?: string | undefined;
  /** SHA-256 of that certificate: pairs of hexadecimal digits, with colons between. */
  fingerprint?: string | undefined;
  /** Where guests are served, over plain HTTP. Left out: nowhere. */
  guests?: readonly string[] | undefined;
}

export interface PageLink {
  url: string;
  expiresAt: Date;
  /** Among the visitors. */
  id?: string | undefined;
}

export interface Visitor {
  id: string;
  rights: readonly Right[];
  since: Date;
  expiresAt: Date;
  /** What the browser says it is. */
  browser?: string | undefined;
  address?: string | undefined;
  opened: boolean;
  /** Of a guest: for whom the link is, and where it leads, as `DRIVE/PATH`. */
  name?: string | undefined;
  places?: readonly string[] | undefined;
}

// How values are packed, and what sessions need to know.

export function writeGuestOptions(writer: Writer, value: GuestOptions): void {
  if (typeof value !== "object" || value === null) throw mismatch("GuestOptions", value);
  const write$ = value.write;
  const name$ = value.name;
  let present = 0;
  if (write$ !== undefined) present |= 1;
  if (name$ !== undefined) present |= 2;
  writer.u8(present);
  write$list$GuestPlace(writer, value.places);
  if (write$ !== undefined) writer.boolean(write$);
  writer.u32(value.lifetimeSeconds);
  if (name$ !== undefined) writer.string(name$);
}

export function readGuestOptions(reader: Reader): GuestOptions {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const places$ = read$list$GuestPlace(reader);
  const write$ = (present & 1) === 0 ? undefined : reader.boolean();
  const lifetimeSeconds$ = reader.u32();
  const name$ = (present & 2) === 0 ? undefined : reader.string();
  const value: GuestOptions = {
    places: places$,
    lifetimeSeconds: lifetimeSeconds$,
  };
  if (write$ !== undefined) value.write = write$;
  if (name$ !== undefined) value.name = name$;
  return value;
}

export function writeGuestPlace(writer: Writer, value: GuestPlace): void {
  if (typeof value !== "object" || value === null) throw mismatch("GuestPlace", value);
  const path$ = value.path;
  let present = 0;
  if (path$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.drive);
  if (path$ !== undefined) writer.string(path$);
}

export function readGuestPlace(reader: Reader): GuestPlace {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const drive$ = reader.string();
  const path$ = (present & 1) === 0 ? undefined : reader.string();
  const value: GuestPlace = {
    drive: drive$,
  };
  if (path$ !== undefined) value.path = path$;
  return value;
}

export function writeContentOptions(writer: Writer, value: ContentOptions): void {
  if (typeof value !== "object" || value === null) throw mismatch("ContentOptions", value);
  const version$ = value.version;
  const object$ = value.object;
  const download$ = value.download;
  let present = 0;
  if (version$ !== undefined) present |= 1;
  if (object$ !== undefined) present |= 2;
  if (download$ !== undefined) present |= 4;
  writer.u8(present);
  if (version$ !== undefined) writer.string(version$);
  if (object$ !== undefined) writer.string(object$);
  if (download$ !== undefined) writer.boolean(download$);
}

export function readContentOptions(reader: Reader): ContentOptions {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const version$ = (present & 1) === 0 ? undefined : reader.string();
  const object$ = (present & 2) === 0 ? undefined : reader.string();
  const download$ = (present & 4) === 0 ? undefined : reader.boolean();
  const value: ContentOptions = {};
  if (version$ !== undefined) value.version = version$;
  if (object$ !== undefined) value.object = object$;
  if (download$ !== undefined) value.download = download$;
  return value;
}

export function writeContentUrl(writer: Writer, value: ContentUrl): void {
  if (typeof value !== "object" || value === null) throw mismatch("ContentUrl", value);
  writer.string(value.path);
  writer.f64(value.sizeBytes);
  writer.string(value.mediaType);
  writer.date(value.expiresAt);
}

export function readContentUrl(reader: Reader): ContentUrl {
  return {
    path: reader.string(),
    sizeBytes: reader.f64(),
    mediaType: reader.string(),
    expiresAt: reader.date(),
  };
}

export function writePagesInfo(writer: Writer, value: PagesInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("PagesInfo", value);
  const trust$ = value.trust;
  const fingerprint$ = value.fingerprint;
  const guests$ = value.guests;
  let present = 0;
  if (trust$ !== undefined) present |= 1;
  if (fingerprint$ !== undefined) present |= 2;
  if (guests$ !== undefined) present |= 4;
  writer.u8(present);
  write$list$string(writer, value.local);
  write$list$string(writer, value.network);
  if (trust$ !== undefined) writer.string(trust$);
  if (fingerprint$ !== undefined) writer.string(fingerprint$);
  if (guests$ !== undefined) write$list$string(writer, guests$);
}

export function readPagesInfo(reader: Reader): PagesInfo {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const local$ = read$list$string(reader);
  const network$ = read$list$string(reader);
  const trust$ = (present & 1) === 0 ? undefined : reader.string();
  const fingerprint$ = (present & 2) === 0 ? undefined : reader.string();
  const guests$ = (present & 4) === 0 ? undefined : read$list$string(reader);
  const value: PagesInfo = {
    local: local$,
    network: network$,
  };
  if (trust$ !== undefined) value.trust = trust$;
  if (fingerprint$ !== undefined) value.fingerprint = fingerprint$;
  if (guests$ !== undefined) value.guests = guests$;
  return value;
}

export function writePageLink(writer: Writer, value: PageLink): void {
  if (typeof value !== "object" || value === null) throw mismatch("PageLink", value);
  const id$ = value.id;
  let present = 0;
  if (id$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.url);
  writer.date(value.expiresAt);
  if (id$ !== undefined) writer.string(id$);
}

export function readPageLink(reader: Reader): PageLink {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const url$ = reader.string();
  const expiresAt$ = reader.date();
  const id$ = (present & 1) === 0 ? undefined : reader.string();
  const value: PageLink = {
    url: url$,
    expiresAt: expiresAt$,
  };
  if (id$ !== undefined) value.id = id$;
  return value;
}

export function writeVisitor(writer: Writer, value: Visitor): void {
  if (typeof value !== "object" || value === null) throw mismatch("Visitor", value);
  const browser$ = value.browser;
  const address$ = value.address;
  const name$ = value.name;
  const places$ = value.places;
  let present = 0;
  if (browser$ !== undefined) present |= 1;
  if (address$ !== undefined) present |= 2;
  if (name$ !== undefined) present |= 4;
  if (places$ !== undefined) present |= 8;
  writer.u8(present);
  writer.string(value.id);
  write$list$Right(writer, value.rights);
  writer.date(value.since);
  writer.date(value.expiresAt);
  if (browser$ !== undefined) writer.string(browser$);
  if (address$ !== undefined) writer.string(address$);
  writer.boolean(value.opened);
  if (name$ !== undefined) writer.string(name$);
  if (places$ !== undefined) write$list$string(writer, places$);
}

export function readVisitor(reader: Reader): Visitor {
  const present = reader.u8();
  if (present > 15) throw malformed("presence bits of no field");
  const id$ = reader.string();
  const rights$ = read$list$Right(reader);
  const since$ = reader.date();
  const expiresAt$ = reader.date();
  const browser$ = (present & 1) === 0 ? undefined : reader.string();
  const address$ = (present & 2) === 0 ? undefined : reader.string();
  const opened$ = reader.boolean();
  const name$ = (present & 4) === 0 ? undefined : reader.string();
  const places$ = (present & 8) === 0 ? undefined : read$list$string(reader);
  const value: Visitor = {
    id: id$,
    rights: rights$,
    since: since$,
    expiresAt: expiresAt$,
    opened: opened$,
  };
  if (browser$ !== undefined) value.browser = browser$;
  if (address$ !== undefined) value.address = address$;
  if (name$ !== undefined) value.name = name$;
  if (places$ !== undefined) value.places = places$;
  return value;
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$PagesInfo: Codec<PagesInfo> = {
  write: writePagesInfo,
  read: readPagesInfo,
};

function write$list$Right(writer: Writer, value: readonly Right[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeRight(writer, value[i] as Right);
}

function read$list$Right(reader: Reader): readonly Right[] {
  const count = reader.count();
  const value: Right[] = [];
  for (let i = 0; i < count; i++) value.push(readRight(reader));
  return value;
}

const codec$PageLink: Codec<PageLink> = {
  write: writePageLink,
  read: readPageLink,
};

function write$list$Visitor(writer: Writer, value: readonly Visitor[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeVisitor(writer, value[i] as Visitor);
}

function read$list$Visitor(reader: Reader): readonly Visitor[] {
  const count = reader.count();
  const value: Visitor[] = [];
  for (let i = 0; i < count; i++) value.push(readVisitor(reader));
  return value;
}

const codec$list$Visitor: Codec<readonly Visitor[]> = {
  write: write$list$Visitor,
  read: read$list$Visitor,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const codec$ContentUrl: Codec<ContentUrl> = {
  write: writeContentUrl,
  read: readContentUrl,
};

function write$list$GuestPlace(writer: Writer, value: readonly GuestPlace[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeGuestPlace(writer, value[i] as GuestPlace);
}

function read$list$GuestPlace(reader: Reader): readonly GuestPlace[] {
  const count = reader.count();
  const value: GuestPlace[] = [];
  for (let i = 0; i < count; i++) value.push(readGuestPlace(reader));
  return value;
}

function write$list$string(writer: Writer, value: readonly string[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.string(value[i] as string);
}

function read$list$string(reader: Reader): readonly string[] {
  const count = reader.count();
  const value: string[] = [];
  for (let i = 0; i < count; i++) value.push(reader.string());
  return value;
}

const Pages$info: Method = {
  name: "info",
  number: 0,
  parameters: codec$none,
  result: codec$PagesInfo,
};

const Pages$link: Method = {
  name: "link",
  number: 1,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      write$list$Right(writer, args[0] as readonly Right[]);
      writer.u32(args[1] as number);
      if (args[2] !== undefined) writer.boolean(args[2] as boolean);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [read$list$Right(reader), reader.u32(), (present & 1) === 0 ? undefined : reader.boolean()];
    },
  },
  result: codec$PageLink,
};

const Pages$visitors: Method = {
  name: "visitors",
  number: 2,
  parameters: codec$none,
  result: codec$list$Visitor,
};

const Pages$dismiss: Method = {
  name: "dismiss",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Pages$content: Method = {
  name: "content",
  number: 4,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      writer.string(args[1] as string);
      if (args[2] !== undefined) writeContentOptions(writer, args[2] as ContentOptions);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), reader.string(), (present & 1) === 0 ? undefined : readContentOptions(reader)];
    },
  },
  result: codec$ContentUrl,
};

const Pages$guest: Method = {
  name: "guest",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writeGuestOptions(writer, args[0] as GuestOptions);
    },
    read: (reader) => [readGuestOptions(reader)],
  },
  result: codec$PageLink,
};

export const PagesInterface: Interface<Pages> = {
  name: "Pages",
  hash: "12b4f223b348ddf0c1352d8a5f69b4c6d7a9615895d7d1d9bd077724568b423272",
  methods: [Pages$info, Pages$link, Pages$visitors, Pages$dismiss, Pages$content, Pages$guest],
  stub: PagesStub,
};

export const Pages$capability: CapabilityCodec = { name: "Pages", interface: () => PagesInterface };
