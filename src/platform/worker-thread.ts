// A thread beside this one, as seen from both of its ends. Each platform has its own kind; whoever uses threads knows no
// more of them than this.

import type { GlowError } from "#base/errors.ts";

/** Starts a thread that runs one script, a fresh one with every call. */
export type StartThread = (events: ThreadEvents) => WorkerThread;

export interface WorkerThread {
  /**
   * Copies the message over to the thread; the buffers of `transfer` move there instead, and are empty here from then on.
   * `invalid` for what cannot be copied or moved. What is posted before the thread runs waits for it.
   */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Ends it wherever it is. Resolves when it is gone, which `ended` tells too. */
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  message(message: unknown): void;
  /** The last call: `cancelled` after `terminate`, else `internal` with what it died of. Never from within a call. */
  ended(reason: GlowError): void;
}

/** The same from inside the thread. */
export interface ThreadPort {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Sets what takes messages. Those that came before wait for it. */
  receive(message: (message: unknown) => void): void;
}
