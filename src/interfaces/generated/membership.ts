// Generated from membership.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  type Method,
  mismatch,
  type Reader,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";

/**
 * How the devices of a user tell each other who belongs to it, and how a new one comes in by invitation. Statements are
 * signed, so it does not matter who brings them.
 */
export interface Membership {
  /** The hashes of the statements that no other builds on. Two that have the same heads know the same. Members only. */
  heads(context?: CallContext): Awaitable<readonly Uint8Array[]>;
  /**
   * The statements that somebody lacks who knows these heads, causes before effects, or the first part of them: ask again
   * with the heads that follow. Members only.
   */
  missing(heads: readonly Uint8Array[], context?: CallContext): Awaitable<readonly Uint8Array[]>;
  /**
   * Takes in statements, from anybody: so a device can show to one that has not heard of it yet that it is a member.
   * `too-large` for more than 128 in one call, `exhausted` for more than are verified in this time.
   */
  merge(statements: readonly Uint8Array[], context?: CallContext): Awaitable<void>;
  /**
   * Makes the caller, who has linked with an invitation of this node, a device of the user; the invitation is spent.
   * Gives the user's statements, as `missing` does to who knows none. A second call, if an answer was lost, gives them
   * again; until the invitation expires.
   */
  redeem(name: string, context?: CallContext): Awaitable<readonly Uint8Array[]>;
  /**
   * A new certificate for the caller, a tab that this node has let in: as long as that goes on, and if the one it has is past
   * a third of its time. Gives the statements that follow these heads, as `missing` does. `denied` to all others.
   */
  renew(heads: readonly Uint8Array[], context?: CallContext): Awaitable<readonly Uint8Array[]>;
}

export class MembershipStub extends Stub implements Membership {
  override get $interface(): Interface {
    return MembershipInterface;
  }

  heads(options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Membership$heads, [], options);
  }

  missing(heads: readonly Uint8Array[], options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Membership$missing, [heads], options);
  }

  merge(statements: readonly Uint8Array[], options?: CallOptions): Promise<void> {
    return call(this, Membership$merge, [statements], options);
  }

  redeem(name: string, options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Membership$redeem, [name], options);
  }

  renew(heads: readonly Uint8Array[], options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Membership$renew, [heads], options);
  }
}

// How values are packed, and what sessions need to know.

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

function write$list$bytes(writer: Writer, value: readonly Uint8Array[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.bytesOf(value[i] as Uint8Array);
}

function read$list$bytes(reader: Reader): readonly Uint8Array[] {
  const count = reader.count();
  const value: Uint8Array[] = [];
  for (let i = 0; i < count; i++) value.push(reader.bytesOf());
  return value;
}

const codec$list$bytes: Codec<readonly Uint8Array[]> = {
  write: write$list$bytes,
  read: read$list$bytes,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const Membership$heads: Method = {
  name: "heads",
  number: 0,
  parameters: codec$none,
  result: codec$list$bytes,
};

const Membership$missing: Method = {
  name: "missing",
  number: 1,
  parameters: {
    write: (writer, args) => {
      write$list$bytes(writer, args[0] as readonly Uint8Array[]);
    },
    read: (reader) => [read$list$bytes(reader)],
  },
  result: codec$list$bytes,
};

const Membership$merge: Method = {
  name: "merge",
  number: 2,
  parameters: {
    write: (writer, args) => {
      write$list$bytes(writer, args[0] as readonly Uint8Array[]);
    },
    read: (reader) => [read$list$bytes(reader)],
  },
  result: codec$void,
};

const Membership$redeem: Method = {
  name: "redeem",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$list$bytes,
};

const Membership$renew: Method = {
  name: "renew",
  number: 4,
  parameters: {
    write: (writer, args) => {
      write$list$bytes(writer, args[0] as readonly Uint8Array[]);
    },
    read: (reader) => [read$list$bytes(reader)],
  },
  result: codec$list$bytes,
};

export const MembershipInterface: Interface<Membership> = {
  name: "Membership",
  hash: "126fbe44d15bfd3d2394d71e34945d479ee071fbc3e95a048d701f42cab4767be7",
  methods: [Membership$heads, Membership$missing, Membership$merge, Membership$redeem, Membership$renew],
  stub: MembershipStub,
};

export const Membership$capability: CapabilityCodec = { name: "Membership", interface: () => MembershipInterface };
