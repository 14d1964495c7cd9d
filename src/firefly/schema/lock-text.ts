// The lock as text: JSON with one member a line, so that changes are easy to review and to merge.
//
//   { "lock": 1, "declarations": {
//       NAME: { "kind", "open"?: true, "removed"?: true, "members": [MEMBER...], "retired"?: [{ "number", "name" }...] } } }
//   MEMBER of a record      { "number", "name", "type", "optional"?: true }
//          of an enum       { "number", "name" }
//          of a union       { "number", "name", "fields": [MEMBER of a record...], "retired"?: [...] }
//          of an interface  { "number", "name", "parameters": [{ "name", "type", "optional"?: true }...], "type" }
//
// Declarations are sorted by name, members by number. There is one text for a lock.

import { GlowError } from "#base/errors.ts";
import { schemaLimits } from "#base/limits.ts";
import type { Lock, LockedDeclaration, LockedMember, LockedName, LockedNumbers, LockedParameter } from "./lock.ts";

const version = 1;

export function printLock(lock: Lock): string {
  const names = [...lock.declarations.keys()].sort();
  const declarations = names.map((name) => {
    const { kind, open, removed, members, retired } = lock.declarations.get(name) as LockedDeclaration;
    const flags = `${open ? ', "open": true' : ""}${removed ? ', "removed": true' : ""}`;
    const lines = [`"members": ${rows(members.map(memberToJson))}`];
    if (retired.length > 0) lines.push(`"retired": ${rows(retired)}`);
    return `    ${JSON.stringify(name)}: {\n      "kind": "${kind}"${flags},\n      ${lines.join(",\n      ")}\n    }`;
  });
  const body = declarations.length === 0 ? "{}" : `{\n${declarations.join(",\n")}\n  }`;
  return `{\n  "lock": ${version},\n  "declarations": ${body}\n}\n`;
}

function rows(items: readonly object[]): string {
  if (items.length === 0) return "[]";
  return `[\n${items.map((item) => `        ${spaced(item)}`).join(",\n")}\n      ]`;
}

/** JSON on one line, with spaces as people write it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `"${key}": ${spaced(inner)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function memberToJson({ number, name, type, optional, parameters, fields }: LockedMember): object {
  return {
    number,
    name,
    ...(parameters === undefined ? {} : { parameters: parameters.map(parameterToJson) }),
    ...(type === undefined ? {} : { type }),
    ...(optional === true ? { optional } : {}),
    ...(fields === undefined ? {} : { fields: fields.members.map(memberToJson) }),
    ...(fields === undefined || fields.retired.length === 0 ? {} : { retired: fields.retired }),
  };
}

function parameterToJson({ name, type, optional }: LockedParameter): object {
  return { name, type, ...(optional ? { optional } : {}) };
}

/** The lock in a text. `corrupt` if it is not one; then it was edited by hand, or merged badly. */
export function parseLock(path: string, json: string): Lock {
  try {
    const root = object(JSON.parse(json));
    if (root.lock !== version) throw new TypeError(`lock version ${String(root.lock)} is not ${version}`);
    const entries = Object.entries(object(root.declarations));
    return { declarations: new Map(entries.map(([name, value]) => [name, declaration(object(value))])) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the lock cannot be read (${reason}): restore it from version control, do not write it anew`;
    throw new GlowError("corrupt", "lock.read", { target: path, message, cause });
  }
}

type Json = Readonly<Record<string, unknown>>;

function declaration(value: Json): LockedDeclaration {
  const kind = text(value.kind);
  if (kind !== "record" && kind !== "enum" && kind !== "union" && kind !== "interface")
    throw new TypeError(`kind ${kind}`);
  const open = value.open === true;
  const removed = value.removed === true;
  return {
    kind,
    open,
    removed,
    ...numbers(
      list(value.members).map((item) => member(kind, item)),
      value.retired,
    ),
  };
}

function member(kind: LockedDeclaration["kind"], value: Json): LockedMember {
  const base = named(value);
  switch (kind) {
    case "record":
      return { ...base, ...parameter(value) };
    case "enum":
      return base;
    case "union":
      return {
        ...base,
        fields: numbers(
          list(value.fields).map((item) => member("record", item)),
          value.retired,
        ),
      };
    case "interface":
      return { ...base, parameters: list(value.parameters).map(parameter), type: text(value.type) };
  }
}

function numbers(members: readonly LockedMember[], retired: unknown): LockedNumbers {
  const gone = retired === undefined ? [] : list(retired).map(named);
  const taken = new Set([...members, ...gone].map(({ number }) => number));
  if (taken.size !== members.length + gone.length) throw new TypeError("a number was given twice");
  return { members, retired: gone };
}

function named(value: Json): LockedName {
  const { number } = value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > schemaLimits.number) {
    throw new TypeError(`number ${String(number)}`);
  }
  return { number, name: text(value.name) };
}

function parameter(value: Json): LockedParameter {
  return { name: text(value.name), type: text(value.type), optional: value.optional === true };
}

function object(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("an object is missing");
  return value as Json;
}

function list(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) throw new TypeError("a list is missing");
  return value.map(object);
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a text is missing");
  return value;
}
