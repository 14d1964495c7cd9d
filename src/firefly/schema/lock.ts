// The lock beside a source, `name.firefly.lock`: the number of each member, and of each that was removed, for ever.
// Sources have no numbers in them; without the lock, inserting a field would renumber those behind it. It keeps the
// type of each member too, so that a change which breaks peers is seen when it is made (compatibility.ts).

import type { Declaration, Field, Parameter, Schema, Type } from "./schema.ts";
import { printType } from "./printer.ts";
import { declarationsOf } from "./scope.ts";

export interface Lock {
  readonly declarations: ReadonlyMap<string, LockedDeclaration>;
}

/** Numbers that are taken. */
export interface LockedNumbers {
  /** In number order. */
  readonly members: readonly LockedMember[];
  /** Never to be given again; in number order. */
  readonly retired: readonly LockedName[];
}

export interface LockedName {
  readonly number: number;
  readonly name: string;
}

export interface LockedDeclaration extends LockedNumbers {
  readonly kind: Declaration["kind"];
  readonly open: boolean;
  /** No longer in the source: its numbers stay taken in case the name comes back. */
  readonly removed: boolean;
}

export interface LockedMember extends LockedName {
  /** A field's type, a method's result (`void` for none): as written in the language. */
  readonly type?: string;
  /** A field's. */
  readonly optional?: boolean;
  /** A method's. */
  readonly parameters?: readonly LockedParameter[];
  /** An arm's fields. */
  readonly fields?: LockedNumbers;
}

export interface LockedParameter {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

/** Declarations of a file that had another name before, by `@was`: new name to old. */
export type Renames = ReadonlyMap<string, string>;

export const emptyLock: Lock = { declarations: new Map() };

/** The lock that belongs to a file, made from the one before: what is gone is remembered. */
export function lockOf(schema: Schema, file: number, previous: Lock = emptyLock, renames: Renames = new Map()): Lock {
  const declarations = new Map<string, LockedDeclaration>();
  for (const { declaration } of declarationsOf(schema, file)) {
    const { name, kind } = declaration;
    const before = previous.declarations.get(name) ?? previous.declarations.get(renames.get(name) ?? name);
    const numbers = merge(membersOf(schema, declaration), before?.kind === kind ? before : undefined);
    const open = (kind === "enum" || kind === "union") && declaration.open;
    declarations.set(name, { kind, open, removed: false, ...numbers });
  }
  const renamed = new Set(renames.values());
  for (const [name, before] of previous.declarations) {
    if (!declarations.has(name) && !renamed.has(name)) declarations.set(name, { ...before, removed: true });
  }
  return { declarations };
}

/** The members as they are, and all numbers that were ever taken by others. */
function merge(members: readonly LockedMember[], before: LockedNumbers | undefined): LockedNumbers {
  const taken = new Set(members.map((member) => member.number));
  const gone = before?.members.filter((member) => !taken.has(member.number)) ?? [];
  const retired = [...(before?.retired ?? []), ...gone.map(({ number, name }) => ({ number, name }))];
  return {
    members: members.map((member) => {
      if (member.fields === undefined) return member;
      const armBefore = before?.members.find((other) => other.number === member.number);
      return { ...member, fields: merge(member.fields.members, armBefore?.fields) };
    }),
    retired: retired.sort((a, b) => a.number - b.number),
  };
}

function membersOf(schema: Schema, declaration: Declaration): readonly LockedMember[] {
  const print = (type: Type): string => printType(schema, type);
  const parameter = ({ name, type, optional }: Parameter): LockedParameter => ({ name, type: print(type), optional });
  const field = ({ number, ...rest }: Field): LockedMember => ({ number, ...parameter(rest) });
  switch (declaration.kind) {
    case "record":
      return declaration.fields.map(field);
    case "enum":
      return declaration.members.map(({ number, name }) => ({ number, name }));
    case "union":
      return declaration.arms.map(({ number, name, fields }) => ({
        number,
        name,
        fields: { members: fields.map(field), retired: [] },
      }));
    case "interface":
      return declaration.methods.map(({ number, name, parameters, result }) => ({
        number,
        name,
        parameters: parameters.map(parameter),
        type: result === null ? "void" : print(result),
      }));
  }
}
