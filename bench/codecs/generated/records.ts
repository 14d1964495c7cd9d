// Generated from records.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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

/** A small message. */
export interface Message {
  id: number;
  name: string;
}

export interface Owner {
  id: number;
  role: string;
}

/** A record of middling size: a file in a listing. */
export interface FileEntry {
  name: string;
  sizeBytes: number;
  modifiedMs: number;
  readOnly: boolean;
  tags: readonly string[];
  owners: readonly Owner[];
  parent?: number | undefined;
  comment?: string | undefined;
  label?: string | undefined;
}

/** A large list. */
export interface Listing {
  entries: readonly FileEntry[];
}

export interface Records {
  message(value: Message, context?: CallContext): Awaitable<Message>;
  entry(value: FileEntry, context?: CallContext): Awaitable<FileEntry>;
  listing(value: Listing, context?: CallContext): Awaitable<Listing>;
}

export class RecordsStub extends Stub implements Records {
  override get $interface(): Interface {
    return RecordsInterface;
  }

  message(value: Message, options?: CallOptions): Promise<Message> {
    return call(this, Records$message, [value], options);
  }

  entry(value: FileEntry, options?: CallOptions): Promise<FileEntry> {
    return call(this, Records$entry, [value], options);
  }

  listing(value: Listing, options?: CallOptions): Promise<Listing> {
    return call(this, Records$listing, [value], options);
  }
}

// How values are packed, and what sessions need to know.

export function writeMessage(writer: Writer, value: Message): void {
  if (typeof value !== "object" || value === null) throw mismatch("Message", value);
  writer.i32(value.id);
  writer.string(value.name);
}

export function readMessage(reader: Reader): Message {
  return {
    id: reader.i32(),
    name: reader.string(),
  };
}

export function writeOwner(writer: Writer, value: Owner): void {
  if (typeof value !== "object" || value === null) throw mismatch("Owner", value);
  writer.u32(value.id);
  writer.string(value.role);
}

export function readOwner(reader: Reader): Owner {
  return {
    id: reader.u32(),
    role: reader.string(),
  };
}

export function writeFileEntry(writer: Writer, value: FileEntry): void {
  if (typeof value !== "object" || value === null) throw mismatch("FileEntry", value);
  const parent$ = value.parent;
  const comment$ = value.comment;
  const label$ = value.label;
  let present = 0;
  if (parent$ !== undefined) present |= 1;
  if (comment$ !== undefined) present |= 2;
  if (label$ !== undefined) present |= 4;
  writer.u8(present);
  writer.string(value.name);
  writer.u32(value.sizeBytes);
  writer.f64(value.modifiedMs);
  writer.boolean(value.readOnly);
  write$list$string(writer, value.tags);
  write$list$Owner(writer, value.owners);
  if (parent$ !== undefined) writer.u32(parent$);
  if (comment$ !== undefined) writer.string(comment$);
  if (label$ !== undefined) writer.string(label$);
}

export function readFileEntry(reader: Reader): FileEntry {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const name$ = reader.string();
  const sizeBytes$ = reader.u32();
  const modifiedMs$ = reader.f64();
  const readOnly$ = reader.boolean();
  const tags$ = read$list$string(reader);
  const owners$ = read$list$Owner(reader);
  const parent$ = (present & 1) === 0 ? undefined : reader.u32();
  const comment$ = (present & 2) === 0 ? undefined : reader.string();
  const label$ = (present & 4) === 0 ? undefined : reader.string();
  const value: FileEntry = {
    name: name$,
    sizeBytes: sizeBytes$,
    modifiedMs: modifiedMs$,
    readOnly: readOnly$,
    tags: tags$,
    owners: owners$,
  };
  if (parent$ !== undefined) value.parent = parent$;
  if (comment$ !== undefined) value.comment = comment$;
  if (label$ !== undefined) value.label = label$;
  return value;
}

export function writeListing(writer: Writer, value: Listing): void {
  if (typeof value !== "object" || value === null) throw mismatch("Listing", value);
  write$list$FileEntry(writer, value.entries);
}

export function readListing(reader: Reader): Listing {
  return {
    entries: read$list$FileEntry(reader),
  };
}

function write$list$string(writer: Writer, value: readonly string[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.string(value[i] as string);
}

function write$list$Owner(writer: Writer, value: readonly Owner[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeOwner(writer, value[i] as Owner);
}

function read$list$string(reader: Reader): readonly string[] {
  const count = reader.count();
  const value: string[] = [];
  for (let i = 0; i < count; i++) value.push(reader.string());
  return value;
}

function read$list$Owner(reader: Reader): readonly Owner[] {
  const count = reader.count();
  const value: Owner[] = [];
  for (let i = 0; i < count; i++) value.push(readOwner(reader));
  return value;
}

function write$list$FileEntry(writer: Writer, value: readonly FileEntry[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFileEntry(writer, value[i] as FileEntry);
}

function read$list$FileEntry(reader: Reader): readonly FileEntry[] {
  const count = reader.count();
  const value: FileEntry[] = [];
  for (let i = 0; i < count; i++) value.push(readFileEntry(reader));
  return value;
}

const codec$Message: Codec<Message> = {
  write: writeMessage,
  read: readMessage,
};

const codec$FileEntry: Codec<FileEntry> = {
  write: writeFileEntry,
  read: readFileEntry,
};

const codec$Listing: Codec<Listing> = {
  write: writeListing,
  read: readListing,
};

const Records$message: Method = {
  name: "message",
  number: 0,
  parameters: {
    write: (writer, args) => {
      writeMessage(writer, args[0] as Message);
    },
    read: (reader) => [readMessage(reader)],
  },
  result: codec$Message,
};

const Records$entry: Method = {
  name: "entry",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writeFileEntry(writer, args[0] as FileEntry);
    },
    read: (reader) => [readFileEntry(reader)],
  },
  result: codec$FileEntry,
};

const Records$listing: Method = {
  name: "listing",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writeListing(writer, args[0] as Listing);
    },
    read: (reader) => [readListing(reader)],
  },
  result: codec$Listing,
};

export const RecordsInterface: Interface<Records> = {
  name: "Records",
  hash: "12e5cffda9be372efcfeca510ae36ae58ec96ec67737d8acb12a75f73238ad55c7",
  methods: [Records$message, Records$entry, Records$listing],
  stub: RecordsStub,
};

export const Records$capability: CapabilityCodec = { name: "Records", interface: () => RecordsInterface };
