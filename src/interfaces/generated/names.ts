// Generated from names.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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
import {
  type Drive,
  Drive$capability,
  type DriveInfo,
  type DriveStub,
  type FileEntry,
  readDriveInfo,
  readFileEntry,
  writeDriveInfo,
  writeFileEntry,
} from "./drive.ts";
import { type Device, readDevice, writeDevice } from "./user.ts";

/**
 * The tree of names of the user: `/me/drives/NAME/path` and `/me/nodes/NAME`. Paths begin with `/me` and are at most 65,536
 * characters long. Within a drive they are those of `Drive`.
 */
export interface Names {
  /** What a path leads to. `not-found` if that is nothing, `invalid` if it is no path. */
  find(path: string, context?: CallContext): Awaitable<Named>;
  /** What is in a directory, drive or folder, in the order of names, after a name, at most `limit` (and 1024). */
  list(path: string, after?: string, limit?: number, context?: CallContext): Awaitable<readonly NameEntry[]>;
}

export class NamesStub extends Stub implements Names {
  override get $interface(): Interface {
    return NamesInterface;
  }

  find(path: string, options?: CallOptions): Promise<ReceivedNamed> {
    return call(this, Names$find, [path], options);
  }

  list(path: string, after?: string, limit?: number, options?: CallOptions): Promise<readonly NameEntry[]> {
    return call(this, Names$list, [path, after, limit], options);
  }
}

export type Named =
  /** `/`, `/me`, `/me/drives` or `/me/nodes`. */
  | {
      kind: "directory";
      path: string;
    }
  /** Something in a drive; `path` is within it. `entry` is left out if there is nothing (yet). */
  | {
      kind: "file";
      drive: Drive;
      driveId: string;
      driveName: string;
      path: string;
      entry?: FileEntry | undefined;
    }
  | {
      kind: "node";
      device: Device;
    };

export type ReceivedNamed =
  /** `/`, `/me`, `/me/drives` or `/me/nodes`. */
  | {
      kind: "directory";
      path: string;
    }
  /** Something in a drive; `path` is within it. `entry` is left out if there is nothing (yet). */
  | {
      kind: "file";
      drive: DriveStub;
      driveId: string;
      driveName: string;
      path: string;
      entry?: FileEntry | undefined;
    }
  | {
      kind: "node";
      device: Device;
    };

export type NameEntry =
  | {
      kind: "directory";
      name: string;
    }
  | {
      kind: "drive";
      name: string;
      drive: DriveInfo;
    }
  | {
      kind: "file";
      name: string;
      entry: FileEntry;
    }
  | {
      kind: "node";
      name: string;
      device: Device;
    };

// How values are packed, and what sessions need to know.

export function writeNamed(writer: Writer, value: Named): void {
  if (typeof value !== "object" || value === null) throw mismatch("Named", value);
  switch (value.kind) {
    case "directory": {
      writer.varint(0);
      writer.string(value.path);
      break;
    }
    case "file": {
      writer.varint(1);
      const entry$ = value.entry;
      let present = 0;
      if (entry$ !== undefined) present |= 1;
      writer.u8(present);
      writer.capability(Drive$capability, value.drive);
      writer.string(value.driveId);
      writer.string(value.driveName);
      writer.string(value.path);
      if (entry$ !== undefined) writeFileEntry(writer, entry$);
      break;
    }
    case "node": {
      writer.varint(2);
      writeDevice(writer, value.device);
      break;
    }
    default:
      throw mismatch("a kind of Named", (value as Named).kind);
  }
}

export function readNamed(reader: Reader): ReceivedNamed {
  const number = reader.u32();
  switch (number) {
    case 0: {
      return {
        kind: "directory",
        path: reader.string(),
      };
    }
    case 1: {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      const drive$ = reader.capability(Drive$capability) as DriveStub;
      const driveId$ = reader.string();
      const driveName$ = reader.string();
      const path$ = reader.string();
      const entry$ = (present & 1) === 0 ? undefined : readFileEntry(reader);
      const value: ReceivedNamed = {
        kind: "file",
        drive: drive$,
        driveId: driveId$,
        driveName: driveName$,
        path: path$,
      };
      if (entry$ !== undefined) value.entry = entry$;
      return value;
    }
    case 2: {
      return {
        kind: "node",
        device: readDevice(reader),
      };
    }
    default:
      throw malformed(`Named ${number}`);
  }
}

export function writeNameEntry(writer: Writer, value: NameEntry): void {
  if (typeof value !== "object" || value === null) throw mismatch("NameEntry", value);
  switch (value.kind) {
    case "directory": {
      writer.varint(0);
      writer.string(value.name);
      break;
    }
    case "drive": {
      writer.varint(1);
      writer.string(value.name);
      writeDriveInfo(writer, value.drive);
      break;
    }
    case "file": {
      writer.varint(2);
      writer.string(value.name);
      writeFileEntry(writer, value.entry);
      break;
    }
    case "node": {
      writer.varint(3);
      writer.string(value.name);
      writeDevice(writer, value.device);
      break;
    }
    default:
      throw mismatch("a kind of NameEntry", (value as NameEntry).kind);
  }
}

export function readNameEntry(reader: Reader): NameEntry {
  const number = reader.u32();
  switch (number) {
    case 0: {
      return {
        kind: "directory",
        name: reader.string(),
      };
    }
    case 1: {
      return {
        kind: "drive",
        name: reader.string(),
        drive: readDriveInfo(reader),
      };
    }
    case 2: {
      return {
        kind: "file",
        name: reader.string(),
        entry: readFileEntry(reader),
      };
    }
    case 3: {
      return {
        kind: "node",
        name: reader.string(),
        device: readDevice(reader),
      };
    }
    default:
      throw malformed(`NameEntry ${number}`);
  }
}

const codec$Named: Codec<Named> = {
  write: writeNamed,
  read: readNamed,
};

function write$list$NameEntry(writer: Writer, value: readonly NameEntry[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeNameEntry(writer, value[i] as NameEntry);
}

function read$list$NameEntry(reader: Reader): readonly NameEntry[] {
  const count = reader.count();
  const value: NameEntry[] = [];
  for (let i = 0; i < count; i++) value.push(readNameEntry(reader));
  return value;
}

const codec$list$NameEntry: Codec<readonly NameEntry[]> = {
  write: write$list$NameEntry,
  read: read$list$NameEntry,
};

const Names$find: Method = {
  name: "find",
  number: 0,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Named,
};

const Names$list: Method = {
  name: "list",
  number: 1,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      if (args[2] !== undefined) present |= 2;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.string(args[1] as string);
      if (args[2] !== undefined) writer.u32(args[2] as number);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 3) throw malformed("presence bits of no field");
      return [
        reader.string(),
        (present & 1) === 0 ? undefined : reader.string(),
        (present & 2) === 0 ? undefined : reader.u32(),
      ];
    },
  },
  result: codec$list$NameEntry,
};

export const NamesInterface: Interface<Names> = {
  name: "Names",
  hash: "129bbd7f1b2fc61eb7820bb330486ca9c6af3c10c4cfb6362d001bbb0f93406ccf",
  methods: [Names$find, Names$list],
  stub: NamesStub,
};

export const Names$capability: CapabilityCodec = { name: "Names", interface: () => NamesInterface };
