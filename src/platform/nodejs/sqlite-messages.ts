// What the worker of the indexes and the rest of the process say to one another. Requests are answered in their order.

import type { ErrorKind } from "#base/errors.ts";

/** `bytes`: packed (packed-bytes.ts), handed over with the message. `path` says which file, for as long as it is open. */
export type SqliteRequest = { readonly path: string } & (
  | { readonly type: "open" | "remove" | "clear" | "close" }
  | { readonly type: "write"; readonly bytes: ArrayBuffer }
  | { readonly type: "read"; readonly bytes: ArrayBuffer }
  | { readonly type: "range"; readonly bytes: ArrayBuffer; readonly limit: number; readonly backwards: boolean }
);

export type SqliteReply =
  | { readonly type: "done"; readonly wasReset?: boolean; readonly bytes?: ArrayBuffer }
  | { readonly type: "failed"; readonly kind: ErrorKind; readonly op: string; readonly message: string };
