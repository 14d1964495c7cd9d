// Interfaces at run time for schemas that are only known at run time: what `glow idl gen` writes as source, put
// together from closures. Slower than generated code by some factor; otherwise nobody can tell the difference.

import type { Crypto } from "#glow";
import { answerPart } from "../codec/answer-part.ts";
import type { Codec, Interface, Method, ResultPaths } from "../codec/interface.ts";
import { type ObjectFields, objectResult, recordResult } from "../codec/result-paths.ts";
import { type Answer, ask, call, type CallOptions, Pipeline, pipelined, Stub, type StubClass } from "../codec/stub.ts";
import { hashOf } from "./canonical.ts";
import { graphOf, type ObjectField, objectFieldsAmong, pipelinedRecord } from "./graph.ts";
import { InterpretedCodecs } from "./interpreted-codecs.ts";
import { derivedNames } from "./names.ts";
import {
  declarationAt,
  type InterfaceDeclaration,
  type Method as MethodModel,
  type Schema,
  type Type,
} from "./schema.ts";

export class InterpretedSchema {
  readonly #schema: Schema;
  readonly #crypto: Pick<Crypto, "hash">;
  readonly #codecs: InterpretedCodecs;
  readonly #pipelined: readonly boolean[];
  readonly #interfaces = new Map<number, Interface>();
  readonly #pipelines = new Map<number, PipelineClass>();

  /** The schema must be without faults. */
  constructor(schema: Schema, crypto: Pick<Crypto, "hash">) {
    this.#schema = schema;
    this.#crypto = crypto;
    this.#pipelined = graphOf(schema).pipelined;
    this.#codecs = new InterpretedCodecs(schema, (declaration) => this.interface(declaration));
  }

  /** The codec of any type of the schema. */
  codec(type: Type): Codec {
    return this.#codecs.of(type);
  }

  /** The interface with this index in the schema; the same object each time. */
  interface(index: number): Interface {
    const known = this.#interfaces.get(index);
    if (known !== undefined) return known;
    const declaration = declarationAt(this.#schema, index);
    if (declaration.kind !== "interface")
      throw new TypeError(`${declaration.name} is no interface but a ${declaration.kind}`);
    const methods: (Method | undefined)[] = [];
    for (const method of declaration.methods) {
      while (methods.length < method.number) methods.push(undefined);
      methods.push(this.#method(method));
    }
    const hash = hashOf(this.#schema, index, this.#crypto);
    const stub = this.#stubClass(declaration, methods, () => type);
    const type: Interface = { name: declaration.name, hash, methods, stub };
    this.#interfaces.set(index, type);
    return type;
  }

  #method({ name, number, parameters, result }: MethodModel): Method {
    const pipeline = result === null ? undefined : this.#resultPaths(result);
    return {
      name,
      number,
      parameters: this.#codecs.tuple(parameters),
      result: result === null ? { write: () => undefined, read: () => undefined } : this.#codecs.of(result),
      ...(pipeline === undefined ? {} : { pipeline }),
    };
  }

  #resultPaths(result: Type): ResultPaths | undefined {
    const object = this.#objectOf(result);
    if (object !== undefined) return objectResult(() => this.interface(object));
    const record = pipelinedRecord(result, this.#pipelined);
    return record === undefined ? undefined : recordResult(() => this.#objectFields(record));
  }

  /** The interface that a type is, if it is one. */
  #objectOf(type: Type): number | undefined {
    if (type.kind !== "reference") return undefined;
    return declarationAt(this.#schema, type.declaration).kind === "interface" ? type.declaration : undefined;
  }

  #objectFields(record: number): ObjectFields {
    const fields = objectFieldsAmong(this.#schema, record, this.#pipelined).map(
      ({ number, name, declaration, isObject }) => [
        number,
        isObject
          ? { name, type: () => this.interface(declaration) }
          : { name, fields: () => this.#objectFields(declaration) },
      ],
    );
    return Object.fromEntries(fields) as ObjectFields;
  }

  #stubClass(
    { name, methods: models }: InterfaceDeclaration,
    methods: readonly (Method | undefined)[],
    type: () => Interface,
  ): StubClass<Stub> {
    class InterpretedStub extends Stub {
      override get $interface(): Interface {
        return type();
      }
    }
    Object.defineProperty(InterpretedStub, "name", { value: derivedNames.stub(name) });
    for (const model of models) {
      const method = methods[model.number] as Method;
      const value = this.#stubMethod(model, method);
      Object.defineProperty(InterpretedStub.prototype, model.name, { value, writable: true, configurable: true });
    }
    return InterpretedStub;
  }

  #stubMethod({ parameters, result }: MethodModel, method: Method): (this: Stub, ...args: unknown[]) => unknown {
    const count = parameters.length;
    const finish = result === null ? undefined : this.#pipelining(result);
    return function (this: Stub, ...args: unknown[]): unknown {
      const values = Array.from({ length: count }, (_, index) => args[index]);
      const options = args[count] as CallOptions | undefined;
      return finish === undefined ? call(this, method, values, options) : finish(ask(this, method, values, options));
    };
  }

  /** What becomes of an answer that calls can be made on; undefined if none can. */
  #pipelining(result: Type): ((answer: Answer) => unknown) | undefined {
    const object = this.#objectOf(result);
    if (object !== undefined) return (answer) => pipelined(answer, this.interface(object).stub);
    const record = pipelinedRecord(result, this.#pipelined);
    return record === undefined ? undefined : (answer) => new (this.#pipelineClass(record))(answer);
  }

  #pipelineClass(record: number): PipelineClass {
    const known = this.#pipelines.get(record);
    if (known !== undefined) return known;
    class InterpretedPipeline extends RecordPipeline {}
    const { name } = declarationAt(this.#schema, record);
    Object.defineProperty(InterpretedPipeline, "name", { value: derivedNames.pipeline(name) });
    for (const field of objectFieldsAmong(this.#schema, record, this.#pipelined)) {
      const get = this.#pipelineGetter(field);
      Object.defineProperty(InterpretedPipeline.prototype, field.name, { get, configurable: true });
    }
    this.#pipelines.set(record, InterpretedPipeline);
    return InterpretedPipeline;
  }

  #pipelineGetter({ number, name, declaration, isObject }: ObjectField): (this: RecordPipeline) => unknown {
    if (isObject) {
      const type = this.interface(declaration);
      return function (this: RecordPipeline) {
        return this.$field(type.stub, number);
      };
    }
    const type = this.#pipelineClass(declaration);
    return function (this: RecordPipeline) {
      return this.$part(number, () => new type(answerPart(this.$answer, number, name)));
    };
  }
}

/** A result with objects in it, and in records inside it. */
class RecordPipeline extends Pipeline<unknown> {
  readonly #parts = new Map<number, RecordPipeline>();

  /** The record in a field; the same each time. */
  $part(field: number, make: () => RecordPipeline): RecordPipeline {
    const part = this.#parts.get(field) ?? make();
    this.#parts.set(field, part);
    return part;
  }

  override [Symbol.dispose](): void {
    for (const part of this.#parts.values()) part[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

type PipelineClass = new (answer: Answer) => RecordPipeline;
