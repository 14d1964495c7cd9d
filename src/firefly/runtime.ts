// What generated code imports: one door, so that generated files depend on one path.

export { answerPart } from "./codec/answer-part.ts";
export type { CapabilityCodec, Codec, Interface, Method, StreamCodec } from "./codec/interface.ts";
export { malformed, Reader } from "./codec/reader.ts";
export { type ObjectFields, objectResult, recordResult } from "./codec/result-paths.ts";
export type { ByteStream, Stream, StreamSource } from "./codec/stream.ts";
export type { Answer, Awaitable, CallContext, CallOptions, Pipelined, Reference, StubClass } from "./codec/stub.ts";
export { ask, call, Pipeline, pipelined, Stub } from "./codec/stub.ts";
export { readUnknown, writeUnknown } from "./codec/unknown.ts";
export { type UnknownMember, unknownNumber } from "./codec/unknown-member.ts";
export { mismatch, Writer } from "./codec/writer.ts";
