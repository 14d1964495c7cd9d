// A key of a space, and all that follows from it. One is drawn for each epoch; a new epoch begins when somebody who could
// read is to read no more.
//
//   key = 32 random bytes
//   HKDF-SHA-256(key, salt of the space's first batch, label, length):
//     "glow space key id 1"        8   names the key, in clear
//     "glow space pages 1"        32   seals pages of entries
//     "glow space page nonces 1"  32   makes their nonces
//     "glow space naming 1"       32   names chunks of content
//     "glow space nonces 1"       32   makes their nonces
//     "glow space boundaries 1"   32   of the first epoch's key: where content is cut
//
// The salt binds a key to its space: wrapped into another one, it is another key.

import { toHex, utf8Encode } from "#base/bytes.ts";
import { randomBytes } from "#base/random.ts";
import type { ContentKey, Crypto, Random } from "#glow";

export const spaceKeyBytes = 32;
export const keyIdBytes = 8;

/** A key's id in hexadecimal: a key of maps. */
export type KeyName = string;

export class SpaceKey {
  /** The key itself: only to be wrapped for others. */
  readonly secret: Uint8Array;
  readonly id: Uint8Array;
  readonly name: KeyName;
  readonly pages: Uint8Array;
  readonly pageNonces: Uint8Array;
  readonly content: ContentKey;
  readonly boundarySeed: Uint8Array;

  constructor(crypto: Crypto, secret: Uint8Array, salt: Uint8Array) {
    const derive = (label: string, lengthBytes: number) =>
      crypto.derive(secret, salt, utf8Encode(`glow space ${label} 1`), lengthBytes);
    this.secret = secret;
    this.id = derive("key id", keyIdBytes);
    this.name = toHex(this.id);
    this.pages = derive("pages", 32);
    this.pageNonces = derive("page nonces", 32);
    this.content = { id: this.id, naming: derive("naming", 32), nonces: derive("nonces", 32) };
    this.boundarySeed = derive("boundaries", 32);
  }

  static draw(crypto: Crypto, random: Random, salt: Uint8Array): SpaceKey {
    return new SpaceKey(crypto, randomBytes(random, spaceKeyBytes), salt);
  }
}
