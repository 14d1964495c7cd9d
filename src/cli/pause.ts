// A wait that Ctrl-C ends.

import type { Face } from "./face.ts";
import { interrupted } from "./node-command.ts";

/** Rejects with `cancelled` at Ctrl-C, at once. */
export function pause({ timers, terminal }: Face, ms: number): Promise<void> {
  const { interruption } = terminal;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(interrupted());
    };
    const timer = timers.after(ms, () => {
      interruption.removeEventListener("abort", stop);
      resolve();
    });
    if (interruption.aborted) stop();
    else interruption.addEventListener("abort", stop, { once: true });
  });
}
