// The content of a ticket as an answer: whole or a range, read while it is sent and only as far as it is.

import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { HttpRequest, HttpResponse } from "#platform/http.ts";
import { readByteRange } from "./byte-range.ts";
import { unknownMediaType } from "./media-type.ts";
import { guardHeaders, refusal } from "./response.ts";
import type { Ticket } from "./ticket-office.ts";

export async function contentAnswer(ticket: Ticket, request: HttpRequest): Promise<HttpResponse> {
  const { sizeBytes } = ticket;
  const headers = contentHeaders(ticket);
  const etag = headers["etag"];
  const condition = request.header("if-range");
  const asked = condition === undefined || condition === etag ? request.header("range") : undefined;
  const range = readByteRange(asked, sizeBytes);
  if (range === "unsatisfiable")
    return refusal(416, "The content is shorter.", { "content-range": `bytes */${sizeBytes}` });
  const { offset, length } = range ?? { offset: 0, length: sizeBytes };
  const answer = {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(length),
      ...(range && { "content-range": `bytes ${offset}-${offset + length - 1}/${sizeBytes}` }),
    },
  };
  if (request.method === "HEAD" || length === 0) return answer;
  try {
    const { object, version, drive } = ticket;
    const content = await drive.readObject(object, offset, length, version, {
      signal: request.signal,
      deadlineMs: undefined,
    });
    return { ...answer, body: exactly(content.bytes, length) };
  } catch (error) {
    return failure(error);
  }
}

function contentHeaders({ mediaType, name, download, object, version }: Ticket): Record<string, string> {
  const isSaved = download || mediaType === unknownMediaType;
  // A browser's reader of PDF does not run in a sandbox of ours; it has one of its own. In Chromium it lies between the page and
  // the file, and is no 'self': `frame-ancestors` would leave its frame empty, and the older header does the same for all.
  const isPdf = mediaType === "application/pdf" && !isSaved;
  const policy = isPdf
    ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
    : "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";
  return {
    ...guardHeaders,
    "content-type": mediaType,
    "content-security-policy": policy,
    ...(isPdf && { "x-frame-options": "SAMEORIGIN" }),
    "content-disposition": `${isSaved ? "attachment" : "inline"}; filename*=UTF-8''${encodedName(name)}`,
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    etag: `"${version ?? object}"`,
  };
}

/** RFC 8187: what is not a letter or digit is escaped. */
function encodedName(name: string): string {
  let bytes = new TextEncoder().encode(name.toWellFormed());
  if (bytes.length > webLimits.downloadNameBytes) bytes = bytes.slice(0, webLimits.downloadNameBytes);
  return [...bytes]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9.-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** So many bytes: one that gives fewer has failed, and the connection must not end as if all were there. */
async function* exactly(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  lengthBytes: number,
): AsyncGenerator<Uint8Array> {
  let leftBytes = lengthBytes;
  for await (const piece of source) {
    const part = piece.length > leftBytes ? piece.subarray(0, leftBytes) : piece;
    leftBytes -= part.length;
    yield part;
    if (leftBytes === 0) return;
  }
  throw new GlowError("corrupt", "content.send", { message: `${leftBytes} bytes of the content are missing` });
}

function failure(error: unknown): HttpResponse {
  const { kind } = GlowError.from(error, "content.send");
  if (kind === "not-found") return refusal(404, "The file is not there any more.");
  if (kind === "denied") return refusal(403, "You may not read this any more: ask for another link to the page.");
  if (kind === "cancelled") return refusal(499, "Given up.");
  return refusal(503, "The content cannot be had now: no device that has it can be reached. Try again later.", {
    "retry-after": "5",
  });
}
