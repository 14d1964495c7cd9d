// What commands are given to work with, and how they end.

import type { GlowError } from "#base/errors.ts";
import type { Clock, Crypto, Timers } from "#glow";
import type { Terminal } from "#platform/nodejs/terminal.ts";
import type { TextFiles } from "#platform/nodejs/text-files.ts";
import { safeText } from "./safe-text.ts";

export interface Face {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly timers: Timers;
  /** What few commands need, and what takes a while to load, is loaded when it is asked for. */
  readonly files: () => Promise<TextFiles>;
  readonly crypto: () => Promise<Crypto>;
}

/** The numbers that `glow` ends with. */
export const exitCodes = {
  done: 0,
  /** It did its work, and the answer is no: there are problems, something is out of date, a node said no. */
  failed: 1,
  /** It could not begin: unknown command or option, missing file. */
  misused: 2,
  /** Ctrl-C: what was done so far is kept, and the same command goes on with it. */
  interrupted: 130,
} as const;

/** An error as a person reads it, who calls what it is about `target`. */
export function showError(error: GlowError, target: string | undefined = error.target): string {
  return `glow: ${target === undefined ? "" : `${safeText(target)}: `}${error.message}`;
}
