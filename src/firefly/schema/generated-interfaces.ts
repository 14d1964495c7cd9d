// The part of the generator that writes what programs see of interfaces (what an implementation provides, the stub of
// a remote object, results that can be called into before they arrive) and what sessions need to know of them.

import type { CodecGenerator } from "./generated-codecs.ts";
import type { GeneratedNames, Side } from "./generated-names.ts";
import { pipelinedRecord } from "./graph.ts";
import type { RecordGenerator } from "./generated-records.ts";
import { derivedNames } from "./names.ts";
import type { InterfaceDeclaration, Method, Parameter, RecordDeclaration, Type } from "./schema.ts";
import { deprecation, type SourceText } from "./source-text.ts";

export class InterfaceGenerator {
  readonly #names: GeneratedNames;
  readonly #codecs: CodecGenerator;
  readonly #records: RecordGenerator;

  constructor(names: GeneratedNames, codecs: CodecGenerator, records: RecordGenerator) {
    this.#names = names;
    this.#codecs = codecs;
    this.#records = records;
  }

  // ------------------------------------------------------------------------------- what programs see

  /** The interface that implementations and stubs have in common. */
  interface(text: SourceText, declaration: InterfaceDeclaration): void {
    const { name, methods } = declaration;
    text.documentation(declaration.documentation, deprecation(declaration));
    // An object without methods is still one: a token that can be held and compared.
    if (methods.length === 0) return text.line(`export type ${name} = object;`);
    text.block(`export interface ${name} {`, () => {
      for (const method of methods) {
        text.documentation(method.documentation, deprecation(method));
        const result = method.result === null ? "void" : this.#names.type(method.result, "given");
        const parameters = this.#parameters(method, "received", "context", this.#names.runtime("CallContext", true));
        text.list(`${method.name}(`, parameters, `): ${this.#names.runtime("Awaitable", true)}<${result}>;`);
      }
    });
  }

  stub(text: SourceText, { name, methods }: InterfaceDeclaration): void {
    const stub = this.#names.runtime("Stub");
    const head = `export class ${derivedNames.stub(name)} extends ${stub}`;
    text.block(methods.length === 0 ? `${head} {` : `${head} implements ${name} {`, () => {
      text.block(`override get $interface(): ${this.#names.runtime("Interface", true)} {`, () => {
        text.line(`return ${derivedNames.interface(name)};`);
      });
      for (const method of methods) {
        text.line();
        text.documentation(undefined, deprecation(method));
        this.#stubMethod(text, name, method);
      }
    });
  }

  #stubMethod(text: SourceText, name: string, method: Method): void {
    const options = lastParameter(method, "options");
    const names = method.parameters.map((parameter) => parameterName(parameter.name));
    const list = `this, ${name}$${method.name}, [${names.join(", ")}], ${options}`;
    const parameters = this.#parameters(method, "given", "options", this.#names.runtime("CallOptions", true));
    const { result } = method;
    const object = result?.kind === "reference" && this.#names.at(result.declaration).kind === "interface";
    const record = result === null ? undefined : pipelinedRecord(result, this.#names.graph.pipelined);
    if (result !== null && object) {
      const stub = this.#names.of(result.declaration, this.#names.valueName(result.declaration, "received"));
      text.list(`${method.name}(`, parameters, `): ${this.#names.runtime("Pipelined", true)}<${stub}> {`);
      text.indented(() =>
        text.line(`return ${this.#names.runtime("pipelined")}(${this.#names.runtime("ask")}(${list}), ${stub});`),
      );
    } else if (record !== undefined) {
      const pipeline = this.#names.of(record, derivedNames.pipeline(this.#names.at(record).name));
      text.list(`${method.name}(`, parameters, `): ${pipeline} {`);
      text.indented(() => text.line(`return new ${pipeline}(${this.#names.runtime("ask")}(${list}));`));
    } else {
      const received = result === null ? "void" : this.#names.type(result, "received");
      text.list(`${method.name}(`, parameters, `): Promise<${received}> {`);
      text.indented(() => text.line(`return ${this.#names.runtime("call")}(${list});`));
    }
    text.line("}");
  }

  #parameters(method: Method, side: Side, last: string, lastType: string): string[] {
    const list = method.parameters.map(({ name, type, optional }) => {
      const value = this.#names.type(type, side);
      return `${parameterName(name)}${optional ? "?" : ""}: ${value}`;
    });
    return [...list, `${lastParameter(method, last)}?: ${lastType}`];
  }

  /** For a record in which calls can find objects. */
  pipeline(text: SourceText, index: number, declaration: RecordDeclaration): void {
    const fields = this.#names.objectFields(index);
    const nested = fields.filter((field) => !field.isObject);
    const pipelineOf = (of: number): string => this.#names.of(of, derivedNames.pipeline(this.#names.at(of).name));
    const value = this.#names.valueName(index, "received");
    const base = this.#names.runtime("Pipeline");
    text.block(`export class ${derivedNames.pipeline(declaration.name)} extends ${base}<${value}> {`, () => {
      for (const { name, declaration: of } of nested) text.line(`#${name}: ${pipelineOf(of)} | undefined;`);
      for (const [at, { number, name, declaration: of, isObject }] of fields.entries()) {
        if (at > 0 || nested.length > 0) text.line();
        if (isObject) {
          const stub = this.#names.of(of, this.#names.valueName(of, "received"));
          text.block(`get ${name}(): ${this.#names.runtime("Pipelined", true)}<${stub}> {`, () => {
            text.line(`return this.$field(${stub}, ${number});`);
          });
        } else {
          text.block(`get ${name}(): ${pipelineOf(of)} {`, () => {
            const part = `${this.#names.runtime("answerPart")}(this.$answer, ${number}, "${name}")`;
            text.line(`this.#${name} ??= new ${pipelineOf(of)}(${part});`);
            text.line(`return this.#${name};`);
          });
        }
      }
      if (nested.length === 0) return;
      text.line();
      text.block("override [Symbol.dispose](): void {", () => {
        for (const { name } of nested) text.line(`this.#${name}?.[Symbol.dispose]();`);
        text.line("super[Symbol.dispose]();");
      });
    });
  }

  // ----------------------------------------------------------------------------- what sessions know

  /** Where the objects in a record stand, for sessions. */
  objectFields(text: SourceText, index: number, declaration: RecordDeclaration): void {
    const type = this.#names.runtime("ObjectFields", true);
    text.block(
      `export const ${declaration.name}$objects: ${type} = {`,
      () => {
        for (const { number, name, declaration: of, isObject } of this.#names.objectFields(index)) {
          const target = this.#names.at(of).name;
          const place = isObject
            ? `type: () => ${this.#names.of(of, derivedNames.interface(target))}`
            : `fields: () => ${this.#names.of(of, `${target}$objects`)}`;
          text.line(`${number}: { name: "${name}", ${place} },`);
        }
      },
      "};",
    );
  }

  method(text: SourceText, { name }: InterfaceDeclaration, method: Method): void {
    text.block(
      `const ${name}$${method.name}: ${this.#names.runtime("Method", true)} = {`,
      () => {
        text.line(`name: "${method.name}",`);
        text.line(`number: ${method.number},`);
        if (method.parameters.length === 0) text.line(`parameters: ${this.#codecs.emptyCodec()},`);
        else text.block("parameters: {", () => this.#records.parameters(text, method.parameters), "},");
        text.line(`result: ${this.#codecs.codec(method.result)},`);
        const pipeline = method.result === null ? undefined : this.#resultPaths(method.result);
        if (pipeline !== undefined) text.line(`pipeline: ${pipeline},`);
      },
      "};",
    );
  }

  #resultPaths(result: Type): string | undefined {
    if (result.kind !== "reference") return undefined;
    const { kind, name } = this.#names.at(result.declaration);
    if (kind === "interface") {
      return `${this.#names.runtime("objectResult")}(() => ${this.#names.of(result.declaration, derivedNames.interface(name))})`;
    }
    if (pipelinedRecord(result, this.#names.graph.pipelined) === undefined) return undefined;
    return `${this.#names.runtime("recordResult")}(() => ${this.#names.of(result.declaration, `${name}$objects`)})`;
  }

  /** The interface at run time, and the codec of references to its objects. */
  constants(text: SourceText, { name, methods }: InterfaceDeclaration, hash: string): void {
    const constant = derivedNames.interface(name);
    text.block(
      `export const ${constant}: ${this.#names.runtime("Interface", true)}<${name}> = {`,
      () => {
        text.line(`name: "${name}",`);
        text.line(`hash: "${hash}",`);
        text.list("methods: [", methodsByNumber(name, methods), "],");
        text.line(`stub: ${derivedNames.stub(name)},`);
      },
      "};",
    );
    text.line();
    const capability = this.#names.runtime("CapabilityCodec", true);
    text.line(`export const ${name}$capability: ${capability} = { name: "${name}", interface: () => ${constant} };`);
  }
}

/** A parameter must not hide what the method's body uses. */
function parameterName(name: string): string {
  return /^(ask|call|pipelined|[A-Z].*)$/.test(name) ? `${name}$` : name;
}

/** Parameters may be called like the one that every method has on top. */
function lastParameter(method: Method, name: string): string {
  return method.parameters.some((parameter: Parameter) => parameter.name === name) ? `$${name}` : name;
}

/** Retired numbers stay as holes. */
function methodsByNumber(name: string, methods: readonly Method[]): string[] {
  const list: string[] = [];
  for (const method of methods) {
    while (list.length < method.number) list.push("undefined");
    list.push(`${name}$${method.name}`);
  }
  return list;
}
