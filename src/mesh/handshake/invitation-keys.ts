// What a handshake by invitation needs of the invitation's secret: an id, sent in the clear, by which the issuer finds
// the secret, and a key that both sides mix in. Neither tells anything about the secret or the other.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Crypto } from "#glow";

export const invitationSecretBytes = 16;
export const invitationIdBytes = 16;
const keyBytes = 32;
const noSalt = new Uint8Array();

export interface InvitationKeys {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
}

/** Of a secret of 128 random bits: too many to try, so it is not stretched. `invalid` for any other length. */
export function invitationKeys(crypto: Crypto, secret: Uint8Array): InvitationKeys {
  if (secret.length !== invitationSecretBytes) {
    const message = `an invitation's secret has ${invitationSecretBytes} bytes, not ${secret.length}: was it cut short?`;
    throw new GlowError("invalid", "invitation.derive", { message });
  }
  const derive = (label: string, lengthBytes: number): Uint8Array =>
    crypto.derive(secret, noSalt, utf8Encode(label), lengthBytes);
  return { id: derive("glow invitation id", invitationIdBytes), key: derive("glow invitation key", keyBytes) };
}
