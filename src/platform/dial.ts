// What all dials have in common: they end once, with a pipe, a failure, an abort or at their deadline, and leave
// neither a timer nor a listener on the caller's signal behind.

import { GlowError } from "#base/errors.ts";
import type { Address, Pipe } from "#glow";

export interface DialEnd {
  connected(pipe: Pipe): void;
  failed(error: GlowError): void;
}

/** `begin` starts to dial and returns how to give up. `unavailable` after `dialMs`, `cancelled` by `signal`. */
export function dial(
  address: Address,
  dialMs: number,
  signal: AbortSignal | undefined,
  begin: (end: DialEnd) => () => void,
): Promise<Pipe> {
  const op = "network.dial";
  const failure = (kind: "cancelled" | "unavailable", message: string) =>
    new GlowError(kind, op, { target: address, message, cause: signal?.reason });
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(failure("cancelled", "dialling was cancelled before it began"));
      return;
    }
    let over = false;
    const end = (settle: () => void) => {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      signal?.removeEventListener("abort", cancel);
      settle();
    };
    const giveUp = begin({
      connected: (pipe) => end(() => resolve(pipe)),
      failed: (error) => end(() => reject(error)),
    });
    const abandon = (error: GlowError) =>
      end(() => {
        giveUp();
        reject(error);
      });
    const cancel = () => abandon(failure("cancelled", "dialling was cancelled"));
    const deadline = setTimeout(() => {
      abandon(failure("unavailable", `no answer within ${dialMs} ms; check the address and the network`));
    }, dialMs);
    signal?.addEventListener("abort", cancel);
  });
}
