// 128 random bits as text: for a policy's nonce, and for names that nobody is to guess.

import { toHex } from "#base/bytes.ts";
import type { Random } from "#glow";

export function randomHex(random: Random): string {
  const bytes = new Uint8Array(16);
  random.fill(bytes);
  return toHex(bytes);
}
