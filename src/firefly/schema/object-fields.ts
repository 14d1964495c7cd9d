// Which results can be called into before they arrive: objects, and records in which an object is surely there.

import { declarationAt, type Schema, type Type } from "./schema.ts";

/** A field that is an object, or a record that holds some. */
export interface ObjectFieldOf {
  readonly number: number;
  readonly name: string;
  /** The interface, or the record. */
  readonly declaration: number;
  readonly isObject: boolean;
}

/** Such fields of the declaration with this index; none if it is not a record. In a list or behind a null none counts. */
export function objectFieldsOf(schema: Schema, index: number): readonly ObjectFieldOf[] {
  const declaration = declarationAt(schema, index);
  if (declaration.kind !== "record") return [];
  return declaration.fields.flatMap(({ number, name, type, optional }) => {
    if (optional || type.kind !== "reference") return [];
    const isObject = declarationAt(schema, type.declaration).kind === "interface";
    // It ends: a record that surely holds itself has no values, and is a fault.
    if (!isObject && objectFieldsOf(schema, type.declaration).length === 0) return [];
    return [{ number, name, declaration: type.declaration, isObject }];
  });
}

/** The index of the record that a type is, if it has such fields. */
export function pipelineRecordOf(schema: Schema, type: Type): number | undefined {
  if (type.kind !== "reference") return undefined;
  return objectFieldsOf(schema, type.declaration).length > 0 ? type.declaration : undefined;
}
