// Generated and interpreted codecs are two implementations of one format. Over random schemas: both give back every
// value, both give the same bytes, and both refuse bytes that are not a value, cleanly and at once.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Codec, Interface } from "#firefly/codec/interface.ts";
import { generate, generatedPath } from "#firefly/schema/generator.ts";
import { InterpretedSchema } from "#firefly/schema/interpreted.ts";
import type { Schema, Type } from "#firefly/schema/schema.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { pack, type Packed, unpack } from "../arbitraries/carrier.ts";
import { argumentsOf, someSchema, Token, valueOf } from "../arbitraries/schema.ts";

const crypto = new NodeCrypto();
const schemas = fc.sample(someSchema, { seed: 20_261_121, numRuns: 40 });
const runtime = new URL("../../src/firefly/runtime.ts", import.meta.url).pathname;

/** One place where values are packed, in both implementations. */
interface Site {
  readonly name: string;
  readonly generated: Codec;
  readonly interpreted: Codec;
  readonly value: fc.Arbitrary<unknown>;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-schema-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

type Module = Readonly<Record<string, unknown>>;

/** Generates, writes and imports all files of a schema. */
async function load(schema: Schema, name: string): Promise<Module[]> {
  const paths = schema.files.map(({ path }) => join(folder, name, generatedPath(path)));
  for (const [file, path] of paths.entries()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, generate(schema, file, { crypto, runtime }));
  }
  return Promise.all(paths.map((path) => import(pathToFileURL(path).href) as Promise<Module>));
}

function sitesOf(schema: Schema, modules: readonly Module[]): Site[] {
  const interpreted = new InterpretedSchema(schema, crypto);
  return schema.declarations.flatMap((declaration, index): Site[] => {
    const { name, file } = declaration;
    const module = modules[file] as Module;
    if (declaration.kind !== "interface") {
      const type: Type = { kind: "reference", declaration: index };
      const generated = { write: module[`write${name}`], read: module[`read${name}`] } as Codec;
      return [{ name, generated, interpreted: interpreted.codec(type), value: valueOf(schema, type) }];
    }
    const ours = module[`${name}Interface`] as Interface;
    const theirs = interpreted.interface(index);
    return declaration.methods.flatMap(({ name: method, number, parameters, result }): Site[] => [
      {
        name: `${name}.${method}(...)`,
        generated: ours.methods[number]?.parameters as Codec,
        interpreted: theirs.methods[number]?.parameters as Codec,
        value: argumentsOf(schema, parameters),
      },
      {
        name: `${name}.${method}`,
        generated: ours.methods[number]?.result as Codec,
        interpreted: theirs.methods[number]?.result as Codec,
        value: result === null ? fc.constant(undefined) : valueOf(schema, result),
      },
    ]);
  });
}

/** What comes of reading some bytes: a value, or the message of a GlowError. Any other error is a failure. */
function outcome(codec: Codec, packed: Packed): { value: unknown } | { error: string } {
  try {
    return { value: unpack(codec, packed) };
  } catch (thrown) {
    if (!(thrown instanceof GlowError)) throw thrown;
    return { error: `${thrown.kind} ${thrown.message}` };
  }
}

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });

/** Bytes near a valid encoding: one changed, cut off, put in or taken out. */
const mutation = fc.record({
  kind: fc.constantFrom("replace", "cut", "insert", "remove"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
});

function mutated(bytes: Uint8Array, changes: readonly { kind: string; at: number; byte: number }[]): Uint8Array {
  const list = [...bytes];
  for (const { kind, at, byte } of changes) {
    const index = Math.floor(at * list.length);
    if (kind === "replace") list[index] = byte;
    else if (kind === "cut") list.length = index;
    else if (kind === "insert") list.splice(index, 0, byte);
    else list.splice(index, 1);
  }
  return Uint8Array.from(list);
}

describe.each(schemas.map((schema, index) => ({ schema, name: `schema ${index}` })))("$name", ({ schema, name }) => {
  let sites: Site[];
  let modules: Module[];

  beforeAll(async () => {
    modules = await load(schema, name.replace(" ", "-"));
    sites = sitesOf(schema, modules);
  });

  test("every value comes back, and both give the same bytes", () => {
    for (const site of sites) {
      fc.assert(
        fc.property(site.value, (value) => {
          const packed = pack(site.generated, value);
          expect(pack(site.interpreted, value), site.name).toEqual(packed);
          expect(unpack(site.generated, packed), site.name).toStrictEqual(value);
          expect(unpack(site.interpreted, packed), site.name).toStrictEqual(value);
        }),
        { numRuns: 20 },
      );
    }
  });

  test("other bytes give a value or a GlowError, the same in both", () => {
    const table = [new Token(0), new Token(1)];
    for (const site of sites) {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .tuple(site.value, fc.array(mutation, { minLength: 1, maxLength: 4 }))
          .map(([value, changes]) => mutated(pack(site.generated, value).bytes, changes)),
      );
      fc.assert(
        fc.property(bytes, (some) => {
          const packed = { bytes: some, table };
          expect(outcome(site.interpreted, packed), site.name).toEqual(outcome(site.generated, packed));
        }),
        { numRuns: 30 },
      );
    }
  });

  test("values of another type are refused with a GlowError, by both", () => {
    for (const site of sites) {
      fc.assert(
        fc.property(fc.oneof(anything, fc.array(anything)), (value) => {
          // Arguments are a tuple by contract: stubs make it, not callers.
          if (site.name.endsWith(")") && !Array.isArray(value)) return;
          const outcomes = [site.generated, site.interpreted].map((codec) => {
            try {
              return pack(codec, value);
            } catch (thrown) {
              if (!(thrown instanceof GlowError)) throw thrown;
              return `${thrown.kind} ${thrown.message}`;
            }
          });
          expect(outcomes[1], site.name).toEqual(outcomes[0]);
        }),
        { numRuns: 30 },
      );
    }
  });

  test("interfaces are the same at run time", () => {
    const interpreted = new InterpretedSchema(schema, crypto);
    for (const [index, declaration] of schema.declarations.entries()) {
      if (declaration.kind !== "interface") continue;
      const generated = modules[declaration.file]?.[`${declaration.name}Interface`] as Interface;
      const other = interpreted.interface(index);
      expect(shapeOf(other)).toEqual(shapeOf(generated));
    }
  });
});

/** What can be compared of an interface: all but the codecs. */
function shapeOf({ name, hash, methods, stub }: Interface): unknown {
  return {
    name,
    hash,
    stub: stub.name,
    members: Object.getOwnPropertyNames(stub.prototype).sort(),
    methods: methods.map((method) => method && [method.name, method.number, method.pipeline !== undefined]),
  };
}
