// A key of a space, wrapped for one device, so that only that device opens it.
//
//   wrapped    = HPKE (RFC 9180, base mode) of the key, to the device's signing key in its X25519 form
//   info       = "glow space key" 00
//   associated = key id (8) | DeviceId (33) | salt of the space (16)
//
// It says nothing about who wrapped it: the batch that it stands in is signed. A key whose id is another than the grant
// says was not made for this space, or is a lie.

import { concatBytes, equalBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import type { Crypto, DeviceId, PublicKey, Random } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import type { KeyGrant } from "./batch-parts.ts";
import { SpaceKey, spaceKeyBytes } from "./space-key.ts";

const info = utf8Encode("glow space key\0");

/** What wraps and opens. */
export interface GrantTools {
  readonly crypto: Crypto;
  readonly random: Random;
}

/** Undefined if the recipient's key is none that anything can be wrapped for. */
export function wrapKey(
  { crypto, random }: GrantTools,
  key: SpaceKey,
  salt: Uint8Array,
  device: DeviceId,
  recipient: PublicKey,
): KeyGrant | undefined {
  try {
    const wrapped = crypto.sealTo(recipient, info, associatedWith(key.id, device, salt), key.secret, random);
    return { device, recipient, wrapped };
  } catch (error) {
    if (error instanceof GlowError && (error.kind === "invalid" || error.kind === "unsupported")) return undefined;
    throw error;
  }
}

/** Undefined if the grant is for another device or key, or is not what it should be. */
export function unwrapKey(
  crypto: Crypto,
  own: { readonly identity: NodeIdentity; readonly device: DeviceId },
  keyId: Uint8Array,
  { device, recipient, wrapped }: KeyGrant,
  salt: Uint8Array,
): SpaceKey | undefined {
  const { identity } = own;
  if (device !== own.device || !equalBytes(recipient, identity.publicKey)) return undefined;
  let secret: Uint8Array;
  try {
    secret = identity.openFrom(info, associatedWith(keyId, device, salt), wrapped);
  } catch (error) {
    if (error instanceof GlowError && error.kind !== "internal") return undefined;
    throw error;
  }
  if (secret.length !== spaceKeyBytes) return undefined;
  const key = new SpaceKey(crypto, secret, salt);
  return equalBytes(key.id, keyId) ? key : undefined;
}

function associatedWith(keyId: Uint8Array, device: DeviceId, salt: Uint8Array): Uint8Array {
  return concatBytes([keyId, idBytes(device), salt]);
}
