// What a change of a source means to peers that have the version before. Compatible: what they send is understood,
// and what they do not know they can do without. Anything else breaks them, and must be asked for.

import type { Lock, LockedDeclaration, LockedMember, LockedNumbers, LockedParameter, Renames } from "./lock.ts";

export interface Change {
  readonly declaration: string;
  /** Undefined for the declaration as a whole. */
  readonly member?: string;
  readonly breaking: boolean;
  /** What changed: `the field is new`. */
  readonly message: string;
}

/** All changes from one lock of a source to the next. */
export function changesBetween(before: Lock, after: Lock, renames: Renames = new Map()): readonly Change[] {
  return new Comparison(before, after, renames).changes();
}

/** Integers and floats that hold every value of another. */
const wider: Readonly<Record<string, readonly string[]>> = {
  i8: ["i16", "i32", "i64"],
  i16: ["i32", "i64"],
  i32: ["i64"],
  u8: ["u16", "u32", "u64", "i16", "i32", "i64"],
  u16: ["u32", "u64", "i32", "i64"],
  u32: ["u64", "i64"],
  f32: ["f64"],
};

class Comparison {
  readonly #before: Lock;
  readonly #after: Lock;
  readonly #renames: Renames;
  /** Old name to new. */
  readonly #newNames: ReadonlyMap<string, string>;
  readonly #changes: Change[] = [];
  #declaration = "";

  constructor(before: Lock, after: Lock, renames: Renames) {
    this.#before = before;
    this.#after = after;
    this.#renames = renames;
    this.#newNames = new Map([...renames].map(([name, was]) => [was, name]));
  }

  changes(): readonly Change[] {
    for (const [name, after] of this.#after.declarations) {
      this.#declaration = name;
      const before = this.#before.declarations.get(this.#renames.get(name) ?? name);
      if (before === undefined || (before.removed && !after.removed))
        this.#compatible(undefined, `the ${after.kind} is new`);
      else if (!before.removed) this.#compare(before, after);
    }
    return this.#changes;
  }

  #compatible(member: string | undefined, message: string): void {
    this.#change(member, false, message);
  }

  #breaking(member: string | undefined, message: string): void {
    this.#change(member, true, message);
  }

  #change(member: string | undefined, breaking: boolean, message: string): void {
    this.#changes.push({
      declaration: this.#declaration,
      ...(member === undefined ? {} : { member }),
      breaking,
      message,
    });
  }

  #compare(before: LockedDeclaration, after: LockedDeclaration): void {
    const was = this.#renames.get(this.#declaration);
    if (was !== undefined) this.#compatible(undefined, `it was called ${was}`);
    if (after.removed) return this.#breaking(undefined, `the ${before.kind} was removed`);
    if (before.kind !== after.kind)
      return this.#breaking(undefined, `the ${before.kind} became ${article(after.kind)}`);
    if (before.open && !after.open) this.#breaking(undefined, "it is no longer open");
    if (!before.open && after.open) this.#compatible(undefined, "it is open now");
    const what = { record: "field", enum: "member", union: "arm", interface: "method" }[after.kind];
    this.#members(before, after, what, before.open && after.open, "");
  }

  /** `mayGrow`: whether the other side copes with members that it does not know. */
  #members(before: LockedNumbers, after: LockedNumbers, what: string, mayGrow: boolean, prefix: string): void {
    const old = new Map(before.members.map((member) => [member.number, member]));
    for (const member of after.members) {
      const name = prefix + member.name;
      const previous = old.get(member.number);
      old.delete(member.number);
      if (previous === undefined) this.#added(member, name, what, mayGrow);
      else this.#changed(previous, member, name);
    }
    for (const member of old.values()) {
      if (member.optional === true) this.#compatible(prefix + member.name, `the optional ${what} was removed`);
      else this.#breaking(prefix + member.name, `the ${what} was removed`);
    }
  }

  #added(member: LockedMember, name: string, what: string, mayGrow: boolean): void {
    if (what === "field" && member.optional !== true) {
      this.#breaking(name, "the field is new, and must be given: make it optional");
    } else if ((what === "member" || what === "arm") && !mayGrow) {
      this.#breaking(name, `the ${what} is new, and peers do not expect new ones: only types that were @open can grow`);
    } else {
      this.#compatible(name, `the ${what} is new`);
    }
  }

  #changed(before: LockedMember, after: LockedMember, name: string): void {
    if (before.name !== after.name) this.#compatible(name, `it was called ${before.name}`);
    this.#optional(before.optional, after.optional, name);
    this.#type(before.type, after.type, name);
    if (before.parameters !== undefined && after.parameters !== undefined) {
      this.#parameters(before.parameters, after.parameters, name);
    }
    if (before.fields !== undefined && after.fields !== undefined) {
      this.#members(before.fields, after.fields, "field", false, `${name}.`);
    }
  }

  #optional(before: boolean | undefined, after: boolean | undefined, name: string): void {
    if (before === after) return;
    if (after === true) this.#breaking(name, "it became optional: peers rely on it");
    else this.#breaking(name, "it must be given now: peers may leave it out");
  }

  #type(before: string | undefined, after: string | undefined, name: string): void {
    if (before === undefined || after === undefined) return;
    const renamed = before.replace(/[A-Za-z_]\w*/g, (word) => this.#newNames.get(word) ?? word);
    if (renamed === after) return;
    const isWider = Object.hasOwn(wider, renamed) && wider[renamed]?.includes(after) === true;
    if (isWider) this.#compatible(name, `its type grew from ${before} to ${after}`);
    else this.#breaking(name, `its type changed from ${before} to ${after}`);
  }

  #parameters(before: readonly LockedParameter[], after: readonly LockedParameter[], name: string): void {
    for (const [index, parameter] of after.entries()) {
      const place = `${name}(${parameter.name})`;
      const previous = before[index];
      if (previous === undefined) {
        if (parameter.optional) this.#compatible(place, "the parameter is new");
        else this.#breaking(place, "the parameter is new, and must be given: make it optional");
      } else {
        if (previous.name !== parameter.name) this.#compatible(place, `it was called ${previous.name}`);
        this.#optional(previous.optional, parameter.optional, place);
        this.#type(previous.type, parameter.type, place);
      }
    }
    for (const gone of before.slice(after.length)) this.#breaking(`${name}(${gone.name})`, "the parameter was removed");
  }
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
