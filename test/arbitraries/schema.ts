// Any schema, and any value of any of its types. Names are picked to get in the way of generated code: reserved words,
// its own parameters, members of every object. What two independent draws would break is repaired, not thrown away.

import fc from "fast-check";
import { graphOf, type SchemaGraph } from "#firefly/schema/graph.ts";
import { faultsOf, type Place } from "#firefly/schema/rules.ts";
import type {
  Arm,
  Declaration,
  Documented,
  Field,
  Method,
  Parameter,
  ScalarName,
  Schema,
  Type,
  UnionDeclaration,
} from "#firefly/schema/schema.ts";

// ------------------------------------------------------------------------------------------------- schemas

const declarationNames = [
  "File",
  "Folder",
  "Node",
  "A",
  "Z9",
  "Error",
  "Object",
  "Under_score",
  "Value",
  "Tree",
  "Shape",
];
const memberNames = [
  "id name value reader writer present args at end from length number payload",
  "default class delete of type call ask pipelined options context _private X1",
].flatMap((line) => line.split(" "));
const parameterNames = memberNames.filter((name) => !["default", "class", "delete"].includes(name));
const texts = ["red", "not-found", "a b", "text/plain", "1", "UPPER", "x.y", "~"];
const documentations = [
  "What it is.",
  "Two\nlines.",
  "A list:\n\n  * one\n  * two",
  "* starred",
  "an @ in the middle",
  "/ slash",
];
const tags = ["kind", "type", "is"];

const scalarNames: readonly ScalarName[] = [
  ...(["boolean", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"] as const),
  ...(["bigint", "string", "bytes", "date", "unknown"] as const),
];
const keyNames = scalarNames.filter((name) => !["f32", "bytes", "date", "unknown"].includes(name));

const someScalar = fc.constantFrom(...scalarNames).map((name): Type => ({ kind: "scalar", name }));

const documented: fc.Arbitrary<Documented> = fc.record(
  {
    documentation: fc.constantFrom(...documentations),
    deprecated: fc.constantFrom("", "use the other one"),
  },
  { requiredKeys: [] },
);

/** Ascending, mostly without gaps: a gap is a member that was removed. */
const ascending = (count: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(3), fc.nat(200)), {
      minLength: count,
      maxLength: count,
    })
    .map((gaps) => gaps.reduce<number[]>((list, gap) => [...list, (list.at(-1) ?? -1) + 1 + gap], []));

/** Members with distinct names, each made from its name and number. */
function members<Member>(
  names: readonly string[],
  least: number,
  make: (name: string, number: number) => fc.Arbitrary<Member>,
): fc.Arbitrary<Member[]> {
  return fc
    .uniqueArray(fc.constantFrom(...names), { minLength: least, maxLength: 6 })
    .chain((chosen) =>
      ascending(chosen.length).chain((list) => fc.tuple(...chosen.map((name, i) => make(name, list[i] as number)))),
    );
}

function someType(kinds: readonly Declaration["kind"][], depth: number): fc.Arbitrary<Type> {
  const reference = fc.nat(kinds.length - 1).map((declaration): Type => ({ kind: "reference", declaration }));
  if (depth === 0) return fc.oneof(someScalar, reference);
  const inner = fc.constant(null).chain(() => someType(kinds, depth - 1));
  const enums = kinds.flatMap((kind, declaration): Type[] =>
    kind === "enum" ? [{ kind: "reference", declaration }] : [],
  );
  const key = fc.constantFrom<Type>(...keyNames.map((name): Type => ({ kind: "scalar", name })), ...enums);
  return fc.oneof(
    { weight: 5, arbitrary: someScalar },
    { weight: 4, arbitrary: reference },
    inner.map((value): Type => ({ kind: "nullable", value })),
    { weight: 2, arbitrary: inner.map((item): Type => ({ kind: "list", item })) },
    key.map((item): Type => ({ kind: "set", item })),
    fc.tuple(key, inner).map(([of, value]): Type => ({ kind: "map", key: of, value })),
    inner.map((item): Type => ({ kind: "stream", item })),
    fc.constant<Type>({ kind: "bytestream" }),
  );
}

function someField(type: fc.Arbitrary<Type>, name: string, number: number): fc.Arbitrary<Field> {
  return fc
    .tuple(type, fc.boolean(), documented)
    .map(([of, optional, rest]) => ({ number, name, type: of, optional, ...rest }));
}

function someMethod(type: fc.Arbitrary<Type>, name: string, number: number): fc.Arbitrary<Method> {
  const parameters = members(parameterNames, 0, (parameter) => fc.record({ name: fc.constant(parameter), type })).chain(
    (list) =>
      // The last ones are optional.
      fc
        .nat(list.length)
        .map((required) => list.map((one, index): Parameter => ({ ...one, optional: index >= required }))),
  );
  return fc
    .tuple(parameters, fc.option(type), documented)
    .map(([list, result, rest]) => ({ number, name, parameters: list, result, ...rest }));
}

function someDeclaration(
  kind: Declaration["kind"],
  name: string,
  file: number,
  kinds: readonly Declaration["kind"][],
): fc.Arbitrary<Declaration> {
  const type = someType(kinds, 2);
  const field = (of: string, number: number): fc.Arbitrary<Field> => someField(type, of, number);
  const base = documented.map((rest) => ({ name, file, ...rest }));
  switch (kind) {
    case "record":
      return fc.tuple(base, members(memberNames, 0, field)).map(([rest, fields]) => ({ kind, ...rest, fields }));
    case "enum": {
      const member = (text: string, number: number): fc.Arbitrary<{ number: number; name: string }> =>
        documented.map((rest) => ({ number, name: text, ...rest }));
      return fc
        .tuple(base, fc.boolean(), members(texts, 1, member))
        .map(([rest, open, list]) => ({ kind, ...rest, open, members: list }));
    }
    case "union": {
      const arm = (text: string, number: number): fc.Arbitrary<Arm> =>
        fc
          .tuple(documented, members(memberNames, 0, field))
          .map(([rest, fields]) => ({ number, name: text, ...rest, fields }));
      return fc
        .tuple(base, fc.boolean(), fc.constantFrom(...tags), members(texts, 1, arm))
        .map(([rest, open, tag, arms]) => ({ kind, ...rest, open, tag, arms }));
    }
    case "interface":
      return fc
        .tuple(
          base,
          members(memberNames, 0, (method, number) => someMethod(type, method, number)),
        )
        .map(([rest, methods]) => ({ kind, ...rest, methods }));
  }
}

/** Without faults; with one or two files, which may import from one another in a circle. */
export const someSchema: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...declarationNames), { minLength: 1, maxLength: 7 }),
    fc.array(fc.constantFrom<Declaration["kind"]>("record", "record", "enum", "union", "interface"), {
      minLength: 7,
      maxLength: 7,
    }),
    fc.nat(7),
  )
  .chain(([names, allKinds, inFirst]) => {
    const kinds = allKinds.slice(0, names.length);
    const declarations = names.map((name, i) =>
      someDeclaration(kinds[i] as Declaration["kind"], name, i < inFirst ? 0 : 1, kinds),
    );
    return fc.tuple(...declarations);
  })
  .map((declarations) => repaired({ files: fileNames(declarations), declarations: ownFiles(declarations) }));

function fileNames(declarations: readonly Declaration[]): { path: string }[] {
  const count = new Set(declarations.map((declaration) => declaration.file)).size;
  return [{ path: "one.firefly" }, { path: "more/two.firefly" }].slice(0, count);
}

/** Counts files from 0, also if the first one drew no declaration. */
function ownFiles(declarations: readonly Declaration[]): Declaration[] {
  const least = Math.min(...declarations.map((declaration) => declaration.file));
  return declarations.map((declaration) => ({ ...declaration, file: declaration.file - least }));
}

const plain: Type = { kind: "scalar", name: "i32" };

/** Puts a number wherever a rule is broken, until none is. */
function repaired(schema: Schema): Schema {
  const faults = faultsOf(schema);
  if (faults.length === 0) return schema;
  const declarations = [...schema.declarations];
  for (const { place } of faults) {
    declarations[place.declaration] = repairedAt(declarations[place.declaration] as Declaration, place);
  }
  return repaired({ ...schema, declarations });
}

function repairedAt(declaration: Declaration, { member, inner }: Place): Declaration {
  const at = (fields: readonly Field[], index: number | undefined): Field[] =>
    fields.map((field, i) => (index === undefined || i === index ? { ...field, type: plain } : field));
  switch (declaration.kind) {
    case "record":
      return { ...declaration, fields: at(declaration.fields, member) };
    case "union": {
      const arms = declaration.arms.map((arm, i) =>
        member === undefined || i === member
          ? {
              ...arm,
              fields: at(arm.fields, typeof inner === "number" ? inner : undefined).filter(
                ({ name }) => name !== declaration.tag,
              ),
            }
          : arm,
      );
      return { ...declaration, arms };
    }
    case "interface": {
      const methods = declaration.methods.map((method, i) => {
        if (i !== member) return method;
        if (inner === "result") return { ...method, result: plain };
        return {
          ...method,
          parameters: method.parameters.map((one, j) => (j === inner ? { ...one, type: plain } : one)),
        };
      });
      return { ...declaration, methods };
    }
    case "enum":
      return declaration;
  }
}

// -------------------------------------------------------------------------------------------------- values

/** An object or stream in a value: nothing but its own name, so that one can see whether the right one came. */
export class Token {
  readonly token: number;

  constructor(token: number) {
    this.token = token;
  }

  *[Symbol.iterator](): Generator<number> {
    yield this.token;
  }
}

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("é".repeat(50), "x".repeat(70)));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(4095, 4096, 5000).map((size) => new Uint8Array(size).fill(7)),
);

/** What has a deterministic CBOR encoding and comes back as it was. */
const someData: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 2 },
    fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.string(), fc.uint8Array({ maxLength: 5 })),
    fc.array(tie("data"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("data"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).data;

const scalarValues: Readonly<Record<ScalarName, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  i8: fc.integer({ min: -128, max: 127 }),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  i32: fc.integer(),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32: fc.nat(0xffff_ffff),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  f32: fc.float(),
  f64: fc.double(),
  bigint: fc.bigInt(),
  string: text,
  bytes,
  date: fc.date({ noInvalidDate: true }),
  unknown: someData,
};

/** Any value of a type, as one would hand it in; every object and stream is a Token. */
export function valueOf(schema: Schema, type: Type): fc.Arbitrary<unknown> {
  return new Values(schema).of(type, 3);
}

/** Any arguments of a method; absent ones are undefined. */
export function argumentsOf(schema: Schema, parameters: readonly Parameter[]): fc.Arbitrary<readonly unknown[]> {
  const values = new Values(schema);
  return fc.tuple(
    ...parameters.map(({ type, optional }) => {
      const value = values.of(type, 3);
      return optional ? fc.option(value, { nil: undefined }) : value;
    }),
  );
}

class Values {
  readonly #schema: Schema;
  readonly #graph: SchemaGraph;
  readonly #made = new Map<string, fc.Arbitrary<unknown>>();

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#graph = graphOf(schema);
  }

  of(type: Type, depth: number): fc.Arbitrary<unknown> {
    const few = { maxLength: depth > 0 ? 3 : 0 };
    switch (type.kind) {
      case "scalar":
        return scalarValues[type.name];
      case "reference":
        return this.#declared(type.declaration, depth);
      case "nullable":
        return depth > 0 ? fc.option(this.of(type.value, depth - 1)) : fc.constant(null);
      case "list":
        return depth > 0 ? fc.array(this.of(type.item, depth - 1), few) : fc.constant([]);
      case "set":
        return fc.array(this.#key(type.item), few).map((items) => new Set(items));
      case "map":
        if (depth === 0) return fc.constant(new Map());
        return fc
          .array(fc.tuple(this.#key(type.key), this.of(type.value, depth - 1)), few)
          .map((entries) => new Map(entries));
      case "stream":
      case "bytestream":
        return fc.nat(1000).map((token) => new Token(token));
    }
  }

  /** A Map or Set keeps no negative zero. */
  #key(type: Type): fc.Arbitrary<unknown> {
    return this.of(type, 1).map((key) => (key === 0 ? 0 : key));
  }

  #declared(index: number, depth: number): fc.Arbitrary<unknown> {
    const key = `${index} ${depth}`;
    // Made when the first value is drawn: a type may contain itself.
    const made = this.#made.get(key) ?? fc.constant(null).chain(() => this.#make(index, depth));
    this.#made.set(key, made);
    return made;
  }

  #make(index: number, depth: number): fc.Arbitrary<unknown> {
    const declaration = this.#schema.declarations[index] as Declaration;
    switch (declaration.kind) {
      case "record":
        return this.#fields(declaration.fields, depth);
      case "enum": {
        const known = fc.constantFrom(...declaration.members.map((member) => member.name));
        return declaration.open ? fc.oneof(known, unknownNames(declaration.members)) : known;
      }
      case "union":
        return this.#union(index, declaration, depth);
      case "interface":
        return fc.nat(1000).map((token) => new Token(token));
    }
  }

  #union(index: number, { tag, arms, open }: UnionDeclaration, depth: number): fc.Arbitrary<unknown> {
    const unbounded = this.#graph.unbounded[index] === true;
    // At the end of the depth, only arms that come to an end by themselves.
    const ending = arms.filter((arm) => !unbounded || depth > 0 || arm.fields.every((field) => this.#ends(field)));
    const values = (ending.length === 0 ? arms : ending).map((arm) =>
      this.#fields(arm.fields, depth - 1).map((value) => ({ [tag]: arm.name, ...(value as object) })),
    );
    if (!open) return fc.oneof(...values);
    return fc.oneof(...values, fc.record({ [tag]: unknownNames(arms), payload: bytes }, { noNullPrototype: true }));
  }

  #ends({ type, optional }: Field): boolean {
    return optional || type.kind !== "reference" || this.#graph.unbounded[type.declaration] === false;
  }

  #fields(fields: readonly Field[], depth: number): fc.Arbitrary<unknown> {
    const entries = fields.map((field): [string, fc.Arbitrary<unknown>] => {
      const absent = field.optional && depth <= 0;
      return [field.name, absent ? fc.constant(undefined) : this.of(field.type, Math.max(0, depth - 1))];
    });
    const optional = new Set(fields.filter((field) => field.optional).map((field) => field.name));
    return fc
      .record(Object.fromEntries(entries), {
        requiredKeys: fields.map((field) => field.name).filter((name) => !optional.has(name)),
        noNullPrototype: true,
      })
      .map((value) => Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)));
  }
}

function unknownNames(known: readonly { readonly number: number }[]): fc.Arbitrary<string> {
  const numbers = new Set(known.map((member) => member.number));
  return fc
    .oneof(fc.nat(10), fc.nat(0xffff_ffff))
    .filter((number) => !numbers.has(number))
    .map((number) => `#${number}`);
}
