// What people may call a device or a user.

import { utf8Encode } from "#base/bytes.ts";
import { identityLimits } from "#base/limits.ts";

/** Why nothing can be called so, to be read behind "a name"; undefined if it can. */
export function givenNameFault(name: string): string | undefined {
  const isSized = name.trim() !== "" && utf8Encode(name).length <= identityLimits.nameBytes;
  if (isSized && name.isWellFormed() && !/[\p{Cc}/]/u.test(name)) return undefined;
  return `has 1 to ${identityLimits.nameBytes} bytes in UTF-8, without / and control characters`;
}
