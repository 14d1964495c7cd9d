// What a schema must obey beyond its syntax. The rules look at the model only, so that they hold for schemas that
// never were text; the linker shows each fault at its place in the source.

import { schemaLimits } from "#base/limits.ts";
import { graphOf, innerTypes, mayHold, type SchemaGraph } from "./graph.ts";
import {
  declarationNameFault,
  derivedNamesOf,
  memberNameFault,
  type NameFault,
  parameterNameFault,
  textFault,
} from "./names.ts";
import type {
  Declaration,
  Field,
  InterfaceDeclaration,
  Member,
  Parameter,
  Schema,
  Type,
  UnionDeclaration,
} from "./schema.ts";
import { scopeOf } from "./scope.ts";

/** Where in a schema: a declaration, one of its members, and one of the member's fields or parameters; by index. */
export interface Place {
  readonly declaration: number;
  readonly member?: number;
  /** A field of an arm, or a parameter of a method; `"result"` is a method's. */
  readonly inner?: number | "result";
  /** Whether it is about the type rather than the name. */
  readonly type?: true;
}

export interface Fault extends NameFault {
  readonly place: Place;
}

/** All faults of a schema; none means that codecs can be made from it. */
export function faultsOf(schema: Schema): readonly Fault[] {
  return new Rules(schema).check();
}

class Rules {
  readonly #schema: Schema;
  readonly #graph: SchemaGraph;
  readonly #faults: Fault[] = [];

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#graph = graphOf(schema);
  }

  check(): readonly Fault[] {
    for (const [index, declaration] of this.#schema.declarations.entries()) {
      const place = { declaration: index };
      this.#fault(place, declarationNameFault(declaration.name));
      this.#shape(place, declaration);
      if (this.#graph.inhabited[index] === false) {
        const hint = "make a field on the way optional, nullable or a list";
        this.#fault(place, { message: `${declaration.name} would contain itself without end`, hint });
      }
      if (this.#graph.unbounded[index] === false && (this.#graph.height[index] ?? 0) > schemaLimits.nesting) {
        const message = `${declaration.name} nests deeper than ${schemaLimits.nesting} levels`;
        this.#fault(place, { message, hint: "flatten it" });
      }
    }
    this.#scopes();
    return this.#faults;
  }

  #fault(place: Place, fault: NameFault | undefined): void {
    if (fault !== undefined) this.#faults.push({ ...fault, place });
  }

  #shape(place: Place, declaration: Declaration): void {
    switch (declaration.kind) {
      case "record":
        this.#fields(declaration.fields, (member) => ({ ...place, member }));
        break;
      case "enum":
        this.#texts(place, declaration.members);
        break;
      case "union":
        this.#union(place, declaration);
        break;
      case "interface":
        this.#interface(place, declaration);
        break;
    }
  }

  #union(place: Place, declaration: UnionDeclaration): void {
    this.#fault(place, memberNameFault(declaration.tag));
    this.#texts(place, declaration.arms);
    for (const [member, arm] of declaration.arms.entries()) {
      this.#fields(arm.fields, (inner) => ({ ...place, member, inner }));
      for (const [inner, field] of arm.fields.entries()) {
        const at = { ...place, member, inner };
        if (field.name === declaration.tag) {
          this.#fault(at, { message: `${field.name} tells the arms apart already`, hint: "choose another name" });
        }
        if (declaration.open && mayHold(field.type, this.#graph.live)) {
          const message = "an arm of an open union cannot hold objects or streams";
          const hint =
            "whoever does not know the arm could not release them: leave @open out, or pass them beside the union";
          this.#fault({ ...at, type: true }, { message, hint });
        }
      }
    }
  }

  #interface(place: Place, declaration: InterfaceDeclaration): void {
    this.#unique(declaration.methods, (member) => ({ ...place, member }));
    this.#numbers(declaration.methods, (member) => ({ ...place, member }));
    for (const [member, method] of declaration.methods.entries()) {
      this.#fault({ ...place, member }, memberNameFault(method.name));
      if (method.parameters.length > schemaLimits.members) {
        const message = `more than ${schemaLimits.members} parameters`;
        this.#fault({ ...place, member }, { message, hint: "pass a record" });
      }
      this.#parameters(method.parameters, (inner) => ({ ...place, member, inner }));
      if (method.result !== null) this.#type({ ...place, member, inner: "result", type: true }, method.result);
    }
  }

  #parameters(parameters: readonly Parameter[], at: (index: number) => Place): void {
    this.#unique(parameters, at);
    let optional = false;
    for (const [index, parameter] of parameters.entries()) {
      this.#fault(at(index), parameterNameFault(parameter.name));
      if (optional && !parameter.optional) {
        const hint = "put the optional ones last";
        this.#fault(at(index), { message: `${parameter.name} must be given, but follows an optional parameter`, hint });
      }
      optional ||= parameter.optional;
      this.#type({ ...at(index), type: true }, parameter.type);
    }
  }

  #fields(fields: readonly Field[], at: (index: number) => Place): void {
    this.#unique(fields, at);
    this.#numbers(fields, at);
    for (const [index, field] of fields.entries()) {
      this.#fault(at(index), memberNameFault(field.name));
      this.#type({ ...at(index), type: true }, field.type);
    }
  }

  #texts(place: Place, members: readonly Member[]): void {
    this.#unique(members, (member) => ({ ...place, member }));
    this.#numbers(members, (member) => ({ ...place, member }));
    for (const [member, { name }] of members.entries()) this.#fault({ ...place, member }, textFault(name));
  }

  #unique(members: readonly { readonly name: string }[], at: (index: number) => Place): void {
    const seen = new Set<string>();
    for (const [index, { name }] of members.entries()) {
      if (seen.has(name)) this.#fault(at(index), { message: `${name} is there twice`, hint: "rename one of them" });
      seen.add(name);
    }
  }

  #numbers(members: readonly Member[], at: (index: number) => Place): void {
    const index = members.findIndex(({ number }) => number > schemaLimits.number);
    if (index === -1) return;
    const message = `all numbers up to ${schemaLimits.number} were given at some time`;
    this.#fault(at(index), { message, hint: "go on with a new declaration" });
  }

  #type(place: Place, type: Type, depth = 0): void {
    if (depth === schemaLimits.depth) {
      const message = `a type nested deeper than ${schemaLimits.depth} levels`;
      return this.#fault(place, { message, hint: "declare its parts as interfaces of their own" });
    }
    for (const inner of innerTypes(type)) this.#type(place, inner, depth + 1);
    if (type.kind === "nullable") {
      if (type.value.kind === "nullable" || (type.value.kind === "scalar" && type.value.name === "unknown")) {
        this.#fault(place, { message: "null is in this type already", hint: "leave one `| null` out" });
      }
    } else if (type.kind === "map" || type.kind === "set") {
      const key = type.kind === "map" ? type.key : type.item;
      if (!this.#isKey(key)) {
        const what = type.kind === "map" ? "key of a Map" : "item of a Set";
        const hint = "use a boolean, a number (not f32), a bigint, a string or an enum; for others, use a list";
        this.#fault(place, { message: `this cannot be the ${what}`, hint });
      }
      if (type.kind === "map" && mayHold(type.value, this.#graph.streaming)) {
        this.#fault(place, { message: "a Map cannot hold streams", hint: "use a list of records" });
      }
    }
  }

  /** Whether two values that are equal to JavaScript are equal to the other side too. f32 is not: it rounds on the way. */
  #isKey(type: Type): boolean {
    if (type.kind === "reference") return this.#schema.declarations[type.declaration]?.kind === "enum";
    return type.kind === "scalar" && !["f32", "bytes", "date", "unknown"].includes(type.name);
  }

  /** Names must differ within a file, with those it imports, and those that generated code adds for both. */
  #scopes(): void {
    for (const file of this.#schema.files.keys()) {
      const scope = scopeOf(this.#schema, file);
      const owners = new Map<string, string>();
      for (const { index, declaration } of scope) {
        const { name } = declaration;
        const at = { declaration: declaration.file === file ? index : (scope[0]?.index ?? index) };
        if (owners.has(name)) this.#fault(at, { message: `${name} is there twice`, hint: "rename one of them" });
        owners.set(name, name);
      }
      for (const { index, declaration } of scope) this.#derived(owners, index, declaration);
    }
  }

  #derived(owners: Map<string, string>, index: number, declaration: Declaration): void {
    for (const derived of derivedNamesOf(declaration, this.#graph.live[index] === true)) {
      const owner = owners.get(derived);
      if (owner !== undefined) {
        const message = `the code generated for ${declaration.name} and for ${owner} would both define ${derived}`;
        this.#fault({ declaration: index }, { message, hint: "rename one of them" });
      }
      owners.set(derived, declaration.name);
    }
  }
}
