// Which points an Ed25519 key or signature may begin with. Libraries differ on keys and signatures that no honest
// signer makes ("Taming the many EdDSAs", Chalkias and others, 2020), and where two of our own platforms differed, a
// signed statement could hold on one device and not on another. So the strict reading is taken everywhere: a point
// must be written in its only encoding, and must not be of small order. (A key of small order has signatures that
// fit many messages. What small order of R would break is only that agreement: WebCrypto and Node refuse it.)
//
//   bytes 0..31   y, little-endian, below p = 2^255 - 19; the top bit of byte 31 is the sign of x

import { equalBytes, fromHex } from "#base/bytes.ts";

/** The y of the eight points whose order divides the cofactor; the sign of x makes no difference to that. */
const smallOrderYs = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

/** Says nothing about whether these 32 bytes are a point of the curve at all. */
export function isStrictEd25519Point(bytes: Uint8Array): boolean {
  const y = Uint8Array.from(bytes);
  y[31] = (y[31] as number) & 0x7f;
  return isBelowP(y) && !smallOrderYs.some((small) => equalBytes(small, y));
}

function isBelowP(y: Uint8Array): boolean {
  if (y[31] !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (y[i] !== 0xff) return true;
  return (y[0] as number) < 0xed;
}
