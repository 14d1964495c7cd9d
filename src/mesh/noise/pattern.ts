// The Noise handshake patterns that are spoken here, as rows of a table, and the names of the protocols made of them
// (Noise Protocol Framework, revision 34, sections 7 to 9). A row is all that another pattern needs, as long as it is
// written with these tokens and nobody knows a key beforehand (no pre-messages).

import type { Suite } from "#base/suites.ts";

/**
 * What a message holds or does, in order: `e` and `s` send the sender's ephemeral or static key; `ee`, `es` and `se`
 * mix in an agreement, of which the initiator's key is named first; `psk` mixes in what both knew before.
 */
export type Token = "e" | "s" | "ee" | "es" | "se" | "psk";

/** The tokens of each message; the initiator sends the first, and then both take turns. */
export type Pattern = readonly (readonly Token[])[];

export const patterns = {
  XX: [["e"], ["e", "ee", "s", "es"], ["s", "se"]],
  XXpsk3: [["e"], ["e", "ee", "s", "es"], ["s", "se", "psk"]],
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof patterns;

/** With X25519 and SHA-256, which all have in common. */
export interface NoiseProtocol {
  readonly pattern: PatternName;
  readonly suite: Suite<"aead">;
}

const cipherNames = { "aes-256-gcm": "AESGCM", "chacha20-poly1305": "ChaChaPoly" } as const;

/** `Noise_XX_25519_AESGCM_SHA256` (section 8). */
export function protocolName({ pattern, suite }: NoiseProtocol): string {
  return `Noise_${pattern}_25519_${cipherNames[suite]}_SHA256`;
}

/** Whether a secret that both knew before is mixed in; if so, ephemeral keys are too (section 9.2). */
export function hasPsk(pattern: PatternName): boolean {
  const messages: Pattern = patterns[pattern];
  return messages.some((tokens) => tokens.includes("psk"));
}
