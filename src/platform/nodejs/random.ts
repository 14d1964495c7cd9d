// The system's randomness, as Node passes it on.

import { randomFillSync } from "node:crypto";
import type { Random } from "#glow";

export class NodeRandom implements Random {
  fill(target: Uint8Array): void {
    randomFillSync(target);
  }
}
