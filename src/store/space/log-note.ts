// What a space writes into the log beside batches: what this device must not forget though no batch says it.
//
//   note = CBOR map, so that its first byte tells it from a batch, which is an array
//   { "note": "joined" }                            this device holds the space from here on
//   { "note": "incarnation", "least": number }      and writes in no lower incarnation: others have batches of its own
//                                                   that it had lost
//   { "note": "standing", "author": bytes, "key": bytes, "standing": as in row "t" (standings.ts) }
//                                                   from here on it knew that the author was revoked, or that the tab's
//                                                   certificate had run out; what lies before was here before

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { DeviceId, PublicKey, Standing } from "#glow";
import { standingFields, standingIn } from "./standing-fields.ts";

export type LogNote =
  | { readonly note: "joined" }
  | { readonly note: "incarnation"; readonly least: number }
  | { readonly note: "standing"; readonly author: DeviceId; readonly key: PublicKey; readonly standing: Standing };

export function encodeNote(note: LogNote): Uint8Array {
  if (note.note !== "standing") return encodeCbor(note);
  return encodeCbor({ ...note, author: idBytes(note.author), standing: standingFields(note.standing) });
}

/** Undefined if it is a batch, or a note that this version does not know. */
export function decodeNote(bytes: Uint8Array): LogNote | undefined {
  if (!isNote(bytes)) return undefined;
  const { note, least, author, key, standing } = decodeCbor(bytes) as { readonly [key: string]: CborValue };
  if (note === "joined") return { note };
  if (note === "incarnation" && typeof least === "number") return { note, least };
  if (note !== "standing" || !(author instanceof Uint8Array) || !(key instanceof Uint8Array)) return undefined;
  return { note, author: idText(author) as DeviceId, key: key as PublicKey, standing: standingIn(standing) };
}

/** Major type 5 of CBOR. */
export function isNote(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) >> 5 === 5;
}
