// Where the objects in a result stand: what a session follows when a call is made on a result that has not arrived.
// Only records that are surely there lead to an object; one in a list or behind a null is waited for.

import type { Interface, ResultPaths } from "./interface.ts";

/** The fields of a record that are objects, or records that hold some; by field number. */
export interface ObjectFields {
  readonly [number: number]: ObjectField;
}

/** Functions, as interfaces and records may refer to one another in a circle. */
export type ObjectField =
  | { readonly name: string; readonly type: () => Interface }
  | { readonly name: string; readonly fields: () => ObjectFields };

/** Internal, for generated code: the result is an object. */
export function objectResult(type: () => Interface): ResultPaths {
  return {
    typeAt: (path) => (path.length === 0 ? type() : undefined),
    follow: (result, path) => (path.length === 0 ? result : undefined),
  };
}

/** Internal, for generated code: the result is a record with objects in it. */
export function recordResult(fields: () => ObjectFields): ResultPaths {
  return {
    typeAt: (path) => {
      const field = fieldsAlong(fields, path)?.at(-1);
      return field !== undefined && "type" in field ? field.type() : undefined;
    },
    follow: (result, path) => {
      const along = fieldsAlong(fields, path);
      if (along === undefined) return undefined;
      let value = result;
      for (const { name } of along) {
        value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
      }
      return value;
    },
  };
}

/** The fields that a path goes through; undefined if it does not end at an object. */
function fieldsAlong(fields: () => ObjectFields, path: readonly number[]): readonly ObjectField[] | undefined {
  const along: ObjectField[] = [];
  let here: ObjectFields | undefined = fields();
  for (const number of path) {
    const field: ObjectField | undefined = here?.[number];
    if (field === undefined) return undefined;
    along.push(field);
    here = "fields" in field ? field.fields() : undefined;
  }
  return along.length > 0 && here === undefined ? along : undefined;
}
