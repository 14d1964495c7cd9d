// What a handshake by invitation needs of the invitation's secret: an id, sent in the clear, by which the issuer finds
// the key, and that key, which both sides mix in. How they follow from the secret is identity's to say.

import { GlowError } from "#base/errors.ts";
import type { Crypto } from "#glow";
import { invitationId, invitationKey, invitationSecretBytes } from "#identity/invitation/invitation-secret.ts";

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
  return { id: invitationId(crypto, secret), key: invitationKey(crypto, secret) };
}
