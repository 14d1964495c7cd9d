// The canonical form of a declaration and its hash, by which two sides know that they mean the same. The form is a
// list of all declarations within reach, so that recursive ones need no special case, and says nothing about
// documentation, files or the order of the source. docs/firefly-language.md specifies it.

import { encodeCbor, type CborValue } from "#base/cbor.ts";
import type { Crypto, Hash } from "#glow";
import { referencesIn, typesOf } from "./graph.ts";
import { type Declaration, declarationAt, type Field, type Parameter, type Schema, type Type } from "./schema.ts";

/** The tagged SHA-256 of the canonical form, as lower-case hexadecimal text. */
export function hashOf(schema: Schema, declaration: number, crypto: Pick<Crypto, "hash">): string {
  return hashText(crypto.hash("sha2-256", canonicalForm(schema, declaration)));
}

function hashText(hash: Hash): string {
  return hash.toHex();
}

/** Deterministic CBOR of the list of all declarations within reach, `declaration` first. */
export function canonicalForm(schema: Schema, declaration: number): Uint8Array {
  const order = reach(schema, declaration);
  const places = new Map(order.map((index, place) => [index, place]));
  return encodeCbor(order.map((index) => canonicalDeclaration(declarationAt(schema, index), places)));
}

/** All declarations within reach, in the order in which they are first mentioned when the list is read from its start. */
export function reach(schema: Schema, declaration: number): readonly number[] {
  const seen = new Set([declaration]);
  // A set is walked in the order of insertion, also while it grows.
  for (const index of seen) {
    for (const type of typesOf(declarationAt(schema, index))) for (const found of referencesIn(type)) seen.add(found);
  }
  return [...seen];
}

type Places = ReadonlyMap<number, number>;

function canonicalDeclaration(declaration: Declaration, places: Places): CborValue {
  const { kind, name } = declaration;
  switch (kind) {
    case "record":
      return [kind, name, canonicalFields(declaration.fields, places)];
    case "enum":
      return [kind, name, declaration.open, declaration.members.map((member) => [member.number, member.name])];
    case "union": {
      const arms = declaration.arms.map((arm) => [arm.number, arm.name, canonicalFields(arm.fields, places)]);
      return [kind, name, declaration.open, declaration.tag, arms];
    }
    case "interface": {
      const methods = declaration.methods.map((method) => [
        method.number,
        method.name,
        method.parameters.map((parameter) => canonicalParameter(parameter, places)),
        method.result === null ? null : canonicalType(method.result, places),
      ]);
      return [kind, name, methods];
    }
  }
}

function canonicalFields(fields: readonly Field[], places: Places): CborValue {
  return fields.map((field) => [field.number, ...canonicalParameter(field, places)]);
}

function canonicalParameter({ name, type, optional }: Parameter, places: Places): readonly CborValue[] {
  return [name, canonicalType(type, places), optional];
}

function canonicalType(type: Type, places: Places): CborValue {
  switch (type.kind) {
    case "scalar":
      return type.name;
    case "reference":
      return places.get(type.declaration) as number;
    case "nullable":
      return [type.kind, canonicalType(type.value, places)];
    case "list":
    case "set":
    case "stream":
      return [type.kind, canonicalType(type.item, places)];
    case "map":
      return [type.kind, canonicalType(type.key, places), canonicalType(type.value, places)];
    case "bytestream":
      return type.kind;
  }
}
