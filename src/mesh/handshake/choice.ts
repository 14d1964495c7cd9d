// The part of the second message that can be read before anything is agreed on: what the responder has chosen of an
// offer, or why it goes no further. Nobody can gain by changing it: a choice is part of the prologue, so that the rest
// does not open unless both sides saw the same, and a refusal ends the handshake either way.
//
//   choice  = version (u16, not 0) | suite (varint tag)
//   refusal = 0 (u16) | reason (u8: 1 version, 2 suite, 3 invitation)

import { concatBytes } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { type Suite, suites } from "#base/suites.ts";
import { encodeVarint } from "#base/varint.ts";
import { Fields, u16Bytes, violation } from "./fields.ts";
import type { Offer } from "./offer.ts";

export interface Choice {
  readonly version: number;
  readonly suite: Suite<"aead">;
}

/** Why there is no choice. Codes are append-only. */
const refusals = {
  version: {
    code: 1,
    kind: "unsupported",
    text: "there is no version of the protocol that both speak: update the older",
  },
  suite: { code: 2, kind: "unsupported", text: "there is no cipher that both have: update the older of the two" },
  invitation: {
    code: 3,
    kind: "denied",
    text: "the invitation is spent, expired or of another node: ask for a new one",
  },
} as const satisfies Record<string, { code: number; kind: ErrorKind; text: string }>;

export type RefusalReason = keyof typeof refusals;

/** What to speak: the highest version of both, and the suite of `chooseSuite`. */
export function choose(
  offer: Offer,
  versions: readonly number[],
  ownSuites: readonly Suite<"aead">[],
): Choice | RefusalReason {
  // 0 would be read as a refusal.
  const common = versions.filter((version) => version !== 0 && offer.versions.includes(version));
  if (common.length === 0) return "version";
  const suite = chooseSuite(offer.suiteTags, ownSuites);
  return suite === undefined ? "suite" : { version: Math.max(...common), suite };
}

/**
 * The initiator's first that the responder has too; but if their favourites differ, one of the two has no fast AES, and
 * suffers more from it than the other from ChaCha20.
 */
function chooseSuite(theirTags: readonly number[], own: readonly Suite<"aead">[]): Suite<"aead"> | undefined {
  const chacha = "chacha20-poly1305";
  const differ = own[0] !== undefined && suites[own[0]].tag !== theirTags[0];
  if (differ && own.includes(chacha) && theirTags.includes(suites[chacha].tag)) return chacha;
  for (const tag of theirTags) {
    const suite = own.find((each) => suites[each].tag === tag);
    if (suite !== undefined) return suite;
  }
  return undefined;
}

export function encodeChoice({ version, suite }: Choice): Uint8Array {
  return concatBytes([u16Bytes(version), encodeVarint(suites[suite].tag)]);
}

export function encodeRefusal(reason: RefusalReason): Uint8Array {
  return concatBytes([u16Bytes(0), Uint8Array.of(refusals[reason].code)]);
}

/** What the responder says of a refusal, to its own side. */
export function refusalError(reason: RefusalReason): GlowError {
  const { kind, text } = refusals[reason];
  return new GlowError(kind, "handshake.respond", { target: reason, message: `refused a connection: ${text}` });
}

/**
 * The choice at the start of a second message, its bytes, and what follows. `unsupported` or `denied` if it is a
 * refusal, `protocol` if it is none of these versions and suites, which were offered.
 */
export function decodeChoice(
  message: Uint8Array,
  versions: readonly number[],
  ownSuites: readonly Suite<"aead">[],
): { readonly choice: Choice; readonly bytes: Uint8Array; readonly rest: Uint8Array } {
  const fields = new Fields(message);
  const version = fields.u16();
  if (version === 0) throw refused(fields);
  const tag = fields.varint();
  const suite = ownSuites.find((each) => suites[each].tag === tag);
  if (!versions.includes(version) || suite === undefined) throw violation("a choice that it was not offered");
  return { choice: { version, suite }, bytes: fields.before(), rest: fields.rest() };
}

function refused(fields: Fields): GlowError {
  const code = fields.u8();
  if (fields.rest().length > 0) return violation("a refusal with bytes behind it");
  const known = Object.values(refusals).find((each) => each.code === code);
  const text = known?.text ?? `it gave reason ${code}, which this version doesn't know: update this node`;
  // Whoever is on the way can say this too, and so keep two nodes apart; that it can do anyway.
  const message = `the other side refused the connection: ${text}`;
  return new GlowError(known?.kind ?? "unsupported", "handshake.initiate", { message });
}
