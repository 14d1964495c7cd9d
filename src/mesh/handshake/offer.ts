// The first message, the only one of a handshake that comes from nobody in particular: what the initiator speaks, and its
// ephemeral key. It is read without any cryptography.
//
//   message 1 = negotiation | ephemeral key (32 bytes)
//   negotiation = "GLOW" | purpose (u8) | count (u8), versions (u16 each) | count (u8), suites (varint tags)
//               | length (u8: 0 or 16), invitation id

import { concatBytes, equalBytes, utf8Encode } from "#base/bytes.ts";
import { handshakeLimits } from "#base/limits.ts";
import { encodeVarint } from "#base/varint.ts";
import { invitationIdBytes } from "#identity/invitation/invitation-secret.ts";
import { Fields, tooLarge, u16Bytes, violation } from "./fields.ts";

const magic = utf8Encode("GLOW");
const ephemeralBytes = 32;
const empty = new Uint8Array();

const purposeCodes = { link: 1, session: 2 } as const;

/** What the keys are for: between the two ends of a transport's pipe, or end to end over any number of hops. */
export type Purpose = keyof typeof purposeCodes;

export interface Offer {
  readonly purpose: Purpose;
  readonly versions: readonly number[];
  /** The tags of the initiator's AEAD suites, the one that it would rather have first. */
  readonly suiteTags: readonly number[];
  /** Which invitation it has the secret of, if it comes by one. */
  readonly invitation?: Uint8Array;
}

export interface FirstMessage {
  readonly offer: Offer;
  /** The bytes of the offer, as they came: part of the prologue. */
  readonly negotiation: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** The negotiation, to which the ephemeral key is appended. */
export function encodeOffer({ purpose, versions, suiteTags, invitation = empty }: Offer): Uint8Array {
  return concatBytes([
    magic,
    Uint8Array.of(purposeCodes[purpose], versions.length),
    ...versions.map(u16Bytes),
    Uint8Array.of(suiteTags.length),
    ...suiteTags.map(encodeVarint),
    Uint8Array.of(invitation.length),
    invitation,
  ]);
}

/** `protocol` if it is no first message, `too-large` past `handshakeLimits`. Tags that are not known are kept. */
export function decodeFirstMessage(message: Uint8Array): FirstMessage {
  const most = handshakeLimits.firstMessageBytes;
  if (message.length > most) throw tooLarge(`a first message of ${message.length} bytes`, most);
  const fields = new Fields(message);
  if (!equalBytes(fields.bytes(magic.length), magic)) throw violation("something else at its start");
  const purpose = purposeOf(fields.u8());
  const versions = fields.list("versions", handshakeLimits.versions, () => fields.u16());
  const suiteTags = fields.list("suites", handshakeLimits.suites, () => fields.varint());
  const invitation = readInvitation(fields);
  const negotiation = fields.before();
  const ephemeral = fields.rest();
  if (ephemeral.length !== ephemeralBytes) throw violation(`a key of ${ephemeral.length} bytes`);
  const offer = { purpose, versions, suiteTags, ...(invitation === undefined ? {} : { invitation }) };
  return { offer, negotiation, ephemeral };
}

function purposeOf(code: number): Purpose {
  for (const [purpose, each] of Object.entries(purposeCodes)) if (each === code) return purpose as Purpose;
  throw violation(`the unknown purpose ${code}`);
}

function readInvitation(fields: Fields): Uint8Array | undefined {
  const length = fields.u8();
  if (length === 0) return undefined;
  if (length !== invitationIdBytes) throw violation(`an invitation id of ${length} bytes`);
  return fields.bytes(length);
}
