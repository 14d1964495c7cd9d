// What a node says of its user when it introduces itself: whose device it is, and how much of the user's statements it
// has, so that two devices of one user see at once whether they have something to tell each other.
//
//   claim = user (33 bytes) | tagged BLAKE3 of "glow user heads" | 0x00 | the heads, ascending by bytes (33 bytes)
//
// It is no proof, and needs none: the node proves its key, and whoever knows the user's statements sees in them what
// that key is (`deviceAt`). To all others the claim means nothing. A node counts as a device of a user only if it both
// claims the user and is in its state: an admin can write anybody's key into the statements of its own user.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { bytesOf } from "#base/suites.ts";
import type { Crypto, Hash, UserId } from "#glow";

export interface UserClaim {
  readonly user: UserId;
  /** Equal for logs that hold the same. */
  readonly headsHash: Hash;
}

export const userClaimBytes = 66;

const hashBytes = 33;
const headsLabel = utf8Encode("glow user heads\0");

/** `heads` as `UserLog.heads` gives them. */
export function writeUserClaim(crypto: Crypto, user: UserId, heads: readonly Hash[]): Uint8Array {
  return concatBytes([idBytes(user), crypto.hash("blake3", concatBytes([headsLabel, ...heads]))]);
}

/** `invalid` for anything else. */
export function readUserClaim(bytes: Uint8Array): UserClaim {
  if (bytes.length !== userClaimBytes) throw invalid(`it has ${userClaimBytes} bytes, not ${bytes.length}`);
  const [user, headsHash] = [bytes.slice(0, hashBytes), bytes.slice(hashBytes)];
  try {
    for (const hash of [user, headsHash]) bytesOf("blake3", hash);
  } catch (cause) {
    throw invalid("it is made of two hashes", cause);
  }
  return { user: idText(user) as UserId, headsHash: headsHash as Hash };
}

function invalid(reason: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "user-claim.read", { message: `malformed claim of a user: ${reason}`, cause });
}
