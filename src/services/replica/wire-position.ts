// Positions, and batches in pieces, as they are in the interface and as they are in this node.

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { AuthorPosition, DeviceId, Hash } from "#glow";
import type { ReplicaPosition } from "#interfaces/generated/replica.ts";

/** A tagged BLAKE3 hash: of a batch, or what an author's id stands for. */
const hashBytes = 33;

export function toWire({ author, incarnation, sequence, hash }: AuthorPosition): ReplicaPosition {
  return { author: idBytes(author), incarnation, sequence, hash };
}

/** `invalid` for what is no position. */
export function fromWire({ author, incarnation, sequence, hash }: ReplicaPosition): AuthorPosition {
  return { author: idText(hashFromWire(author)) as DeviceId, incarnation, sequence, hash: hashFromWire(hash) };
}

/** `invalid` for what has not a hash's length. */
export function hashFromWire<Id extends Uint8Array = Hash>(bytes: Uint8Array): Id {
  if (bytes.length === hashBytes) return bytes as Id;
  throw new GlowError("invalid", "replica.read", { message: `a hash has ${hashBytes} bytes, not ${bytes.length}` });
}
