// An invitation as a text that a person copies, or that stands in a QR code (which is shorter in upper case):
//
//   text     = "glow1" | base32 (RFC 4648, no padding) of the bytes, in either case, with spaces and hyphens anywhere
//   bytes    = kind | user | issuer | secret | expiry | addresses | relays | checksum
//   kind     1 byte: 0 gives the role device, 1 tab; no other role can be given
//   user     33 bytes: the hash of the user's first statement          issuer  33 bytes: the NodeId that redeems it
//   secret   16 bytes                                                  expiry  u32, big-endian: seconds since 1970
//   addresses  1 byte: how many; then for each 1 byte: its length, and that many bytes of UTF-8
//   relays   likewise: addresses of other devices of the user, that bring the new one together with the issuer
//   checksum 4 bytes: the first bytes of the BLAKE3 hash of "glow invitation" | 0x00 | all before
//
// The checksum tells a mistyped code from a refused one; it protects against nobody. With one address of 24 bytes
// the text has 195 characters.

import { concatBytes, equalBytes, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import { bytesOf } from "#base/suites.ts";
import type { Address, Crypto, NodeId, UserId } from "#glow";
import { invitationSecretBytes } from "./invitation-secret.ts";

export type InvitedRole = "device" | "tab";

export interface InvitationCode {
  readonly user: UserId;
  readonly issuer: NodeId;
  readonly secret: Uint8Array;
  readonly role: InvitedRole;
  /** A time of the issuer's wall clock; the issuer decides. Whole seconds. */
  readonly expiresMs: number;
  readonly addresses: readonly Address[];
  /** Of devices that bring the new one together with the issuer, if it cannot go there itself. */
  readonly relays: readonly Address[];
}

const prefix = "glow1";
const roles: readonly InvitedRole[] = ["device", "tab"];
const hashBytes = 33;
const checksumBytes = 4;
const checksumLabel = utf8Encode("glow invitation\0");

/** `invalid` for what a code cannot hold: too many or too long addresses, a time beyond 2106. */
export function writeInvitation(crypto: Crypto, code: InvitationCode): string {
  const expirySeconds = Math.floor(code.expiresMs / 1000);
  if (!(expirySeconds >= 0 && expirySeconds < 2 ** 32)) throw unfit("a time that is not from 1970 to 2106");
  const expiry = new Uint8Array(4);
  new DataView(expiry.buffer).setUint32(0, expirySeconds);
  const content = concatBytes([
    Uint8Array.of(roles.indexOf(code.role)),
    idBytes(code.user),
    idBytes(code.issuer),
    code.secret,
    expiry,
    ...addressFields(code.addresses),
    ...addressFields(code.relays),
  ]);
  return prefix + base32(concatBytes([content, checksum(crypto, content)]));
}

function addressFields(addresses: readonly Address[]): Uint8Array[] {
  const { invitationAddresses, addressBytes } = identityLimits;
  if (addresses.length > invitationAddresses) throw unfit(`more than ${invitationAddresses} addresses`);
  const fields = addresses.flatMap((address) => {
    const bytes = utf8Encode(address);
    if (bytes.length > addressBytes) throw unfit(`an address of more than ${addressBytes} bytes`);
    return [Uint8Array.of(bytes.length), bytes];
  });
  return [Uint8Array.of(addresses.length), ...fields];
}

/**
 * `invalid` for what is no invitation at all, `corrupt` for one that was mistyped or cut short, `unsupported` for one
 * of a newer Glow.
 */
export function readInvitation(crypto: Crypto, text: string): InvitationCode {
  if (text.length > identityLimits.invitationCodeLength) throw invalid("it is too long");
  const compact = text.replace(/[\s-]/g, "").toLowerCase();
  if (!compact.startsWith(prefix)) throw invalid(`it does not begin with ${prefix}`);
  const bytes = fromBase32(compact.slice(prefix.length));
  const content = bytes.subarray(0, Math.max(0, bytes.length - checksumBytes));
  if (!equalBytes(checksum(crypto, content), bytes.subarray(content.length))) throw mistyped();
  return readContent(content);
}

function readContent(content: Uint8Array): InvitationCode {
  let at = 0;
  const take = (length: number) => {
    if (content.length - at < length) throw invalid("it ends too early");
    at += length;
    return content.slice(at - length, at);
  };
  const role = roles[take(1)[0] as number];
  if (role === undefined) {
    const message = "this invitation was made by a newer Glow than this one: upgrade to use it";
    throw new GlowError("unsupported", "invitation.read", { message });
  }
  const user = readId(take(hashBytes)) as UserId;
  const issuer = readId(take(hashBytes)) as NodeId;
  const secret = take(invitationSecretBytes);
  const expiry = take(4);
  const expiresMs = new DataView(expiry.buffer).getUint32(0) * 1000;
  const takeAddresses = () => {
    const count = take(1)[0] as number;
    if (count > identityLimits.invitationAddresses) throw invalid("it has too many addresses");
    return Array.from({ length: count }, () => utf8Decode(take(take(1)[0] as number)) as Address);
  };
  const addresses = takeAddresses();
  const relays = takeAddresses();
  if (at < content.length) throw invalid("something follows its end");
  return { user, issuer, secret, role, expiresMs, addresses, relays };
}

/** Whole groups of 5 bytes are 8 characters, so the texts of such pieces are the text of the whole. */
const pieceBytes = 40;
const pieceLength = 64;

function base32(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) text += idText(bytes.subarray(at, at + pieceBytes));
  return text;
}

function fromBase32(text: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  try {
    for (let at = 0; at < text.length; at += pieceLength) pieces.push(idBytes(text.slice(at, at + pieceLength)));
  } catch {
    throw mistyped();
  }
  return concatBytes(pieces);
}

function readId(bytes: Uint8Array): string {
  try {
    bytesOf("blake3", bytes);
  } catch (cause) {
    throw invalid("an id in it is none", cause);
  }
  return idText(bytes);
}

function checksum(crypto: Crypto, content: Uint8Array): Uint8Array {
  return crypto.hash("blake3", concatBytes([checksumLabel, content])).subarray(1, 1 + checksumBytes);
}

function mistyped(): GlowError {
  const message = "this invitation was mistyped or cut short: copy all of it again";
  return new GlowError("corrupt", "invitation.read", { message });
}

function invalid(reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "invitation.read", { message: `this is no invitation: ${reason}`, cause });
}

function unfit(what: string): GlowError {
  return new GlowError("invalid", "invitation.write", { message: `an invitation cannot hold ${what}` });
}
