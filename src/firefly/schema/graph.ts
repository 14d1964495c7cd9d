// What follows from how the declarations of a schema refer to one another: which of them hold capabilities or
// streams, and which nest without bound. Computed once, without recursion, in time linear in the schema: a schema may
// come from anybody.

import { type Declaration, declarationAt, type Schema, type Type } from "./schema.ts";

/** Facts about each declaration, by its index. */
export interface SchemaGraph {
  /** A value of it is or may hold an object or a stream: it looks different to the giver and to the receiver. */
  readonly live: readonly boolean[];
  /** A value of it may hold a stream. */
  readonly streaming: readonly boolean[];
  /** A record in which an object is surely there, in a field or in a record in a field: results that calls go into. */
  readonly pipelined: readonly boolean[];
  /** There are values of it, and they are finite. */
  readonly inhabited: readonly boolean[];
  /** A value of it may nest as deep as one likes: codecs count its levels. */
  readonly unbounded: readonly boolean[];
  /** For the others: how many levels of declarations a value nests; 1 if it refers to none. */
  readonly height: readonly number[];
}

export function graphOf(schema: Schema): SchemaGraph {
  const { declarations } = schema;
  const children = declarations.map(valueReferences);
  const parents = reversed(children);
  const { unbounded, height } = heights(children, parents);
  return {
    live: leastFixpoint(parents, (index, live) => isLive(declarations[index] as Declaration, live)),
    streaming: leastFixpoint(parents, (index, streaming) => isStreaming(declarations[index] as Declaration, streaming)),
    pipelined: leastFixpoint(parents, (index, set) => objectFieldsAmong(schema, index, set).length > 0),
    inhabited: leastFixpoint(parents, (index, inhabited) => isInhabited(declarations[index] as Declaration, inhabited)),
    unbounded,
    height,
  };
}

/** Whether a value of the type may hold a stream, or a value of a declaration in the set. */
export function mayHold(type: Type, set: readonly boolean[]): boolean {
  switch (type.kind) {
    case "reference":
      return set[type.declaration] === true;
    case "stream":
    case "bytestream":
      return true;
    default:
      return innerTypes(type).some((inner) => mayHold(inner, set));
  }
}

/** A field that is an object, or a record that holds some. */
export interface ObjectField {
  readonly number: number;
  readonly name: string;
  /** The interface, or the record. */
  readonly declaration: number;
  readonly isObject: boolean;
}

/**
 * Fields of a record, surely there, that are objects or records of the set `pipelined`; none for other declarations.
 * What is in a list or behind a null does not count.
 */
export function objectFieldsAmong(
  schema: Schema,
  index: number,
  pipelined: readonly boolean[],
): readonly ObjectField[] {
  const record = declarationAt(schema, index);
  if (record.kind !== "record") return [];
  return record.fields.flatMap(({ number, name, type, optional }) => {
    if (optional || type.kind !== "reference") return [];
    const { declaration } = type;
    const isObject = declarationAt(schema, declaration).kind === "interface";
    return isObject || pipelined[declaration] === true ? [{ number, name, declaration, isObject }] : [];
  });
}

/** The index of the record that a type is, if it is one of the set `pipelined`. */
export function pipelinedRecord(type: Type, pipelined: readonly boolean[]): number | undefined {
  return type.kind === "reference" && pipelined[type.declaration] === true ? type.declaration : undefined;
}

/** The types directly inside a type, in the order they are written; of a stream, that of its items. */
export function innerTypes(type: Type): readonly Type[] {
  switch (type.kind) {
    case "nullable":
      return [type.value];
    case "list":
    case "set":
    case "stream":
      return [type.item];
    case "map":
      return [type.key, type.value];
    default:
      return [];
  }
}

/** All types that a declaration mentions, in number order. */
export function typesOf(declaration: Declaration): readonly Type[] {
  switch (declaration.kind) {
    case "record":
      return declaration.fields.map((field) => field.type);
    case "union":
      return declaration.arms.flatMap((arm) => arm.fields.map((field) => field.type));
    case "interface":
      return declaration.methods.flatMap((method) => [
        ...method.parameters.map((parameter) => parameter.type),
        ...(method.result === null ? [] : [method.result]),
      ]);
    case "enum":
      return [];
  }
}

/** The declarations that a type mentions, in the order they are written. */
export function referencesIn(type: Type): readonly number[] {
  return type.kind === "reference" ? [type.declaration] : innerTypes(type).flatMap(referencesIn);
}

/** The declarations of which a value of this one may directly hold values. */
function valueReferences(declaration: Declaration): readonly number[] {
  if (declaration.kind === "interface") return [];
  return typesOf(declaration).flatMap(valueReferencesIn);
}

function valueReferencesIn(type: Type): readonly number[] {
  if (type.kind === "reference") return [type.declaration];
  // Items of a stream are values of their own, not nested in the one that holds the stream.
  return type.kind === "stream" ? [] : innerTypes(type).flatMap(valueReferencesIn);
}

function isLive(declaration: Declaration, live: readonly boolean[]): boolean {
  return declaration.kind === "interface" || typesOf(declaration).some((type) => mayHold(type, live));
}

function isStreaming(declaration: Declaration, streaming: readonly boolean[]): boolean {
  return declaration.kind !== "interface" && typesOf(declaration).some((type) => mayHold(type, streaming));
}

function isInhabited(declaration: Declaration, inhabited: readonly boolean[]): boolean {
  const given = (fields: readonly { type: Type; optional: boolean }[]): boolean =>
    fields.every(({ type, optional }) => optional || type.kind !== "reference" || inhabited[type.declaration] === true);
  switch (declaration.kind) {
    case "record":
      return given(declaration.fields);
    case "union":
      return declaration.arms.some((arm) => given(arm.fields));
    default:
      return true;
  }
}

/** The smallest set of declarations for which `holds`, which may only gain by what is in the set already. */
function leastFixpoint(
  parents: readonly (readonly number[])[],
  holds: (index: number, set: readonly boolean[]) => boolean,
): readonly boolean[] {
  const set = parents.map(() => false);
  const queue = parents.map((_, index) => index);
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (set[index] === true || !holds(index, set)) continue;
    set[index] = true;
    for (const parent of parents[index] ?? []) if (set[parent] === false) queue.push(parent);
  }
  return set;
}

/** Takes away declarations whose children are all gone, level by level: what stays leads into a cycle. */
function heights(
  children: readonly (readonly number[])[],
  parents: readonly (readonly number[])[],
): { unbounded: boolean[]; height: number[] } {
  const waiting = children.map((list) => list.length);
  const unbounded = children.map(() => true);
  const height = children.map(() => 1);
  const queue = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    unbounded[index] = false;
    for (const parent of parents[index] ?? []) {
      height[parent] = Math.max(height[parent] ?? 1, (height[index] ?? 1) + 1);
      waiting[parent] = (waiting[parent] ?? 0) - 1;
      if (waiting[parent] === 0) queue.push(parent);
    }
  }
  return { unbounded, height };
}

/** Each edge the other way round; as often as it is there. */
function reversed(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const result: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) for (const to of targets) result[to]?.push(from);
  return result;
}
