// A standing as it is stored: [type], with a revoked device's accepted sequence or whether a tab's certificate is valid.

import type { CborValue } from "#base/cbor.ts";
import type { Standing } from "#glow";

export function standingFields(standing: Standing): readonly CborValue[] {
  switch (standing.type) {
    case "revoked":
      return [standing.type, standing.accepted];
    case "tab":
      return [standing.type, standing.valid];
    case "member":
    case "stranger":
      return [standing.type];
  }
}

/** What this device has stored. */
export function standingIn(fields: CborValue | undefined): Standing {
  const [type, detail] = fields as readonly CborValue[];
  if (type === "revoked") return { type, accepted: detail as number };
  if (type === "tab") return { type, valid: detail as boolean };
  return { type: type === "member" ? "member" : "stranger" };
}
