// Reads the fields of a CBOR map that came from outside, each with its type and bounds, and says which one was wrong.
// Fields that nobody asks for are ignored: what is signed is kept as its bytes, so a newer version may add some.

import { utf8Encode } from "#base/bytes.ts";
import { type CborValue, decodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { type Suite, type SuiteKind, type SuiteName, untagged } from "#base/suites.ts";
import type { Hash, PublicKey } from "#glow";

type Fields = { readonly [key: string]: CborValue };

export class RecordReader {
  readonly #kind: string;
  readonly #fields: Fields;

  /** `kind` says in errors what is being read: "statement". `invalid` unless the bytes are a deterministic CBOR map. */
  constructor(kind: string, bytes: Uint8Array) {
    this.#kind = kind;
    let value: CborValue;
    try {
      value = decodeCbor(bytes);
    } catch (cause) {
      throw malformed(kind, "it is not deterministic CBOR", cause);
    }
    if (!isMap(value)) throw malformed(kind, "it is not a map");
    this.#fields = value;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#fields, key);
  }

  text(key: string, mostBytes: number): string {
    const value = this.#field(key);
    if (typeof value !== "string") throw this.fault(key, "is not text");
    if (utf8Encode(value).length > mostBytes) throw this.fault(key, `is longer than ${mostBytes} bytes`);
    return value;
  }

  integer(key: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.#field(key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw this.fault(key, `is not a whole number from ${least} to ${most}`);
  }

  bytes(key: string, mostBytes: number): Uint8Array {
    const value = this.#field(key);
    if (!(value instanceof Uint8Array)) throw this.fault(key, "is not a byte string");
    if (value.length > mostBytes) throw this.fault(key, `is longer than ${mostBytes} bytes`);
    return value;
  }

  publicKey(key: string, suite: Suite<"key"> = "ed25519"): PublicKey {
    return this.#tagged(key, this.#field(key), "key", suite) as PublicKey;
  }

  hash(key: string): Hash {
    return this.#tagged(key, this.#field(key), "hash", "blake3") as Hash;
  }

  hashes(key: string, most: number): Hash[] {
    return this.#list(key, most).map((each) => this.#tagged(key, each, "hash", "blake3") as Hash);
  }

  texts(key: string, most: number, mostBytes: number): string[] {
    return this.#list(key, most).map((each) => {
      if (typeof each === "string" && utf8Encode(each).length <= mostBytes) return each;
      throw this.fault(key, `has an item that is not text of at most ${mostBytes} bytes`);
    });
  }

  /** Whole numbers from 0 on. */
  integerList(key: string, most: number): number[] {
    return this.#list(key, most).map((each) => {
      if (typeof each === "number" && Number.isSafeInteger(each) && each >= 0) return each;
      throw this.fault(key, "has an item that is not a whole number from 0 on");
    });
  }

  /** A map of whole numbers from 0 on. */
  integers(key: string, most: number): Map<string, number> {
    const value = this.#field(key);
    if (!isMap(value)) throw this.fault(key, "is not a map");
    const entries = Object.entries(value);
    if (entries.length > most) throw this.fault(key, `has more than ${most} entries`);
    return new Map(
      entries.map(([name, each]): [string, number] => {
        if (typeof each === "number" && Number.isSafeInteger(each) && each >= 0) return [name, each];
        throw this.fault(key, "has a value that is not a whole number from 0 on");
      }),
    );
  }

  /** That a field is wrong: "its name is not text". */
  fault(key: string, what: string): GlowError {
    return malformed(this.#kind, `its "${key}" ${what}`);
  }

  #field(key: string): CborValue {
    if (!this.has(key)) throw this.fault(key, "is missing");
    return this.#fields[key] as CborValue;
  }

  #list(key: string, most: number): readonly CborValue[] {
    const value = this.#field(key);
    if (!Array.isArray(value)) throw this.fault(key, "is not a list");
    if (value.length > most) throw this.fault(key, `has more than ${most} items`);
    return value;
  }

  #tagged(key: string, value: CborValue, kind: SuiteKind, suite: SuiteName): Uint8Array {
    if (!(value instanceof Uint8Array)) throw this.fault(key, `is not a ${kind}`);
    let found: ReturnType<typeof untagged>;
    try {
      found = untagged(value);
    } catch (error) {
      // A suite of the future stays `unsupported`: whoever meets it should upgrade.
      if (error instanceof GlowError && error.kind === "unsupported") throw error;
      throw this.fault(key, `is not a ${kind}`);
    }
    if (found.suite !== suite) throw this.fault(key, `is not a ${kind} of suite ${suite}`);
    return value;
  }
}

function isMap(value: CborValue): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function malformed(kind: string, reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", `${kind.replaceAll(" ", "-")}.read`, {
    message: `malformed ${kind}: ${reason}`,
    cause,
  });
}
