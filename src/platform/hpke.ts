// Hybrid Public Key Encryption (RFC 9180): sealing one message for whoever holds a key. Base mode, single shot, with
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, and one of the AEADs that are suites of our own.
//
//   sealed value = suite's tag | ephemeral key (32 bytes) | ciphertext and its 16-byte tag

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import type { Suite } from "#base/suites.ts";

/** Section 7: the KEM, the KDF and the AEADs. */
const kemId = Uint8Array.of(0x00, 0x20);
const kdfId = Uint8Array.of(0x00, 0x01);
const aeadIds = { "aes-256-gcm": Uint8Array.of(0x00, 0x02), "chacha20-poly1305": Uint8Array.of(0x00, 0x03) } as const;

export const hpkeAeads = {
  "hpke-x25519-aes-256-gcm": "aes-256-gcm",
  "hpke-x25519-chacha20-poly1305": "chacha20-poly1305",
} as const satisfies Record<Suite<"hpke">, Suite<"aead">>;

/** Length of an encapsulated key (`Nenc`). */
export const hpkeKeyBytes = 32;

const version = utf8Encode("HPKE-v1");
const kemSuite = concatBytes([utf8Encode("KEM"), kemId]);
const baseMode = Uint8Array.of(0);
const none = new Uint8Array(0);

export interface HpkeMessageKey {
  readonly key: Uint8Array;
  /** For one message only, the first and last under this key. */
  readonly nonce: Uint8Array;
}

/**
 * What seals and opens the message (sections 4.1 and 5.1): both sides get the same from the secret that they agree on, the
 * ephemeral key and the recipient's, which are the bare 32 bytes, and `info`, of any length.
 */
export function hpkeMessageKey(
  aead: Suite<"aead">,
  agreed: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
  info: Uint8Array,
): HpkeMessageKey {
  const kem = new LabeledHkdf(kemSuite);
  const shared = kem.expand(kem.extract(none, "eae_prk", agreed), "shared_secret", [ephemeral, recipient], 32);
  const schedule = new LabeledHkdf(concatBytes([utf8Encode("HPKE"), kemId, kdfId, aeadIds[aead]]));
  const context = [baseMode, schedule.extract(none, "psk_id_hash", none), schedule.extract(none, "info_hash", info)];
  const secret = schedule.extract(shared, "secret", none);
  return {
    key: schedule.expand(secret, "key", context, 32),
    nonce: schedule.expand(secret, "base_nonce", context, 12),
  };
}

/** `LabeledExtract` and `LabeledExpand` of section 4. */
class LabeledHkdf {
  readonly #suite: Uint8Array;

  constructor(suite: Uint8Array) {
    this.#suite = suite;
  }

  extract(salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
    return extract(sha256, concatBytes([version, this.#suite, utf8Encode(label), secret]), salt);
  }

  /** `lengthBytes` is below 256. */
  expand(key: Uint8Array, label: string, info: readonly Uint8Array[], lengthBytes: number): Uint8Array {
    const length = Uint8Array.of(0, lengthBytes);
    const labeled = concatBytes([length, version, this.#suite, utf8Encode(label), ...info]);
    return expand(sha256, key, labeled, lengthBytes);
  }
}
