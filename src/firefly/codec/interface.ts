// What is known about an interface at run time. `glow idl gen` writes these as source; `schema/interpreted.ts` builds
// them from a schema that is only known at run time. The session uses nothing else.

import type { Reader } from "./reader.ts";
import type { Stub, StubClass } from "./stub.ts";
import type { Writer } from "./writer.ts";

/** Packs and unpacks the values of one type. Both throw GlowError `invalid` for what is not of the type. */
export interface Codec<Value = unknown> {
  write(writer: Writer, value: Value): void;
  read(reader: Reader): Value;
}

/**
 * An interface: a set of methods with its hash. Two sides understand each other if the hashes are equal.
 * `Target` is what implements it, for the compiler only.
 */
export interface Interface<Target extends object = object> {
  readonly name: string;
  /** The tagged hash of the canonical form, as hexadecimal text. */
  readonly hash: string;
  /** By method number; a number that was retired is a hole. */
  readonly methods: readonly (Method | undefined)[];
  /** What represents a remote object of this interface. */
  readonly stub: StubClass<Stub>;
  /** Never there. */
  readonly target?: Target;
}

export interface Method {
  readonly name: string;
  readonly number: number;
  /** All parameters as one tuple. */
  readonly parameters: Codec<readonly unknown[]>;
  readonly result: Codec;
  /** There if calls can be made on objects in the result before it has arrived. */
  readonly pipeline?: ResultPaths;
}

/** The objects in a result, by paths of field numbers. The empty path is the result itself. */
export interface ResultPaths {
  /** The interface of the object at a path; undefined if the schema has none there. */
  typeAt(path: readonly number[]): Interface | undefined;
  /** The object at a path in a result. */
  follow(result: unknown, path: readonly number[]): unknown;
}

/** A place in a value where an object of an interface stands. The interface is a function as interfaces may be recursive. */
export interface CapabilityCodec {
  readonly name: string;
  readonly interface: () => Interface;
}

/** A place in a value where a stream stands: of items with a codec, or of bytes. */
export interface StreamCodec {
  readonly item: Codec | "bytes";
}
