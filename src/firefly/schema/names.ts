// Which names can be given to what. A name must not collide with what every JavaScript object has, with words of
// TypeScript, or with names that generated code brings along.

import { schemaLimits } from "#base/limits.ts";
import type { Declaration } from "./schema.ts";

/** Why a name cannot be used, and what to do; undefined if it can. */
export interface NameFault {
  readonly message: string;
  readonly hint: string;
}

/** Types that are part of the language. */
export const builtinTypes: ReadonlySet<string> = words(
  "boolean i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 number bigint string Uint8Array Date unknown Array Map",
  "Set Stream ByteStream Promise void null",
);

/** Names that generated files import or use. */
const generatedTypes: ReadonlySet<string> = words(
  "Awaitable CallContext CallOptions CapabilityCodec Codec Interface Method Pipeline Pipelined Reader",
  "ReadonlyMap ReadonlySet StreamCodec StreamSource Stub Symbol Writer",
);

/** What generated code calls the things that come with a declaration. */
export const derivedNames = {
  stub: (name: string) => `${name}Stub`,
  interface: (name: string) => `${name}Interface`,
  received: (name: string) => `Received${name}`,
  pipeline: (name: string) => `${name}Pipeline`,
} as const;

/** All of them; `live` is whether values of the declaration hold objects or streams. */
export function derivedNamesOf({ kind, name }: Declaration, live: boolean): readonly string[] {
  if (kind === "interface") return [derivedNames.stub(name), derivedNames.interface(name)];
  return live ? [derivedNames.received(name), derivedNames.pipeline(name)] : [];
}

/** Members that every object has, or that change what a value is to JavaScript. */
const objectMembers: ReadonlySet<string> = words(
  "constructor prototype then toJSON toString toLocaleString valueOf hasOwnProperty isPrototypeOf",
  "propertyIsEnumerable",
);

/** Words that cannot name a parameter in a module (ECMA-262, 12.7.2). */
const reservedWords: ReadonlySet<string> = words(
  "arguments await break case catch class const continue debugger default delete do else enum eval",
  "export extends false finally for function if implements import in instanceof interface let new null",
  "package private protected public return static super switch this throw true try typeof var void",
  "while with yield",
);

export function declarationNameFault(name: string): NameFault | undefined {
  if (builtinTypes.has(name)) return { message: `${name} is a type of the language`, hint: "choose another name" };
  if (generatedTypes.has(name)) {
    return { message: `generated code uses the name ${name} itself`, hint: "choose another name" };
  }
  if (!/^[A-Z][A-Za-z0-9_]*$/.test(name)) {
    return {
      message: `${show(name)} cannot name a type`,
      hint: "begin with a capital; go on with letters, digits and _",
    };
  }
  return lengthFault(name);
}

/** For fields, methods and tags of unions. */
export function memberNameFault(name: string): NameFault | undefined {
  if (objectMembers.has(name) || name.startsWith("__")) {
    return { message: `${name} has a meaning of its own in JavaScript`, hint: "choose another name" };
  }
  if (name.startsWith("$")) return { message: "names with $ belong to Firefly", hint: "choose another name" };
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { message: `${show(name)} cannot be a name`, hint: "use ASCII letters, digits and _" };
  }
  return lengthFault(name);
}

export function parameterNameFault(name: string): NameFault | undefined {
  if (reservedWords.has(name)) return { message: `${name} is a reserved word`, hint: "choose another name" };
  return memberNameFault(name);
}

/** For members of enums and arms of unions, which are texts. */
export function textFault(text: string): NameFault | undefined {
  if (text.startsWith("#")) {
    return { message: "a text that begins with # stands for an unknown member", hint: "choose another text" };
  }
  if (!/^[!-~]([ -~]*[!-~])?$/.test(text) || /["'\\]/.test(text)) {
    const hint = "use printable ASCII without quotes and \\, and no space at either end";
    return { message: `${show(text)} cannot be a member`, hint };
  }
  return lengthFault(text);
}

function lengthFault(name: string): NameFault | undefined {
  if (name.length <= schemaLimits.nameBytes) return undefined;
  return { message: `a name longer than ${schemaLimits.nameBytes} letters`, hint: "shorten it" };
}

function show(name: string): string {
  return `"${(name.length > 40 ? `${name.slice(0, 40)}...` : name).toWellFormed()}"`;
}

function words(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(" ")));
}
