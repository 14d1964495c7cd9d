// Answers of the page's server: each says to browsers what they may not do with it.

import type { HttpResponse } from "#platform/http.ts";

/** For whatever this server sends. */
export const guardHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** For answers that are no page: nothing in them is run or framed. */
const inertPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** A refusal, said plainly. */
export function refusal(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: {
      ...guardHeaders,
      "content-security-policy": inertPolicy,
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
    body: new TextEncoder().encode(`${text}\n`),
  };
}
