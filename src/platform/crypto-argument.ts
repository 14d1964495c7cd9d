// What every platform's cryptography refuses before it begins: names of suites that this version does not have, and
// keys, seeds and nonces of a wrong length.

import { GlowError } from "#base/errors.ts";
import { suites } from "#base/suites.ts";

/** `unsupported` if there is no such suite. Types rule that out within a program; a name may come from a file or a peer. */
export function checkKind(suite: string, kind: "key" | "hash" | "aead" | "hpke", op: string): void {
  const known = Object.hasOwn(suites, suite) ? suites[suite as keyof typeof suites] : undefined;
  if (known?.kind === kind) return;
  throw new GlowError("unsupported", op, { target: suite, message: `this version has no ${kind} suite ${suite}` });
}

/** `invalid` if `bytes` are more or fewer than expected. */
export function checkLength(op: string, what: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length === expected) return;
  throw new GlowError("invalid", op, { message: `the ${what} must have ${expected} bytes, not ${bytes.length}` });
}
