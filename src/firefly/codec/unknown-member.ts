// Members of open enums and arms of open unions that this side does not know go by their number, as `#7`. So they
// can be shown, kept and passed on, and stay what they are to a side that knows them.

import { mismatch } from "./writer.ts";

/** The name of an unknown member. TypeScript's `number` is wider than what stands there: a u32 in decimal. */
export type UnknownMember = `#${number}`;

/** The number in such a name. `invalid` if it is not one, or if its number is that of a member which is known. */
export function unknownNumber(type: string, name: unknown, known: readonly number[]): number {
  const digits = typeof name === "string" ? /^#(0|[1-9][0-9]{0,9})$/.exec(name)?.[1] : undefined;
  const number = Number(digits);
  // A known member has one name only: else a Set could hold it twice.
  if (digits === undefined || number > 0xffff_ffff || known.includes(number)) throw mismatch(type, name);
  return number;
}
