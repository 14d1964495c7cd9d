// Frames of Firefly written by hand, with the codec's writer, as no session would send them.

import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Interface } from "#firefly/codec/interface.ts";
import { Writer } from "#firefly/codec/writer.ts";
import { flag, magic, op, version } from "#firefly/session/frame.ts";

/** Methods of the sample's interfaces by number. */
export const method = {
  echo: 0,
  put: 1,
  increment: 2,
  first: 3,
  items: 4,
  bytes: 5,
  sum: 6,
  upload: 7,
  keep: 8,
  call: 9,
  give: 10,
  inspect: 11,
  giveMany: 12,
  withoutCircles: 14,
  sleep: 16,
  chainNext: 0,
  chainValue: 1,
  chainItself: 2,
} as const;

/** An interface by its number; with the hash, where it is mentioned for the first time. */
export interface Mention {
  readonly number: number;
  readonly hash?: string;
}

export function mention(number: number, type: Interface): Mention {
  return { number, hash: type.hash };
}

/** Writers that nobody uses: a new one takes 64 KiB, and scripts have frames by the hundred thousand. */
const idleWriters: Writer[] = [];

export function frame(write: (writer: Writer) => void): Uint8Array {
  const writer = idleWriters.pop() ?? new Writer();
  write(writer);
  const bytes = concatBytes(writer.take());
  idleWriters.push(writer);
  return bytes;
}

/** Numbers as varints, one behind the other: payloads of small methods. */
export function varints(...numbers: readonly number[]): Uint8Array {
  return frame((writer) => {
    for (const number of numbers) writer.varint(number);
  });
}

function writeMention(writer: Writer, { number, hash }: Mention): void {
  writer.varint(number);
  if (hash !== undefined) writer.raw(Uint8Array.fromHex(hash));
}

function writePayload(writer: Writer, payload: Uint8Array): void {
  const length = payload.length;
  writer.raw(Uint8Array.of(length & 255, (length >>> 8) & 255, length >>> 16));
  writer.raw(payload);
}

export function hello({
  calls = fireflyLimits.calls,
  callBytes = fireflyLimits.callBytes,
  streams = fireflyLimits.streams,
  speaks = version,
  root,
  mark = magic,
}: {
  calls?: number;
  callBytes?: number;
  streams?: number;
  speaks?: number;
  root?: Mention;
  mark?: readonly number[];
} = {}): Uint8Array {
  return frame((writer) => {
    writer.u8(op.hello | (root === undefined ? 0 : flag.root));
    for (const byte of mark) writer.u8(byte);
    for (const number of [speaks, calls, callBytes, streams]) writer.varint(number);
    if (root !== undefined) writeMention(writer, root);
  });
}

/** An entry of a table. */
export type Entry =
  | { readonly export: number; readonly type: Mention }
  | { readonly import: number }
  | { readonly answer: number; readonly path?: readonly number[] }
  | { readonly stream: number };

function writeTable(writer: Writer, table: readonly Entry[]): void {
  writer.varint(table.length);
  for (const entry of table) {
    if ("export" in entry) {
      writer.u8(0);
      writer.varint(entry.export);
      writeMention(writer, entry.type);
    } else if ("import" in entry) {
      writer.u8(1);
      writer.varint(entry.import);
    } else if ("answer" in entry) {
      writer.u8(2);
      writer.varint(entry.answer);
      writer.raw(varints(entry.path?.length ?? 0, ...(entry.path ?? [])));
    } else {
      writer.u8(3);
      writer.varint(entry.stream);
    }
  }
}

export interface CallFrame {
  readonly id: number;
  /** An export; 0 is the root. */
  readonly target?: number;
  /** An object in an answer, instead of an export. */
  readonly answer?: number;
  readonly path?: readonly number[];
  readonly type: Mention;
  readonly method: number;
  readonly payload?: Uint8Array;
  readonly table?: readonly Entry[];
  readonly deadlineMs?: number;
}

function writeCall(code: number, each: CallFrame): Uint8Array {
  return frame((writer) => {
    const toAnswer = each.answer === undefined ? 0 : flag.toAnswer;
    const deadline = each.deadlineMs === undefined ? 0 : flag.deadline;
    writer.u8(code | toAnswer | deadline | (each.table === undefined ? 0 : flag.table));
    writer.varint(each.id);
    writer.varint(each.answer ?? each.target ?? 0);
    if (each.answer !== undefined) writer.raw(varints(each.path?.length ?? 0, ...(each.path ?? [])));
    writeMention(writer, each.type);
    writer.varint(each.method);
    if (each.deadlineMs !== undefined) writer.varint(each.deadlineMs);
    writePayload(writer, each.payload ?? new Uint8Array(0));
    if (each.table !== undefined) writeTable(writer, each.table);
  });
}

export function call(each: CallFrame): Uint8Array {
  return writeCall(op.call, each);
}

export function ask(each: CallFrame): Uint8Array {
  return writeCall(op.ask, each);
}

/** A frame of an op and numbers only: FINISH, RELEASE, CREDIT, STOP, DISEMBARGO, END without an error. */
export function plain(first: number, ...numbers: readonly number[]): Uint8Array {
  return concatBytes([Uint8Array.of(first), varints(...numbers)]);
}

/** RETURN, DATA: an id, a payload, and a table if there is one. */
export function carrying(first: number, id: number, payload: Uint8Array, table?: readonly Entry[]): Uint8Array {
  return frame((writer) => {
    writer.u8(first | (table === undefined ? 0 : flag.table));
    writer.varint(id);
    writePayload(writer, payload);
    if (table !== undefined) writeTable(writer, table);
  });
}

/** An error as a payload. */
export function errorPayload(code: number, ...texts: readonly string[]): Uint8Array {
  return frame((writer) => {
    writer.varint(code);
    for (const text of texts) writer.string(text);
  });
}

export function goaway(payload: Uint8Array): Uint8Array {
  return frame((writer) => {
    writer.u8(op.goaway);
    writePayload(writer, payload);
  });
}
