// What commands are given to work with, and how they end.

import type { GlowError } from "#base/errors.ts";
import type { Crypto } from "#glow";
import type { Terminal } from "#platform/nodejs/terminal.ts";
import type { TextFiles } from "#platform/nodejs/text-files.ts";

export interface Face {
  readonly terminal: Terminal;
  readonly files: TextFiles;
  readonly crypto: Crypto;
}

/** The numbers that `glow` ends with. */
export const exitCodes = {
  done: 0,
  /** It did its work, and the answer is no: there are problems, something is out of date, a node said no. */
  failed: 1,
  /** It could not begin: unknown command or option, missing file. */
  misused: 2,
} as const;

/** An error as a person reads it. */
export function showError(error: GlowError): string {
  return `glow: ${error.target === undefined ? "" : `${error.target}: `}${error.message}`;
}
