// Gives members their numbers: those they have in the lock, and fresh ones to new members.

import type { LockedNumbers } from "./lock.ts";
import type { SyntaxName } from "./syntax.ts";

export interface NamedMember {
  readonly name: SyntaxName;
  /** The name it had before, by its tag `@was`. */
  readonly was: SyntaxName | undefined;
}

export interface Numbering {
  /** One for each member, in the order of the members. */
  readonly numbers: readonly number[];
  /** Names given by `@was` that the lock does not know, or that are still in use. */
  readonly unknown: readonly SyntaxName[];
}

/** Numbers of removed members are not given again: fresh ones are above all that were ever taken. */
export function numberMembers(members: readonly NamedMember[], locked: LockedNumbers | undefined): Numbering {
  const known = new Map(locked?.members.map((member) => [member.name, member.number]));
  const taken = [...(locked?.members ?? []), ...(locked?.retired ?? [])];
  let next = taken.reduce((highest, { number }) => Math.max(highest, number), -1) + 1;
  const names = new Set(members.map((member) => member.name.text));
  const unknown: SyntaxName[] = [];
  const numbers = members.map(({ name, was }) => {
    const own = known.get(name.text);
    if (own !== undefined) return own;
    if (was !== undefined) {
      const before = names.has(was.text) ? undefined : known.get(was.text);
      // A second member that claims the same past finds it gone.
      known.delete(was.text);
      if (before !== undefined) return before;
      if (locked !== undefined) unknown.push(was);
    }
    return next++;
  });
  return { numbers, unknown };
}
