// Codecs for schemas that are only known at run time: closures put together from the model, since code is never made
// from text while a program runs. They pack the same bytes as generated code, byte for byte, and refuse the same ones.

import type { CapabilityCodec, Codec, Interface, StreamCodec } from "../codec/interface.ts";
import { malformed, type Reader } from "../codec/reader.ts";
import { readUnknown, writeUnknown } from "../codec/unknown.ts";
import { unknownNumber } from "../codec/unknown-member.ts";
import { mismatch, type Writer } from "../codec/writer.ts";
import { graphOf, type SchemaGraph } from "./graph.ts";
import {
  type Arm,
  declarationAt,
  type EnumDeclaration,
  type Field,
  type InterfaceDeclaration,
  type Parameter,
  type ScalarName,
  type Schema,
  type Type,
  type UnionDeclaration,
} from "./schema.ts";

type Properties = Record<string, unknown>;

/** Writers and readers check what they are given, so that a value of the wrong type needs no check here. */
const scalarCodecs: { readonly [Name in ScalarName]: Codec } = {
  boolean: { write: (writer, value) => writer.boolean(value as boolean), read: (reader) => reader.boolean() },
  i8: { write: (writer, value) => writer.i8(value as number), read: (reader) => reader.i8() },
  i16: { write: (writer, value) => writer.i16(value as number), read: (reader) => reader.i16() },
  i32: { write: (writer, value) => writer.i32(value as number), read: (reader) => reader.i32() },
  i64: { write: (writer, value) => writer.i64(value as bigint), read: (reader) => reader.i64() },
  u8: { write: (writer, value) => writer.u8(value as number), read: (reader) => reader.u8() },
  u16: { write: (writer, value) => writer.u16(value as number), read: (reader) => reader.u16() },
  u32: { write: (writer, value) => writer.u32(value as number), read: (reader) => reader.u32() },
  u64: { write: (writer, value) => writer.u64(value as bigint), read: (reader) => reader.u64() },
  f32: { write: (writer, value) => writer.f32(value as number), read: (reader) => reader.f32() },
  f64: { write: (writer, value) => writer.f64(value as number), read: (reader) => reader.f64() },
  bigint: { write: (writer, value) => writer.bigint(value as bigint), read: (reader) => reader.bigint() },
  string: { write: (writer, value) => writer.string(value as string), read: (reader) => reader.string() },
  bytes: { write: (writer, value) => writer.bytesOf(value as Uint8Array), read: (reader) => reader.bytesOf() },
  date: { write: (writer, value) => writer.date(value as Date), read: (reader) => reader.date() },
  unknown: { write: writeUnknown, read: readUnknown },
};

export class InterpretedCodecs {
  readonly #schema: Schema;
  readonly #graph: SchemaGraph;
  readonly #interfaceOf: (declaration: number) => Interface;
  readonly #declared = new Map<number, Codec>();

  /** `interfaceOf` is asked when an object is first met, not before. */
  constructor(schema: Schema, interfaceOf: (declaration: number) => Interface) {
    this.#schema = schema;
    this.#graph = graphOf(schema);
    this.#interfaceOf = interfaceOf;
  }

  of(type: Type): Codec {
    switch (type.kind) {
      case "scalar":
        return scalarCodecs[type.name];
      case "reference":
        return this.#reference(type.declaration);
      case "nullable":
        return nullable(this.of(type.value));
      case "list":
        return list(this.of(type.item));
      case "set":
        return set(this.of(type.item));
      case "map":
        return map(this.of(type.key), this.of(type.value));
      case "stream":
        return stream({ item: this.of(type.item) });
      case "bytestream":
        return stream({ item: "bytes" });
    }
  }

  /** The parameters of a method as a tuple: packed like a record, but nothing at all if there are none. */
  tuple(parameters: readonly Parameter[]): Codec<readonly unknown[]> {
    if (parameters.length === 0) return { write: () => undefined, read: () => [] };
    const fields = this.#fields(parameters);
    return {
      write: (writer, values) => fields.write(writer, values),
      read: (reader) => fields.read(reader),
    };
  }

  /** Made when first asked for, and entered before its parts are: a type may contain itself. */
  #reference(index: number): Codec {
    const known = this.#declared.get(index);
    if (known !== undefined) return known;
    const codec: { -readonly [Key in keyof Codec]: Codec[Key] } = { write: unfinished, read: unfinished };
    // Those who got the codec while it was in the making hold on to it, so it is completed rather than replaced.
    const handle: Codec = {
      write: (writer, value) => codec.write(writer, value),
      read: (reader) => codec.read(reader),
    };
    this.#declared.set(index, handle);
    Object.assign(codec, this.#declaration(index));
    this.#declared.set(index, codec);
    return codec;
  }

  #declaration(index: number): Codec {
    const declaration = declarationAt(this.#schema, index);
    switch (declaration.kind) {
      case "record":
        return this.#counted(index, this.#record(declaration.name, declaration.fields));
      case "enum":
        return enumeration(declaration);
      case "union":
        return this.#counted(index, this.#union(declaration));
      case "interface":
        return this.#object(index, declaration);
    }
  }

  /** Counts levels where a value may nest without bound. */
  #counted(index: number, codec: Codec): Codec {
    if (this.#graph.unbounded[index] !== true) return codec;
    return {
      write(writer, value) {
        writer.enter();
        codec.write(writer, value);
        writer.leave();
      },
      read(reader) {
        reader.enter();
        const value = codec.read(reader);
        reader.leave();
        return value;
      },
    };
  }

  #object(index: number, { name }: InterfaceDeclaration): Codec {
    const capability: CapabilityCodec = { name, interface: () => this.#interfaceOf(index) };
    return {
      write: (writer, value) => writer.capability(capability, value as object),
      read: (reader) => reader.capability(capability),
    };
  }

  #record(name: string, fields: readonly Field[]): Codec {
    const names = fields.map((field) => field.name);
    const tuple = this.#fields(fields);
    return {
      write(writer, value) {
        const properties = checkObject(name, value);
        tuple.write(
          writer,
          names.map((field) => properties[field]),
        );
      },
      read: (reader) => withProperties({}, names, tuple.read(reader)),
    };
  }

  #union({ name, tag, arms, open }: UnionDeclaration): Codec {
    const entries = arms.map((arm) => this.#arm(tag, arm, open));
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    const byNumber = new Map(entries.map((entry) => [entry.number, entry]));
    const numbers = [...byNumber.keys()];
    return {
      write(writer, value) {
        const properties = checkObject(name, value);
        const arm = byName.get(properties[tag] as string);
        if (arm !== undefined) return arm.write(writer, properties);
        if (!open) throw mismatch(`a ${tag} of ${name}`, properties[tag]);
        writer.varint(unknownNumber(`a ${tag} of ${name}`, properties[tag], numbers));
        if (!(properties.payload instanceof Uint8Array)) throw mismatch("Uint8Array", properties.payload);
        const length = writer.beginLength();
        writer.raw(properties.payload);
        writer.endLength(length);
      },
      read(reader) {
        const number = reader.u32();
        const arm = byNumber.get(number);
        if (open) return readOpenArm(reader, tag, number, arm);
        if (arm === undefined) throw malformed(`${name} ${number}`);
        return arm.read(reader);
      },
    };
  }

  #arm(tag: string, { name, number, fields }: Arm, open: boolean): ArmCodec {
    const names = fields.map((field) => field.name);
    const tuple = this.#fields(fields);
    return {
      name,
      number,
      write(writer, properties) {
        const values = names.map((field) => properties[field]);
        writer.varint(number);
        if (!open) return tuple.write(writer, values);
        const length = writer.beginLength();
        tuple.write(writer, values);
        writer.endLength(length);
      },
      read: (reader) => withProperties({ [tag]: name }, names, tuple.read(reader)),
    };
  }

  /** What is common to records, arms and parameters: presence bits, then the values that are there. */
  #fields(fields: readonly Parameter[]): Codec<readonly unknown[]> {
    const entries = fields.map(({ type, optional }) => ({ codec: this.of(type), optional }));
    const optional = fields.flatMap((field, index) => (field.optional ? [index] : []));
    return {
      write(writer, values) {
        if (entries.length === 0) writer.u8(0);
        writePresence(writer, optional, values);
        for (const [index, entry] of entries.entries()) {
          const value = values[index];
          if (!entry.optional || value !== undefined) entry.codec.write(writer, value);
        }
      },
      read(reader) {
        if (entries.length === 0 && reader.u8() !== 0) throw malformed("an empty record that is not empty");
        const absent = readAbsent(reader, optional);
        return entries.map(({ codec }, index) => (absent.has(index) ? undefined : codec.read(reader)));
      },
    };
  }
}

interface ArmCodec {
  readonly name: string;
  readonly number: number;
  write(writer: Writer, properties: Properties): void;
  read(reader: Reader): Properties;
}

/** An arm with its length in front. One that is not known stays as it was packed. */
function readOpenArm(reader: Reader, tag: string, number: number, arm: ArmCodec | undefined): Properties {
  const from = reader.payload();
  const { at, end } = reader;
  reader.at = from;
  if (arm === undefined) return { [tag]: `#${number}`, payload: reader.raw(at - from) };
  reader.end = at;
  const value = arm.read(reader);
  reader.finish();
  reader.end = end;
  return value;
}

function checkObject(name: string, value: unknown): Properties {
  if (typeof value !== "object" || value === null) throw mismatch(name, value);
  return value as Properties;
}

function withProperties(target: Properties, names: readonly string[], values: readonly unknown[]): Properties {
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (value !== undefined) target[name] = value;
  }
  return target;
}

/** One bit for each optional field, eight to a byte, the first in the lowest bit. */
function writePresence(writer: Writer, optional: readonly number[], values: readonly unknown[]): void {
  for (let from = 0; from < optional.length; from += 8) {
    let present = 0;
    for (let bit = 0; bit < 8 && from + bit < optional.length; bit++) {
      if (values[optional[from + bit] as number] !== undefined) present |= 1 << bit;
    }
    writer.u8(present);
  }
}

const none: ReadonlySet<number> = new Set();

function readAbsent(reader: Reader, optional: readonly number[]): ReadonlySet<number> {
  if (optional.length === 0) return none;
  const absent = new Set<number>();
  for (let from = 0; from < optional.length; from += 8) {
    const present = reader.u8();
    const bits = Math.min(8, optional.length - from);
    if (present >> bits !== 0) throw malformed("presence bits of no field");
    for (let bit = 0; bit < bits; bit++) if ((present & (1 << bit)) === 0) absent.add(optional[from + bit] as number);
  }
  return absent;
}

function nullable(inner: Codec): Codec {
  return {
    write(writer, value) {
      writer.boolean(value !== null);
      if (value !== null) inner.write(writer, value);
    },
    read: (reader) => (reader.boolean() ? inner.read(reader) : null),
  };
}

function list(item: Codec): Codec {
  return {
    write(writer, value) {
      if (!Array.isArray(value)) throw mismatch("an array", value);
      writer.varint(value.length);
      // By index: an array with holes has a value there too, and it is not of the type.
      for (let i = 0; i < value.length; i++) item.write(writer, value[i]);
    },
    read(reader) {
      const count = reader.count();
      const value: unknown[] = [];
      for (let i = 0; i < count; i++) value.push(item.read(reader));
      return value;
    },
  };
}

function set(item: Codec): Codec {
  return {
    write(writer, value) {
      if (!(value instanceof Set)) throw mismatch("a Set", value);
      writer.varint(value.size);
      for (const element of value) item.write(writer, element);
    },
    read(reader) {
      const count = reader.count();
      const value = new Set();
      for (let i = 0; i < count; i++) value.add(item.read(reader));
      if (value.size !== count) throw malformed("an item of a Set twice");
      return value;
    },
  };
}

function map(key: Codec, item: Codec): Codec {
  return {
    write(writer, value) {
      if (!(value instanceof Map)) throw mismatch("a Map", value);
      writer.varint(value.size);
      for (const [name, element] of value) {
        key.write(writer, name);
        item.write(writer, element);
      }
    },
    read(reader) {
      const count = reader.count();
      const value = new Map();
      for (let i = 0; i < count; i++) value.set(key.read(reader), item.read(reader));
      if (value.size !== count) throw malformed("a key of a Map twice");
      return value;
    },
  };
}

function stream(codec: StreamCodec): Codec {
  return {
    write: (writer, value) => writer.stream(codec, value as Iterable<unknown>),
    read: (reader) => reader.stream(codec),
  };
}

function enumeration({ name, members, open }: EnumDeclaration): Codec {
  const byName = new Map<unknown, number>(members.map((member) => [member.name, member.number]));
  const byNumber = new Map(members.map((member) => [member.number, member.name]));
  const numbers = [...byNumber.keys()];
  return {
    write(writer, value) {
      const number = byName.get(value);
      if (number === undefined && !open) throw mismatch(name, value);
      writer.varint(number ?? unknownNumber(name, value, numbers));
    },
    read(reader) {
      const number = reader.u32();
      const member = byNumber.get(number);
      if (member === undefined && !open) throw malformed(`${name} ${number}`);
      return member ?? `#${number}`;
    },
  };
}

function unfinished(): never {
  throw new TypeError("a codec was used while it was in the making");
}
