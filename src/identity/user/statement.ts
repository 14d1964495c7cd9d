// One signed statement of a user's graph, as bytes and as a value.
//
//   statement  = signed record (signed-record.ts) of context "statement", whose body has
//   "type"     text: genesis, or a type of `UserChange`; one that is unknown here holds its place, and says nothing
//   "key"      tagged public key of the signer
//   "time"     wall clock of the author in ms: for people, and for the limits on certificates; nobody trusts it
//   "author"   33 bytes: the id of the device, or of the user for the recovery key          (absent in genesis)
//   "sequence" integer: how many statements of this author there are, this one included     (absent in genesis: 0)
//   "parents"  list of hashes, ascending: the heads that the author knew                    (absent in genesis)
//
//   genesis    "name", "device" (name of the first device, whose key signs), "salt" 16 bytes, "recovery" key (optional)
//   add        "subject" key, "name", "role" admin or device      promote  "device" id
//   revoke     "device" id, "accepted" integer, "batches" map of space to sequence
//   certify    "subject" key, "until" ms, "name"                  rotate   "device" id, "subject" key
//   recovery   "subject" key                                      rename   "device" id (optional), "name"

import { compareBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import type { Crypto, DeviceId, Hash, PublicKey, SpaceId, UserChange, UserId } from "#glow";
import { deviceIdOf } from "../device-identity.ts";
import type { NodeIdentity } from "../node-identity.ts";
import type { RecordReader } from "../record-reader.ts";
import { openRecord, signRecord } from "../signed-record.ts";

export interface Genesis {
  readonly type: "genesis";
  readonly name: string;
  readonly device: string;
  readonly recovery?: PublicKey;
}

/** As it was said: a revocation's `accepted` is always there. */
export type Said =
  | Genesis
  | Exclude<UserChange, { type: "revoke" }>
  | (Extract<UserChange, { type: "revoke" }> & { readonly accepted: number })
  | { readonly type: "unknown"; readonly name: string };

/** A hash as a key of maps. */
export type StatementId = string;
/** A device, or the user itself where the recovery key speaks. */
export type Author = DeviceId | UserId;

/** Whom a statement is about: a device or a tab, or the user as a whole. */
export type Subject = DeviceId | "user";

export interface Statement {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly id: StatementId;
  readonly key: PublicKey;
  readonly author: Author;
  readonly sequence: number;
  readonly parents: readonly StatementId[];
  readonly timeMs: number;
  readonly said: Said;
  readonly subject: Subject;
}

/** Where a statement stands, and when it was said. */
export interface Placement {
  readonly author: Author;
  readonly sequence: number;
  readonly parents: readonly Hash[];
  readonly timeMs: number;
}

const saltBytes = 16;
const hashBytes = 33;

export function signGenesis(identity: NodeIdentity, genesis: Genesis, timeMs: number, salt: Uint8Array): Uint8Array {
  const { type, name, device, recovery } = genesis;
  checkName(name);
  checkName(device);
  const fields = { type, name, device, salt, time: timeMs, ...(recovery && { recovery }) };
  return signRecord(identity, "statement", fields, identityLimits.statementBytes);
}

/** `invalid` for names and numbers that nobody would take. */
export function signStatement(identity: NodeIdentity, placement: Placement, said: Said): Uint8Array {
  const { author, sequence, parents, timeMs } = placement;
  const place = { author: idBytes(author), sequence, parents: [...parents].sort(compareBytes), time: timeMs };
  return signRecord(identity, "statement", { ...place, ...saidFields(said) }, identityLimits.statementBytes);
}

/** `invalid`, `too-large` or `corrupt` for anything but a well-formed statement with its signature. */
export function readStatement(crypto: Crypto, bytes: Uint8Array): Statement {
  const { hash, key, fields } = openRecord(crypto, "statement", bytes, identityLimits.statementBytes);
  const said = readSaid(fields);
  const common = { bytes, hash, id: idText(hash), key, timeMs: fields.integer("time"), said };
  if (said.type === "genesis") {
    const author = deviceIdOf(crypto, key);
    return { ...common, author, sequence: 0, parents: [], subject: author };
  }
  const parents = fields.hashes("parents", identityLimits.parents);
  if (parents.length === 0) throw fields.fault("parents", "is empty");
  for (let i = 1; i < parents.length; i++) {
    if (compareBytes(parents[i - 1] as Hash, parents[i] as Hash) >= 0) throw fields.fault("parents", "is not sorted");
  }
  return {
    ...common,
    author: idText(fields.hash("author")) as Author,
    sequence: fields.integer("sequence", 1),
    parents: parents.map(idText),
    subject: subjectOf(crypto, said),
  };
}

function subjectOf(crypto: Crypto, said: Said): Subject {
  switch (said.type) {
    case "add":
    case "certify":
      return deviceIdOf(crypto, said.key);
    case "promote":
    case "revoke":
    case "rotate":
      return said.device;
    case "rename":
      return said.device ?? "user";
    case "genesis":
    case "recovery":
    case "unknown":
      return "user";
  }
}

function saidFields(said: Said): { readonly [key: string]: unknown } {
  switch (said.type) {
    case "add":
      checkName(said.name);
      return { type: said.type, subject: said.key, name: said.name, role: said.role };
    case "promote":
      return { type: said.type, device: idBytes(said.device) };
    case "revoke":
      if (said.batches.size > identityLimits.spaces) throw tooMany("spaces", identityLimits.spaces);
      return {
        type: said.type,
        device: idBytes(said.device),
        accepted: said.accepted,
        batches: Object.fromEntries(said.batches),
      };
    case "certify":
      checkName(said.name);
      return { type: said.type, subject: said.key, until: said.untilMs, name: said.name };
    case "rotate":
      return { type: said.type, device: idBytes(said.device), subject: said.key };
    case "recovery":
      return { type: said.type, subject: said.key };
    case "rename":
      checkName(said.name);
      return { type: said.type, name: said.name, ...(said.device && { device: idBytes(said.device) }) };
    case "genesis":
    case "unknown":
      return { type: said.type };
  }
}

function readSaid(fields: RecordReader): Said {
  const type = fields.text("type", identityLimits.nameBytes);
  const name = () => fields.text("name", identityLimits.nameBytes);
  switch (type) {
    case "genesis": {
      if (fields.bytes("salt", saltBytes).length !== saltBytes)
        throw fields.fault("salt", `has not ${saltBytes} bytes`);
      const device = fields.text("device", identityLimits.nameBytes);
      return { type, name: name(), device, ...(fields.has("recovery") && { recovery: fields.publicKey("recovery") }) };
    }
    case "add": {
      const role = fields.text("role", identityLimits.nameBytes);
      if (role !== "admin" && role !== "device") throw fields.fault("role", "is neither admin nor device");
      return { type, key: fields.publicKey("subject"), name: name(), role };
    }
    case "promote":
      return { type, device: readDevice(fields) };
    case "revoke": {
      const batches = fields.integers("batches", identityLimits.spaces) as Map<SpaceId, number>;
      return { type, device: readDevice(fields), accepted: fields.integer("accepted"), batches };
    }
    case "certify":
      return { type, key: fields.publicKey("subject"), untilMs: fields.integer("until"), name: name() };
    case "rotate":
      return { type, device: readDevice(fields), key: fields.publicKey("subject") };
    case "recovery":
      return { type, key: fields.publicKey("subject") };
    case "rename":
      return { type, name: name(), ...(fields.has("device") && { device: readDevice(fields) }) };
    default:
      return { type: "unknown", name: type };
  }
}

function readDevice(fields: RecordReader): DeviceId {
  if (fields.bytes("device", hashBytes).length !== hashBytes) throw fields.fault("device", "is not an id");
  return idText(fields.hash("device")) as DeviceId;
}

function checkName(name: string): void {
  const { nameBytes } = identityLimits;
  // Three bytes of UTF-8 for each unit is the most there can be.
  if (name.length * 3 <= nameBytes || utf8Encode(name).length <= nameBytes) return;
  throw new GlowError("too-large", "statement.sign", { message: `a name has at most ${nameBytes} bytes of UTF-8` });
}

function tooMany(what: string, most: number): GlowError {
  return new GlowError("too-large", "statement.sign", { message: `a statement names at most ${most} ${what}` });
}
