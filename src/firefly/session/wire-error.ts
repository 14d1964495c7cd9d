// Errors as they cross the wire: kind, op, target and message; never a stack, never a cause.

import { errorKindOf, errorKinds, GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { malformed, type Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";

export function writeError(writer: Writer, error: GlowError): void {
  writer.varint(errorKinds[error.kind].code);
  writer.string(clipped(error.op));
  writer.string(clipped(error.target ?? ""));
  writer.string(clipped(error.message));
}

export function readError(reader: Reader): GlowError {
  const kind = errorKindOf(reader.u32());
  const op = shortText(reader);
  const target = shortText(reader);
  const message = shortText(reader);
  return new GlowError(kind, op, { target: target === "" ? undefined : target, message });
}

function shortText(reader: Reader): string {
  const at = reader.at;
  const length = reader.u32();
  if (length > fireflyLimits.errorTextBytes) throw malformed(`an error with a text of ${length} bytes`);
  reader.at = at;
  return reader.string();
}

/** At most errorTextBytes of UTF-8: a UTF-16 unit takes three bytes at the most. */
function clipped(text: string): string {
  const most = Math.floor(fireflyLimits.errorTextBytes / 3);
  return (text.length > most ? `${text.slice(0, most - 1)}…` : text).toWellFormed();
}

/** What a handler threw, as the caller may see it: a GlowError as it is, anything else with its message only. */
export function publicError(thrown: unknown, target: string): GlowError {
  if (thrown instanceof GlowError) return thrown;
  return new GlowError("internal", "firefly.handle", { target, message: messageOf(thrown), cause: thrown });
}

/** Never fails: some errors have texts that are none, and some throw when asked. */
function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  } catch {
    // It has no text to show.
  }
  return "the method failed";
}
