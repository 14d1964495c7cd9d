// A batch that has come, from wherever, read and verified as far as it can be by itself.

import { GlowError } from "#base/errors.ts";
import type { Crypto, LogPlace } from "#glow";
import { readParts } from "./batch-parts.ts";
import type { PageContent } from "./sealed-page.ts";
import { readBatch, type SignedBatch, verifyBatch } from "./signed-batch.ts";
import type { ReadBatch } from "./space-work.ts";

export interface Arrival extends ReadBatch {
  readonly from: ArrivalFrom;
}

export type ArrivalFrom =
  | { readonly type: "peer" }
  /** Taken before, and not in the index: no limit holds it up. */
  | { readonly type: "log"; readonly place: LogPlace }
  /** This device has just written it; with what is in its pages. */
  | { readonly type: "own"; readonly content: PageContent };

/** A GlowError if its signature, or what it says in clear, is not what it should be. */
export function verifyArrival(crypto: Crypto, signed: SignedBatch, from: ArrivalFrom): Arrival | GlowError {
  try {
    verifyBatch(crypto, signed);
    return { signed, parts: readParts(signed.parts), from };
  } catch (error) {
    return GlowError.from(error, "batch.take");
  }
}

/** As it came: not verified yet. A GlowError if it is no batch at all. */
export function readUnverified(crypto: Crypto, bytes: Uint8Array): SignedBatch | GlowError {
  try {
    return readBatch(crypto, bytes);
  } catch (error) {
    return GlowError.from(error, "batch.take");
  }
}
