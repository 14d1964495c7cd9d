// Deterministic CBOR: the encoding of whatever is hashed, signed, stored or untyped. RFC 8949 with the core
// deterministic requirements of its section 4.2.1, so that one value has one encoding, and only that one is decoded:
//
//   head     major type (3 bits), argument (5 bits, or 24..27 and 1, 2, 4 or 8 bytes), in its shortest form
//   0, 1     integer n, integer -1 - n        2, 3   byte string, UTF-8 text, each of a given length
//   4        array of a given length          5      map of a given length, keys ascending by their encoded bytes
//   7        20 false, 21 true, 22 null; 25, 26, 27 float of 2, 4, 8 bytes, the shortest that keeps the value
//
// Of CBOR it leaves out what has no single meaning here: tags, indefinite lengths, undefined and other simple values,
// keys that are not text. What the RFC leaves to the protocol: a number that is a safe integer is written as one
// (so -0 becomes 0), and NaN is always f97e00.
//
//   CBOR            JavaScript
//   integer         number if it is a safe integer, else bigint; from -2^64 to 2^64 - 1
//   float           number
//   byte string     Uint8Array (a copy, when decoded)
//   text            string, without unpaired surrogates
//   array, map      array; plain object, where `__proto__` is a key like any other
//
// A bigint in the safe range is encoded as that integer, and so comes back as a number.
//
// It is our own because the library at hand falls short of 4.2.1: cborg 6.1.5, which the tests compare it
// with, writes most half-precision subnormals too long, drops a text's leading U+FEFF, replaces malformed UTF-8,
// takes maps in any order, and overflows the stack on deep nesting.

export { decodeCbor } from "./cbor-decoder.ts";
export { encodeCbor } from "./cbor-encoder.ts";
export type { CborValue } from "./cbor-format.ts";
