// What both ends of an invitation make of its secret, which itself is never sent: a name for it, in the clear, and the
// key that is mixed into the handshake. Neither says anything about the other.
//
//   id   = HKDF-SHA-256(secret, no salt, "glow invitation id 1",  16 bytes)
//   key  = HKDF-SHA-256(secret, no salt, "glow invitation key 1", 32 bytes)

import { utf8Encode } from "#base/bytes.ts";
import type { Crypto } from "#glow";

export const invitationSecretBytes = 16;
export const invitationIdBytes = 16;

const noSalt = new Uint8Array(0);
const idLabel = utf8Encode("glow invitation id 1");
const keyLabel = utf8Encode("glow invitation key 1");

/** What the invited names its invitation by, in the first message of the handshake. */
export function invitationId(crypto: Crypto, secret: Uint8Array): Uint8Array {
  return crypto.derive(secret, noSalt, idLabel, invitationIdBytes);
}

/** The pre-shared key of the handshake. */
export function invitationKey(crypto: Crypto, secret: Uint8Array): Uint8Array {
  return crypto.derive(secret, noSalt, keyLabel, 32);
}
