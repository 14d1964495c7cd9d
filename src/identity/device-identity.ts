// The id of a device: what stays when its key changes.
//
//   id = text of the tagged BLAKE3 hash of "glow device" | 0x00 | the device's first public key, tagged
//
// It is made of the first key, and not of the statement that adds the device, so that a device knows its own id before
// anybody has added it, two admins who add it at the same time add one device, and without any graph at hand it can
// be checked for all devices that never changed their key. The prefix keeps it apart from the NodeId of the same key.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import type { Crypto, DeviceId, PublicKey } from "#glow";

const prefix = utf8Encode("glow device\0");

/** The id of the device (or tab) whose first key this is. */
export function deviceIdOf(crypto: Crypto, firstKey: PublicKey): DeviceId {
  return idText(crypto.hash("blake3", concatBytes([prefix, firstKey]))) as DeviceId;
}
