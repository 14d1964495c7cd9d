// Generated from user.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type UnknownMember,
  unknownNumber,
  type Writer,
} from "#firefly/runtime.ts";

/**
 * The user that a node belongs to. A node that belongs to none has no name, no devices, and can only make or join one.
 */
export interface User {
  info(context?: CallContext): Awaitable<UserInfo>;
  /** `info`, now and whenever it has changed; of many changes, the last. */
  watch(context?: CallContext): Awaitable<StreamSource<UserInfo>>;
  /** Makes a user, whose first device this node is. `already-exists` if it belongs to one. */
  create(name: string, context?: CallContext): Awaitable<UserInfo>;
  /** For people, at most 128 bytes in UTF-8, as are names of devices. */
  rename(name: string, context?: CallContext): Awaitable<void>;
  renameDevice(device: string, name: string, context?: CallContext): Awaitable<void>;
  /** A code that makes one more device. At least 1 s and at most a week. */
  invite(role: InvitedRole, lifetimeSeconds: number, name?: string, context?: CallContext): Awaitable<Invitation>;
  /** Those that this node gave out and remembers, oldest first. */
  invitations(context?: CallContext): Awaitable<readonly InvitationInfo[]>;
  cancelInvitation(id: string, context?: CallContext): Awaitable<void>;
  /**
   * Becomes a device of whoever gave this code. A user that has only this device, and nothing in its drives, is given up for
   * it; else it is `already-exists`. `denied` if the code is refused, `corrupt` if it is mistyped, `unavailable` if its node
   * cannot be reached.
   */
  join(code: string, context?: CallContext): Awaitable<UserInfo>;
  /** Puts a device out, for ever. What this node has of what it wrote goes on to count. */
  revoke(device: string, context?: CallContext): Awaitable<void>;
  /** Nodes that are found on the local network and are no devices of this user, with the names they give themselves. */
  neighbours(context?: CallContext): Awaitable<readonly NearbyNode[]>;
}

export class UserStub extends Stub implements User {
  override get $interface(): Interface {
    return UserInterface;
  }

  info(options?: CallOptions): Promise<UserInfo> {
    return call(this, User$info, [], options);
  }

  watch(options?: CallOptions): Promise<Stream<UserInfo>> {
    return call(this, User$watch, [], options);
  }

  create(name: string, options?: CallOptions): Promise<UserInfo> {
    return call(this, User$create, [name], options);
  }

  rename(name: string, options?: CallOptions): Promise<void> {
    return call(this, User$rename, [name], options);
  }

  renameDevice(device: string, name: string, options?: CallOptions): Promise<void> {
    return call(this, User$renameDevice, [device, name], options);
  }

  invite(role: InvitedRole, lifetimeSeconds: number, name?: string, options?: CallOptions): Promise<Invitation> {
    return call(this, User$invite, [role, lifetimeSeconds, name], options);
  }

  invitations(options?: CallOptions): Promise<readonly InvitationInfo[]> {
    return call(this, User$invitations, [], options);
  }

  cancelInvitation(id: string, options?: CallOptions): Promise<void> {
    return call(this, User$cancelInvitation, [id], options);
  }

  join(code: string, options?: CallOptions): Promise<UserInfo> {
    return call(this, User$join, [code], options);
  }

  revoke(device: string, options?: CallOptions): Promise<void> {
    return call(this, User$revoke, [device], options);
  }

  neighbours(options?: CallOptions): Promise<readonly NearbyNode[]> {
    return call(this, User$neighbours, [], options);
  }
}

export interface UserInfo {
  /** Left out, as is the name, while the node belongs to no user. */
  id?: string | undefined;
  name?: string | undefined;
  /** In the order of their names; those that were revoked last. */
  devices: readonly Device[];
}

export interface Device {
  id: string;
  /** Under `/me/nodes`: unique, with a mark of its id where several have one name. */
  name: string;
  role: DeviceRole;
  /** In the mesh. Left out for what has no key of its own. */
  node?: string | undefined;
  isThis: boolean;
  /** There is a way to it now. */
  online: boolean;
  /** For how long this node has had a way to it, or when it last had one since it was started. */
  since?: Date | undefined;
  revoked: boolean;
  /** When the certificate of a tab runs out. */
  expiresAt?: Date | undefined;
  /** Name of the device over which there is a way to it, or was the last one; left out for a neighbour. */
  over?: string | undefined;
}

export type DeviceRole = "admin" | "device" | "tab" | UnknownMember;

export type InvitedRole = "device" | "tab";

export interface Invitation {
  id: string;
  /** To be given to the new device. It is told once and kept nowhere. */
  code: string;
  expiresAt: Date;
}

export interface InvitationInfo {
  id: string;
  role: InvitedRole;
  name: string;
  expiresAt: Date;
  state: InvitationState;
  /** Who has used it. */
  node?: string | undefined;
}

export type InvitationState = "open" | "spent" | "expired" | "cancelled" | UnknownMember;

export interface NearbyNode {
  node: string;
  /** As it says itself: nobody vouches for it. */
  name?: string | undefined;
  addresses: readonly string[];
}

// How values are packed, and what sessions need to know.

export function writeUserInfo(writer: Writer, value: UserInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("UserInfo", value);
  const id$ = value.id;
  const name$ = value.name;
  let present = 0;
  if (id$ !== undefined) present |= 1;
  if (name$ !== undefined) present |= 2;
  writer.u8(present);
  if (id$ !== undefined) writer.string(id$);
  if (name$ !== undefined) writer.string(name$);
  write$list$Device(writer, value.devices);
}

export function readUserInfo(reader: Reader): UserInfo {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const id$ = (present & 1) === 0 ? undefined : reader.string();
  const name$ = (present & 2) === 0 ? undefined : reader.string();
  const devices$ = read$list$Device(reader);
  const value: UserInfo = {
    devices: devices$,
  };
  if (id$ !== undefined) value.id = id$;
  if (name$ !== undefined) value.name = name$;
  return value;
}

export function writeDevice(writer: Writer, value: Device): void {
  if (typeof value !== "object" || value === null) throw mismatch("Device", value);
  const node$ = value.node;
  const since$ = value.since;
  const expiresAt$ = value.expiresAt;
  const over$ = value.over;
  let present = 0;
  if (node$ !== undefined) present |= 1;
  if (since$ !== undefined) present |= 2;
  if (expiresAt$ !== undefined) present |= 4;
  if (over$ !== undefined) present |= 8;
  writer.u8(present);
  writer.string(value.id);
  writer.string(value.name);
  writeDeviceRole(writer, value.role);
  if (node$ !== undefined) writer.string(node$);
  writer.boolean(value.isThis);
  writer.boolean(value.online);
  if (since$ !== undefined) writer.date(since$);
  writer.boolean(value.revoked);
  if (expiresAt$ !== undefined) writer.date(expiresAt$);
  if (over$ !== undefined) writer.string(over$);
}

export function readDevice(reader: Reader): Device {
  const present = reader.u8();
  if (present > 15) throw malformed("presence bits of no field");
  const id$ = reader.string();
  const name$ = reader.string();
  const role$ = readDeviceRole(reader);
  const node$ = (present & 1) === 0 ? undefined : reader.string();
  const isThis$ = reader.boolean();
  const online$ = reader.boolean();
  const since$ = (present & 2) === 0 ? undefined : reader.date();
  const revoked$ = reader.boolean();
  const expiresAt$ = (present & 4) === 0 ? undefined : reader.date();
  const over$ = (present & 8) === 0 ? undefined : reader.string();
  const value: Device = {
    id: id$,
    name: name$,
    role: role$,
    isThis: isThis$,
    online: online$,
    revoked: revoked$,
  };
  if (node$ !== undefined) value.node = node$;
  if (since$ !== undefined) value.since = since$;
  if (expiresAt$ !== undefined) value.expiresAt = expiresAt$;
  if (over$ !== undefined) value.over = over$;
  return value;
}

export function writeDeviceRole(writer: Writer, value: DeviceRole): void {
  switch (value) {
    case "admin":
      return writer.varint(0);
    case "device":
      return writer.varint(1);
    case "tab":
      return writer.varint(2);
    default:
      return writer.varint(unknownNumber("DeviceRole", value, [0, 1, 2]));
  }
}

export function readDeviceRole(reader: Reader): DeviceRole {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "admin";
    case 1:
      return "device";
    case 2:
      return "tab";
    default:
      return `#${number}`;
  }
}

export function writeInvitedRole(writer: Writer, value: InvitedRole): void {
  switch (value) {
    case "device":
      return writer.varint(0);
    case "tab":
      return writer.varint(1);
    default:
      throw mismatch("InvitedRole", value);
  }
}

export function readInvitedRole(reader: Reader): InvitedRole {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "device";
    case 1:
      return "tab";
    default:
      throw malformed(`InvitedRole ${number}`);
  }
}

export function writeInvitation(writer: Writer, value: Invitation): void {
  if (typeof value !== "object" || value === null) throw mismatch("Invitation", value);
  writer.string(value.id);
  writer.string(value.code);
  writer.date(value.expiresAt);
}

export function readInvitation(reader: Reader): Invitation {
  return {
    id: reader.string(),
    code: reader.string(),
    expiresAt: reader.date(),
  };
}

export function writeInvitationInfo(writer: Writer, value: InvitationInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("InvitationInfo", value);
  const node$ = value.node;
  let present = 0;
  if (node$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.id);
  writeInvitedRole(writer, value.role);
  writer.string(value.name);
  writer.date(value.expiresAt);
  writeInvitationState(writer, value.state);
  if (node$ !== undefined) writer.string(node$);
}

export function readInvitationInfo(reader: Reader): InvitationInfo {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const id$ = reader.string();
  const role$ = readInvitedRole(reader);
  const name$ = reader.string();
  const expiresAt$ = reader.date();
  const state$ = readInvitationState(reader);
  const node$ = (present & 1) === 0 ? undefined : reader.string();
  const value: InvitationInfo = {
    id: id$,
    role: role$,
    name: name$,
    expiresAt: expiresAt$,
    state: state$,
  };
  if (node$ !== undefined) value.node = node$;
  return value;
}

export function writeInvitationState(writer: Writer, value: InvitationState): void {
  switch (value) {
    case "open":
      return writer.varint(0);
    case "spent":
      return writer.varint(1);
    case "expired":
      return writer.varint(2);
    case "cancelled":
      return writer.varint(3);
    default:
      return writer.varint(unknownNumber("InvitationState", value, [0, 1, 2, 3]));
  }
}

export function readInvitationState(reader: Reader): InvitationState {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "open";
    case 1:
      return "spent";
    case 2:
      return "expired";
    case 3:
      return "cancelled";
    default:
      return `#${number}`;
  }
}

export function writeNearbyNode(writer: Writer, value: NearbyNode): void {
  if (typeof value !== "object" || value === null) throw mismatch("NearbyNode", value);
  const name$ = value.name;
  let present = 0;
  if (name$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.node);
  if (name$ !== undefined) writer.string(name$);
  write$list$string(writer, value.addresses);
}

export function readNearbyNode(reader: Reader): NearbyNode {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const node$ = reader.string();
  const name$ = (present & 1) === 0 ? undefined : reader.string();
  const addresses$ = read$list$string(reader);
  const value: NearbyNode = {
    node: node$,
    addresses: addresses$,
  };
  if (name$ !== undefined) value.name = name$;
  return value;
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$UserInfo: Codec<UserInfo> = {
  write: writeUserInfo,
  read: readUserInfo,
};

const stream$UserInfo: StreamCodec = { item: codec$UserInfo };

const codec$stream$UserInfo: Codec<StreamSource<UserInfo>> = {
  write: (writer, value) => writer.stream(stream$UserInfo, value),
  read: (reader) => reader.stream(stream$UserInfo) as Stream<UserInfo>,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const codec$Invitation: Codec<Invitation> = {
  write: writeInvitation,
  read: readInvitation,
};

function write$list$InvitationInfo(writer: Writer, value: readonly InvitationInfo[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeInvitationInfo(writer, value[i] as InvitationInfo);
}

function read$list$InvitationInfo(reader: Reader): readonly InvitationInfo[] {
  const count = reader.count();
  const value: InvitationInfo[] = [];
  for (let i = 0; i < count; i++) value.push(readInvitationInfo(reader));
  return value;
}

const codec$list$InvitationInfo: Codec<readonly InvitationInfo[]> = {
  write: write$list$InvitationInfo,
  read: read$list$InvitationInfo,
};

function write$list$NearbyNode(writer: Writer, value: readonly NearbyNode[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeNearbyNode(writer, value[i] as NearbyNode);
}

function read$list$NearbyNode(reader: Reader): readonly NearbyNode[] {
  const count = reader.count();
  const value: NearbyNode[] = [];
  for (let i = 0; i < count; i++) value.push(readNearbyNode(reader));
  return value;
}

const codec$list$NearbyNode: Codec<readonly NearbyNode[]> = {
  write: write$list$NearbyNode,
  read: read$list$NearbyNode,
};

function write$list$Device(writer: Writer, value: readonly Device[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeDevice(writer, value[i] as Device);
}

function read$list$Device(reader: Reader): readonly Device[] {
  const count = reader.count();
  const value: Device[] = [];
  for (let i = 0; i < count; i++) value.push(readDevice(reader));
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

const User$info: Method = {
  name: "info",
  number: 0,
  parameters: codec$none,
  result: codec$UserInfo,
};

const User$watch: Method = {
  name: "watch",
  number: 1,
  parameters: codec$none,
  result: codec$stream$UserInfo,
};

const User$create: Method = {
  name: "create",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$UserInfo,
};

const User$rename: Method = {
  name: "rename",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const User$renameDevice: Method = {
  name: "renameDevice",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.string(), reader.string()],
  },
  result: codec$void,
};

const User$invite: Method = {
  name: "invite",
  number: 5,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      writeInvitedRole(writer, args[0] as InvitedRole);
      writer.u32(args[1] as number);
      if (args[2] !== undefined) writer.string(args[2] as string);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [readInvitedRole(reader), reader.u32(), (present & 1) === 0 ? undefined : reader.string()];
    },
  },
  result: codec$Invitation,
};

const User$invitations: Method = {
  name: "invitations",
  number: 6,
  parameters: codec$none,
  result: codec$list$InvitationInfo,
};

const User$cancelInvitation: Method = {
  name: "cancelInvitation",
  number: 7,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const User$join: Method = {
  name: "join",
  number: 8,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$UserInfo,
};

const User$revoke: Method = {
  name: "revoke",
  number: 9,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const User$neighbours: Method = {
  name: "neighbours",
  number: 10,
  parameters: codec$none,
  result: codec$list$NearbyNode,
};

export const UserInterface: Interface<User> = {
  name: "User",
  hash: "12cbf2bfcab9b6feb88a4e11fe9b4a80e9a5cda19021df0f77eb3af8d14d89b92a",
  methods: [
    User$info,
    User$watch,
    User$create,
    User$rename,
    User$renameDevice,
    User$invite,
    User$invitations,
    User$cancelInvitation,
    User$join,
    User$revoke,
    User$neighbours,
  ],
  stub: UserStub,
};

export const User$capability: CapabilityCodec = { name: "User", interface: () => UserInterface };
