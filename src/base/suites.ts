// The registry of cryptographic suites. Every key, hash, signature and ciphertext, on the wire and on disk, begins
// with the tag of its suite, so that suites can be replaced with nothing lost:
//
//   tagged value = tag (varint, see varint.ts) | bytes (the length below; that of what is sealed is free, but at least that)
//
// Tags are those of the multicodec table (https://github.com/multiformats/multicodec) where it has one, and from
// its private-use range (0x300000 to 0x3fffff) where it has not. Append-only: a suite may be retired, but its tag
// is never given again. docs/suites.md lists them with their sources.

import { concatBytes } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { decodeVarint, encodeVarint } from "./varint.ts";

/** A suite's kind; `Suite<"hash">` are the names of all hashes. */
export type SuiteKind = "key" | "secret" | "hash" | "signature" | "aead" | "hpke";

export const suites = {
  ed25519: { kind: "key", tag: 0xed, lengthBytes: 32 },
  x25519: { kind: "key", tag: 0xec, lengthBytes: 32 },
  "ed25519-secret": { kind: "secret", tag: 0x1300, lengthBytes: 32 },
  "x25519-secret": { kind: "secret", tag: 0x1302, lengthBytes: 32 },
  "sha2-256": { kind: "hash", tag: 0x12, lengthBytes: 32 },
  blake3: { kind: "hash", tag: 0x1e, lengthBytes: 32 },
  "ed25519-signature": { kind: "signature", tag: 0xd0ed, lengthBytes: 64 },
  /** Ciphertexts: the length is that of the authentication tag, which comes on top of the plaintext's. */
  "aes-256-gcm": { kind: "aead", tag: 0x2000, lengthBytes: 16 },
  "chacha20-poly1305": { kind: "aead", tag: 0xa000, lengthBytes: 16 },
  /** Sealed for a key: an ephemeral key, and a ciphertext with its authentication tag. */
  "hpke-x25519-aes-256-gcm": { kind: "hpke", tag: 0x302002, lengthBytes: 48 },
  "hpke-x25519-chacha20-poly1305": { kind: "hpke", tag: 0x302003, lengthBytes: 48 },
} as const satisfies Record<string, { kind: SuiteKind; tag: number; lengthBytes: number }>;

export type SuiteName = keyof typeof suites;
export type Suite<Kind extends SuiteKind> = {
  [Name in SuiteName]: (typeof suites)[Name]["kind"] extends Kind ? Name : never;
}[SuiteName];

const namesByTag = new Map<number, SuiteName>(
  (Object.keys(suites) as SuiteName[]).map((name) => [suites[name].tag, name]),
);

const prefixes = new Map<SuiteName, Uint8Array>(
  (Object.keys(suites) as SuiteName[]).map((name) => [name, encodeVarint(suites[name].tag)]),
);

/** Puts the suite's tag in front of `bytes`. `invalid` if the length is not the suite's. */
export function tagged(suite: SuiteName, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  checkLength("suite.tag", suite, bytes.length);
  return concatBytes([prefixes.get(suite) as Uint8Array, bytes]);
}

/**
 * The suite and the bytes (a view) of a tagged value. `unsupported` for an unknown tag, `invalid` for a wrong length
 * and for a tag that is not in its shortest form.
 */
export function untagged(value: Uint8Array): { suite: SuiteName; bytes: Uint8Array } {
  const { value: tag, end } = decodeVarint(value);
  const suite = namesByTag.get(tag);
  if (suite === undefined) {
    throw new GlowError("unsupported", "suite.untag", { message: `this version has no suite 0x${tag.toString(16)}` });
  }
  const bytes = value.subarray(end);
  checkLength("suite.untag", suite, bytes.length);
  return { suite, bytes };
}

/** The bytes (a view) of a value that must be of `suite`; `invalid` if it is of another. */
export function bytesOf(suite: SuiteName, value: Uint8Array): Uint8Array {
  const found = untagged(value);
  if (found.suite !== suite) {
    throw new GlowError("invalid", "suite.untag", { message: `expected ${suite}, got ${found.suite}` });
  }
  return found.bytes;
}

function checkLength(op: string, suite: SuiteName, length: number): void {
  const { kind, lengthBytes } = suites[suite];
  const isSealed = kind === "aead" || kind === "hpke";
  if (isSealed ? length >= lengthBytes : length === lengthBytes) return;
  const expected = isSealed ? `at least ${lengthBytes}` : lengthBytes;
  throw new GlowError("invalid", op, { target: suite, message: `${suite} has ${expected} bytes, not ${length}` });
}
