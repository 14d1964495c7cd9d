// Generated from greeting.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  type Method,
  Stub,
} from "#firefly/runtime.ts";

/**
 * What a node tells to anybody who links with it: protocol `glow greeting 1`. So neighbours of a local network can be shown by
 * name, while none is broadcast there.
 */
export interface Greeting {
  /** Of the device, as people call it. Nobody vouches for it. */
  name(context?: CallContext): Awaitable<string>;
}

export class GreetingStub extends Stub implements Greeting {
  override get $interface(): Interface {
    return GreetingInterface;
  }

  name(options?: CallOptions): Promise<string> {
    return call(this, Greeting$name, [], options);
  }
}

// How values are packed, and what sessions need to know.

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$string: Codec<string> = {
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
};

const Greeting$name: Method = {
  name: "name",
  number: 0,
  parameters: codec$none,
  result: codec$string,
};

export const GreetingInterface: Interface<Greeting> = {
  name: "Greeting",
  hash: "12d8c93f6109ce873111c8944ca7ed2aa8f7c844ef4067bc55acdc7dd504f7c2ef",
  methods: [Greeting$name],
  stub: GreetingStub,
};

export const Greeting$capability: CapabilityCodec = { name: "Greeting", interface: () => GreetingInterface };
