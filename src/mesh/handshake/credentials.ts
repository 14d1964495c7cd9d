// What each side says about itself under the seal of the handshake: whose its static Noise key is, and what the layer
// above has to say. That it has the private half of the key is what the handshake itself proves.
//
//   payload   = CBOR [public key (tagged Ed25519), signature (tagged), hello]
//   signature = by that key, of the sender's tagged static X25519 key, as "noise static"

import type { CborValue } from "#base/cbor.ts";
import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { handshakeLimits } from "#base/limits.ts";
import { nodeIdOf, verifySigned } from "#identity/node-identity.ts";
import type { Crypto, NodeId, PublicKey, Signature } from "#glow";
import { tooLarge, violation } from "./fields.ts";
import type { HandshakeKeys } from "./handshake-keys.ts";

export interface Credentials {
  readonly peer: NodeId;
  readonly peerKey: PublicKey;
  readonly hello: Uint8Array;
}

export function encodeCredentials(keys: HandshakeKeys, hello: Uint8Array): Uint8Array {
  return encodeCbor([keys.identity.publicKey, keys.signature, hello]);
}

/**
 * Who the other side is. `denied` if the node that it names has not signed the static key, `protocol` for what are no
 * credentials, `too-large` if its hello is. Nothing in them is believed, or even hashed, before the signature is.
 */
export function readCredentials(crypto: Crypto, payload: Uint8Array, remoteStatic: PublicKey): Credentials {
  const [key, signature, hello] = threeStrings(payload);
  if (!verifySigned(crypto, key as PublicKey, "noise static", remoteStatic, signature as Signature)) {
    throw new GlowError("denied", "handshake.receive", {
      message: "the other side could not prove that it is the node it says it is",
    });
  }
  const most = handshakeLimits.helloBytes;
  if (hello.length > most) throw tooLarge(`a hello of ${hello.length} bytes`, most);
  const peerKey = key as PublicKey;
  return { peer: nodeIdOf(crypto, peerKey), peerKey, hello };
}

function threeStrings(payload: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const value = decoded(payload);
  if (Array.isArray(value) && value.length === 3) {
    const [key, signature, hello]: readonly CborValue[] = value;
    if (key instanceof Uint8Array && signature instanceof Uint8Array && hello instanceof Uint8Array) {
      return [key, signature, hello];
    }
  }
  throw violation("malformed credentials");
}

function decoded(payload: Uint8Array): CborValue {
  try {
    return decodeCbor(payload);
  } catch (cause) {
    throw violation("malformed credentials", cause);
  }
}
