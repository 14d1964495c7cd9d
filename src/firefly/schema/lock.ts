// The lock beside a source, `name.firefly.lock`: the number of each member, and of each that was removed, for ever.
// Sources have no numbers in them; without the lock, inserting a field would renumber those behind it. It keeps the
// type of each member too, so that a change which breaks peers is seen when it is made.

import { GlowError } from "#base/errors.ts";

export interface Lock {
  readonly declarations: ReadonlyMap<string, LockedDeclaration>;
}

/** Numbers that are taken. */
export interface LockedNumbers {
  /** In number order. */
  readonly members: readonly LockedMember[];
  /** Never to be given again. */
  readonly retired: readonly { readonly number: number; readonly name: string }[];
}

export interface LockedDeclaration extends LockedNumbers {
  readonly kind: "record" | "enum" | "union" | "interface";
  readonly open: boolean;
  /** A union's. */
  readonly tag?: string;
  /** No longer in the source: its numbers stay taken in case the name comes back. */
  readonly removed: boolean;
}

export interface LockedMember {
  readonly number: number;
  readonly name: string;
  /** A field's type, a method's result (`void` for none): as written in the language. */
  readonly type?: string;
  /** A field's. */
  readonly optional?: boolean;
  /** A method's. */
  readonly parameters?: readonly { readonly name: string; readonly type: string; readonly optional: boolean }[];
  /** An arm's fields. */
  readonly fields?: LockedNumbers;
}

export const emptyLock: Lock = { declarations: new Map() };
